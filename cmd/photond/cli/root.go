// Package cli is the command line of photond, one file per verb.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
)

const (
	flagHome   = "home"
	flagNode   = "grpc-addr"
	flagToken  = "token-file"
	flagOutput = "output"
	envHome    = "PHOTOND_HOME"
)

// errUsage marks what is wrong with the command line itself; exit code 2.
var errUsage = errors.New("usage")

// usage makes an error of the command line.
func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errUsage, fmt.Errorf(format, args...))
}

// Main runs one command and returns its exit code.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	text := client.Message(err)
	if s, ok := status.FromError(err); ok {
		text = s.Message()
	}
	fmt.Fprintln(errs, "Error:", text)
	return exitCode(err)
}

func exitCode(err error) int {
	if errors.Is(err, errUsage) {
		return api.ReasonInvalid.ExitCode()
	}
	if _, ok := status.FromError(err); ok {
		return api.ReasonOf(err).ExitCode()
	}
	var failed interface{ Reason() api.Reason }
	if errors.As(err, &failed) {
		return failed.Reason().ExitCode()
	}
	return 1
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "photond",
		Short: "Payment node: payments off chain, settled by x/channels",
		Long: `photond makes and takes payments off chain. "photond init" makes a home, "photond start" runs the
node, every other command talks to the running node of the same home.

Exit codes: 0 done, 1 failed, 2 wrong usage or value, 3 token, 4 no node answers, 10 unknown peer,
11 unknown channel, 12 unknown payment, 13 no route, 14 capacity, 15 fee, 16 peer or chain away for too
long, 17 request expired, 18 wrong network, 19 other version, 20 view of the chain, 21 refused,
22 state of the channel, 23 takes no payments now, 24 outcome unknown yet.`,
		SilenceUsage: true, SilenceErrors: true, Version: version.Version,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%w", err) })
	f := root.PersistentFlags()
	f.String(flagHome, defaultHome(), "directory of configuration, keys and data")
	f.String(flagNode, "", "address of the node's gRPC interface (default: that of the node of this home)")
	f.String(flagToken, "", "file with the node's token (default: token in the home)")
	f.StringP(flagOutput, "o", "text", "text, or json for programs")
	root.AddCommand(
		newInitCmd(), newStartCmd(), newChannelCmd(), newPayCmd(), newSendCmd(), newRequestCmd(), newHistoryCmd(), newReceiptCmd(),
		newVerifyReceiptCmd(), newPeersCmd(), newRouteCmd(), newTowerCmd(), newBackupCmd(), newStatusCmd(), newListenCmd(),
	)
	for _, c := range root.Commands() {
		strict(c)
	}
	return root
}

// strict makes a wrong number of arguments an error of usage, and a group without a verb its help.
func strict(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage("%w; see `%s --help`", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
}

func defaultHome() string {
	if home := os.Getenv(envHome); home != "" {
		return home
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ".photond"
	}
	return filepath.Join(dir, ".photond")
}

func homeOf(cmd *cobra.Command) string {
	home, _ := cmd.Flags().GetString(flagHome)
	return home
}

// dial connects to the node that the flags name.
func dial(cmd *cobra.Command) (*api.Client, error) {
	home := homeOf(cmd)
	address, _ := cmd.Flags().GetString(flagNode)
	if address == "" {
		a, err := daemon.ReadAddresses(home)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, noNode{fmt.Errorf("no node runs on %s: start it with `photond start --home %s`", home, home)}
		}
		if err != nil {
			return nil, err
		}
		address = a.GRPC
	}
	file, _ := cmd.Flags().GetString(flagToken)
	if file == "" {
		file = daemon.TokenFile(home)
	}
	token, err := api.ReadToken(file)
	if err != nil {
		return nil, noToken{err}
	}
	return api.Dial(address, token)
}

type noNode struct{ error }

// Reason of the failure.
func (noNode) Reason() api.Reason { return api.ReasonUnavailable }

type noToken struct{ error }

// Reason of the failure.
func (noToken) Reason() api.Reason { return api.ReasonToken }

// call dials, runs and hangs up.
func call(cmd *cobra.Command, do func(context.Context, *api.Client) error) error {
	if _, err := format(cmd); err != nil {
		return err
	}
	c, err := dial(cmd)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), c), c.Close())
}
