package zonecmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/deploy"
)

const flagSubmit = "submit"

func newRecoverCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recover NAME",
		Short: "Prepare the proposal that brings a dead light client back",
		Long: `Find the light clients of a zone's link that have expired or are frozen. For each, make a fresh client
with the same parameters and write the proposal by which governance lets the dead one take its state
(MsgRecoverClient). Client, connection, channel and all vouchers stay what they are. With --submit the
zone's owner submits it and pays the deposit. When it has passed, the relayer goes on by itself.`,
		Example: `  meshchaind zone recover farm
  meshchaind zone recover farm --submit`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			machine, err := asJSON(cmd)
			if err != nil {
				return err
			}
			home, err := homeOf(cmd)
			if err != nil {
				return err
			}
			c, err := control(cmd, home, args[0])
			if err != nil {
				return err
			}
			submit, _ := cmd.Flags().GetBool(flagSubmit)
			recoveries, err := deploy.Recover(cmd.Context(), home, args[0], c, submit)
			if err != nil {
				return err
			}
			if machine {
				return printJSON(cmd.OutOrStdout(), recoveries)
			}
			out := cmd.OutOrStdout()
			for _, r := range recoveries {
				fmt.Fprintf(out, "client %s of %s on %s is dead; %s is to replace its state\nproposal: %s, deposit %s\n", r.Client, r.Of, r.Chain, r.Substitute, r.File, r.Deposit)
				if r.Proposal == 0 {
					fmt.Fprintf(out, "next: meshchaind tx gov submit-proposal %s --node %s --chain-id %s --from KEY\n", r.File, r.RPC, r.Chain)
					continue
				}
				fmt.Fprintf(out, "submitted as %d, voting ends %s\nnext: meshchaind tx gov vote %d yes --node %s --chain-id %s --from KEY\n",
					r.Proposal, r.VotingEnds.Format(time.RFC3339), r.Proposal, r.RPC, r.Chain)
			}
			return nil
		},
	}
	cmd.Flags().Bool(flagSubmit, false, "submit the proposal with the key of the zone's owner")
	addPassphrase(cmd)
	addOutput(cmd)
	return cmd
}
