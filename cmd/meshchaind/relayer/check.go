package relayercmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/relayer"
)

func newCheckCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for what would keep the relayer from working, with the remedy",
		Long: `Look at everything the configuration needs: whether its nodes answer, index
transactions, keep what blocks did and enough blocks; whether the keys exist and can pay;
whether light clients are alive and connections and channels open. Nothing is changed.

It fails if something would not work; warnings alone are no failure.`,
		Example: `  meshchaind relayer check --config relayer.yaml
  meshchaind relayer check --config relayer.yaml --output json`,
		Args: cobra.NoArgs,
		RunE: runCheck,
	}
	addReportFlags(cmd, 30*time.Second)
	return cmd
}

func runCheck(cmd *cobra.Command, _ []string) error {
	found, err := report(cmd, func(ctx context.Context, cfg relayer.Config) ([]relayer.Finding, error) {
		return relayer.Check(ctx, cfg, relayer.WithKeyringInput(cmd.InOrStdin()))
	}, func(found []relayer.Finding) error {
		return printFindings(cmd.OutOrStdout(), found)
	})
	if err != nil {
		return err
	}
	failed := 0
	for _, f := range found {
		if f.Level == relayer.LevelFail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(found))
	}
	return nil
}

func printFindings(out io.Writer, found []relayer.Finding) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range found {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Level, f.Subject, f.Fact)
		if f.Next != "" {
			fmt.Fprintf(w, "\t\tnext: %s\n", f.Next)
		}
	}
	return w.Flush()
}
