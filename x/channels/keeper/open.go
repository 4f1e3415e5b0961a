package keeper

import (
	"context"
	"crypto/sha256"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// openChannel escrows the opener's deposit under terms that the partner signed.
func (k Keeper) openChannel(ctx context.Context, msg *types.MsgOpenChannel) (uint64, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	clock, err := k.Clock(ctx)
	if err != nil {
		return 0, err
	}
	if msg.Challenge < params.MinChallenge || msg.Challenge > params.MaxChallenge {
		return 0, errorsmod.Wrapf(types.ErrChallenge, "challenge %d s: must be %d to %d (default %d)",
			msg.Challenge, params.MinChallenge, params.MaxChallenge, params.DefaultChallenge)
	}
	terms, err := k.openTerms(ctx, msg)
	if err != nil {
		return 0, err
	}
	if err := checkValidity("open terms", clock, terms.ValidUntil, types.MaxAgreementValidity); err != nil {
		return 0, err
	}
	if err := k.useTerms(ctx, terms); err != nil {
		return 0, err
	}
	if err := verify(ctx, msg.PartnerKey, "open terms by the partner", terms.Bytes(), msg.PartnerSignature); err != nil {
		return 0, err
	}

	id, err := k.Sequence.Next(ctx)
	if err != nil {
		return 0, err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	ch := &types.Channel{
		Id:     id,
		Denom:  msg.Deposit.Denom,
		Domain: terms.Domain[:],
		Participants: []types.Participant{
			{Account: msg.Opener, Key: msg.OpenerKey, Deposit: terms.Deposit},
			{Account: msg.Partner, Key: msg.PartnerKey},
		},
		Terms:         params.Terms(msg.Challenge),
		OpenedHeight:  height,
		ChangedHeight: height,
	}
	own := terms.Deposit
	if msg.Guarantor != "" {
		if own, err = k.guaranteeOpen(ctx, ch, msg, terms, clock); err != nil {
			return 0, err
		}
	}
	if err := k.escrow(ctx, terms.Account[0], ch.Denom, own); err != nil {
		return 0, err
	}
	if err := k.insert(ctx, ch); err != nil {
		return 0, err
	}
	return id, emit(ctx, &types.EventChannelOpened{ChannelId: id, Opener: msg.Opener, Partner: msg.Partner, Channel: *ch})
}

// openTerms builds what the partner must have signed, and checks that its payouts
// could be made.
func (k Keeper) openTerms(ctx context.Context, msg *types.MsgOpenChannel) (terms types.OpenTerms, err error) {
	if err := k.checkDenom(ctx, msg.Deposit.Denom); err != nil {
		return terms, err
	}
	if terms.Domain, err = k.domain(ctx, msg.Deposit.Denom); err != nil {
		return terms, err
	}
	if terms.Deposit, err = types.CoinAmount("deposit", msg.Deposit); err != nil {
		return terms, err
	}
	if types.DepositCap.Less(terms.Deposit) {
		return terms, errorsmod.Wrapf(types.ErrDepositCap, "deposit %s: must be at most %s", terms.Deposit, types.DepositCap)
	}
	for i, text := range []string{msg.Opener, msg.Partner} {
		if terms.Account[i], err = types.ParseAccount("participant", text); err != nil {
			return terms, err
		}
		if k.bank.BlockedAddr(terms.Account[i]) {
			return terms, errorsmod.Wrapf(types.ErrBlockedAccount, "participant %s: must not be a module account", text)
		}
	}
	if msg.Guarantor != "" {
		if terms.Guarantor, err = types.ParseAccount("guarantor", msg.Guarantor); err != nil {
			return terms, err
		}
	}
	terms.Key = [2]types.ChannelKey{msg.OpenerKey, msg.PartnerKey}
	terms.Challenge, terms.ValidUntil = msg.Challenge, msg.ValidUntil
	return terms, nil
}

// useTerms lets each set of terms be used once. They are remembered until they expire,
// at most an hour.
func (k Keeper) useTerms(ctx context.Context, terms types.OpenTerms) error {
	hash := sha256.Sum256(terms.Bytes())
	key := collections.Join(terms.ValidUntil, hash[:])
	used, err := k.UsedTerms.Has(ctx, key)
	if err != nil {
		return err
	}
	if used {
		return errorsmod.Wrapf(types.ErrTermsUsed, "open terms %x: ask the partner to sign with another valid_until", hash)
	}
	return k.UsedTerms.Set(ctx, key)
}

// checkDenom refuses denoms that do not exist or that the chain does not let move.
func (k Keeper) checkDenom(ctx context.Context, denom string) error {
	if err := sdk.ValidateDenom(denom); err != nil {
		return errorsmod.Wrapf(types.ErrDenom, "%v", err)
	}
	if !k.bank.HasSupply(ctx, denom) {
		return errorsmod.Wrapf(types.ErrDenom, "%s: nobody holds it on this chain", denom)
	}
	if err := k.bank.IsSendEnabledCoins(ctx, sdk.Coin{Denom: denom}); err != nil {
		return errorsmod.Wrapf(types.ErrDenom, "%s: %v", denom, err)
	}
	return nil
}

// deposit raises a participant's deposit to a total; what is there costs nothing.
func (k Keeper) deposit(ctx context.Context, msg *types.MsgDeposit) error {
	ch, _, err := k.channelIn(ctx, msg.ChannelId, "deposit", types.PHASE_OPEN)
	if err != nil {
		return err
	}
	if err := k.checkDenom(ctx, ch.Denom); err != nil {
		return err
	}
	p := &ch.Participants[msg.Participant]
	delta, ok := msg.Total.Sub(p.Deposit)
	if !ok {
		return errorsmod.Wrapf(types.ErrDepositShrinks, "total %s of participant %d: must be at least %s, what is deposited", msg.Total, msg.Participant, p.Deposit)
	}
	if delta.IsZero() {
		return nil
	}
	if err := checkCap(ch, delta); err != nil {
		return err
	}
	payer, err := types.ParseAccount("depositor", msg.Depositor)
	if err != nil {
		return err
	}
	if err := k.escrow(ctx, payer, ch.Denom, delta); err != nil {
		return err
	}
	p.Deposit = msg.Total
	if err := k.save(ctx, ch); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeposited{
		ChannelId: ch.Id, Participant: msg.Participant, Total: coin(ch.Denom, msg.Total), Payer: msg.Depositor,
	})
}

// checkCap refuses a deposit that would take both deposits above the cap.
func checkCap(ch *types.Channel, delta types.Uint128) error {
	total := types.Sums{Deposit: ch.Deposits()}.Total()
	if sum, ok := total.Add(delta); !ok || types.DepositCap.Less(sum) {
		return errorsmod.Wrapf(types.ErrDepositCap, "deposits %s + %s: must be at most %s together", total, delta, types.DepositCap)
	}
	return nil
}
