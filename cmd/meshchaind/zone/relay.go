package zonecmd

import (
	"os/signal"
	"syscall"

	"cosmossdk.io/log"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

const flagHeartbeat = "heartbeat"

// NewRelayCmd is a command of this group, and of the small program that only relays.
func NewRelayCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Serve all zones of this home until stopped: packets, light clients, heartbeats",
		Long: `Relay the packets of all zones of this home, keep their light clients fresh and trigger their
heartbeats, until stopped. create and start run it in the background; a systemd unit runs it as it is.
Zones that come or go are noticed.`,
		Example: `  meshchaind zone relay
  meshchaind zone relay --passphrase-file /etc/meshchain/passphrase --heartbeat 30m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := homeOf(cmd)
			if err != nil {
				return err
			}
			opts := deploy.ServiceOptions{}
			opts.HeartbeatEvery, _ = cmd.Flags().GetDuration(flagHeartbeat)
			backend, err := home.RelayerBackend()
			if err != nil {
				return err
			}
			if opts.Passphrase, err = passphrase(cmd, backend); err != nil {
				return err
			}
			var format []log.Option
			if f := cmd.Flag(flags.FlagLogFormat); f != nil && f.Value.String() == flags.OutputFormatJSON {
				format = append(format, log.OutputJSONOption())
			}
			opts.Logger = log.NewLogger(cmd.ErrOrStderr(), append(format, log.ColorOption(false))...)
			service, err := deploy.NewService(home, opts)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return service.Run(ctx)
		},
	}
	cmd.Flags().Duration(flagHeartbeat, deploy.DefaultHeartbeat, "how often each zone tells the main chain how far it is")
	addPassphrase(cmd)
	return cmd
}
