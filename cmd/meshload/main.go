// Command meshload puts load on a node, or on a relayer between two chains, and measures
// what comes out: rates from what the chains committed, latencies in percentiles. It also breaks
// such networks, to see that nothing is lost.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/cmd/meshload/chain"
	"github.com/meshchain/meshchain/cmd/meshload/chaos"
	"github.com/meshchain/meshchain/cmd/meshload/photon"
	"github.com/meshchain/meshchain/cmd/meshload/relay"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	root := &cobra.Command{
		Use:           "meshload",
		Short:         "Put load on a node and measure rates and latencies",
		Version:       version.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(chain.Command(), relay.Command(), photon.Command(), chaos.Command())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "meshload:", client.Message(err))
		os.Exit(1)
	}
}
