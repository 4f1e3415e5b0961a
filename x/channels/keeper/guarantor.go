package keeper

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/big"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Guarantors lend to openers (whitepaper 000 §6.5): a user puts up collateral, the
// guarantor pays a multiple of it into the user's channels and is repaid when they end.

// collateral returns an account and its key.
func (k Keeper) collateral(ctx context.Context, guarantor, user, denom string) (types.Collateral, CollateralKey, error) {
	g, err := types.ParseAccount("guarantor", guarantor)
	if err != nil {
		return types.Collateral{}, CollateralKey{}, err
	}
	u, err := types.ParseAccount("user", user)
	if err != nil {
		return types.Collateral{}, CollateralKey{}, err
	}
	key := collections.Join3(g, u, denom)
	c, err := k.Collaterals.Get(ctx, key)
	if errors.Is(err, collections.ErrNotFound) {
		err = errorsmod.Wrapf(types.ErrCollateralNotFound, "guarantor %s has no terms for %s in %s", guarantor, user, denom)
	}
	return c, key, err
}

func (k Keeper) setCollateral(ctx context.Context, key CollateralKey, c types.Collateral) error {
	if err := k.Collaterals.Set(ctx, key, c); err != nil {
		return err
	}
	return emit(ctx, &types.EventCollateralChanged{Collateral: c})
}

// checkCover refuses terms under which the collateral does not cover what is funded.
func checkCover(c types.Collateral) error {
	have := new(big.Int).Mul(c.Amount.Big(), big.NewInt(int64(c.MultiplierBp)))
	need := new(big.Int).Mul(c.Funded.Big(), big.NewInt(types.BasisPoints))
	if have.Cmp(need) < 0 {
		return errorsmod.Wrapf(types.ErrCollateral, "funded %s: must be at most %d/%d of the collateral %s", c.Funded, c.MultiplierBp, types.BasisPoints, c.Amount)
	}
	return nil
}

// setCollateralTerms opens a collateral account or changes its terms. An empty account
// whose multiplier becomes 0 is removed. Existing credit is not touched.
func (k Keeper) setCollateralTerms(ctx context.Context, msg *types.MsgSetCollateralTerms) error {
	c, key, err := k.collateral(ctx, msg.Guarantor, msg.User, msg.Denom)
	switch {
	case errors.Is(err, types.ErrCollateralNotFound):
		if err := k.checkDenom(ctx, msg.Denom); err != nil {
			return err
		}
		c = types.Collateral{Guarantor: msg.Guarantor, User: msg.User, Denom: msg.Denom}
	case err != nil:
		return err
	}
	c.MultiplierBp, c.ApprovalKey = msg.MultiplierBp, msg.ApprovalKey
	if c.MultiplierBp == 0 && c.Amount.IsZero() && c.Funded.IsZero() {
		if err := k.Collaterals.Remove(ctx, key); err != nil {
			return err
		}
		return emit(ctx, &types.EventCollateralChanged{Collateral: c, Removed: true})
	}
	return k.setCollateral(ctx, key, c)
}

// addCollateral puts up collateral.
func (k Keeper) addCollateral(ctx context.Context, msg *types.MsgAddCollateral) error {
	c, key, err := k.collateral(ctx, msg.Guarantor, msg.User, msg.Amount.Denom)
	if err != nil {
		return err
	}
	payer, err := types.ParseAccount("payer", msg.Payer)
	if err != nil {
		return err
	}
	amount, err := types.CoinAmount("amount", msg.Amount)
	if err != nil {
		return err
	}
	sum, ok := c.Amount.Add(amount)
	if !ok || types.DepositCap.Less(sum) {
		return errorsmod.Wrapf(types.ErrDepositCap, "collateral %s + %s: must be at most %s", c.Amount, amount, types.DepositCap)
	}
	c.Amount = sum
	if err := k.escrow(ctx, payer, c.Denom, amount); err != nil {
		return err
	}
	return k.setCollateral(ctx, key, c)
}

// releaseCollateral gives a user back collateral; what is funded must stay covered. It
// does not need the guarantor, who could otherwise keep it.
func (k Keeper) releaseCollateral(ctx context.Context, msg *types.MsgReleaseCollateral) error {
	c, key, err := k.collateral(ctx, msg.Guarantor, msg.User, msg.Amount.Denom)
	if err != nil {
		return err
	}
	amount, err := types.CoinAmount("amount", msg.Amount)
	if err != nil {
		return err
	}
	left, ok := c.Amount.Sub(amount)
	if !ok {
		return errorsmod.Wrapf(types.ErrCollateral, "release of %s: must be at most the collateral %s", amount, c.Amount)
	}
	c.Amount = left
	if err := checkCover(c); err != nil {
		return errorsmod.Wrapf(err, "release of %s", amount)
	}
	if err := k.setCollateral(ctx, key, c); err != nil {
		return err
	}
	return k.pay(ctx, c.User, c.Denom, amount)
}

// draw takes what an approval grants from the guarantor's account: its consent is the
// terms that it set with that account, and the approval within their bounds.
func (k Keeper) draw(ctx context.Context, ch *types.Channel, granted types.Uint128) error {
	c, key, err := k.collateral(ctx, ch.Guarantee.Guarantor, ch.Participants[0].Account, ch.Denom)
	if err != nil {
		return err
	}
	funded, ok := c.Funded.Add(granted)
	if !ok {
		return errorsmod.Wrapf(types.ErrAmount, "funded %s + %s: must be below 2^128", c.Funded, granted)
	}
	c.Funded = funded
	if err := checkCover(c); err != nil {
		return err
	}
	if err := k.escrow(ctx, key.K1(), ch.Denom, granted); err != nil {
		return errorsmod.Wrapf(err, "guarantor %s", c.Guarantor)
	}
	return k.setCollateral(ctx, key, c)
}

