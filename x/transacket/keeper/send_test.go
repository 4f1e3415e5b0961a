package keeper_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func TestSendOnThisChain(t *testing.T) {
	w := newWorld(t)
	root, err := w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.NoError(t, err)
	msg := letter()
	msg.Envelope.Topic, msg.Envelope.Thread = "valve", root.Id
	response, err := w.send(msg)
	require.NoError(t, err)

	source := types.Source{ChainId: "mesh-main-1", Channel: "local", Sequence: 1}
	want := types.Transacket{
		Id: source.ID(), From: alice.String(), Source: source, To: bob.String(), Payment: msg.Payment, Envelope: msg.Envelope,
		Number: 2, Height: 7, Time: chainTime, Expires: chainTime.Add(30 * 24 * time.Hour),
	}
	require.Equal(t, &types.MsgSendResponse{Id: want.Id, Sequence: 1, Number: 2}, response)
	require.Equal(t, []types.Transacket{want}, w.inbox(t, bob))
	require.Equal(t, int64(999_990), w.balance(alice))
	require.Equal(t, int64(10), w.balance(bob))

	id := hex.EncodeToString(want.Id)
	require.Equal(t, &types.EventSent{
		Id: id, From: want.From, To: want.To, Payment: want.Payment, Channel: "local", Sequence: 1,
		Topic: "valve", Thread: root.IDHex(),
	}, event[types.EventSent](t, w.ctx))
	require.Equal(t, &types.EventDelivered{
		Id: id, From: want.From, To: want.To, Payment: want.Payment, Source: source, Number: 2,
		Topic: "valve", Thread: root.IDHex(),
	}, event[types.EventDelivered](t, w.ctx))

	again, err := w.send(letter())
	require.NoError(t, err)
	require.Equal(t, uint64(2), again.Sequence)
	require.NotEqual(t, response.Id, again.Id)
	w.requireInvariants(t)
}

// Each refusal names field, value and rule, and leaves neither message nor money.
func TestSendRefuses(t *testing.T) {
	timeout := func(d time.Duration) *time.Duration { return &d }
	for name, c := range map[string]struct {
		change func(*types.MsgSend)
		kind   error
		text   string
	}{
		"sender no address":       {func(m *types.MsgSend) { m.Sender = "alice" }, types.ErrSender, `sender "alice"`},
		"payment zero":            {func(m *types.MsgSend) { m.Payment.Amount = amount(0) }, types.ErrPayment, "payment 0usmt: must be at least 1usmt"},
		"payment negative":        {func(m *types.MsgSend) { m.Payment.Amount = amount(-1) }, types.ErrPayment, "payment -1usmt: must be at least 1usmt"},
		"payment absent":          {func(m *types.MsgSend) { m.Payment = sdk.Coin{} }, types.ErrPayment, "invalid denom"},
		"denom not there":         {func(m *types.MsgSend) { m.Payment.Denom = "ugold" }, types.ErrPayment, `payment 10ugold: there is no denom "ugold" on this chain`},
		"balance too small":       {func(m *types.MsgSend) { m.Payment.Amount = amount(1_000_001) }, types.ErrPayment, "payment 1000001usmt: " + alice.String() + " can spend 1000000usmt"},
		"message empty":           {func(m *types.MsgSend) { m.Envelope = types.Inband(nil) }, types.ErrBody, "envelope.inband has 0 bytes: must have 1 to 256"},
		"message and payment":     {func(m *types.MsgSend) { m.Envelope = types.Inband(nil); m.Payment.Amount = amount(0) }, types.ErrPayment, "must be at least 1usmt"},
		"message absent":          {func(m *types.MsgSend) { m.Envelope = types.Envelope{} }, types.ErrBody, "envelope has no body"},
		"message of 257 bytes":    {func(m *types.MsgSend) { m.Envelope = types.Inband(make([]byte, 257)) }, types.ErrBody, "envelope.inband has 257 bytes"},
		"out of band absent":      {func(m *types.MsgSend) { m.Envelope.Body = &types.Envelope_OutOfBand{} }, types.ErrBody, "envelope.out_of_band is empty"},
		"topic":                   {func(m *types.MsgSend) { m.Envelope.Topic = "Soil" }, types.ErrTopic, `envelope.topic "Soil"`},
		"thread":                  {func(m *types.MsgSend) { m.Envelope.Thread = []byte{1} }, types.ErrThread, "envelope.thread has 1 bytes"},
		"receiver no address":     {func(m *types.MsgSend) { m.To = "bob" }, types.ErrReceiver, `to "bob": must be an account of this chain`},
		"receiver of other chain": {func(m *types.MsgSend) { m.To = sdk.MustBech32ifyAddressBytes("other", bob) }, types.ErrReceiver, "must be an account of this chain"},
		"receiver a module":       {func(m *types.MsgSend) { m.To = module.String() }, types.ErrReceiver, "must not be the account of a module"},
		"timeout here":            {func(m *types.MsgSend) { m.Timeout = timeout(time.Hour) }, types.ErrTimeout, "timeout 1h0m0s: must be absent without a channel or a hash lock"},
		"channel no identifier":   {func(m *types.MsgSend) { m.Channel = "x" }, types.ErrChannel, `channel "x"`},
		"channel not there":       {func(m *types.MsgSend) { m.Channel = "channel-5" }, types.ErrChannel, "channel channel-5: there is none"},
		"timeout zero":            {func(m *types.MsgSend) { m.Channel = "channel-0"; m.Timeout = timeout(0) }, types.ErrTimeout, "timeout 0s: must be positive"},
		"timeout too long":        {func(m *types.MsgSend) { m.Channel = "channel-0"; m.Timeout = timeout(8 * 24 * time.Hour) }, types.ErrTimeout, "timeout 192h0m0s: must be positive and at most 168h0m0s (max_timeout)"},
		"far receiver blank":      {func(m *types.MsgSend) { m.Channel = "channel-0"; m.To = "" }, types.ErrReceiver, `to ""`},
		"far receiver too long":   {func(m *types.MsgSend) { m.Channel = "channel-0"; m.To = strings.Repeat("a", 129) }, types.ErrReceiver, "must be 1 to 128 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			msg := letter()
			c.change(msg)
			_, err := w.send(msg)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.text)
			require.Equal(t, int64(1_000_000), w.balance(alice))
			require.Empty(t, w.inbox(t, bob))
			require.Empty(t, w.wire.sent)
			w.requireInvariants(t)
		})
	}
}

