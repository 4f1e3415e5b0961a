package relayercmd

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/relayer"
)

const flagOutput = "output"

// addReportFlags adds the flags of a command that looks at the chains and shows what it found.
func addReportFlags(cmd *cobra.Command, timeout time.Duration) {
	cmd.Flags().StringP(flagOutput, "o", "text", "output format: text or json")
	cmd.Flags().Duration(flagTimeout, timeout, "give up after this time")
}

// report lets look ask the chains of the configuration file, for as long as --timeout says, and shows
// the answer: by text, or as JSON if the user wants that.
func report[T any](cmd *cobra.Command, look func(context.Context, relayer.Config) (T, error), text func(T) error) (T, error) {
	var found T
	file, _ := cmd.Flags().GetString(flagConfig)
	format, _ := cmd.Flags().GetString(flagOutput)
	timeout, _ := cmd.Flags().GetDuration(flagTimeout)
	if format != "text" && format != "json" {
		return found, fmt.Errorf("--%s %q: must be text or json", flagOutput, format)
	}
	cfg, err := relayer.LoadConfig(file)
	if err != nil {
		return found, fmt.Errorf("%w\ncorrect it, or write a new one with `meshchaind relayer init`", err)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
	defer cancel()
	if found, err = look(ctx, cfg); err != nil {
		return found, err
	}
	if format == "text" {
		return found, text(found)
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetIndent("", "  ")
	return found, enc.Encode(found)
}
