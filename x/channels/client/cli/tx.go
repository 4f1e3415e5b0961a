// Package cli holds the commands of x/channels that read files of signed bytes.
package cli

import (
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cosmossdk.io/core/address"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/meshchain/meshchain/x/channels/client/document"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Flags of the commands.
const (
	FlagApproval   = "approval"
	FlagDelegation = "delegation"
	FlagClaim      = "claim"
	FlagMultiplier = "multiplier-bp"
)

// maker makes a message from the arguments; from is the account that signs.
type maker func(cmd *cobra.Command, from string, args []string) (sdk.Msg, error)

// NewTxCmd returns the parent of the transaction commands.
func NewTxCmd(addresses address.Codec) *cobra.Command {
	cmd := &cobra.Command{
		Use:                        types.ModuleName,
		Short:                      "Open, top up, close and settle payment channels",
		DisableFlagParsing:         true,
		SuggestionsMinimumDistance: 2,
		RunE:                       client.ValidateCmd,
	}
	build := func(use, short, long, example string, args cobra.PositionalArgs, message maker) *cobra.Command {
		sub := &cobra.Command{
			Use: use, Short: short, Long: long, Example: "  " + version.AppName + " tx channels " + example, Args: args,
			RunE: func(cmd *cobra.Command, args []string) error {
				clientCtx, err := client.GetClientTxContext(cmd)
				if err != nil {
					return err
				}
				from, err := addresses.BytesToString(clientCtx.GetFromAddress())
				if err != nil {
					return fmt.Errorf("--%s: %w", flags.FlagFrom, err)
				}
				msg, err := message(cmd, from, args)
				if err != nil {
					return err
				}
				return tx.GenerateOrBroadcastTxCLI(clientCtx, cmd.Flags(), msg)
			},
		}
		flags.AddTxFlagsToCmd(sub)
		return sub
	}

	open := build("open [terms-file] [denom]", "Open a channel under terms that the partner signed",
		"Open a channel. The file comes from `meshchaind channels sign-open`, run by the partner;\n--from must be the opener that it names.",
		"open terms.json usmt --from alice", cobra.ExactArgs(2), makeOpen)
	open.Flags().String(FlagApproval, "", "file with the guarantor's approval, if the terms name one")
	withdraw := build("withdraw [file]", "Pay out a part by agreement of both and start a new epoch", "",
		"withdraw withdraw.json --from alice", cobra.ExactArgs(1), makeWithdraw)
	withdraw.Flags().String(FlagApproval, "", "file with the guarantor's approval, if the channel has one")
	cooperative := build("cooperative-close [file]", "Pay out everything by agreement of both", "",
		"cooperative-close close.json --from alice", cobra.ExactArgs(1), makeCooperative)
	cooperative.Flags().String(FlagApproval, "", "file with the guarantor's approval, if the channel has one")
	update := build("update [pair-file]", "Show a newer acknowledged pair of a closed channel", "",
		"update proof3.json --from bob", cobra.ExactArgs(1), makeUpdate)
	update.Flags().String(FlagDelegation, "", "file with the delegation to this account, for watchtowers")
	unlock := build("unlock [channel-id] [sender] [locks-file]", "Show the lock list behind a proof",
		"Show the lock list behind a proof. The file holds the locks in hexadecimal digits, 128 per lock:\nid 8 bytes, amount 16, hash 32, expiry 8.",
		"unlock 7 0 locks.hex --from bob", cobra.ExactArgs(3), makeUnlock)
	unlock.Flags().Bool(FlagClaim, false, "the list belongs to the sender's claim, not to the held pair")
	dispose := build("show-disposals [file]...", "Show that the receiver gave up locks", "",
		"show-disposals disposal1.json disposal2.json --from alice", cobra.RangeArgs(1, types.MaxDisposals), makeDisposals)
	dispose.Flags().Bool(FlagClaim, false, "the locks belong to the sender's claim, not to the held pair")
	lend := build("set-collateral-terms [user] [denom] [approval-key]", "Say what you lend to a user as a guarantor",
		"Say what you lend to a user as a guarantor. Approvals signed with the approval key draw on your\naccount, up to the multiple of the user's collateral.",
		"set-collateral-terms mesh1… usmt ed25519:5f0c… --multiplier-bp 12000 --from bank", cobra.ExactArgs(3), makeCollateralTerms)
	lend.Flags().Uint32(FlagMultiplier, types.BasisPoints, "what you lend at most, in 1/10,000 of the collateral; 0 takes the terms back")

	cmd.AddCommand(open, withdraw, cooperative, update, unlock, dispose, lend,
		build("close [close-file]", "Close a channel without the partner; --from posts the bond",
			"Close a channel without the partner. The file comes from `meshchaind channels sign-close`. A bond of\n1 % of both deposits comes back unless the claim is stale: then the partner gets everything.",
			"close close.json --from alice", cobra.ExactArgs(1), makeClose),
		build("guaranteed-deposit [approval-file]", "Raise the guarantor's part of the opener's deposit", "",
			"guaranteed-deposit approval.json --from alice", cobra.ExactArgs(1), makeGuaranteedDeposit),
		build("register-secrets [secret]...", "Put preimages of locks on record, in hexadecimal digits", "",
			"register-secrets 5f0c… 77ab… --from bob", cobra.RangeArgs(1, types.MaxSecrets), makeSecrets),
	)
	return cmd
}

func makeOpen(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	d, err := document.ReadKind(args[0], document.KindOpen)
	if err != nil {
		return nil, err
	}
	b, err := d.Message()
	if err != nil {
		return nil, err
	}
	t, err := types.ParseOpenTerms(b)
	if err != nil {
		return nil, err
	}
	signatures, err := d.AllSignatures()
	if err != nil {
		return nil, err
	}
	if opener := sdk.AccAddress(t.Account[0]).String(); opener != from {
		return nil, fmt.Errorf("--%s is %s: the terms name %s as the opener", flags.FlagFrom, from, opener)
	}
	msg := &types.MsgOpenChannel{
		Opener: from, Partner: sdk.AccAddress(t.Account[1]).String(), OpenerKey: t.Key[0], PartnerKey: t.Key[1],
		Deposit: sdk.Coin{Denom: args[1], Amount: t.Deposit.Int()}, Challenge: t.Challenge, ValidUntil: t.ValidUntil, PartnerSignature: signatures[0],
	}
	if t.Guarantor != nil {
		msg.Guarantor = sdk.AccAddress(t.Guarantor).String()
	}
	msg.Approval, _, err = readApproval(cmd)
	return msg, err
}

// readApproval reads the file of --approval; nil without the flag.
func readApproval(cmd *cobra.Command) (*types.Approval, types.ApprovalOf, error) {
	path, err := cmd.Flags().GetString(FlagApproval)
	if err != nil || path == "" {
		return nil, types.ApprovalOf{}, err
	}
	return parseApproval(path)
}

func parseApproval(path string) (*types.Approval, types.ApprovalOf, error) {
	d, err := document.ReadKind(path, document.KindApproval)
	if err != nil {
		return nil, types.ApprovalOf{}, err
	}
	b, err := d.Message()
	if err != nil {
		return nil, types.ApprovalOf{}, err
	}
	a, err := types.ParseApproval(b)
	if err != nil {
		return nil, a, err
	}
	signatures, err := d.AllSignatures()
	if err != nil {
		return nil, a, err
	}
	return &types.Approval{Amount: a.Amount, ValidUntil: a.ValidUntil, Signature: signatures[0]}, a, nil
}

func readAgreement(cmd *cobra.Command, path, kind string) (agreement []byte, signatures [][]byte, approval *types.Approval, err error) {
	d, err := document.ReadKind(path, kind)
	if err != nil {
		return nil, nil, nil, err
	}
	if agreement, err = d.Message(); err != nil {
		return nil, nil, nil, err
	}
	if signatures, err = d.AllSignatures(); err != nil {
		return nil, nil, nil, err
	}
	approval, _, err = readApproval(cmd)
	return agreement, signatures, approval, err
}

func makeWithdraw(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	agreement, signatures, approval, err := readAgreement(cmd, args[0], document.KindWithdraw)
	return &types.MsgWithdraw{Submitter: from, Agreement: agreement, Signatures: signatures, Approval: approval}, err
}

func makeCooperative(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	agreement, signatures, approval, err := readAgreement(cmd, args[0], document.KindCooperative)
	return &types.MsgCooperativeClose{Submitter: from, Agreement: agreement, Signatures: signatures, Approval: approval}, err
}

func makeClose(_ *cobra.Command, from string, args []string) (sdk.Msg, error) {
	d, err := document.ReadKind(args[0], document.KindClose)
	if err != nil {
		return nil, err
	}
	b, err := d.Message()
	if err != nil {
		return nil, err
	}
	c, err := types.ParseCloseAuthorization(b)
	if err != nil {
		return nil, err
	}
	signatures, err := d.AllSignatures()
	if err != nil {
		return nil, err
	}
	msg := &types.MsgClose{
		Submitter: from, ChannelId: c.Channel, Closer: uint32(c.Closer), Recovering: c.Recovering, ValidUntil: c.ValidUntil, Signature: signatures[0],
	}
	if msg.Claim, err = d.Claim.Proof(); err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	if msg.PartnerPair, err = d.PartnerPair.Proof(); err != nil {
		return nil, fmt.Errorf("partner_pair: %w", err)
	}
	if types.ProofHash(msg.Claim) != c.Claim || types.ProofHash(msg.PartnerPair) != c.PartnerProof {
		return nil, fmt.Errorf("%s: claim or partner_pair is not what the closer signed for", args[0])
	}
	return msg, nil
}

func makeUpdate(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	d, err := document.ReadKind(args[0], document.KindProof)
	if err != nil {
		return nil, err
	}
	if _, err := d.AllSignatures(); err != nil {
		return nil, err
	}
	pair, err := d.Proof()
	if err != nil {
		return nil, err
	}
	p, err := types.ParseBalanceProof(pair.Proof)
	if err != nil {
		return nil, err
	}
	msg := &types.MsgUpdateBalanceProof{Submitter: from, ChannelId: p.Channel, Pair: *pair}
	path, err := cmd.Flags().GetString(FlagDelegation)
	if err != nil || path == "" {
		return msg, err
	}
	if d, err = document.ReadKind(path, document.KindDelegation); err != nil {
		return nil, err
	}
	b, err := d.Message()
	if err != nil {
		return nil, err
	}
	g, err := types.ParseDelegation(b)
	if err != nil {
		return nil, err
	}
	signatures, err := d.AllSignatures()
	if err != nil {
		return nil, err
	}
	msg.Delegation = &types.Delegation{Tower: sdk.AccAddress(g.Tower).String(), Reward: g.Reward, Expiry: g.Expiry, Signature: signatures[0]}
	return msg, nil
}

func makeUnlock(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	id, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("channel-id: %w", err)
	}
	sender, err := strconv.ParseUint(args[1], 10, 32)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	digits, err := os.ReadFile(args[2])
	if err != nil {
		return nil, err
	}
	locks, err := hex.DecodeString(strings.Join(strings.Fields(string(digits)), ""))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[2], err)
	}
	claim, err := cmd.Flags().GetBool(FlagClaim)
	return &types.MsgUnlock{Submitter: from, ChannelId: id, Sender: uint32(sender), Claim: claim, Locks: locks}, err
}

