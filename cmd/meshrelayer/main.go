// Command meshrelayer is `meshchaind relayer` alone: the same commands in a program without the
// node, which takes a fraction of the memory. It suits the small computers beside a zone.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/client"
	relayercmd "github.com/meshchain/meshchain/cmd/meshchaind/relayer"
	zonecmd "github.com/meshchain/meshchain/cmd/meshchaind/zone"
)

const (
	// gcPercent and memoryLimit trade a little processor time for memory; GOGC and GOMEMLIMIT in the
	// environment come first. relayer/README.md has what was measured.
	gcPercent   = 40
	memoryLimit = 32 << 20
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := relayercmd.NewCmd()
	cmd.Use = "meshrelayer"
	cmd.Version = version.Version
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.AddCommand(zones())
	cmd.PersistentFlags().String(flags.FlagLogFormat, "plain", "format of the log: plain or json")
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "meshrelayer:", client.Message(err))
		os.Exit(1)
	}
}

// zones is `meshchaind zone relay`: the relayer of all zones that were made in one home.
func zones() *cobra.Command {
	cmd := zonecmd.NewRelayCmd()
	cmd.Use = "zones"
	cmd.Example = "  meshrelayer zones --home /var/lib/meshchain"
	cmd.Flags().String(flags.FlagHome, "", "home of the zones, as meshchaind zone has it")
	return cmd
}
