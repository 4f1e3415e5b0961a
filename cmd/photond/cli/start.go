package cli

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/cosmos/cosmos-sdk/version"
	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
)

// gcPercent trades memory for time: buffers are pooled, so that little garbage arises.
const gcPercent = 400

// memoryLimit is what the collector tries to stay below, however rare it is otherwise.
const memoryLimit = 256 << 20

func newStartCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the node until stopped",
		Long: `Run the node until stopped by Ctrl-C or SIGTERM. It may be killed at any moment: what it acknowledged
or promised is on disk before anybody hears of it. Only one node can run on a home, and never run two
nodes with copies of one home: the older copy signs what it must not, and loses its deposits.`,
		Example: "  photond start\n  photond start --home /srv/photond --log-level debug",
		Args:    cobra.NoArgs,
		RunE:    runStart,
	}
	cmd.Flags().String("log-level", "", "debug, info, warn or error (default: as configured)")
	return cmd
}

func runStart(cmd *cobra.Command, _ []string) error {
	home := homeOf(cmd)
	cfg, err := daemon.Load(home)
	if err != nil {
		return err
	}
	if level, _ := cmd.Flags().GetString("log-level"); level != "" {
		cfg.Log.Level = level
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		return usage("log level %q: must be debug, info, warn or error", cfg.Log.Level)
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(cmd.ErrOrStderr(), options)
	if cfg.Log.Format == "json" {
		handler = slog.NewJSONHandler(cmd.ErrOrStderr(), options)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	return daemon.Run(cmd.Context(), daemon.Options{
		Home: home, Config: cfg, Version: version.Version, Input: cmd.InOrStdin(), Logger: slog.New(handler),
		Ready: func(a daemon.Addresses) {
			fmt.Fprintf(cmd.OutOrStdout(), "ready: grpc %s rest %s\n", a.GRPC, a.REST)
		},
	})
}
