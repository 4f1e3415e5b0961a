package transacket

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
)

// AckGuard refuses acknowledgements that can be read in two ways before anything
// else in the stack reads them. Put it on top, above rate limiting: rate limiting
// v8.1.0 decodes acknowledgements without checking that they are canonical, and the
// decoder reads the members of a oneof in random order. An acknowledgement with
// both a result and an error, which a hostile chain can write, would make nodes
// take different branches and use different gas, and so split the chain
// (ASA-2025-004, which ibc-go 8.6.1 closed in its own applications).
type AckGuard struct {
	porttypes.IBCModule
}

// NewAckGuard puts the guard on top of app.
func NewAckGuard(app porttypes.IBCModule) AckGuard { return AckGuard{app} }

// OnAcknowledgementPacket passes on what is canonical. A refused acknowledgement
// leaves the packet open for ever, as it would with ICS-20 alone: the chain at the
// other end is not honest.
//
// An empty result is passed on as ICS-20's own: rate limiting takes it for an error of
// the relayer, and then the packet, and what waits for it, would stay open for ever.
func (g AckGuard) OnAcknowledgementPacket(ctx sdk.Context, packet channeltypes.Packet, acknowledgement []byte, relayer sdk.AccAddress) error {
	ack, err := decodeAcknowledgement(acknowledgement)
	if err != nil {
		return err
	}
	if result, ok := ack.Response.(*channeltypes.Acknowledgement_Result); ok && len(result.Result) == 0 {
		acknowledgement = channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
	}
	return g.IBCModule.OnAcknowledgementPacket(ctx, packet, acknowledgement, relayer)
}
