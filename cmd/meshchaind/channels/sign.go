package channels

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/meshchain/meshchain/x/channels/client/document"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// signing holds the flags that every signing command has.
type signing struct {
	key, out, domain string
	channel, epoch   uint64
}

func (s *signing) register(flags *pflag.FlagSet, placed bool) {
	flags.StringVar(&s.key, "key", "", "channel key file to sign with (required)")
	flags.StringVar(&s.out, "out", "", "file to write (required)")
	flags.StringVar(&s.domain, "domain", "", "domain in 64 hexadecimal digits; `query channels domain` shows it (required)")
	if placed {
		flags.Uint64Var(&s.channel, "channel", 0, "channel id (required)")
		flags.Uint64Var(&s.epoch, "epoch", 0, "epoch of the channel")
	}
}

func (s *signing) place() (p types.Place, err error) {
	if p.Domain, err = parseHash("domain", s.domain); err != nil {
		return p, err
	}
	p.Channel, p.Epoch = s.channel, s.epoch
	return p, nil
}

func parseHash(flag, digits string) (h types.Hash, err error) {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != types.HashLength {
		return h, fmt.Errorf("--%s %q: must be 64 hexadecimal digits", flag, digits)
	}
	return types.Hash(b), nil
}

func parseAmounts(flag string, texts []string) (amounts [2]types.Uint128, err error) {
	if len(texts) != 2 {
		return amounts, fmt.Errorf("--%s has %d numbers: must have 2, the opener's and the partner's", flag, len(texts))
	}
	for i := range amounts {
		if amounts[i], err = types.ParseUint128(strings.TrimSpace(texts[i])); err != nil {
			return amounts, fmt.Errorf("--%s: %w", flag, err)
		}
	}
	return amounts, nil
}

// sign signs slot i of the document with the key of --key and writes it to path.
func (s *signing) sign(cmd *cobra.Command, d *document.Document, i int, path string) error {
	if s.key == "" {
		return fmt.Errorf("--key is missing: the channel key file to sign with")
	}
	if path == "" {
		return fmt.Errorf("--out is missing: the file to write")
	}
	key, err := keyfile.Read(s.key)
	if err != nil {
		return err
	}
	message, err := d.Signed(i)
	if err != nil {
		return err
	}
	signature, err := key.Sign(message)
	if err != nil {
		return err
	}
	d.Signatures[i] = hex.EncodeToString(signature)
	if err := d.Write(path); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "signed as %s by %s: %s\n", d.Slot(i), key.Public().Text(), path)
	return nil
}

