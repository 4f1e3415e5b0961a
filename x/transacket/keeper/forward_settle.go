package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// SettleForward tells the chain of the first hop what became of the second. result
// is what the destination acknowledged, nil if it failed; then the payment, which
// transfer has refunded to the forwarder, goes back the way it came, and failure is
// the error that the first hop is acknowledged with.
//
// An error means that state is corrupt. If the first hop can no longer be
// acknowledged, what was delivered stays delivered, and what failed is stranded.
func (k Keeper) SettleForward(ctx sdk.Context, flight types.InFlight, result []byte, failure string) error {
	if err := k.InFlight.Remove(ctx, collections.Join(flight.Channel, flight.Sequence)); err != nil {
		return err
	}
	return k.settleForward(ctx, flight, result, failure)
}

func (k Keeper) settleForward(ctx sdk.Context, flight types.InFlight, result []byte, failure string) error {
	source, err := k.Incoming(ctx, flight.Packet)
	if err != nil {
		return err
	}
	t := types.Transacket{Id: source.ID(), Source: source, Payment: flight.Payment}
	event := &types.EventForwardSettled{
		Id: t.IDHex(), Channel: flight.Channel, Sequence: flight.Sequence, Error: failure, Abandoned: flight.Abandoned,
	}
	cached, write := ctx.CacheContext()
	switch unable := k.answerFirstHop(cached, flight, result, failure); {
	case unable == nil:
		write()
	case result != nil:
		event.Unacknowledged = unable.Error()
	default:
		event.Unacknowledged = unable.Error()
		data, err := types.DecodePacket(flight.Packet.Data)
		if err != nil {
			return err
		}
		t.From = data.Transfer.Sender
		if err := k.Strand(ctx, t, types.ForwarderAddress(), unable); err != nil {
			return err
		}
	}
	return ctx.EventManager().EmitTypedEvent(event)
}

// answerFirstHop acknowledges the first hop, and before an error undoes it.
func (k Keeper) answerFirstHop(ctx sdk.Context, flight types.InFlight, result []byte, failure string) error {
	if err := k.Acknowledgeable(ctx, flight.Packet); err != nil {
		return err
	}
	if result != nil {
		return k.AcknowledgeLater(ctx, flight.Packet, channeltypes.NewResultAcknowledgement(result))
	}
	if err := k.Unwind(ctx, flight.Packet, types.ForwarderAddress(), flight.Payment); err != nil {
		return err
	}
	return k.AcknowledgeLater(ctx, flight.Packet, channeltypes.Acknowledgement{
		Response: &channeltypes.Acknowledgement_Error{Error: failure},
	})
}

// abandon declares second hops failed: transfer refunds the forwarder as if they had
// timed out, and the first hops are undone. The records stay, so that what the
// second hops bring after all, an acknowledgement or a time-out, changes nothing.
func (k Keeper) abandon(ctx sdk.Context, channel string, sequences []uint64) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if len(sequences) > int(params.MaxBatch) {
		return errorsmod.Wrapf(types.ErrBatch, "sequences has %d entries: at most %d (max_batch)", len(sequences), params.MaxBatch)
	}
	for _, sequence := range sequences {
		key := collections.Join(channel, sequence)
		flight, err := k.InFlight.Get(ctx, key)
		if errors.Is(err, collections.ErrNotFound) || err == nil && flight.Abandoned {
			return errorsmod.Wrapf(types.ErrNotInFlight, "channel %s, sequence %d: never was, is settled or is abandoned already", channel, sequence)
		} else if err != nil {
			return err
		}
		packet, err := k.Packets.Get(ctx, key)
		if err != nil {
			return err
		}
		data, err := types.DecodePacket(packet.Data)
		if err != nil {
			return err
		}
		if err := k.transfer.OnTimeoutPacket(ctx, packet, data.Transfer); err != nil {
			return err
		}
		flight.Abandoned = true
		if err := k.InFlight.Set(ctx, key, flight); err != nil {
			return err
		}
		if err := k.settleForward(ctx, flight, nil, Failure(types.ErrForward)); err != nil {
			return err
		}
	}
	return nil
}

// CloseAbandoned drops the record of a second hop that was declared failed and whose
// fate is now known.
func (k Keeper) CloseAbandoned(ctx sdk.Context, flight types.InFlight) error {
	key := collections.Join(flight.Channel, flight.Sequence)
	if err := k.InFlight.Remove(ctx, key); err != nil {
		return err
	}
	return k.Packets.Remove(ctx, key)
}

// Failure is an error as acknowledgements carry it: codespace and code, which are
// the same on every node.
func Failure(reason error) string {
	if ack, ok := channeltypes.NewErrorAcknowledgementWithCodespace(reason).Response.(*channeltypes.Acknowledgement_Error); ok {
		return ack.Error
	}
	return reason.Error() // the line above makes no other kind
}

// inFlightHolds: what is being passed on has left in a packet of the forwarder with
// that payment, and nothing else has.
func (k Keeper) inFlightHolds(ctx context.Context) error {
	flights := 0
	err := k.InFlight.Walk(ctx, nil, func(key PacketKey, flight types.InFlight) (bool, error) {
		flights++
		if err := flight.Validate(); err != nil {
			return true, errorsmod.Wrapf(err, "in flight: %s, %d", key.K1(), key.K2())
		}
		packet, err := k.Packets.Get(ctx, key)
		if err != nil {
			return true, errorsmod.Wrapf(err, "in flight: the packet of %s, %d", key.K1(), key.K2())
		}
		data, err := types.DecodePacket(packet.Data)
		if err != nil {
			return true, err
		}
		payment, err := SentPayment(data.Transfer)
		if err != nil {
			return true, err
		}
		if flight.Channel != key.K1() || flight.Sequence != key.K2() || !payment.IsEqual(flight.Payment) || data.Transfer.Sender != types.ForwarderAddress().String() {
			return true, errorsmod.Wrapf(types.ErrNotInFlight, "%s, %d: record of %s on %s, %d, but %s sent %s",
				key.K1(), key.K2(), flight.Payment, flight.Channel, flight.Sequence, data.Transfer.Sender, payment)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	sent := 0
	err = k.Packets.Walk(ctx, nil, func(_ PacketKey, packet channeltypes.Packet) (bool, error) {
		data, err := types.DecodePacket(packet.Data)
		if err == nil && data.Transfer.Sender == types.ForwarderAddress().String() {
			sent++
		}
		return false, err
	})
	if err == nil && sent != flights {
		err = errorsmod.Wrapf(types.ErrNotInFlight, "the forwarder sent %d packets, %d are recorded", sent, flights)
	}
	return err
}

// AbandonInFlight implements types.MsgServer.
func (s msgServer) AbandonInFlight(ctx context.Context, msg *types.MsgAbandonInFlight) (*types.MsgAbandonInFlightResponse, error) {
	if err := s.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	return &types.MsgAbandonInFlightResponse{}, s.abandon(sdk.UnwrapSDKContext(ctx), msg.Channel, msg.Sequences)
}