func TestSendRefusesDisabledDenom(t *testing.T) {
	w := newWorld(t)
	w.bank.SetSendEnabled(w.ctx, denom, false)
	_, err := w.send(letter())
	require.ErrorIs(t, err, types.ErrPayment)
	require.ErrorContains(t, err, "disabled")
	require.Empty(t, w.inbox(t, bob))
}

func TestSendToFullInboxKeepsTheMoney(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxInbox = 2 })
	for range 2 {
		_, err := w.send(letter())
		require.NoError(t, err)
	}
	_, err := w.send(letter())
	require.ErrorIs(t, err, types.ErrInboxFull)
	require.ErrorContains(t, err, "holds 2 TransacKets and keeps 0 places for receipts: at most 2 (max_inbox)")
	require.Equal(t, int64(999_980), w.balance(alice))

	require.NoError(t, w.delete(bob, 1))
	_, err = w.send(letter())
	require.NoError(t, err)
	w.requireInvariants(t)
}

func TestSendThroughChannel(t *testing.T) {
	w := newWorld(t)
	msg := letter()
	msg.Channel, msg.To = "channel-0", "cosmos1whoever"
	response, err := w.send(msg)
	require.NoError(t, err)
	source := types.Source{ChainId: "mesh-main-1", Channel: "channel-0", DestinationChannel: "channel-9", Sequence: 1}
	require.Equal(t, &types.MsgSendResponse{Id: source.ID(), Sequence: 1}, response)

	require.Len(t, w.wire.sent, 1)
	packet, err := types.DecodePacket(w.wire.sent[0])
	require.NoError(t, err)
	require.True(t, packet.Claimed)
	require.NoError(t, packet.Err)
	want := msg.Envelope
	want.Deadline = uint64(chainTime.Add(48 * time.Hour).UnixNano())
	require.Equal(t, want, packet.Envelope)
	require.Equal(t, "cosmos1whoever", packet.Transfer.Receiver)
	require.Equal(t, want.Deadline, w.wire.timeouts[0])
	require.Equal(t, &types.EventSent{
		Id: hex.EncodeToString(response.Id), From: alice.String(), To: "cosmos1whoever", Payment: msg.Payment,
		Channel: "channel-0", Sequence: 1,
	}, event[types.EventSent](t, w.ctx))

	hour := time.Hour
	msg.Timeout = &hour
	_, err = w.send(msg)
	require.NoError(t, err)
	require.Equal(t, uint64(chainTime.Add(hour).UnixNano()), w.wire.timeouts[1])

	w.wire.fail = errors.New("rate limit")
	_, err = w.send(msg)
	require.ErrorContains(t, err, "channel channel-0: rate limit")
}

func TestSendThroughChannelWithoutTransfer(t *testing.T) {
	w := newWorld(t)
	msg := letter()
	msg.Channel = "channel-0"
	_, err := keeper.NewMsgServerImpl(w.keeper.WithTransferKeeper(nil)).Send(w.ctx, msg)
	require.ErrorIs(t, err, types.ErrChannel)
}

