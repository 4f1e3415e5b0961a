package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/photon/api"
)

func newBackupCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "backup [file]",
		Short: "Write configuration and node keys to a file",
		Long: `Write configuration, channel key and node identity to a tar archive that you alone can read. The account's
key is in the keyring: its mnemonic is its backup. The state of channels is left out on purpose: a node that
signs from an old copy loses its deposits. A node restored from this file asks its peers to close.`,
		Example: "  photond backup photond-backup.tar",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return call(cmd, func(ctx context.Context, c *api.Client) error {
				stream, err := c.Backup(ctx, &api.BackupRequest{})
				if err != nil {
					return err
				}
				f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
				if err != nil {
					return err
				}
				size := 0
				for {
					part, err := stream.Recv()
					if errors.Is(err, io.EOF) {
						break
					}
					if err == nil {
						_, err = f.Write(part.Chunk)
					}
					if err != nil {
						return errors.Join(err, f.Close(), os.Remove(args[0]))
					}
					size += len(part.Chunk)
				}
				if err := errors.Join(f.Sync(), f.Close()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d bytes\n", args[0], size)
				return err
			})
		},
	}
}
