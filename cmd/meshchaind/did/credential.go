package didcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/credential"
	"github.com/meshchain/meshchain/x/did/types"
)

func credentialCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "credential", Short: "Issue and verify W3C Verifiable Credentials (eddsa-jcs-2022), off chain",
		Example: `  meshchaind did credential issue claim.json --key maker.key --method did:mesh:farm:zQm…#key-1
  meshchaind did credential verify signed.json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(credentialIssueCmd(), credentialVerifyCmd())
	return cmd
}

func credentialIssueCmd() *cobra.Command {
	var path, method string
	var serial uint64
	cmd := &cobra.Command{
		Use:   "issue [file]",
		Short: "Sign a credential with a key of its issuer; contacts nobody",
		Long: `Sign a credential with a key of its issuer; contacts nobody. --serial adds the status of that
certificate of the issuer, so that who verifies the credential sees when it is revoked.`,
		Example: `  meshchaind did credential issue claim.json --key maker.key --method did:mesh:farm:zQm…#key-1 --serial 7 > signed.json`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := keyfile.Read(path)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			issuer, _, err := types.ParseMethodURL(method)
			if err != nil {
				return fmt.Errorf("--method: %w", err)
			}
			document, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if serial > 0 {
				if document, err = withStatus(document, issuer, serial); err != nil {
					return err
				}
			}
			signed, err := credential.Sign(document, method, time.Now(), key)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", signed)
			return err
		},
	}
	cmd.Flags().StringVar(&path, "key", "", "key file of the issuer, Ed25519 (required)")
	cmd.Flags().StringVar(&method, "method", "", "DID URL of that key (required)")
	cmd.Flags().Uint64Var(&serial, "serial", 0, "serial of the issuer's certificate whose status counts")
	for _, name := range []string{"key", "method"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}

// withStatus adds the status of a serial to a credential.
func withStatus(document []byte, issuer types.DID, serial uint64) ([]byte, error) {
	if serial > types.MaxSerial {
		return nil, fmt.Errorf("--serial %d: must be 1 to %d", serial, uint64(types.MaxSerial))
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, err
	}
	if _, has := members["credentialStatus"]; has {
		return nil, fmt.Errorf("--serial: the credential has a credentialStatus already")
	}
	entries, err := json.Marshal(credential.Entries(issuer, serial))
	if err != nil {
		return nil, err
	}
	members["credentialStatus"] = entries
	return json.Marshal(members)
}

func credentialVerifyCmd() *cobra.Command {
	var n node
	cmd := &cobra.Command{
		Use:   "verify [file]",
		Short: "Verify a credential: proof, issuer's key, validity, and status on the chain",
		Long: `Verify a credential: its proof, by a key that the issuer's newest document has for assertions; its
validity; and its status in the issuer's lists on the chain. Exits with 1 and the reason if anything fails.`,
		Example: `  meshchaind did credential verify signed.json --node http://127.0.0.1:26657`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			c, _, err := n.dial(cmd.Context(), nil)
			if err != nil {
				return err
			}
			report, err := credential.Checker{Query: types.NewQueryClient(c), Now: time.Now()}.Check(cmd.Context(), document)
			if err != nil {
				return err
			}
			return n.print(cmd.OutOrStdout(), report, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "valid: signed by %s, %d status entries are clear\n", report.Method, len(report.Statuses))
				return err
			})
		},
	}
	n.flags(cmd, false)
	return cmd
}

func statusCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Status lists of certificates, as W3C Bitstring Status List credentials",
		Example: `  meshchaind did status sign revocation 0 --key maker.key --method did:mesh:farm:zQm…#key-1`,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(statusSignCmd())
	return cmd
}

func statusSignCmd() *cobra.Command {
	var n node
	var path, method string
	cmd := &cobra.Command{
		Use:   "sign [purpose] [list]",
		Short: "Sign a status list as the chain has it now, for readers without access to the chain",
		Long: `Sign a status list as the chain has it now, for readers without access to the chain. purpose is
revocation or suspension; list is serial / 131072.`,
		Example: `  meshchaind did status sign revocation 0 --key maker.key --method did:mesh:farm:zQm…#key-1 > list.json`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := keyfile.Read(path)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			issuer, _, err := types.ParseMethodURL(method)
			if err != nil {
				return fmt.Errorf("--method: %w", err)
			}
			list, err := strconv.ParseUint(args[1], 10, 32)
			if err != nil {
				return fmt.Errorf("list %q: must be a whole number", args[1])
			}
			c, _, err := n.dial(cmd.Context(), nil)
			if err != nil {
				return err
			}
			response, err := types.NewQueryClient(c).StatusList(cmd.Context(), &types.QueryStatusListRequest{
				Issuer: issuer.String(), Purpose: args[0], List: uint32(list),
			})
			if err != nil {
				return err
			}
			signed, err := credential.Sign([]byte(response.Credential), method, time.Now(), key)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", signed)
			return err
		},
	}
	n.flags(cmd, false)
	cmd.Flags().StringVar(&path, "key", "", "key file of the issuer, Ed25519 (required)")
	cmd.Flags().StringVar(&method, "method", "", "DID URL of that key (required)")
	for _, name := range []string{"key", "method"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}
