package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// communityPool stands for the receiver of a bond that nobody deserves.
const communityPool = "community-pool"

// settle pays out a channel whose dispute is over.
func (k Keeper) settle(ctx context.Context, id uint64) ([]sdk.Coin, error) {
	ch, _, err := k.channelIn(ctx, id, "settle", types.PHASE_SETTLEABLE)
	if err != nil {
		return nil, err
	}
	sums := types.Sums{Deposit: ch.Deposits()}
	for i, dir := range ch.Dispute.Directions {
		if sums.Owed[i], err = dir.Owed(); err != nil {
			return nil, err
		}
		sums.Stale[i] = dir.Stale
	}
	return k.conclude(ctx, ch, conclusion{pay: sums.Payouts(), stale: sums.Stale})
}

// conclusion is how a channel ends.
type conclusion struct {
	pay         [2]types.Uint128
	stale       [2]bool
	cooperative bool
}

// conclude pays everybody and removes the channel: first the guarantor, then towers,
// then the bond, then the participants.
func (k Keeper) conclude(ctx context.Context, ch *types.Channel, c conclusion) ([]sdk.Coin, error) {
	clock, err := k.Clock(ctx)
	if err != nil {
		return nil, err
	}
	event := &types.EventChannelEnded{ChannelId: ch.Id}
	if ch.Guarantee != nil {
		repaid, err := k.repayGuarantor(ctx, ch, &c.pay[0])
		if err != nil {
			return nil, err
		}
		total, _ := repaid.FromCollateral.Add(repaid.FromPayout)
		event.Repaid, event.Shortfall = total.String(), repaid.Shortfall.String()
	}
	if ch.Dispute != nil {
		if err := k.rewardTowers(ctx, ch, &c.pay, event); err != nil {
			return nil, err
		}
		if err := k.returnBond(ctx, ch, c.stale, event); err != nil {
			return nil, err
		}
	}
	record := types.EndedChannel{
		Id: ch.Id, Denom: ch.Denom, Epoch: ch.Epoch, Payouts: coins(ch.Denom, c.pay), Cooperative: c.cooperative,
		Stale: c.stale[:], EndedHeight: sdk.UnwrapSDKContext(ctx).BlockHeight(), EndedAt: clock,
	}
	for i, p := range ch.Participants {
		record.Accounts = append(record.Accounts, p.Account)
		record.Keys = append(record.Keys, p.Key)
		if err := k.pay(ctx, p.Account, ch.Denom, c.pay[i]); err != nil {
			return nil, err
		}
	}
	if err := k.end(ctx, ch, record); err != nil {
		return nil, err
	}
	event.Record = record
	return record.Payouts, emit(ctx, event)
}

// rewardTowers pays the towers that were named, out of what their delegators get and
// only if the pair that they showed decided.
func (k Keeper) rewardTowers(ctx context.Context, ch *types.Channel, pay *[2]types.Uint128, event *types.EventChannelEnded) error {
	event.Towers, event.Rewards = make([]string, 2), make([]string, 2)
	for sender, dir := range ch.Dispute.Directions {
		delegator := 1 - sender
		held, err := dir.Held.Value()
		if err != nil {
			return err
		}
		claim, err := dir.Claim.Value()
		if err != nil {
			return err
		}
		if dir.Tower == "" || !dir.Stale && (dir.Claimed() || !claim.Less(held)) {
			continue
		}
		reward := dir.Reward.Min(pay[delegator])
		pay[delegator], _ = pay[delegator].Sub(reward)
		event.Towers[delegator], event.Rewards[delegator] = dir.Tower, reward.String()
		if err := k.pay(ctx, dir.Tower, ch.Denom, reward); err != nil {
			return err
		}
	}
	return nil
}

// returnBond gives the bond back to who posted it, unless the closer was caught: then
// to the other participant, or, if both were caught, to the community pool.
func (k Keeper) returnBond(ctx context.Context, ch *types.Channel, stale [2]bool, event *types.EventChannelEnded) error {
	d := ch.Dispute
	event.Bond, event.BondTo = d.Bond.String(), d.BondPayer
	switch {
	case stale[0] && stale[1]:
		event.BondTo = communityPool
		return k.fundPool(ctx, ch.Denom, d.Bond)
	case stale[d.Closer], d.Refuted:
		event.BondTo = ch.Participants[1-d.Closer].Account
	}
	return k.pay(ctx, event.BondTo, ch.Denom, d.Bond)
}

func (k Keeper) fundPool(ctx context.Context, denom string, amount types.Uint128) error {
	if amount.IsZero() {
		return nil
	}
	err := k.distribution.FundCommunityPool(ctx, sdk.NewCoins(coin(denom, amount)), k.account.GetModuleAddress(types.ModuleName))
	return errorsmod.Wrap(err, "bond to the community pool")
}
