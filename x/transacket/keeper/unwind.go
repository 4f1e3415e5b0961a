package keeper

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v8/modules/core/24-host"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// Unwind undoes what ICS-20 did when it received a packet, with a coin that an
// account of this module still has of it: minted vouchers are burned, and what was
// released from the escrow of the channel is in escrow again, and counted. To rate
// limits it has gone out again. The error acknowledgement that must follow makes the
// other chain refund its sender.
func (k Keeper) Unwind(ctx sdk.Context, packet channeltypes.Packet, from sdk.AccAddress, payment sdk.Coin) error {
	data, err := types.DecodePacket(packet.Data)
	if err != nil {
		return err
	}
	received, err := ReceivedPayment(packet, data.Transfer)
	if err != nil {
		return err
	}
	if !received.IsEqual(payment) {
		return errorsmod.Wrapf(types.ErrPayment, "payment %s: packet %d of %s brought %s", payment, packet.Sequence, packet.DestinationChannel, received)
	}
	if k.limits != nil {
		if err := k.limits.Returned(ctx, packet); err != nil {
			return err
		}
	}
	coins := sdk.NewCoins(payment)
	if !transfertypes.ReceiverChainIsSource(packet.SourcePort, packet.SourceChannel, data.Transfer.Denom) {
		if err := k.bank.SendCoinsFromAccountToModule(ctx, from, transfertypes.ModuleName, coins); err != nil {
			return err
		}
		return k.bank.BurnCoins(ctx, transfertypes.ModuleName, coins)
	}
	escrow := transfertypes.GetEscrowAddress(packet.DestinationPort, packet.DestinationChannel)
	if err := k.bank.SendCoins(ctx, from, escrow, coins); err != nil {
		return err
	}
	k.transfer.SetTotalEscrowForDenom(ctx, k.transfer.GetTotalEscrowForDenom(ctx, payment.Denom).Add(payment))
	return nil
}

// Acknowledgeable says why a packet that came in can no longer be acknowledged: the
// channel is closed, and what the other chain has sent stays sent. nil means that it
// can.
func (k Keeper) Acknowledgeable(ctx sdk.Context, packet channeltypes.Packet) error {
	channel, found := k.channel.GetChannel(ctx, packet.DestinationPort, packet.DestinationChannel)
	if !found || channel.State == channeltypes.CLOSED {
		return errorsmod.Wrapf(types.ErrChannel, "channel %s is closed", packet.DestinationChannel)
	}
	return nil
}

// AcknowledgeLater writes the acknowledgement of a packet that came in earlier.
func (k Keeper) AcknowledgeLater(ctx sdk.Context, packet channeltypes.Packet, ack ibcexported.Acknowledgement) error {
	capability, err := k.capability(ctx, packet)
	if err != nil {
		return err
	}
	return k.ics4.WriteAcknowledgement(ctx, capability, packet, ack)
}

func (k Keeper) capability(ctx sdk.Context, packet channeltypes.Packet) (*capabilitytypes.Capability, error) {
	name := host.ChannelCapabilityPath(packet.DestinationPort, packet.DestinationChannel)
	if k.scoped == nil {
		return nil, errorsmod.Wrapf(types.ErrChannel, "%s: no scoped keeper is wired", name)
	}
	capability, found := k.scoped.GetCapability(ctx, name)
	if !found {
		return nil, errorsmod.Wrapf(types.ErrChannel, "%s: transfer does not own the channel", name)
	}
	return capability, nil
}

// Strand keeps a payment that lies with from and should go back through a channel
// that is closed. The authority decides who gets it.
func (k Keeper) Strand(ctx sdk.Context, t types.Transacket, from sdk.AccAddress, reason error) error {
	if hold := types.HoldAddress(); !from.Equals(hold) {
		if err := k.bank.SendCoins(ctx, from, hold, sdk.NewCoins(t.Payment)); err != nil {
			return err
		}
	}
	stranded := types.Stranded{
		Id: t.Id, From: t.From, Source: t.Source, Payment: t.Payment, Time: ctx.BlockTime().UTC(), Reason: reason.Error(),
	}
	if err := k.Stranded.Set(ctx, stranded.Id, stranded); err != nil {
		return err
	}
	return ctx.EventManager().EmitTypedEvent(&types.EventStranded{Stranded: stranded})
}