func signProofCmd() *cobra.Command {
	var s signing
	var sender uint8
	var nonce uint64
	var transferred, head, locksFile string
	cmd := &cobra.Command{
		Use:   "sign-proof",
		Short: "Sign a balance proof: what you owe the other in total",
		Example: `  meshchaind channels sign-proof --key alice.key --domain 5f0c… --channel 1 --sender 0 \
    --nonce 2 --transferred 250 --out proof2.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			p := types.BalanceProof{Place: place, Sender: sender, Nonce: nonce}
			if p.Transferred, err = types.ParseUint128(transferred); err != nil {
				return fmt.Errorf("--transferred: %w", err)
			}
			p.LogHead = types.FirstHead(place, sender)
			if head != "" {
				if p.LogHead, err = parseHash("log-head", head); err != nil {
					return err
				}
			}
			if locksFile != "" {
				if err := addLocks(&p, locksFile); err != nil {
					return err
				}
			}
			d, err := document.New(document.KindProof, p.Bytes())
			if err != nil {
				return err
			}
			return s.sign(cmd, d, 0, s.out)
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().Uint8Var(&sender, "sender", 0, "who promises: 0 (opener) or 1 (partner)")
	cmd.Flags().Uint64Var(&nonce, "nonce", 0, "nonce, above every nonce signed before in this epoch (required)")
	cmd.Flags().StringVar(&transferred, "transferred", "0", "what you transferred in total in this epoch; it never falls")
	cmd.Flags().StringVar(&head, "log-head", "", "head over all batches in 64 hexadecimal digits (default: the first head of the epoch)")
	cmd.Flags().StringVar(&locksFile, "locks", "", "file with the lock list in hexadecimal digits, 128 per lock")
	return cmd
}

func addLocks(p *types.BalanceProof, path string) error {
	digits, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(digits)), ""))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	locks, err := types.ParseLocks(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p.Locked, _ = locks.Sum()
	p.LocksRoot, p.LockCount = locks.Root(), uint16(len(locks)) //nolint:gosec // at most 256
	return nil
}

func ackProofCmd() *cobra.Command {
	var s signing
	cmd := &cobra.Command{
		Use:     "ack-proof [file]",
		Short:   "Acknowledge a balance proof that you received, in its file",
		Long:    "Acknowledge a balance proof that you received, in its file. Check it with verify-proof before:\nwhat you acknowledge is what you settle by.",
		Example: "  meshchaind channels ack-proof proof2.json --key bob.key",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := document.ReadKind(args[0], document.KindProof)
			if err != nil {
				return err
			}
			return s.sign(cmd, d, 1, args[0])
		},
	}
	cmd.Flags().StringVar(&s.key, "key", "", "channel key file to sign with (required)")
	return cmd
}

func signAgreementCmd() *cobra.Command {
	var s signing
	var side int
	var deposit, transferred, payout []string
	var nonces []uint
	var validUntil uint64
	cmd := &cobra.Command{
		Use:   "sign-agreement [withdraw|cooperative-close]",
		Short: "Sign a withdraw or a cooperative close; the second to sign needs the file alone",
		Example: `  meshchaind channels sign-agreement cooperative-close --key alice.key --side 0 --domain 5f0c… --channel 1 \
    --deposit 1000,500 --transferred 300,100 --nonces 7,9 --payout 800,700 --valid-until 3600 --out coop.json
  meshchaind channels sign-agreement cooperative-close --key bob.key --side 1 --out coop.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if side != 0 && side != 1 {
				return fmt.Errorf("--side %d: must be 0 (opener) or 1 (partner)", side)
			}
			if s.domain == "" { // the second to sign
				d, err := document.ReadKind(s.out, args[0])
				if err != nil {
					return err
				}
				return s.sign(cmd, d, side, s.out)
			}
			if len(nonces) != 2 {
				return fmt.Errorf("--nonces has %d numbers: must have 2, the opener's and the partner's", len(nonces))
			}
			place, err := s.place()
			if err != nil {
				return err
			}
			b := types.Balances{Place: place, Nonce: [2]uint64{uint64(nonces[0]), uint64(nonces[1])}, ValidUntil: validUntil}
			if b.Deposit, err = parseAmounts("deposit", deposit); err != nil {
				return err
			}
			if b.Transferred, err = parseAmounts("transferred", transferred); err != nil {
				return err
			}
			if b.Payout, err = parseAmounts("payout", payout); err != nil {
				return err
			}
			message := types.CooperativeClose{Balances: b}.Bytes()
			if args[0] == document.KindWithdraw {
				message = types.Withdraw{Balances: b, Rotate: types.NoRotation}.Bytes()
			}
			d, err := document.New(args[0], message)
			if err != nil {
				return err
			}
			return s.sign(cmd, d, side, s.out)
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().IntVar(&side, "side", 0, "who signs: 0 (opener) or 1 (partner)")
	cmd.Flags().StringSliceVar(&deposit, "deposit", nil, "both deposits, the opener's first")
	cmd.Flags().StringSliceVar(&transferred, "transferred", []string{"0", "0"}, "what both transferred in total")
	cmd.Flags().UintSliceVar(&nonces, "nonces", []uint{0, 0}, "both last nonces; be silent after them")
	cmd.Flags().StringSliceVar(&payout, "payout", nil, "both payouts")
	cmd.Flags().Uint64Var(&validUntil, "valid-until", 0, "channel clock until which it holds, at most an hour from now")
	return cmd
}
