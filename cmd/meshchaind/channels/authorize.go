package channels

import (
	"crypto/sha256"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/meshchain/meshchain/x/channels/client/document"
	"github.com/meshchain/meshchain/x/channels/client/keyfile"
	"github.com/meshchain/meshchain/x/channels/types"
)

// fresh makes a document and signs its only slot.
func (s *signing) fresh(cmd *cobra.Command, kind string, message []byte) error {
	d, err := document.New(kind, message)
	if err != nil {
		return err
	}
	return s.sign(cmd, d, 0, s.out)
}

func signOpenCmd() *cobra.Command {
	var s signing
	var opener, partner, openerKey, guarantor, deposit string
	var challenge, validUntil uint64
	cmd := &cobra.Command{
		Use:   "sign-open",
		Short: "Sign, as the partner, the terms of a channel that somebody opens with you",
		Example: `  meshchaind channels sign-open --key bob.key --domain 5f0c… --opener mesh1… --opener-key ed25519:… \
    --partner mesh1… --deposit 1000 --valid-until 3600 --out terms.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			key, err := keyfile.Read(s.key)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			t := types.OpenTerms{Domain: place.Domain, Challenge: challenge, ValidUntil: validUntil}
			t.Key[1] = key.Public()
			if t.Key[0], err = types.ParseChannelKey(openerKey); err != nil {
				return fmt.Errorf("--opener-key: %w", err)
			}
			for i, text := range []string{opener, partner} {
				if t.Account[i], err = types.ParseAccount([]string{"--opener", "--partner"}[i], text); err != nil {
					return err
				}
			}
			if guarantor != "" {
				if t.Guarantor, err = types.ParseAccount("--guarantor", guarantor); err != nil {
					return err
				}
			}
			if t.Deposit, err = types.ParseUint128(deposit); err != nil {
				return fmt.Errorf("--deposit: %w", err)
			}
			return s.fresh(cmd, document.KindOpen, t.Bytes())
		},
	}
	s.register(cmd.Flags(), false)
	cmd.Flags().StringVar(&opener, "opener", "", "account of the opener (required)")
	cmd.Flags().StringVar(&openerKey, "opener-key", "", "public channel key of the opener (required)")
	cmd.Flags().StringVar(&partner, "partner", "", "your own account, which payouts go to (required)")
	cmd.Flags().StringVar(&guarantor, "guarantor", "", "account of the opener's guarantor, if there is one")
	cmd.Flags().StringVar(&deposit, "deposit", "", "what the opener deposits, in the smallest unit (required)")
	cmd.Flags().Uint64Var(&challenge, "challenge", types.DefaultParams().DefaultChallenge, "length of the update phase in seconds")
	cmd.Flags().Uint64Var(&validUntil, "valid-until", 0, "channel clock until which it holds, at most an hour from now (required)")
	return cmd
}

func signCloseCmd() *cobra.Command {
	var s signing
	var closer uint8
	var recovering bool
	var claim, pair string
	var validUntil uint64
	cmd := &cobra.Command{
		Use:   "sign-close",
		Short: "Authorise anybody to close a channel for you",
		Long: `Authorise anybody to close a channel for you. The claim must be your proof with the highest nonce that
you ever signed in this epoch, sent or not: if the partner shows a newer one, you lose everything.`,
		Example: `  meshchaind channels sign-close --key alice.key --domain 5f0c… --channel 1 --closer 0 \
    --claim proof3.json --valid-until 3600 --out close.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			c := types.CloseAuthorization{Place: place, Closer: closer, Recovering: recovering, ValidUntil: validUntil}
			var evidence [2]*document.Document
			for i, path := range []string{claim, pair} {
				if path == "" {
					continue
				}
				if evidence[i], err = document.ReadKind(path, document.KindProof); err != nil {
					return err
				}
				message, err := evidence[i].Message()
				if err != nil {
					return err
				}
				*[]*types.Hash{&c.Claim, &c.PartnerProof}[i] = sha256.Sum256(message)
			}
			d, err := document.New(document.KindClose, c.Bytes())
			if err != nil {
				return err
			}
			d.Claim, d.PartnerPair = evidence[0], evidence[1]
			return s.sign(cmd, d, 0, s.out)
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().Uint8Var(&closer, "closer", 0, "who closes: 0 (opener) or 1 (partner)")
	cmd.Flags().BoolVar(&recovering, "recovering", false, "you lost your data and claim nothing: 5 % bond, a week of waiting")
	cmd.Flags().StringVar(&claim, "claim", "", "file with your own newest proof")
	cmd.Flags().StringVar(&pair, "partner-pair", "", "file with the partner's newest proof, acknowledged by you")
	cmd.Flags().Uint64Var(&validUntil, "valid-until", 0, "channel clock until which it holds, at most 600 from now (required)")
	return cmd
}

func signDelegationCmd() *cobra.Command {
	var s signing
	var delegator uint8
	var tower, reward string
	var expiry uint64
	cmd := &cobra.Command{
		Use:     "sign-delegation",
		Short:   "Name a watchtower and its reward",
		Example: "  meshchaind channels sign-delegation --key bob.key --domain 5f0c… --channel 1 --delegator 1 --tower mesh1… --reward 25 --expiry 999999 --out tower.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			d := types.DelegationOf{Place: place, Delegator: delegator, Expiry: expiry}
			if d.Tower, err = types.ParseAccount("--tower", tower); err != nil {
				return err
			}
			if d.Reward, err = types.ParseUint128(reward); err != nil {
				return fmt.Errorf("--reward: %w", err)
			}
			return s.fresh(cmd, document.KindDelegation, d.Bytes())
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().Uint8Var(&delegator, "delegator", 0, "who delegates: 0 (opener) or 1 (partner)")
	cmd.Flags().StringVar(&tower, "tower", "", "account of the watchtower (required)")
	cmd.Flags().StringVar(&reward, "reward", "0", "what it earns if its proof decides")
	cmd.Flags().Uint64Var(&expiry, "expiry", 0, "channel clock until which it may act (required)")
	return cmd
}

func signDisposalCmd() *cobra.Command {
	var s signing
	var sender uint8
	var lock uint64
	var hash string
	cmd := &cobra.Command{
		Use:     "sign-disposal",
		Short:   "Give up a lock that you received",
		Example: "  meshchaind channels sign-disposal --key bob.key --domain 5f0c… --channel 1 --sender 0 --lock 3 --hash 77ab… --out disposal.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			d := types.DisposalOf{Place: place, Sender: sender, LockID: lock}
			if d.Hash, err = parseHash("hash", hash); err != nil {
				return err
			}
			return s.fresh(cmd, document.KindDisposal, d.Bytes())
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().Uint8Var(&sender, "sender", 0, "sender of the lock: 0 (opener) or 1 (partner)")
	cmd.Flags().Uint64Var(&lock, "lock", 0, "id of the lock (required)")
	cmd.Flags().StringVar(&hash, "hash", "", "hash of the lock in 64 hexadecimal digits (required)")
	return cmd
}

func signApprovalCmd() *cobra.Command {
	var s signing
	var amount, partner string
	var validUntil uint64
	cmd := &cobra.Command{
		Use:   "sign-approval [file]",
		Short: "Approve, as a guarantor, open terms, an agreement or a deposit",
		Long:  "Approve, as a guarantor, what a file holds: open terms, a withdraw or a cooperative close. Without a file,\napprove a deposit: --amount is then your new total in the channel.",
		Example: `  meshchaind channels sign-approval terms.json --key bank.key --domain 5f0c… --amount 700 --valid-until 3600 --out approval.json
  meshchaind channels sign-approval --partner mesh1… --key bank.key --domain 5f0c… --channel 1 --amount 800 --valid-until 3600 --out approval.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := s.place()
			if err != nil {
				return err
			}
			a := types.ApprovalOf{Place: place, ValidUntil: validUntil}
			if a.Amount, err = types.ParseUint128(amount); err != nil {
				return fmt.Errorf("--amount: %w", err)
			}
			if len(args) == 0 {
				account, err := types.ParseAccount("--partner", partner)
				if err != nil {
					return err
				}
				a.Purpose, a.Subject = types.PurposeDeposit, types.DepositSubject(account)
				return s.fresh(cmd, document.KindApproval, a.Bytes())
			}
			d, err := document.Read(args[0])
			if err != nil {
				return err
			}
			message, err := d.Message()
			if err != nil {
				return err
			}
			a.Subject = sha256.Sum256(message)
			switch d.Kind {
			case document.KindOpen:
				a.Purpose = types.PurposeOpen
			case document.KindWithdraw:
				a.Purpose = types.PurposeWithdraw
			case document.KindCooperative:
				a.Purpose = types.PurposeCooperative
			default:
				return fmt.Errorf("%s is a %s: nothing that a guarantor approves", args[0], d.Kind)
			}
			return s.fresh(cmd, document.KindApproval, a.Bytes())
		},
	}
	s.register(cmd.Flags(), true)
	cmd.Flags().StringVar(&amount, "amount", "", "what you have in the channel afterwards, in total (required)")
	cmd.Flags().StringVar(&partner, "partner", "", "account of the partner, for a deposit")
	cmd.Flags().Uint64Var(&validUntil, "valid-until", 0, "channel clock until which it holds, at most an hour from now (required)")
	return cmd
}
