package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// channel returns a channel that is not settled.
func (k Keeper) channel(ctx context.Context, id uint64) (*types.Channel, error) {
	ch, err := k.Channels.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		if ended, endedErr := k.Ended.Get(ctx, id); endedErr == nil {
			return nil, errorsmod.Wrapf(types.ErrNotFound, "channel %d ended at height %d", id, ended.EndedHeight)
		}
		return nil, errorsmod.Wrapf(types.ErrNotFound, "channel %d: never was, or ended long ago", id)
	}
	return &ch, err
}

// channelIn returns a channel that must be in one of the phases, and the clock.
func (k Keeper) channelIn(ctx context.Context, id uint64, action string, allowed ...types.Phase) (*types.Channel, uint64, error) {
	ch, err := k.channel(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	clock, err := k.Clock(ctx)
	if err != nil {
		return nil, 0, err
	}
	return ch, clock, checkPhase(ch, clock, action, allowed...)
}

// checkPhase says which phase it is, until when, and which it should be.
func checkPhase(ch *types.Channel, clock uint64, action string, allowed ...types.Phase) error {
	phase, until := ch.PhaseAt(clock)
	names := ""
	for i, want := range allowed {
		if phase == want {
			return nil
		}
		if i > 0 {
			names += " or "
		}
		names += want.String()
	}
	if until == 0 {
		return errorsmod.Wrapf(types.ErrPhase, "%s: channel %d is in %s at clock %d: must be in %s", action, ch.Id, phase, clock, names)
	}
	return errorsmod.Wrapf(types.ErrPhase, "%s: channel %d is in %s until clock %d, now it is %d: must be in %s", action, ch.Id, phase, until, clock, names)
}

// insert writes a new channel and its index entries.
func (k Keeper) insert(ctx context.Context, ch *types.Channel) error {
	parties, err := parties(ch)
	if err != nil {
		return err
	}
	for i := range parties {
		if err := k.ByParties.Set(ctx, collections.Join3(parties[i], parties[1-i], ch.Id)); err != nil {
			return err
		}
		if err := k.ByKey.Set(ctx, collections.Join3(ch.Participants[i].Key.Key, ch.ChangedHeight, ch.Id)); err != nil {
			return err
		}
	}
	if ch.Dispute != nil {
		if err := k.ByDeadline.Set(ctx, collections.Join(ch.Dispute.UpdateUntil, ch.Id)); err != nil {
			return err
		}
	}
	return k.Channels.Set(ctx, ch.Id, *ch)
}

// touch moves a channel's entries in the index of changes to this height. It must be
// called before anything that is indexed changes.
func (k Keeper) touch(ctx context.Context, ch *types.Channel) error {
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	if height == ch.ChangedHeight {
		return nil
	}
	for _, p := range ch.Participants {
		if err := k.ByKey.Remove(ctx, collections.Join3(p.Key.Key, ch.ChangedHeight, ch.Id)); err != nil {
			return err
		}
		if err := k.ByKey.Set(ctx, collections.Join3(p.Key.Key, height, ch.Id)); err != nil {
			return err
		}
	}
	ch.ChangedHeight = height
	return nil
}

// save writes a channel that changed.
func (k Keeper) save(ctx context.Context, ch *types.Channel) error {
	if err := k.touch(ctx, ch); err != nil {
		return err
	}
	return k.Channels.Set(ctx, ch.Id, *ch)
}

// end removes a channel and leaves a record, which is forgotten after retention.
func (k Keeper) end(ctx context.Context, ch *types.Channel, record types.EndedChannel) error {
	parties, err := parties(ch)
	if err != nil {
		return err
	}
	if err := k.touch(ctx, ch); err != nil { // so that the record's entries by key replace the channel's
		return err
	}
	for i := range parties {
		if err := k.ByParties.Remove(ctx, collections.Join3(parties[i], parties[1-i], ch.Id)); err != nil {
			return err
		}
	}
	if d := ch.Dispute; d != nil {
		if err := k.ByDeadline.Remove(ctx, collections.Join(d.UpdateUntil, ch.Id)); err != nil {
			return err
		}
		for sender := range uint32(2) {
			for _, claim := range []bool{false, true} {
				if err := k.Unlocked.Remove(ctx, collections.Join3(ch.Id, sender, claim)); err != nil {
					return err
				}
			}
		}
	}
	if err := k.Channels.Remove(ctx, ch.Id); err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return k.remember(ctx, record, params)
}

// forget removes the record of a channel that ended.
func (k Keeper) forget(ctx context.Context, key collections.Pair[uint64, uint64]) error {
	record, err := k.Ended.Get(ctx, key.K2())
	if err != nil {
		return err
	}
	for _, channelKey := range record.Keys {
		if err := k.ByKey.Remove(ctx, collections.Join3(channelKey.Key, record.EndedHeight, record.Id)); err != nil {
			return err
		}
	}
	if err := k.EndedExpiry.Remove(ctx, key); err != nil {
		return err
	}
	return k.Ended.Remove(ctx, record.Id)
}

// parties are the accounts of both participants.
func parties(ch *types.Channel) (accounts [2]sdk.AccAddress, err error) {
	for i := range accounts {
		if accounts[i], err = sdk.AccAddressFromBech32(ch.Participants[i].Account); err != nil {
			return accounts, err
		}
	}
	return accounts, nil
}

// domain of a channel in denom that opens now.
func (k Keeper) domain(ctx context.Context, denom string) (types.Hash, error) {
	bz, err := k.Instance.Get(ctx)
	if err != nil {
		return types.Hash{}, err
	}
	return types.Domain(types.Hash(bz), sdk.UnwrapSDKContext(ctx).ChainID(), denom), nil
}

// signatureGas is what one signature costs: both key types take about 40 µs, as the
// signatures of transactions do.
const signatureGas = 1_000

// verify charges for a signature and checks it.
func verify(ctx context.Context, key types.ChannelKey, what string, message, signature []byte) error {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(signatureGas, "channels: "+what)
	return key.CheckSignature(what, message, signature)
}

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
