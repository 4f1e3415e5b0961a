package relayercmd

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/relayer"
)

func newStatusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what is pending on every path and when its light clients expire",
		Long: `Read from the chains, for each end of each path: the height, packets sent and not yet
received, acknowledgements not yet returned, and the time until the light client expires.
It does not need a running relayer.`,
		Example: `  meshchaind relayer status --config relayer.yaml
  meshchaind relayer status --config relayer.yaml --output json`,
		Args: cobra.NoArgs,
		RunE: runStatus,
	}
	addReportFlags(cmd, 20*time.Second)
	return cmd
}

func runStatus(cmd *cobra.Command, _ []string) error {
	_, err := report(cmd, relayer.Status, func(status []relayer.PathStatus) error {
		return printStatus(cmd.OutOrStdout(), status, time.Now())
	})
	return err
}

func printStatus(out io.Writer, status []relayer.PathStatus, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "chain\theight\tchannel\tto\tpackets\tacks\tclient\tknows height\texpires in\tproblem")
	for _, p := range status {
		for _, e := range [][2]relayer.EndStatus{{p.A, p.B}, {p.B, p.A}} {
			here, there := e[0], e[1]
			expires := "-"
			if !here.ClientExpiry.IsZero() {
				expires = here.ClientExpiry.Sub(now).Round(time.Minute).String()
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%d\t%s\t%d\t%s\t%s\n", here.ChainID, here.Height, here.ChannelID, there.End,
				here.PendingPackets, here.PendingAcks, here.ClientID, here.ClientHeight, expires, here.Error)
		}
	}
	return w.Flush()
}
