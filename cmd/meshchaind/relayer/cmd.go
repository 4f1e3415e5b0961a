// Package relayercmd is `meshchaind relayer`: carry packets between chains.
package relayercmd

import (
	"cosmossdk.io/log"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/spf13/cobra"
)

const flagConfig = "config"

// NewCmd returns the command group.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "relayer",
		Short: "Link chains and carry packets between them",
		Long: `Link chains by IBC light clients, connections and channels, and carry packets,
acknowledgements and time-outs between them.

The usual order is: init, fund the addresses that it prints, link, check, start.`,
		Example: `  meshchaind relayer init --config relayer.yaml \
      --chain mesh-main-1=http://127.0.0.1:26657 --gas-prices mesh-main-1=0.0025usmt \
      --chain farm-1=http://127.0.0.1:36657 --gas-prices farm-1=0.0025ufarm
  meshchaind relayer link --config relayer.yaml
  meshchaind relayer start --config relayer.yaml
  meshchaind relayer status --config relayer.yaml`,
	}
	cmd.PersistentFlags().String(flagConfig, "relayer.yaml", "configuration file")
	cmd.AddCommand(newInitCmd(), newCheckCmd(), newLinkCmd(), newStartCmd(), newStatusCmd())
	return cmd
}

// newLogger logs to stderr, in the format that the root command's --log_format asks for.
func newLogger(cmd *cobra.Command) log.Logger {
	var opts []log.Option
	if f := cmd.Flag(flags.FlagLogFormat); f != nil && f.Value.String() == flags.OutputFormatJSON {
		opts = append(opts, log.OutputJSONOption())
	}
	return log.NewLogger(cmd.ErrOrStderr(), opts...)
}