func makeDisposals(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	claim, err := cmd.Flags().GetBool(FlagClaim)
	if err != nil {
		return nil, err
	}
	msg := &types.MsgShowDisposals{Submitter: from, Claim: claim}
	for i, path := range args {
		d, err := document.ReadKind(path, document.KindDisposal)
		if err != nil {
			return nil, err
		}
		b, err := d.Message()
		if err != nil {
			return nil, err
		}
		p, err := types.ParseDisposal(b)
		if err != nil {
			return nil, err
		}
		signatures, err := d.AllSignatures()
		if err != nil {
			return nil, err
		}
		if i > 0 && (msg.ChannelId != p.Channel || msg.Sender != uint32(p.Sender)) {
			return nil, fmt.Errorf("%s is of channel %d, sender %d: all must be of channel %d, sender %d", path, p.Channel, p.Sender, msg.ChannelId, msg.Sender)
		}
		msg.ChannelId, msg.Sender = p.Channel, uint32(p.Sender)
		msg.Disposals = append(msg.Disposals, types.Disposal{LockId: p.LockID, Hash: p.Hash[:], Signature: signatures[0]})
	}
	return msg, nil
}

func makeGuaranteedDeposit(_ *cobra.Command, from string, args []string) (sdk.Msg, error) {
	approval, a, err := parseApproval(args[0])
	if err != nil {
		return nil, err
	}
	return &types.MsgGuaranteedDeposit{Submitter: from, ChannelId: a.Channel, Approval: *approval}, nil
}

func makeSecrets(_ *cobra.Command, from string, args []string) (sdk.Msg, error) {
	msg := &types.MsgRegisterSecrets{Submitter: from}
	for i, digits := range args {
		secret, err := hex.DecodeString(digits)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		msg.Secrets = append(msg.Secrets, secret)
	}
	return msg, nil
}

func makeCollateralTerms(cmd *cobra.Command, from string, args []string) (sdk.Msg, error) {
	key, err := types.ParseChannelKey(args[2])
	if err != nil {
		return nil, err
	}
	multiplier, err := cmd.Flags().GetUint32(FlagMultiplier)
	return &types.MsgSetCollateralTerms{Guarantor: from, User: args[0], Denom: args[1], MultiplierBp: multiplier, ApprovalKey: key}, err
}
