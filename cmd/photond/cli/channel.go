package cli

import "github.com/spf13/cobra"

func newChannelCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "channel",
		Short:   "Open, fund, empty, close and list channels",
		Example: "  photond channel list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newChannelOpenCmd(), newChannelDepositCmd(), newChannelWithdrawCmd(), newChannelCloseCmd(), newChannelListCmd())
	return cmd
}
