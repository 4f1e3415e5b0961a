package didcmd

import (
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/did/types"
)

func certAttestCmd() *cobra.Command {
	var i issuing
	var evidence, result string
	var validity time.Duration
	cmd := &cobra.Command{
		Use:   "attest [did]",
		Short: "Post what a verifier found in the evidence of a trusted execution environment",
		Long: `Post what a verifier, an authority for tee, found in the evidence of a trusted execution environment
(RFC 9334). Only the SHA-256 of the evidence goes to the chain. It replaces what the verifier posted before.`,
		Example: `  meshchaind cert attest did:mesh:farm:zQm…gateway --evidence quote.bin --result affirming --issuer did:mesh:farm:zQm…verifier \
    --key verifier.key --from verifier --keyring-dir ~/.farm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := types.ParseAttestationResult(result)
			if err != nil {
				return fmt.Errorf("--result: %w", err)
			}
			content, err := os.ReadFile(evidence)
			if err != nil {
				return fmt.Errorf("--evidence: %w", err)
			}
			open, verifier, err := i.begin(cmd)
			if err != nil {
				return err
			}
			hash := sha256.Sum256(content)
			msg := &types.MsgAttest{Payer: open.payer.Address(), Verifier: i.issuer, Attestation: types.AttestationTerms{
				Subject: args[0], EvidenceHash: hash[:], Result: parsed, ValidUntil: time.Now().Add(validity).Unix(),
			}}
			if msg.Proof, err = i.proveNext(cmd.Context(), open, types.TagAttest, verifier, &msg.Attestation); err != nil {
				return err
			}
			return i.send(cmd, open, msg, verifier, fmt.Sprintf("finds %x of %s %s", hash, args[0], result))
		},
	}
	i.issuingFlags(cmd)
	cmd.Flags().StringVar(&evidence, "evidence", "", "file with the evidence (required)")
	cmd.Flags().StringVar(&result, "result", "", "affirming, warning or contraindicated (required)")
	cmd.Flags().DurationVar(&validity, "validity", 24*time.Hour, "how long the result holds from now")
	for _, name := range []string{"evidence", "result"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}
