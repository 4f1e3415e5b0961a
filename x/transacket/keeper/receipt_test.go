package keeper_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

func registered() *types.MsgSend {
	msg := letter()
	msg.Envelope.Receipt = types.RECEIPT_DELIVERED
	msg.Envelope.Topic = "valve"
	return msg
}

func TestReceiptOnThisChain(t *testing.T) {
	w := newWorld(t)
	sent, err := w.send(registered())
	require.NoError(t, err)
	inbox := w.inbox(t, alice)
	require.Len(t, inbox, 1)
	require.Equal(t, types.Transacket{
		Id: types.ReceiptID(sent.Id), From: bob.String(), To: alice.String(), Payment: sdk.NewInt64Coin(denom, 0),
		Source:   types.Source{ChainId: "mesh-main-1", Channel: "local", Sequence: 1},
		Envelope: types.Envelope{Topic: "valve", Thread: sent.Id}, Receipt: &types.TransacketAck{Height: 7, Time: chainTime},
		Number: 2, Height: 7, Time: chainTime, Expires: chainTime.Add(30 * 24 * time.Hour),
	}, inbox[0])
	require.Equal(t, uint64(2), event[types.EventReceipt](t, w.ctx).Number)
	shown, err := w.query.Transacket(w.ctx, &types.QueryTransacketRequest{Id: hex.EncodeToString(types.ReceiptID(sent.Id))})
	require.NoError(t, err)
	require.Equal(t, inbox[0], shown.Transacket)
	require.NoError(t, w.acknowledge(alice, 2))
	require.NoError(t, w.delete(alice, 2))
	w.requireInvariants(t)
}

func TestReceiptNeedsAPlace(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxInbox = 1 })
	_, err := w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.NoError(t, err)
	_, err = w.send(registered())
	require.ErrorIs(t, err, types.ErrInboxFull)
	require.ErrorContains(t, err, "envelope.receipt needs a place in the inbox of the sender")
	far := registered()
	far.Channel = "channel-0"
	_, err = w.send(far)
	require.ErrorIs(t, err, types.ErrInboxFull)
	require.Empty(t, w.wire.sent)
	require.Equal(t, int64(1_000_000), w.balance(alice))
	w.requireInvariants(t)
}

// outgoing sends a TransacKet with a receipt through the channel, and returns the
// packet as core would hand it back.
func (w *world) outgoing(t *testing.T) (channeltypes.Packet, types.Packet) {
	t.Helper()
	msg := registered()
	msg.Channel = "channel-0"
	response, err := w.send(msg)
	require.NoError(t, err)
	bz := w.wire.sent[len(w.wire.sent)-1]
	data, err := types.DecodePacket(bz)
	require.NoError(t, err)
	return channeltypes.NewPacket(bz, response.Sequence, transfertypes.PortID, "channel-0", transfertypes.PortID, "channel-9",
		clienttypes.ZeroHeight(), data.Envelope.Deadline), data
}

func TestReservedPlace(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxInbox = 1 })
	packet, data := w.outgoing(t)
	stored, err := w.query.Packets(w.ctx, &types.QueryPacketsRequest{Channel: "channel-0"})
	require.NoError(t, err)
	require.Equal(t, []channeltypes.Packet{packet}, stored.Packets)
	w.requireInvariants(t)
	_, err = w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.ErrorIs(t, err, types.ErrInboxFull, "the place is taken")

	receipt := types.TransacketAck{Height: 3, Time: chainTime, Reply: []byte("open")}
	number, lost, err := w.keeper.Settle(w.ctx, packet, data, &receipt)
	require.NoError(t, err)
	require.Empty(t, lost)
	inbox := w.inbox(t, alice)
	require.Len(t, inbox, 1)
	require.Equal(t, number, inbox[0].Number)
	require.Equal(t, []byte("open"), inbox[0].Envelope.GetInband())
	require.Equal(t, &receipt, inbox[0].Receipt)
	require.Equal(t, bob.String(), inbox[0].From)
	w.requireInvariants(t)
}

