// Package channels holds the commands that make and check signed bytes of payment
// channels, without a node.
package channels

import (
	"github.com/spf13/cobra"
)

// NewCmd returns the command group.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "channels",
		Short: "Sign and check what payment channels settle by",
		Long: `Sign and check what payment channels settle by: open terms, balance proofs with their
acknowledgements, agreements and close authorisations. Nothing here talks to a node;
"meshchaind tx channels" brings the files to the chain.`,
		Example: `  meshchaind channels keygen alice.key
  meshchaind channels sign-proof --key alice.key --domain 5f0c… --channel 1 --sender 0 --nonce 1 --transferred 100 --out proof1.json
  meshchaind channels ack-proof proof1.json --key bob.key
  meshchaind channels verify-proof proof1.json --sender-key ed25519:… --receiver-key ed25519:…`,
	}
	cmd.AddCommand(keygenCmd(), signOpenCmd(), signProofCmd(), ackProofCmd(), signAgreementCmd(), signCloseCmd(),
		signDelegationCmd(), signDisposalCmd(), signApprovalCmd(), verifyProofCmd())
	return cmd
}
