package didcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/did/client/keyfile"
	"github.com/meshchain/meshchain/x/did/resolver"
	"github.com/meshchain/meshchain/x/did/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

func keyCmd() *cobra.Command {
	var kind, hardware, namespace, output string
	cmd := &cobra.Command{
		Use:   "key [file]",
		Short: "Draw a key into a new file (mode 0600), and show the DID that follows from it",
		Long: `Draw a key into a new file (mode 0600), and show the DID that follows from it. With --hardware-id
the key is derived from that text, which is no secret: for tests and simulations only.`,
		Example: `  meshchaind did key sensor.key --type p256 --namespace farm
  meshchaind did key test.key --hardware-id 24:6f:28:aa:bb:cc --namespace farm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := keyfile.Draw(kind)
			if hardware != "" {
				key, err = keyfile.FromHardwareID(kind, hardware)
			}
			if err != nil {
				return err
			}
			did, err := types.NewDID(namespace, key.Public())
			if err != nil {
				return fmt.Errorf("--namespace: %w", err)
			}
			if err := key.Write(args[0]); err != nil {
				return err
			}
			n := node{output: output}
			return n.print(cmd.OutOrStdout(), map[string]string{"did": did.String(), "public": key.Public().Multibase(), "file": args[0]}, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, did)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&kind, "type", keyfile.Ed25519, "type of the key: ed25519, p256 or secp256k1")
	cmd.Flags().StringVar(&hardware, "hardware-id", "", "derive the key from this text (tests only)")
	cmd.Flags().StringVar(&namespace, "namespace", types.NamespaceMain, "main, or the name of the zone that the device belongs to")
	cmd.Flags().StringVar(&output, flagOutput, "text", "text for people, json for programs")
	return cmd
}

// firstDocument has one key for all that it can do.
func firstDocument(key types.PublicKey, format types.KeyFormat) types.Document {
	return types.Document{VerificationMethods: []types.VerificationMethod{{
		Id: defaultMethod, Format: format, PublicKey: key, Relationships: types.SigningRelationships(),
	}}}
}

func createCmd() *cobra.Command {
	var s signing
	var file, inbox string
	var jwk bool
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Register the DID that follows from a key",
		Long: `Register the DID that follows from a key. Its document has that key for all that it can do, and with
--inbox a service that takes TransacKets; --document reads another one from a JSON file, whose first
verification method must be the key.`,
		Example: `  meshchaind did create --key sensor.key --from farmer --keyring-dir ~/.farm --gas-prices 0.0025ufarm
  meshchaind did create --key me.key --inbox mesh1… --from me --keyring-dir ~/.farm`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			open, err := s.open(cmd)
			if err != nil {
				return err
			}
			identity, err := zonestypes.NewQueryClient(open.Client).Identity(cmd.Context(), &zonestypes.QueryIdentityRequest{})
			if err != nil {
				return err
			}
			did, err := types.NewDID(types.NamespaceOf(identity.Identity), open.key.Public())
			if err != nil {
				return err
			}
			format := types.KEY_FORMAT_MULTIKEY
			if jwk {
				format = types.KEY_FORMAT_JSON_WEB_KEY
			}
			document := firstDocument(open.key.Public(), format)
			if inbox != "" {
				document.Services = []types.Service{{Id: "inbox", Type: types.ServiceTransacket, Endpoints: []string{types.SchemeTransacket + inbox}}}
			}
			if file != "" {
				if document, err = readDocument(file, did); err != nil {
					return err
				}
			}
			msg := &types.MsgCreateDid{Payer: open.payer.Address(), Did: did.String(), Document: document}
			if msg.Proof, err = s.prove(open, types.TagCreate, did, 0, &msg.Document); err != nil {
				return err
			}
			return s.send(cmd, open, msg, did, "is registered")
		},
	}
	s.signingFlags(cmd)
	cmd.Flags().StringVar(&file, "document", "", "JSON file with the document")
	cmd.Flags().StringVar(&inbox, "inbox", "", "account that takes TransacKets addressed to the DID")
	cmd.Flags().BoolVar(&jwk, "jwk", false, "show the key as JsonWebKey instead of Multikey")
	return cmd
}

// readDocument reads a document of did from a JSON file.
func readDocument(path string, did types.DID) (types.Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return types.Document{}, fmt.Errorf("--document: %w", err)
	}
	id, document, err := types.ParseDocument(text)
	if err == nil && id != did {
		err = fmt.Errorf("id %s: must be %s", id, did)
	}
	if err != nil {
		return document, fmt.Errorf("--document %s: %w", path, err)
	}
	return document, nil
}

func showCmd() *cobra.Command {
	var n node
	var id, at string
	cmd := &cobra.Command{
		Use:   "show [did-or-did-url]",
		Short: "Resolve a DID, or dereference a DID URL, as the W3C standard says",
		Long: `Resolve a DID, or dereference a DID URL, as the W3C standard says. text shows the document alone,
json the whole result with its metadata. Exits with 3 if it is not found, 4 if it is deactivated.`,
		Example: `  meshchaind did show did:mesh:farm:zQm…
  meshchaind did show did:mesh:farm:zQm… --version-id 2 --output json
  meshchaind did show did:mesh:farm:zQm…#key-1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, _, err := n.dial(cmd.Context(), nil)
			if err != nil {
				return err
			}
			values := url.Values{}
			for name, value := range map[string]string{"versionId": id, "versionTime": at} {
				if value != "" {
					values.Set(name, value)
				}
			}
			r := resolver.New(types.NewQueryClient(c))
			if strings.ContainsAny(args[0], "#/?") {
				content := r.Dereference(cmd.Context(), args[0], values)
				return n.shown(cmd, content, content.Stream, content.Metadata, content.Err)
			}
			options, problem := resolver.ParseOptions(values)
			if problem != nil {
				return problem
			}
			result := r.Resolve(cmd.Context(), args[0], options)
			return n.shown(cmd, result, result.Document, result.Metadata, result.Err)
		},
	}
	n.flags(cmd, false)
	cmd.Flags().StringVar(&id, "version-id", "", "number of the version")
	cmd.Flags().StringVar(&at, "version-time", "", "time at which the document was the newest, 2026-01-31T12:00:00Z")
	return cmd
}

