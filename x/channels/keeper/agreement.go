package keeper

import (
	"context"
	"crypto/sha256"

	errorsmod "cosmossdk.io/errors"

	"cosmossdk.io/collections"

	"github.com/meshchain/meshchain/x/channels/types"
)

// withdraw pays out a part by agreement of both and starts a new epoch.
func (k Keeper) withdraw(ctx context.Context, msg *types.MsgWithdraw) (uint64, error) {
	agreed, err := types.ParseWithdraw(msg.Agreement)
	if err != nil {
		return 0, err
	}
	ch, err := k.agreement(ctx, "withdraw", agreed.Balances, msg.Agreement, msg.Signatures, types.PurposeWithdraw, msg.Approval)
	if err != nil {
		return 0, err
	}
	if agreed.Rotate != types.NoRotation && msg.Submitter != ch.Participants[agreed.Rotate].Account {
		return 0, errorsmod.Wrapf(types.ErrRotation, "withdraw: submitter %s: must be %s, the account whose key changes",
			msg.Submitter, ch.Participants[agreed.Rotate].Account)
	}
	after, err := agreed.After()
	if err != nil {
		return 0, err
	}
	if err := k.touch(ctx, ch); err != nil {
		return 0, err
	}
	var payouts [2]types.Uint128
	for i := range payouts {
		// Deposits made since the agreement are added to their side.
		since, ok := ch.Participants[i].Deposit.Sub(agreed.Deposit[i])
		if !ok {
			return 0, depositsDiffer("withdraw", i, agreed.Balances, ch)
		}
		payouts[i] = agreed.Payout[i]
		left, _ := after[i].Sub(payouts[i]) // checked by ParseWithdraw
		ch.Participants[i].Deposit, _ = left.Add(since)
	}
	if agreed.Rotate != types.NoRotation {
		if err := k.rotate(ctx, ch, int(agreed.Rotate), agreed.NewKey); err != nil {
			return 0, err
		}
	}
	ch.Epoch++
	if err := k.save(ctx, ch); err != nil {
		return 0, err
	}
	for i, p := range ch.Participants {
		if err := k.pay(ctx, p.Account, ch.Denom, payouts[i]); err != nil {
			return 0, err
		}
	}
	return ch.Epoch, emit(ctx, &types.EventWithdrawn{
		ChannelId: ch.Id, Epoch: ch.Epoch, Payouts: coins(ch.Denom, payouts), Participants: ch.Participants,
	})
}

// rotate gives a participant a new channel key. The index of changes follows.
func (k Keeper) rotate(ctx context.Context, ch *types.Channel, side int, key types.ChannelKey) error {
	if other := ch.Participants[1-side].Key; key.Same(other) {
		return errorsmod.Wrapf(types.ErrSelfChannel, "withdraw: new key %s is the other participant's", key.Text())
	}
	old := collections.Join3(ch.Participants[side].Key.Key, ch.ChangedHeight, ch.Id)
	if err := k.ByKey.Remove(ctx, old); err != nil {
		return err
	}
	ch.Participants[side].Key = key
	return k.ByKey.Set(ctx, collections.Join3(key.Key, ch.ChangedHeight, ch.Id))
}

// cooperativeClose pays out everything by agreement of both.
func (k Keeper) cooperativeClose(ctx context.Context, msg *types.MsgCooperativeClose) error {
	agreed, err := types.ParseCooperativeClose(msg.Agreement)
	if err != nil {
		return err
	}
	ch, err := k.agreement(ctx, "cooperative close", agreed.Balances, msg.Agreement, msg.Signatures, types.PurposeCooperative, msg.Approval)
	if err != nil {
		return err
	}
	var pay [2]types.Uint128
	for i := range pay {
		since, ok := ch.Participants[i].Deposit.Sub(agreed.Deposit[i])
		if !ok {
			return depositsDiffer("cooperative close", i, agreed.Balances, ch)
		}
		pay[i], _ = agreed.Payout[i].Add(since)
	}
	_, err = k.conclude(ctx, ch, conclusion{pay: pay, cooperative: true})
	return err
}

// agreement checks an agreement of both and returns its channel.
func (k Keeper) agreement(ctx context.Context, what string, b types.Balances, signed []byte, signatures [][]byte,
	purpose types.Purpose, approval *types.Approval,
) (*types.Channel, error) {
	ch, clock, err := k.channelIn(ctx, b.Channel, what, types.PHASE_OPEN)
	if err != nil {
		return nil, err
	}
	if err := b.Place.Check(what, ch.Place()); err != nil {
		return nil, err
	}
	if err := checkValidity(what, clock, b.ValidUntil, types.MaxAgreementValidity); err != nil {
		return nil, err
	}
	for i, p := range ch.Participants {
		if err := verify(ctx, p.Key, what, signed, signatures[i]); err != nil {
			return nil, errorsmod.Wrapf(err, "signatures[%d]", i)
		}
	}
	if ch.Guarantee == nil {
		return ch, nil
	}
	return ch, k.checkApproval(ctx, ch, approval, purpose, sha256.Sum256(signed), clock)
}

func depositsDiffer(what string, side int, b types.Balances, ch *types.Channel) error {
	return errorsmod.Wrapf(types.ErrTotals, "%s: deposit %s of participant %d: must be at most %s, what is deposited",
		what, b.Deposit[side], side, ch.Participants[side].Deposit)
}
