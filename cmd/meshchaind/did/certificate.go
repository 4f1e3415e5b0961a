package didcmd

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/x/did/types"
)

// NewCertCmd returns the command group of authorities.
func NewCertCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cert",
		Short: "Certificates of devices, nodes, applications and trusted execution environments",
		Long: `Certificates of devices, nodes, applications and trusted execution environments. The key of an
authority signs; an account, --from, pays. Queries are "meshchaind query did".`,
		Example: `  meshchaind cert issue did:mesh:farm:zQm…sensor --issuer did:mesh:farm:zQm…maker --kind device --key maker.key --from maker --keyring-dir ~/.farm
  meshchaind cert verify did:mesh:farm:zQm…sensor`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		certIssueCmd(), certRenewCmd(), certShowCmd(), certVerifyCmd(), certAttestCmd(),
		certChangeCmd("suspend", types.CERTIFICATE_STATUS_SUSPENDED, "Take certificates back for a time"),
		certChangeCmd("resume", types.CERTIFICATE_STATUS_VALID, "End the suspension of certificates"),
		certChangeCmd("revoke", types.CERTIFICATE_STATUS_REVOKED, "Take certificates back for ever"),
	)
	return cmd
}

// issuing is a command that an authority signs.
type issuing struct {
	signing
	issuer string
}

func (i *issuing) issuingFlags(cmd *cobra.Command) {
	i.signingFlags(cmd)
	cmd.Flags().StringVar(&i.issuer, "issuer", "", "DID of the authority (required)")
	if err := cmd.MarkFlagRequired("issuer"); err != nil {
		panic(err) // the flag is defined above
	}
}

func (i *issuing) begin(cmd *cobra.Command) (*session, types.DID, error) {
	issuer, err := types.ParseDID(i.issuer)
	if err != nil {
		return nil, issuer, fmt.Errorf("--issuer: %w", err)
	}
	open, err := i.open(cmd)
	return open, issuer, err
}

func certIssueCmd() *cobra.Command {
	var i issuing
	var kind, hash, cell string
	var validity time.Duration
	var serial uint64
	cmd := &cobra.Command{
		Use:   "issue [did]...",
		Short: "Issue a certificate to each DID",
		Long: `Issue a certificate to each DID, at most 100, with serials that ascend from --serial, by default
from the one after the authority's last.`,
		Example: `  meshchaind cert issue did:mesh:farm:zQm…sensor --issuer did:mesh:farm:zQm…maker --kind device --validity 8760h --cell u1wjq \
    --key maker.key --from maker --keyring-dir ~/.farm`,
		Args: cobra.RangeArgs(1, types.MaxCertificateBatch),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := types.ParseCertificateKind(kind)
			if err != nil {
				return fmt.Errorf("--kind: %w", err)
			}
			attributes, err := hex.DecodeString(hash)
			if err != nil {
				return fmt.Errorf("--attributes-hash: %w", err)
			}
			open, issuer, err := i.begin(cmd)
			if err != nil {
				return err
			}
			if serial == 0 {
				response, err := open.query.Authority(cmd.Context(), &types.QueryAuthorityRequest{Did: i.issuer})
				if err != nil {
					return err
				}
				serial = response.Authority.LastSerial + 1
			}
			msg := &types.MsgIssueCertificates{Payer: open.payer.Address(), Issuer: i.issuer}
			now := time.Now()
			for n, subject := range args {
				msg.Issuance.Certificates = append(msg.Issuance.Certificates, types.CertificateTerms{
					Serial: serial + uint64(n), Subject: subject, Kind: parsed, ValidFrom: now.Unix(), ValidUntil: now.Add(validity).Unix(), //nolint:gosec // positive
					AttributesHash: attributes, Cell: cell,
				})
			}
			if msg.Proof, err = i.proveNext(cmd.Context(), open, types.TagIssue, issuer, &msg.Issuance); err != nil {
				return err
			}
			return i.send(cmd, open, msg, issuer, fmt.Sprintf("issued %d to %d", serial, serial+uint64(len(args))-1))
		},
	}
	i.issuingFlags(cmd)
	cmd.Flags().StringVar(&kind, "kind", "device", "device, node, application or tee")
	cmd.Flags().StringVar(&hash, "attributes-hash", "", "SHA-256 of public attributes kept elsewhere, in hexadecimal digits")
	cmd.Flags().StringVar(&cell, "cell", "", "where the subject is, a geohash or H3 index")
	cmd.Flags().DurationVar(&validity, "validity", 365*24*time.Hour, "how long it is valid from now")
	cmd.Flags().Uint64Var(&serial, "serial", 0, "first serial; 0 is the next one")
	return cmd
}

// parseSerials reads serials and sorts them.
func parseSerials(args []string) ([]uint64, error) {
	serials := make([]uint64, len(args))
	for i, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("serial %q: must be a whole number", arg)
		}
		serials[i] = n
	}
	slices.Sort(serials)
	return serials, nil
}