// ExitCode is an error with which a command ends with a status of its own.
type ExitCode struct {
	Code int
	Err  error
}

// Error implements error.
func (e *ExitCode) Error() string { return e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *ExitCode) Unwrap() error { return e.Err }

// shown prints a result, and fails with an exit code for what is not there.
func (n *node) shown(cmd *cobra.Command, whole any, document []byte, metadata resolver.Metadata, problem *resolver.Error) error {
	if problem != nil {
		if problem.Kind == resolver.NotFound {
			return &ExitCode{3, problem}
		}
		return problem
	}
	err := n.print(cmd.OutOrStdout(), whole, func(w io.Writer) error {
		if len(document) == 0 || string(document) == "null" {
			return nil
		}
		var indented any
		if json.Unmarshal(document, &indented) != nil {
			_, err := w.Write(document) // a list of endpoints
			return err
		}
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(indented)
	})
	if err == nil && metadata.Deactivated {
		return &ExitCode{4, fmt.Errorf("deactivated at %s", metadata.Updated)}
	}
	return err
}

func rotateCmd() *cobra.Command {
	var s signing
	var next string
	cmd := &cobra.Command{
		Use:   "rotate [did]",
		Short: "Replace a key in a document by another",
		Long: `Replace a key in a document by another, which takes over its relationships under the fragment that
--as names. The DID stays; what the old key signed before still resolves by version.`,
		Example: `  meshchaind did key next.key
  meshchaind did rotate did:mesh:farm:zQm… --key sensor.key --next next.key --as key-2 --from farmer --keyring-dir ~/.farm`,
		Args: cobra.ExactArgs(1),
	}
	as := cmd.Flags().String("as", "key-2", "fragment of the new key")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		did, err := types.ParseDID(args[0])
		if err != nil {
			return err
		}
		successor, err := keyfile.Read(next)
		if err != nil {
			return fmt.Errorf("--next: %w", err)
		}
		open, err := s.open(cmd)
		if err != nil {
			return err
		}
		resolved, err := open.query.Resolve(cmd.Context(), &types.QueryResolveRequest{Did: args[0]})
		if err != nil {
			return err
		}
		document := resolved.Document
		i := slices.IndexFunc(document.VerificationMethods, func(m types.VerificationMethod) bool { return m.PublicKey.Same(open.key.Public()) })
		if i < 0 {
			return fmt.Errorf("--key: the newest document of %s has no such key", did)
		}
		old := document.VerificationMethods[i].Id
		document.VerificationMethods[i].Id, document.VerificationMethods[i].PublicKey = *as, successor.Public()
		if err := document.Validate(did); err != nil {
			return err
		}
		if s.method == "" {
			s.method = old
		}
		msg := &types.MsgUpdateDid{Payer: open.payer.Address(), Did: did.String(), Document: document}
		if msg.Proof, err = s.prove(open, types.TagUpdate, did, resolved.Metadata.Sequence, &msg.Document); err != nil {
			return err
		}
		return s.send(cmd, open, msg, did, "has a new key, "+*as)
	}
	s.signingFlags(cmd)
	cmd.Flags().StringVar(&next, "next", "", "key file of the new key (required)")
	if err := cmd.MarkFlagRequired("next"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func updateCmd() *cobra.Command {
	var s signing
	var file string
	cmd := &cobra.Command{
		Use: "update [did]", Short: "Replace a document by one from a JSON file",
		Example: `  meshchaind did show did:mesh:farm:zQm… > document.json   # and edit it
  meshchaind did update did:mesh:farm:zQm… --document document.json --key sensor.key --from farmer --keyring-dir ~/.farm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			did, err := types.ParseDID(args[0])
			if err != nil {
				return err
			}
			document, err := readDocument(file, did)
			if err != nil {
				return err
			}
			open, err := s.open(cmd)
			if err != nil {
				return err
			}
			msg := &types.MsgUpdateDid{Payer: open.payer.Address(), Did: did.String(), Document: document}
			if msg.Proof, err = s.proveNext(cmd.Context(), open, types.TagUpdate, did, &msg.Document); err != nil {
				return err
			}
			return s.send(cmd, open, msg, did, "has a new document")
		},
	}
	s.signingFlags(cmd)
	cmd.Flags().StringVar(&file, "document", "", "JSON file with the document (required)")
	if err := cmd.MarkFlagRequired("document"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func deactivateCmd() *cobra.Command {
	var s signing
	var yes bool
	cmd := &cobra.Command{
		Use: "deactivate [did]", Short: "End a DID, for ever",
		Long:    "End a DID, for ever: it cannot be registered again, and its certificates are revoked. --yes confirms it.",
		Example: `  meshchaind did deactivate did:mesh:farm:zQm… --yes --key sensor.key --from farmer --keyring-dir ~/.farm`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			did, err := types.ParseDID(args[0])
			if err != nil {
				return err
			}
			if !yes {
				return fmt.Errorf("%s would end for ever: say --yes", did)
			}
			open, err := s.open(cmd)
			if err != nil {
				return err
			}
			msg := &types.MsgDeactivateDid{Payer: open.payer.Address(), Did: did.String()}
			if msg.Proof, err = s.proveNext(cmd.Context(), open, types.TagDeactivate, did, nil); err != nil {
				return err
			}
			return s.send(cmd, open, msg, did, "is deactivated")
		},
	}
	s.signingFlags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	return cmd
}
