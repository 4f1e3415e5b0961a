// Command bench measures our node on this machine, against plain wasmd under the same
// load and idle, and our relayer against cosmos/relayer. `make bench` runs it; every process it starts ends with it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	root := &cobra.Command{
		Use:           "bench",
		Short:         "Measure our node on this machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(rateCommand(), relayCommand(), idleCommand(), photonCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