func TestRefundGivesThePlaceBack(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxInbox = 1 })
	packet, data := w.outgoing(t)
	number, _, err := w.keeper.Settle(w.ctx, packet, data, nil)
	require.NoError(t, err)
	require.Zero(t, number)
	w.requireInvariants(t)
	_, err = w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.NoError(t, err)
}

// A receipt that nothing was reserved for is lost, and the callback goes on.
func TestReceiptWithoutPlaceIsLost(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxInbox = 1 })
	packet, data := w.outgoing(t)
	_, _, err := w.keeper.Settle(w.ctx, packet, data, nil)
	require.NoError(t, err)
	_, err = w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.NoError(t, err)
	number, lost, err := w.keeper.Settle(w.ctx, packet, data, &types.TransacketAck{Height: 3, Time: chainTime})
	require.NoError(t, err)
	require.Zero(t, number)
	require.Contains(t, lost, "inbox is full")
	w.requireInvariants(t)
}

// A module has no inbox, so nothing can come back to it.
func TestReceiptWithoutWayBack(t *testing.T) {
	w := newWorld(t)
	for name, sender := range map[string]string{"a module": module.String(), "no account": "sender"} {
		envelope := types.Inband([]byte("hi"))
		envelope.Receipt, envelope.Deadline = types.RECEIPT_PROCESSED, uint64(chainTime.Add(time.Hour).UnixNano())
		memo, err := types.EncodeMemo(envelope)
		require.NoError(t, err)
		data := transfertypes.NewFungibleTokenPacketData(denom, "5", sender, "receiver", memo).GetBytes()
		_, err = w.keeper.SendPacket(w.ctx, nil, transfertypes.PortID, "channel-0", clienttypes.ZeroHeight(), envelope.Deadline, data)
		require.ErrorIs(t, err, types.ErrReceipt, name)
	}
	require.Empty(t, w.wire.sent)
}

func TestDeadlineOfPackets(t *testing.T) {
	nano := func(d time.Duration) uint64 { return uint64(chainTime.Add(d).UnixNano()) }
	for name, c := range map[string]struct {
		deadline, timeout uint64
		height            clienttypes.Height
		fails             error
	}{
		"an hour":               {nano(time.Hour), nano(time.Hour), clienttypes.ZeroHeight(), nil},
		"longest":               {nano(7 * 24 * time.Hour), nano(7 * 24 * time.Hour), clienttypes.ZeroHeight(), nil},
		"beyond max_timeout":    {nano(7*24*time.Hour + 1), nano(7*24*time.Hour + 1), clienttypes.ZeroHeight(), types.ErrDeadline},
		"now":                   {nano(0), nano(0), clienttypes.ZeroHeight(), types.ErrDeadline},
		"absent":                {0, nano(time.Hour), clienttypes.ZeroHeight(), types.ErrDeadline},
		"not the packet's":      {nano(time.Hour), nano(time.Hour + 1), clienttypes.ZeroHeight(), types.ErrDeadline},
		"a height beside it":    {nano(time.Hour), nano(time.Hour), clienttypes.NewHeight(1, 100), types.ErrDeadline},
		"packet without a time": {nano(time.Hour), 0, clienttypes.NewHeight(1, 100), types.ErrDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			envelope := types.Inband([]byte("hi"))
			envelope.Deadline = c.deadline
			memo, err := types.EncodeMemo(envelope)
			require.NoError(t, err)
			_, err = w.keeper.SendPacket(w.ctx, nil, transfertypes.PortID, "channel-0", c.height, c.timeout, packet(denom, "5", memo))
			require.ErrorIs(t, err, c.fails)
		})
	}
	// The client's trusting period is 15 days.
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxTimeout = 30 * 24 * time.Hour })
	msg := letter()
	msg.Channel = "channel-0"
	half := 15 * 12 * time.Hour
	msg.Timeout = &half
	_, err := w.send(msg)
	require.ErrorIs(t, err, types.ErrTrustingPeriod)
	require.ErrorContains(t, err, "is 180h0m0s from now: must be below 180h0m0s, half the trusting period of client 07-tendermint-0")
	half--
	_, err = w.send(msg)
	require.NoError(t, err)
}
