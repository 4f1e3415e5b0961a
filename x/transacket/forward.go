package transacket

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

const (
	// maxFailure is the longest error of a second hop that the first hop is told.
	maxFailure = 256
	// maxResult is the longest result of a second hop that the first hop is told. A
	// receipt is shorter; a result that fits into one transaction need not fit into
	// another chain's.
	maxResult = 512
)

// forward passes a packet from one zone on to another: transfer pays the forwarder,
// who sends the second hop. The acknowledgement of the first waits for that of the
// second (nil); what is refused here is refused at once, and nothing remains of it.
func (m IBCMiddleware) forward(ctx sdk.Context, packet channeltypes.Packet, data types.Packet, t types.Transacket, relayer sdk.AccAddress) ibcexported.Acknowledgement {
	plan, err := m.keeper.PlanForward(ctx, packet, data, t.Source)
	if err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	ack := m.IBCModule.OnRecvPacket(ctx, paidTo(packet, data, types.ForwarderAddress()), relayer)
	switch {
	case ack == nil:
		return m.refuse(ctx, packet, t, errorsmod.Wrap(types.ErrAck, "transfer did not acknowledge at once"))
	case !ack.Success():
		return ack
	}
	if err := m.keeper.PassOn(ctx, plan); err != nil {
		return m.refuse(ctx, packet, t, err)
	}
	return nil
}

// passedBack settles the first hop, if the packet whose fate is now known was a
// second hop. result is nil if it failed, and then failure says why; transfer has
// refunded the forwarder before.
func (m IBCMiddleware) passedBack(ctx sdk.Context, packet channeltypes.Packet, result *[]byte, failure string) error {
	flight, found, err := m.keeper.InFlightOf(ctx, packet)
	switch {
	case err != nil || !found:
		return err
	case result == nil && !presentable(failure):
		failure = keeper.Failure(types.ErrForward) // the zone chose the text
	case result == nil:
	case len(*result) == 0 || len(*result) > maxResult:
		return m.keeper.SettleForward(ctx, flight, []byte{1}, "") // delivered, without a receipt
	default:
		return m.keeper.SettleForward(ctx, flight, *result, "")
	}
	return m.keeper.SettleForward(ctx, flight, nil, failure)
}

// abandoned swallows the outcome of a second hop that the authority declared failed:
// its payment has gone back already.
func (m IBCMiddleware) abandoned(ctx sdk.Context, packet channeltypes.Packet) (bool, error) {
	flight, found, err := m.keeper.InFlightOf(ctx, packet)
	if err != nil || !found || !flight.Abandoned {
		return false, err
	}
	return true, m.keeper.CloseAbandoned(ctx, flight)
}

// presentable tells whether an error of another chain can be repeated as it is:
// short, and ASCII that JSON does not escape.
func presentable(text string) bool {
	if text == "" || len(text) > maxFailure {
		return false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
