package channels

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/channels/client/document"
	"github.com/meshchain/meshchain/x/channels/types"
)

// verdict is what verify-proof says about a file.
type verdict struct {
	Kind       string           `json:"kind"`
	Fields     []document.Field `json:"fields"`
	Signatures []checked        `json:"signatures"`
}

// checked is one signature.
type checked struct {
	By     string `json:"by"`
	Result string `json:"result"`
}

func verifyProofCmd() *cobra.Command {
	var keys [2]string
	var output string
	cmd := &cobra.Command{
		Use:   "verify-proof [file]",
		Short: "Explain a file of signed bytes field by field and check its signatures",
		Long: `Explain a file of signed bytes field by field and check its signatures. It fails if the bytes are wrong or
a signature does not verify. Which account a key belongs to only the chain knows: query channels show.`,
		Example: `  meshchaind channels verify-proof proof2.json
  meshchaind channels verify-proof proof2.json --sender-key ed25519:… --receiver-key ed25519:… --output json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := document.Read(args[0])
			if err != nil {
				return err
			}
			v := verdict{Kind: d.Kind, Fields: d.Fields}
			wrong := false
			for i := range d.Signatures {
				result, ok, err := check(d, i, keys[i])
				if err != nil {
					return err
				}
				wrong = wrong || !ok
				v.Signatures = append(v.Signatures, checked{d.Slot(i), result})
			}
			if err := v.write(cmd, output); err != nil {
				return err
			}
			if wrong {
				return fmt.Errorf("%s: a signature does not verify", args[0])
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keys[0], "sender-key", "", "public key of the first signature: the sender, the opener, or the only one")
	cmd.Flags().StringVar(&keys[1], "receiver-key", "", "public key of the second signature: the receiver or the partner")
	cmd.Flags().StringVar(&output, "output", "text", "text or json")
	return cmd
}

// check checks signature i; not ok if it is wrong. Missing ones are only reported.
func check(d *document.Document, i int, key string) (result string, ok bool, err error) {
	signature, err := d.Signature(i)
	if err != nil {
		return "", false, err
	}
	switch {
	case len(signature) == 0:
		return "missing", true, nil
	case key == "":
		return "not checked: no key given", true, nil
	}
	public, err := types.ParseChannelKey(key)
	if err != nil {
		return "", false, err
	}
	message, err := d.Signed(i)
	if err != nil {
		return "", false, err
	}
	if !public.Verify(message, signature) {
		return "WRONG: not by " + public.Text(), false, nil
	}
	return "good", true, nil
}

func (v verdict) write(cmd *cobra.Command, output string) error {
	switch output {
	case "json":
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	case "text":
		w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
		fmt.Fprintf(w, "%s\n", v.Kind)
		for _, f := range v.Fields {
			fmt.Fprintf(w, "  %s\t%s\n", f.Name, f.Value)
		}
		for _, s := range v.Signatures {
			fmt.Fprintf(w, "  signature of %s\t%s\n", s.By, s.Result)
		}
		return w.Flush()
	default:
		return fmt.Errorf("--output %q: must be text or json", output)
	}
}
