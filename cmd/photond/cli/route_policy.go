package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
)

// policy is what this node asks for forwarding, as programs read it.
type policy struct {
	Mediate bool   `json:"mediate"`
	FeeBase string `json:"fee_base"`
	FeeRate uint32 `json:"fee_rate"`
	Share   int    `json:"share"`
}

func newRoutePolicyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Show or set what this node asks for forwarding payments of others",
		Long: `Show or set what this node asks for forwarding payments of others: a base per payment and a rate in
millionths of the amount that goes out (100 is 0.01 %). It is kept in the configuration of the home;
a node that runs takes it at its next start, and then announces it to everybody. A channel can have a
policy of its own: "photond route policy set".`,
		Example: "  photond route policy\n  photond route policy --fee-base 1 --fee-rate 200\n  photond route policy --mediate=false",
		Args:    cobra.NoArgs,
		RunE:    runRoutePolicy,
	}
	cmd.AddCommand(newRoutePolicyListCmd(), newRoutePolicySetCmd())
	cmd.Flags().Bool("mediate", true, "forward payments of others at all")
	cmd.Flags().String("fee-base", "", "per payment, in the smallest unit of the channel's denom")
	cmd.Flags().Uint32("fee-rate", 0, "millionths of the amount, at most 100000")
	cmd.Flags().Int("share", 0, "percent of a channel that payments of one peer may take, 1 to 100")
	return cmd
}

func runRoutePolicy(cmd *cobra.Command, _ []string) error {
	as, err := format(cmd)
	if err != nil {
		return err
	}
	home, flags := homeOf(cmd), cmd.Flags()
	cfg, err := daemon.Load(home)
	if err != nil {
		return err
	}
	m, changed := &cfg.Mediation, false
	for name, set := range map[string]func() error{
		"mediate":  func() (err error) { m.Mediate, err = flags.GetBool("mediate"); return },
		"fee-base": func() (err error) { m.FeeBase, err = flags.GetString("fee-base"); return },
		"fee-rate": func() (err error) { m.FeeRate, err = flags.GetUint32("fee-rate"); return },
		"share":    func() (err error) { m.Share, err = flags.GetInt("share"); return },
	} {
		if !flags.Changed(name) {
			continue
		}
		changed = true
		if err := set(); err != nil {
			return err
		}
	}
	if changed {
		if err := cfg.Validate(); err != nil {
			return usage("%s", err)
		}
		if err := cfg.Write(home, true); err != nil {
			return err
		}
	}
	p := policy{Mediate: m.Mediate, FeeBase: m.FeeBase, FeeRate: m.FeeRate, Share: m.Share}
	if as != "text" {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(p)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "mediate\t%t\nfee base\t%s\nfee rate\t%d millionths (%.4g %%)\nshare\t%d %%\n", p.Mediate, p.FeeBase, p.FeeRate, float64(p.FeeRate)/10_000, p.Share)
	return w.Flush()
}
