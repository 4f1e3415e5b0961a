package relayercmd

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/relayer"
)

func newStartCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Relay until stopped",
		Long: `Relay packets, acknowledgements and time-outs on every path of the configuration and keep
its light clients fresh, until stopped by Ctrl-C or SIGTERM. It may be stopped or killed
at any moment: after a start it reads from the chains what is pending. Chains that are
away are asked again until they are back.`,
		Example: `  meshchaind relayer start --config relayer.yaml
  meshchaind relayer start --config relayer.yaml --log_format json`,
		Args: cobra.NoArgs,
		RunE: runStart,
	}
}

func runStart(cmd *cobra.Command, _ []string) error {
	file, _ := cmd.Flags().GetString(flagConfig)
	cfg, err := relayer.LoadConfig(file)
	if err != nil {
		return err
	}
	r, err := relayer.New(cfg, newLogger(cmd), relayer.WithKeyringInput(cmd.InOrStdin()))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return r.Run(ctx)
}
