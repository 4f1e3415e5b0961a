package zonecmd

import (
	"fmt"
	"os"
	"time"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

const (
	flagGenesis          = "genesis"
	flagRPC              = "rpc"
	flagPeer             = "peer"
	flagHost             = "host"
	flagBlockTime        = "block-time"
	flagStake            = "stake"
	flagValidator        = "validator"
	flagSnapshotInterval = "snapshot-interval"
)

func newJoinCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "join NAME",
		Short: "Run a further node of a registered zone, as a validator if asked",
		Long: `Run a further node of a zone. The registry of the main chain says which zone that is: the genesis,
from a node of the zone or a file, must have the registered hash, and the chain must have the block of
the zone's newest heartbeat. The node takes a snapshot if there is a newer one, else it reads all blocks.

With --validator it becomes one; the command tells which account needs the stake. If it is interrupted,
run it again.`,
		Example: `  meshchaind zone join farm --main http://main.example.org:26657
  meshchaind zone join farm --validator --stake 1000000 --host 198.51.100.7`,
		Args: cobra.ExactArgs(1),
		RunE: runJoin,
	}
	f := cmd.Flags()
	f.String(flagGenesis, "", "genesis file (default: asked of --rpc)")
	f.String(flagRPC, "", "RPC address of a node of the zone (default: the one in the registry)")
	f.String(flagPeer, "", "ID@HOST:PORT of a node of the zone (default: the one in the registry)")
	f.String(flagHost, "127.0.0.1", "where others reach this node")
	f.Duration(flagBlockTime, time.Second, "pause between two blocks, as the zone has it")
	f.Uint64(flagSnapshotInterval, 1500, "blocks between two snapshots, as the zone's nodes have it")
	f.Bool(flagValidator, false, "become a validator")
	f.String(flagStake, "1000000", "units of the native denom to stake (with --validator)")
	f.String(flags.FlagKeyringBackend, "file", "keyring of the validator's key: file, os, or test (unencrypted)")
	addPassphrase(cmd)
	addOutput(cmd)
	return cmd
}

func runJoin(cmd *cobra.Command, args []string) error {
	machine, err := asJSON(cmd)
	if err != nil {
		return err
	}
	home, err := homeOf(cmd)
	if err != nil {
		return err
	}
	f := cmd.Flags()
	opts := deploy.JoinOptions{Progress: progress(cmd.ErrOrStderr())}
	if opts.Binary, err = os.Executable(); err != nil {
		return err
	}
	opts.MainRPC, _ = f.GetString(flagMain)
	opts.Genesis, _ = f.GetString(flagGenesis)
	opts.RPC, _ = f.GetString(flagRPC)
	opts.Peer, _ = f.GetString(flagPeer)
	opts.Host, _ = f.GetString(flagHost)
	opts.BlockTime, _ = f.GetDuration(flagBlockTime)
	opts.SnapshotInterval, _ = f.GetUint64(flagSnapshotInterval)
	opts.KeyringBackend, _ = f.GetString(flags.FlagKeyringBackend)
	if validator, _ := f.GetBool(flagValidator); validator {
		stake, _ := f.GetString(flagStake)
		var ok bool
		if opts.Stake, ok = math.NewIntFromString(stake); !ok || !opts.Stake.IsPositive() {
			return fmt.Errorf("--%s %q: must be a positive whole number of units", flagStake, stake)
		}
		if opts.Passphrase, err = passphrase(cmd, opts.KeyringBackend); err != nil {
			return err
		}
	}
	record, err := deploy.Join(cmd.Context(), home, args[0], opts)
	if err != nil {
		return err
	}
	if machine {
		return printJSON(cmd.OutOrStdout(), record)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "node of zone %s runs, RPC http://127.0.0.1:%d; next: meshchaind zone status %s\n", args[0], record.Ports.RPC, args[0])
	return err
}