func certRenewCmd() *cobra.Command {
	var i issuing
	var validity time.Duration
	cmd := &cobra.Command{
		Use: "renew [serial]...", Short: "Let certificates hold longer",
		Example: `  meshchaind cert renew 7 8 9 --validity 8760h --issuer did:mesh:farm:zQm…maker --key maker.key --from maker --keyring-dir ~/.farm`,
		Args:    cobra.RangeArgs(1, types.MaxCertificateBatch),
		RunE: func(cmd *cobra.Command, args []string) error {
			serials, err := parseSerials(args)
			if err != nil {
				return err
			}
			open, issuer, err := i.begin(cmd)
			if err != nil {
				return err
			}
			msg := &types.MsgRenewCertificates{
				Payer: open.payer.Address(), Issuer: i.issuer, Renewal: types.Renewal{Serials: serials, ValidUntil: time.Now().Add(validity).Unix()},
			}
			if msg.Proof, err = i.proveNext(cmd.Context(), open, types.TagRenew, issuer, &msg.Renewal); err != nil {
				return err
			}
			return i.send(cmd, open, msg, issuer, fmt.Sprintf("renewed %d certificates", len(serials)))
		},
	}
	i.issuingFlags(cmd)
	cmd.Flags().DurationVar(&validity, "validity", 365*24*time.Hour, "how long they are valid from now")
	return cmd
}

func certChangeCmd(verb string, next types.CertificateStatus, short string) *cobra.Command {
	var i issuing
	cmd := &cobra.Command{
		Use: verb + " [serial]...", Short: short,
		Example: "  meshchaind cert " + verb + " 7 --issuer did:mesh:farm:zQm…maker --key maker.key --from maker --keyring-dir ~/.farm",
		Args:    cobra.RangeArgs(1, types.MaxCertificateBatch),
		RunE: func(cmd *cobra.Command, args []string) error {
			serials, err := parseSerials(args)
			if err != nil {
				return err
			}
			open, issuer, err := i.begin(cmd)
			if err != nil {
				return err
			}
			msg := &types.MsgChangeCertificates{
				Payer: open.payer.Address(), Issuer: i.issuer, Change: types.StatusChange{Serials: serials, Status: next},
			}
			if msg.Proof, err = i.proveNext(cmd.Context(), open, types.TagChange, issuer, &msg.Change); err != nil {
				return err
			}
			return i.send(cmd, open, msg, issuer, fmt.Sprintf("has made %d certificates %s", len(serials), next.Word()))
		},
	}
	i.issuingFlags(cmd)
	return cmd
}

func certShowCmd() *cobra.Command {
	var n node
	var issuer string
	cmd := &cobra.Command{
		Use: "show [serial]", Short: "Show a certificate, and why it does not hold if so; exits with 3 if there is none",
		Example: `  meshchaind cert show 7 --issuer did:mesh:farm:zQm…maker`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			serials, err := parseSerials(args)
			if err != nil {
				return err
			}
			c, _, err := n.dial(cmd.Context(), nil)
			if err != nil {
				return err
			}
			response, err := types.NewQueryClient(c).Certificate(cmd.Context(), &types.QueryCertificateRequest{Issuer: issuer, Serial: serials[0]})
			if status.Code(err) == codes.NotFound {
				return &ExitCode{3, err}
			}
			if err != nil {
				return err
			}
			info := response.Certificate
			return n.print(cmd.OutOrStdout(), info, func(w io.Writer) error {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				terms := info.Certificate.Terms
				moment := func(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
				for _, row := range [][2]string{
					{"serial", strconv.FormatUint(terms.Serial, 10)},
					{"issuer", info.Issuer},
					{"subject", terms.Subject},
					{"kind", terms.Kind.Word()},
					{"status", info.Status.Word()},
					{"from", moment(terms.ValidFrom)},
					{"until", moment(terms.ValidUntil)},
					{"attributes", hex.EncodeToString(terms.AttributesHash)},
					{"cell", terms.Cell},
					{"holds", strconv.FormatBool(info.Holds)},
					{"reason", info.Reason},
				} {
					if row[1] != "" {
						fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
					}
				}
				return table.Flush()
			})
		},
	}
	n.flags(cmd, false)
	cmd.Flags().StringVar(&issuer, "issuer", "", "DID of the authority (required)")
	if err := cmd.MarkFlagRequired("issuer"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func certVerifyCmd() *cobra.Command {
	var n node
	var kind string
	cmd := &cobra.Command{
		Use:   "verify [did]",
		Short: "Tell whether a DID has a certificate that holds now; exits with 3 if not",
		Example: `  meshchaind cert verify did:mesh:farm:zQm…sensor
  meshchaind cert verify did:mesh:farm:zQm…node --kind node`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := types.ParseCertificateKind(kind)
			if err != nil {
				return fmt.Errorf("--kind: %w", err)
			}
			c, _, err := n.dial(cmd.Context(), nil)
			if err != nil {
				return err
			}
			response, err := types.NewQueryClient(c).CertificatesOf(cmd.Context(), &types.QueryCertificatesOfRequest{Subject: args[0]})
			if err != nil {
				return err
			}
			holds := false
			kept := response.Certificates[:0]
			for _, info := range response.Certificates {
				if info.Certificate.Terms.Kind == parsed {
					kept, holds = append(kept, info), holds || info.Holds
				}
			}
			err = n.print(cmd.OutOrStdout(), map[string]any{"holds": holds, "certificates": kept}, func(w io.Writer) error {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "SERIAL\tSTATUS\tUNTIL\tHOLDS\tISSUER")
				for _, info := range kept {
					terms := info.Certificate.Terms
					fmt.Fprintf(table, "%d\t%s\t%s\t%t\t%s\n", terms.Serial, info.Status.Word(), time.Unix(terms.ValidUntil, 0).UTC().Format(time.RFC3339), info.Holds, info.Issuer)
				}
				return table.Flush()
			})
			if err == nil && !holds {
				err = &ExitCode{3, fmt.Errorf("%s: has no %s certificate that holds", args[0], kind)}
			}
			return err
		},
	}
	n.flags(cmd, false)
	cmd.Flags().StringVar(&kind, "kind", "device", "device, node, application or tee")
	return cmd
}
