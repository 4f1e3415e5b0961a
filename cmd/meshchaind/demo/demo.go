// Package demo is the command group that shows the whole system at work on one
// machine: chains, a link between them and applications on top, all of them
// real processes that talk as any client would.
package demo

import "github.com/spf13/cobra"

// NewCmd returns the command group `demo`.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Run a whole network on this machine and use it",
		Example: "  meshchaind demo farm\n  meshchaind demo pollution",
		// The root reads, and where missing writes, a node's configuration in
		// --home before each command. The demo is not a node and has homes of
		// its own.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(newFarmCmd(), newPollutionCmd())
	return cmd
}
