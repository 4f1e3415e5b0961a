package keeper

import (
	"encoding/hex"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	localhost "github.com/cosmos/ibc-go/v8/modules/light-clients/09-localhost"

	"github.com/meshchain/meshchain/x/transacket/types"
)

var _ porttypes.ICS4Wrapper = Keeper{}

// SendPacket implements porttypes.ICS4Wrapper. It refuses a packet whose memo
// claims to be a TransacKet's and is not a proper one: accounts and contracts write
// memos too, and the other chain would refuse it after a journey for nothing. Plain
// transfers pass untouched.
func (k Keeper) SendPacket(
	ctx sdk.Context, capability *capabilitytypes.Capability, port, channel string,
	timeoutHeight clienttypes.Height, timeoutTimestamp uint64, data []byte,
) (uint64, error) {
	send := func() (uint64, error) {
		return k.ics4.SendPacket(ctx, capability, port, channel, timeoutHeight, timeoutTimestamp, data)
	}
	packet, err := types.DecodePacket(data)
	if err != nil || !packet.Claimed {
		return send()
	}
	if packet.Err != nil {
		return 0, packet.Err
	}
	payment, err := SentPayment(packet.Transfer)
	if err != nil {
		return 0, err
	}
	source, err := k.outgoing(ctx, port, channel)
	if err != nil {
		return 0, err
	}
	if err := k.checkOriginOfSent(ctx, channel, packet); err != nil {
		return 0, err
	}
	if err := checkTimeout(packet.Envelope, timeoutHeight, timeoutTimestamp); err != nil {
		return 0, err
	}
	if err := k.checkDeadline(ctx, port, channel, packet.Envelope); err != nil {
		return 0, err
	}
	if packet.Envelope.WantsReceipt() {
		if err := k.reserve(ctx, packet.Transfer.Sender); err != nil {
			return 0, err
		}
	}
	if source.Sequence, err = send(); err != nil {
		return 0, err
	}
	// Relayers find here what the other chain may have missed; see also Settle.
	err = k.Packets.Set(ctx, collections.Join(channel, source.Sequence), channeltypes.NewPacket(data, source.Sequence,
		port, channel, transfertypes.PortID, source.DestinationChannel, timeoutHeight, timeoutTimestamp))
	if err != nil {
		return 0, err
	}
	return source.Sequence, ctx.EventManager().EmitTypedEvent(&types.EventSent{
		Id: hex.EncodeToString(source.ID()), From: packet.Transfer.Sender, To: packet.Transfer.Receiver, Payment: payment,
		Channel: channel, Sequence: source.Sequence, Topic: packet.Envelope.Topic, Thread: packet.Envelope.ThreadHex(),
	})
}

// WriteAcknowledgement implements porttypes.ICS4Wrapper.
func (k Keeper) WriteAcknowledgement(
	ctx sdk.Context, capability *capabilitytypes.Capability, packet ibcexported.PacketI, ack ibcexported.Acknowledgement,
) error {
	return k.ics4.WriteAcknowledgement(ctx, capability, packet, ack)
}

// GetAppVersion implements porttypes.ICS4Wrapper.
func (k Keeper) GetAppVersion(ctx sdk.Context, port, channel string) (string, bool) {
	return k.ics4.GetAppVersion(ctx, port, channel)
}

// outgoing returns the source, without a sequence, of what this chain sends
// through a channel.
func (k Keeper) outgoing(ctx sdk.Context, port, channel string) (types.Source, error) {
	end, found := k.channel.GetChannel(ctx, port, channel)
	if !found {
		return types.Source{}, errorsmod.Wrapf(types.ErrChannel, "channel %s: there is none of this name on port %s", channel, port)
	}
	return types.Source{ChainId: ctx.ChainID(), Channel: channel, DestinationChannel: end.Counterparty.ChannelId}, nil
}

// SentID returns the id, in hexadecimal, of the TransacKet in a packet that this
// chain sent.
func (k Keeper) SentID(ctx sdk.Context, packet channeltypes.Packet) string {
	return hex.EncodeToString(k.sentSource(ctx, packet).ID())
}

func (k Keeper) sentSource(ctx sdk.Context, packet channeltypes.Packet) types.Source {
	return types.Source{
		ChainId: ctx.ChainID(), Channel: packet.SourceChannel,
		DestinationChannel: packet.DestinationChannel, Sequence: packet.Sequence,
	}
}

// Incoming returns the source of a packet that another chain sent: its chain-id is
// what the light client of the receiving channel proves headers of.
func (k Keeper) Incoming(ctx sdk.Context, packet channeltypes.Packet) (types.Source, error) {
	source := types.Source{
		Channel: packet.SourceChannel, DestinationChannel: packet.DestinationChannel, Sequence: packet.Sequence,
	}
	clientID, state, err := k.channel.GetChannelClientState(ctx, packet.DestinationPort, packet.DestinationChannel)
	if err != nil {
		return source, errorsmod.Wrapf(types.ErrSource, "channel %s: %s", packet.DestinationChannel, err)
	}
	switch client := state.(type) {
	case *ibctm.ClientState:
		source.ChainId = client.ChainId
	case *localhost.ClientState:
		source.ChainId = ctx.ChainID()
	default:
		return source, errorsmod.Wrapf(types.ErrSource, "client %s of channel %s: must be a tendermint or localhost client, as a %s client names no chain", clientID, packet.DestinationChannel, state.ClientType())
	}
	return source, nil
}

// SentPayment returns the coin of a packet that this chain sent, as it is held here.
func SentPayment(data transfertypes.FungibleTokenPacketData) (sdk.Coin, error) {
	return coin(transfertypes.ParseDenomTrace(data.Denom).IBCDenom(), data.Amount)
}

// ReceivedPayment returns the coin of a packet from another chain, as it is held
// here: unwrapped by one hop if it comes home, else a voucher of this hop. It
// follows OnRecvPacket of ICS-20 step by step.
func ReceivedPayment(packet channeltypes.Packet, data transfertypes.FungibleTokenPacketData) (sdk.Coin, error) {
	path := transfertypes.GetPrefixedDenom(packet.DestinationPort, packet.DestinationChannel, data.Denom)
	if transfertypes.ReceiverChainIsSource(packet.SourcePort, packet.SourceChannel, data.Denom) {
		path = data.Denom[len(transfertypes.GetDenomPrefix(packet.SourcePort, packet.SourceChannel)):]
	}
	return coin(transfertypes.ParseDenomTrace(path).IBCDenom(), data.Amount)
}

func coin(denom, amount string) (sdk.Coin, error) {
	value, ok := sdkmath.NewIntFromString(amount)
	if !ok {
		return sdk.Coin{}, errorsmod.Wrapf(types.ErrPayment, "amount %.80q: must be a number", amount)
	}
	payment := sdk.Coin{Denom: denom, Amount: value}
	return payment, types.ValidatePayment(payment)
}