// guaranteeOpen draws the guarantor's part of the first deposit and returns the rest,
// which the opener pays.
func (k Keeper) guaranteeOpen(ctx context.Context, ch *types.Channel, msg *types.MsgOpenChannel, terms types.OpenTerms, clock uint64) (own types.Uint128, err error) {
	if msg.Approval.Amount.IsZero() {
		// The account of a guarantor that funds nothing could be removed while the channel
		// is open, and nobody could settle without it.
		return own, errorsmod.Wrapf(types.ErrApproval, "approval of 0 by guarantor %s: must be at least 1", msg.Guarantor)
	}
	ch.Guarantee = &types.Guarantee{Guarantor: msg.Guarantor}
	own, ok := terms.Deposit.Sub(msg.Approval.Amount)
	if !ok {
		return own, errorsmod.Wrapf(types.ErrApproval, "approval of %s: must be at most the deposit %s", msg.Approval.Amount, terms.Deposit)
	}
	place := types.Place{Domain: terms.Domain}
	if err := k.verifyApproval(ctx, ch, msg.Approval, types.PurposeOpen, place, sha256.Sum256(terms.Bytes()), clock); err != nil {
		return own, err
	}
	ch.Guarantee.Funded = msg.Approval.Amount
	return own, k.draw(ctx, ch, msg.Approval.Amount)
}

// guaranteedDeposit raises the guarantor's part of the opener's deposit to a total.
func (k Keeper) guaranteedDeposit(ctx context.Context, msg *types.MsgGuaranteedDeposit) error {
	ch, clock, err := k.channelIn(ctx, msg.ChannelId, "guaranteed deposit", types.PHASE_OPEN)
	if err != nil {
		return err
	}
	if ch.Guarantee == nil {
		return errorsmod.Wrapf(types.ErrApproval, "channel %d has no guarantor", ch.Id)
	}
	parties, err := parties(ch)
	if err != nil {
		return err
	}
	if err := k.verifyApproval(ctx, ch, &msg.Approval, types.PurposeDeposit, ch.Place(), types.DepositSubject(parties[1]), clock); err != nil {
		return err
	}
	granted, ok := msg.Approval.Amount.Sub(ch.Guarantee.Funded)
	if !ok {
		return errorsmod.Wrapf(types.ErrDepositShrinks, "approval of %s: must be at least %s, what the guarantor has in the channel", msg.Approval.Amount, ch.Guarantee.Funded)
	}
	if granted.IsZero() {
		return nil
	}
	if err := checkCap(ch, granted); err != nil {
		return err
	}
	if err := k.draw(ctx, ch, granted); err != nil {
		return err
	}
	ch.Guarantee.Funded = msg.Approval.Amount
	ch.Participants[0].Deposit, _ = ch.Participants[0].Deposit.Add(granted) // below the cap
	if err := k.save(ctx, ch); err != nil {
		return err
	}
	return emit(ctx, &types.EventDeposited{
		ChannelId: ch.Id, Participant: 0, Total: coin(ch.Denom, ch.Participants[0].Deposit),
		Payer: ch.Guarantee.Guarantor, Funded: ch.Guarantee.Funded.String(),
	})
}

// checkApproval checks the guarantor's consent to an agreement, which leaves its part
// as it is.
func (k Keeper) checkApproval(ctx context.Context, ch *types.Channel, approval *types.Approval, purpose types.Purpose, subject types.Hash, clock uint64) error {
	if approval == nil {
		return errorsmod.Wrapf(types.ErrGuarantorMissing, "channel %d: approval of guarantor %s is absent; a close by one participant needs none", ch.Id, ch.Guarantee.Guarantor)
	}
	if approval.Amount != ch.Guarantee.Funded {
		return errorsmod.Wrapf(types.ErrApproval, "approval of %s: must be %s, what the guarantor has in the channel", approval.Amount, ch.Guarantee.Funded)
	}
	return k.verifyApproval(ctx, ch, approval, purpose, ch.Place(), subject, clock)
}

func (k Keeper) verifyApproval(ctx context.Context, ch *types.Channel, approval *types.Approval, purpose types.Purpose, place types.Place, subject types.Hash, clock uint64) error {
	if err := checkValidity("approval", clock, approval.ValidUntil, types.MaxAgreementValidity); err != nil {
		return err
	}
	c, _, err := k.collateral(ctx, ch.Guarantee.Guarantor, ch.Participants[0].Account, ch.Denom)
	if err != nil {
		return err
	}
	signed := types.ApprovalOf{Place: place, Purpose: purpose, Subject: subject, Amount: approval.Amount, ValidUntil: approval.ValidUntil}
	return verify(ctx, c.ApprovalKey, "approval", signed.Bytes(), approval.Signature)
}

// repayGuarantor pays the guarantor out of the collateral and, for what that does not
// cover, out of the user's payout.
func (k Keeper) repayGuarantor(ctx context.Context, ch *types.Channel, payout *types.Uint128) (types.Repayment, error) {
	c, key, err := k.collateral(ctx, ch.Guarantee.Guarantor, ch.Participants[0].Account, ch.Denom)
	if err != nil {
		return types.Repayment{}, err
	}
	r := types.Repay(ch.Guarantee.Funded, c.Amount, *payout)
	*payout, _ = payout.Sub(r.FromPayout)
	c.Amount, _ = c.Amount.Sub(r.FromCollateral)
	c.Funded, _ = c.Funded.Sub(ch.Guarantee.Funded)
	if err := k.setCollateral(ctx, key, c); err != nil {
		return r, err
	}
	total, _ := r.FromCollateral.Add(r.FromPayout)
	return r, k.pay(ctx, c.Guarantor, ch.Denom, total)
}
