package transacket

import (
	"errors"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

var _ porttypes.Middleware = IBCMiddleware{}

// IBCMiddleware makes TransacKets of ICS-20 packets whose memo says so, and leaves
// all other packets alone. It sits on the transfer module, below rate limiting:
//
//	receive: core → rate limit → transacket → transfer
//	send:    transfer → transacket → rate limit → core
//
// The handshake goes to the transfer module as it is: a channel carries transfers
// and TransacKets alike, and its version stays ics20-1.
type IBCMiddleware struct {
	porttypes.IBCModule
	porttypes.ICS4Wrapper

	keeper keeper.Keeper
}

// NewIBCMiddleware puts the middleware on top of app.
func NewIBCMiddleware(app porttypes.IBCModule, k keeper.Keeper) IBCMiddleware {
	return IBCMiddleware{IBCModule: app, ICS4Wrapper: k, keeper: k}
}

// OnRecvPacket lets transfer move the payment and then delivers the TransacKet. A
// payment under a hash lock is acknowledged later (nil here). Whatever refuses, the acknowledgement is an error: core then
// discards all state of both, and the other chain refunds the sender.
//
// The result is a receipt, the error a codespace and a code: both are the same on
// every node, as texts of errors need not be.
func (m IBCMiddleware) OnRecvPacket(ctx sdk.Context, packet channeltypes.Packet, relayer sdk.AccAddress) ibcexported.Acknowledgement {
	data, err := types.DecodePacket(packet.Data)
	if err != nil || !data.Claimed {
		return m.IBCModule.OnRecvPacket(ctx, packet, relayer)
	}
	source, err := m.keeper.Incoming(ctx, packet)
	if err != nil {
		return m.refuse(ctx, packet, types.Transacket{Source: source}, err)
	}
	t := types.Transacket{Source: source, From: data.Transfer.Sender, Envelope: data.Envelope}
	if data.Err != nil {
		return m.refuse(ctx, packet, t, data.Err)
	}
	if err := m.keeper.CheckArrival(ctx, packet, data); err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	if data.Envelope.Zone != "" {
		return m.forward(ctx, packet, data, t, relayer)
	}
	return m.receive(ctx, packet, data, t, relayer)
}

// receive delivers what is for this chain.
func (m IBCMiddleware) receive(ctx sdk.Context, packet channeltypes.Packet, data types.Packet, t types.Transacket, relayer sdk.AccAddress) ibcexported.Acknowledgement {
	to, err := m.keeper.Resolve(ctx, data.Transfer.Receiver)
	if err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	if t.Payment, err = keeper.ReceivedPayment(packet, data.Transfer); err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	payee, err := m.keeper.Payee(ctx, to, t)
	if err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	ack := m.IBCModule.OnRecvPacket(ctx, paidTo(packet, data, payee), relayer)
	switch {
	case ack == nil:
		// Delivery cannot wait for a payment whose fate is open, and no module below
		// this one answers later. The error undoes whatever it has begun.
		return m.refuse(ctx, packet, t, errorsmod.Wrap(types.ErrAck, "transfer did not acknowledge at once"))
	case !ack.Success():
		return ack
	}

	delivered, err := m.keeper.Deliver(ctx, to, t, &packet)
	if err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	if delivered.Held {
		return nil
	}
	receipt := types.TransacketAck{Height: uint64(delivered.Height), Time: delivered.Time, Reply: delivered.Reply} // heights are positive
	result, err := receipt.Marshal()
	if err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	return channeltypes.NewResultAcknowledgement(result)
}

// paidTo is the packet as transfer has to see it, so that the payment reaches payee.
// What core, the acknowledgement and the other chain know stays the packet as sent.
func paidTo(packet channeltypes.Packet, data types.Packet, payee sdk.AccAddress) channeltypes.Packet {
	if address := payee.String(); address != data.Transfer.Receiver {
		transfer := data.Transfer
		transfer.Receiver = address
		packet.Data = transfer.GetBytes()
	}
	return packet
}

func (m IBCMiddleware) refuse(ctx sdk.Context, packet channeltypes.Packet, t types.Transacket, reason error) ibcexported.Acknowledgement {
	event := &types.EventRefused{DestinationChannel: packet.DestinationChannel, Sequence: packet.Sequence, Reason: reason.Error()}
	if t.Source.ChainId != "" {
		t.Id = t.Source.ID()
		event.Id = t.IDHex()
	}
	m.emit(ctx, event)
	return channeltypes.NewErrorAcknowledgementWithCodespace(reason)
}

// OnAcknowledgementPacket reads the receipt, and gives ICS-20 below the result it
// knows. The sender's payment comes back on an error only.
//
// It fails in two cases, both as ICS-20 itself: if transfer fails, which means that
// the escrow is corrupt; and if the acknowledgement is not the one JSON encoding of
// its content, since decoding another is not deterministic (two members of a oneof
// are read in random order). A result that is no receipt does not fail, or it could
// never be cleared: the other chain took the payment, so there is nothing to undo.
func (m IBCMiddleware) OnAcknowledgementPacket(ctx sdk.Context, packet channeltypes.Packet, acknowledgement []byte, relayer sdk.AccAddress) error {
	data, err := types.DecodePacket(packet.Data)
	if err != nil || !data.Claimed || data.Err != nil {
		return m.IBCModule.OnAcknowledgementPacket(ctx, packet, acknowledgement, relayer)
	}
	ack, err := decodeAcknowledgement(acknowledgement)
	if err != nil {
		return err
	}
	if done, err := m.abandoned(ctx, packet); done || err != nil {
		return err
	}

	switch response := ack.Response.(type) {
	case *channeltypes.Acknowledgement_Result:
		canonical := channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
		if err := m.IBCModule.OnAcknowledgementPacket(ctx, packet, canonical, relayer); err != nil {
			return err
		}
		event := &types.EventAcknowledged{
			Id: m.keeper.SentID(ctx, packet), From: data.Transfer.Sender, Channel: packet.SourceChannel, Sequence: packet.Sequence,
		}
		receipt, err := types.DecodeAck(response.Result)
		if err == nil {
			err = receipt.Answers(&data.Envelope)
		}
		if err == nil {
			event.Receipt = &receipt
		} else {
			event.Defect = err.Error()
		}
		if event.Number, event.Lost, err = m.keeper.Settle(ctx, packet, data, event.Receipt); err != nil {
			return err
		}
		m.emit(ctx, event)
		if err := m.keeper.Answer(ctx, packet, event.Receipt); err != nil {
			return err
		}
		return m.passedBack(ctx, packet, &response.Result, "")

	case *channeltypes.Acknowledgement_Error:
		if err := m.IBCModule.OnAcknowledgementPacket(ctx, packet, acknowledgement, relayer); err != nil {
			return err
		}
		return m.refunded(ctx, packet, data, types.REFUND_REASON_REFUSED, response.Error, response.Error)
	}
	return errorsmod.Wrapf(types.ErrAck, "acknowledgement %.200q: must hold a result or an error", acknowledgement)
}

// OnTimeoutPacket lets transfer refund the sender.
func (m IBCMiddleware) OnTimeoutPacket(ctx sdk.Context, packet channeltypes.Packet, relayer sdk.AccAddress) error {
	if done, err := m.abandoned(ctx, packet); done || err != nil {
		return err
	}
	if err := m.IBCModule.OnTimeoutPacket(ctx, packet, relayer); err != nil {
		return err
	}
	if data, err := types.DecodePacket(packet.Data); err == nil && data.Claimed && data.Err == nil {
		return m.refunded(ctx, packet, data, types.REFUND_REASON_TIMEOUT, "", keeper.Failure(types.ErrDeadline))
	}
	return nil
}

// refunded closes the books on a packet whose sender has its payment again.
func (m IBCMiddleware) refunded(ctx sdk.Context, packet channeltypes.Packet, data types.Packet, reason types.RefundReason, text, failure string) error {
	if _, _, err := m.keeper.Settle(ctx, packet, data, nil); err != nil {
		return err
	}
	if err := m.keeper.Answer(ctx, packet, nil); err != nil {
		return err
	}
	payment, err := keeper.SentPayment(data.Transfer)
	if err != nil {
		// Transfer has just paid it back, so the packet is sound and this cannot be;
		// the refund must not fail for the sake of an event.
		m.keeper.Logger(ctx).Error("refund without event", "packet", packet.Sequence, "err", err)
		return m.passedBack(ctx, packet, nil, failure)
	}
	m.emit(ctx, &types.EventRefunded{
		Id: m.keeper.SentID(ctx, packet), From: data.Transfer.Sender, Payment: payment,
		Channel: packet.SourceChannel, Sequence: packet.Sequence, Reason: reason, Error: text,
	})
	return m.passedBack(ctx, packet, nil, failure)
}

// decodeAcknowledgement reads an acknowledgement and makes sure that there is but
// one way to read it.
func decodeAcknowledgement(bz []byte) (channeltypes.Acknowledgement, error) {
	var ack channeltypes.Acknowledgement
	err := transfertypes.ModuleCdc.UnmarshalJSON(bz, &ack)
	if err == nil && ack.Response == nil {
		err = errors.New("neither result nor error")
	}
	if err == nil && string(ack.Acknowledgement()) != string(bz) {
		err = errors.New("not the canonical JSON of its content")
	}
	if err != nil {
		// The text may depend on the order in which the fields were read.
		return ack, errorsmod.Wrapf(types.ErrAck, "acknowledgement %.200q: must be canonical JSON with a result or an error", bz)
	}
	return ack, nil
}