// Memos that others write are held to the same rules.
func TestSendPacket(t *testing.T) {
	timely := types.Inband([]byte("hi"))
	timely.Deadline = uint64(chainTime.Add(time.Hour).UnixNano())
	good, err := types.EncodeMemo(timely)
	require.NoError(t, err)
	voucher := transfertypes.ParseDenomTrace("transfer/channel-3/uatom")
	for name, c := range map[string]struct {
		data  []byte
		fails error
		paid  string
	}{
		"plain":            {packet("usmt", "5", ""), nil, ""},
		"plain object":     {packet("usmt", "5", `{"wasm":{}}`), nil, ""},
		"not ICS-20":       {[]byte("{"), nil, ""},
		"TransacKet":       {packet("usmt", "5", good), nil, "5usmt"},
		"voucher":          {packet("transfer/channel-3/uatom", "6", good), nil, "6" + voucher.IBCDenom()},
		"malformed":        {packet("usmt", "5", `{"transacket":"?"}`), types.ErrMemo, ""},
		"another key":      {packet("usmt", "5", `{"transacket":"CgJoaQ==","wasm":{}}`), types.ErrMemo, ""},
		"wrong case":       {packet("usmt", "5", `{"Transacket":"CgJoaQ=="}`), types.ErrMemo, ""},
		"amount no number": {packet("usmt", "x", good), types.ErrPayment, ""},
		"amount zero":      {packet("usmt", "0", good), types.ErrPayment, ""},
		"envelope cut off": {packet("usmt", "5", `{"transacket":"CoECYWFh"}`), types.ErrMemo, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.keeper.SendPacket(w.ctx, nil, transfertypes.PortID, "channel-0", clienttypes.ZeroHeight(), timely.Deadline, c.data)
			if c.fails != nil {
				require.ErrorIs(t, err, c.fails)
				require.Empty(t, w.wire.sent)
				return
			}
			require.NoError(t, err)
			require.Equal(t, [][]byte{c.data}, w.wire.sent) // untouched
			if c.paid == "" {
				require.Empty(t, w.ctx.EventManager().Events().ToABCIEvents()[w.before(t):])
				return
			}
			require.Equal(t, c.paid, event[types.EventSent](t, w.ctx).Payment.String())
		})
	}
}

// before counts the events that setting up a world leaves behind.
func (w *world) before(t testing.TB) int {
	t.Helper()
	return len(newWorld(t).ctx.EventManager().Events())
}

func packet(denom, amount, memo string) []byte {
	return transfertypes.NewFungibleTokenPacketData(denom, amount, "sender", "receiver", memo).GetBytes()
}

func TestMessagesToOwnInbox(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		_, err := w.send(letter())
		require.NoError(t, err)
	}
	require.NoError(t, w.acknowledge(bob, 2))
	require.Equal(t, uint64(2), event[types.EventRead](t, w.ctx).Number)
	require.NoError(t, w.acknowledge(bob, 2, 1), "what is read stays so")
	require.ErrorIs(t, w.acknowledge(bob, 3, 4), types.ErrNotFound)
	inbox := w.inbox(t, bob)
	require.True(t, inbox[0].Read && inbox[1].Read && !inbox[2].Read, "all of a batch or nothing")

	require.ErrorIs(t, w.delete(alice, 1), types.ErrNotFound, "an inbox is its receiver's alone")
	require.ErrorIs(t, w.delete(bob, 1, 9), types.ErrNotFound)
	require.Len(t, w.inbox(t, bob), 3)
	require.NoError(t, w.delete(bob, 3, 1))
	require.Equal(t, uint64(1), event[types.EventDeleted](t, w.ctx).Number)
	require.Equal(t, []uint64{2}, numbers(w.inbox(t, bob)))
	w.requireInvariants(t)

	require.ErrorIs(t, w.acknowledge(bob), types.ErrBatch)
	require.ErrorIs(t, w.acknowledge(bob, 2, 2), types.ErrBatch)
	require.ErrorContains(t, w.delete(bob, 2, 2), "number 2 is given twice")
	w.setParams(t, func(p *types.Params) { p.MaxBatch = 1 })
	require.ErrorContains(t, w.delete(bob, 2, 3), "numbers has 2 entries: at most 1 (max_batch)")
	require.ErrorContains(t, w.delete(bob, make([]uint64, 1001)...), "numbers has 1001 entries")

	// A number is never used again, so a late delete cannot hit the wrong one.
	require.NoError(t, w.delete(bob, 2))
	_, err := w.send(letter())
	require.NoError(t, err)
	require.Equal(t, []uint64{4}, numbers(w.inbox(t, bob)))
}

func numbers(inbox []types.Transacket) (ns []uint64) {
	for _, t := range inbox {
		ns = append(ns, t.Number)
	}
	return ns
}

func TestUpdateParams(t *testing.T) {
	w := newWorld(t)
	params := types.DefaultParams()
	update := func(authority string, p types.Params) error {
		return w.do(func(ctx context.Context) error {
			_, err := w.server.UpdateParams(ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
			return err
		})
	}
	require.ErrorIs(t, update(alice.String(), params), types.ErrAuthority)
	params.MaxInbox = 0
	require.ErrorContains(t, update(gov.String(), params), "params.max_inbox 0: must be 1 to 100000")
	params.MaxInbox = 5
	require.NoError(t, update(gov.String(), params))
	got, err := w.query.Params(w.ctx, nil)
	require.NoError(t, err)
	require.Equal(t, params, got.Params)
	require.Equal(t, params, event[types.EventParamsUpdated](t, w.ctx).Params)
}
