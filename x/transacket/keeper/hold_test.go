package keeper_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

var preimage = bytes.Repeat([]byte{0x5e}, types.PreimageLength)

// locked is a letter whose payment waits for the preimage, for an hour.
func locked() *types.MsgSend {
	hash := sha256.Sum256(preimage)
	hour := time.Hour
	msg := letter()
	msg.Envelope.HashLock, msg.Timeout = hash[:], &hour
	return msg
}

func (w *world) claim(id, preimage []byte) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.Claim(ctx, &types.MsgClaim{Signer: account("carol").String(), Id: id, Preimage: preimage})
		return err
	})
}

func (w *world) expire(by sdk.AccAddress, id []byte) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.Expire(ctx, &types.MsgExpire{Signer: by.String(), Id: id})
		return err
	})
}

func (w *world) later(d time.Duration) { w.ctx = w.ctx.WithBlockTime(w.ctx.BlockTime().Add(d)) }

func TestClaimPaysTheReceiver(t *testing.T) {
	w := newWorld(t)
	msg := locked()
	msg.Envelope.Receipt = types.RECEIPT_DELIVERED
	sent, err := w.send(msg)
	require.NoError(t, err)
	require.Zero(t, w.balance(bob))
	require.Equal(t, int64(10), w.balance(types.HoldAddress()))
	require.True(t, w.inbox(t, bob)[0].Held)
	require.Empty(t, w.inbox(t, alice), "the receipt comes with the preimage")
	held, err := w.query.Hold(w.ctx, &types.QueryHoldRequest{Id: hex.EncodeToString(sent.Id)})
	require.NoError(t, err)
	require.Equal(t, w.inbox(t, bob)[0], held.Hold.Transacket)
	for _, receiver := range []string{"", bob.String()} {
		page, err := w.query.Holds(w.ctx, &types.QueryHoldsRequest{Receiver: receiver})
		require.NoError(t, err)
		require.Equal(t, []types.Held{held.Hold}, page.Holds)
	}
	w.requireInvariants(t)

	wrong := bytes.Repeat([]byte{1}, types.PreimageLength)
	require.ErrorIs(t, w.claim(sent.Id, wrong), types.ErrPreimage)
	require.ErrorIs(t, w.claim(sent.Id, preimage[1:]), types.ErrPreimage)
	require.ErrorIs(t, w.claim(wrong, preimage), types.ErrNoHold)
	require.ErrorIs(t, w.expire(alice, sent.Id), types.ErrNotDue)

	w.later(time.Hour - 1)
	require.NoError(t, w.claim(sent.Id, preimage))
	require.Equal(t, int64(10), w.balance(bob))
	require.False(t, w.inbox(t, bob)[0].Held)
	require.Equal(t, hex.EncodeToString(preimage), event[types.EventClaimed](t, w.ctx).Preimage)
	receipt := w.inbox(t, alice)[0]
	require.Equal(t, preimage, receipt.Receipt.Preimage)
	require.Equal(t, sent.Id, receipt.Envelope.Thread)
	require.ErrorIs(t, w.claim(sent.Id, preimage), types.ErrNoHold, "once")
	w.later(time.Hour)
	require.ErrorIs(t, w.expire(alice, sent.Id), types.ErrNoHold)
	w.requireInvariants(t)
}

func TestExpireSendsBack(t *testing.T) {
	w := newWorld(t)
	msg := locked()
	msg.Envelope.Receipt = types.RECEIPT_DELIVERED
	sent, err := w.send(msg)
	require.NoError(t, err)
	w.later(time.Hour)
	require.ErrorIs(t, w.claim(sent.Id, preimage), types.ErrDeadline, "too late by the very moment")
	require.NoError(t, w.expire(account("carol"), sent.Id))
	require.Equal(t, int64(1_000_000), w.balance(alice))
	require.Empty(t, w.inbox(t, bob), "the message goes with its payment")
	require.False(t, event[types.EventExpired](t, w.ctx).Declined)
	w.requireInvariants(t)
}

// The receiver need not wait with what it does not want.
func TestReceiverDeclines(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxHeld = 2 })
	first, err := w.send(locked())
	require.NoError(t, err)
	_, err = w.send(locked())
	require.NoError(t, err)
	_, err = w.send(locked())
	require.ErrorIs(t, err, types.ErrMaxHeld)
	require.ErrorContains(t, err, "2 payments are held for "+bob.String()+": at most 2 (max_held)")
	require.NoError(t, w.expire(bob, first.Id))
	require.True(t, event[types.EventExpired](t, w.ctx).Declined)
	require.Equal(t, int64(999_990), w.balance(alice))
	_, err = w.send(locked())
	require.NoError(t, err)
	w.requireInvariants(t)
}

// What the receiver deletes, or what is pruned, stays held.
func TestHoldOutlivesItsEntry(t *testing.T) {
	w := newWorld(t)
	sent, err := w.send(locked())
	require.NoError(t, err)
	require.NoError(t, w.delete(bob, sent.Number))
	require.NoError(t, w.claim(sent.Id, preimage))
	require.Equal(t, int64(10), w.balance(bob))
	sent, err = w.send(locked())
	require.NoError(t, err)
	require.NoError(t, w.delete(bob, sent.Number))
	w.later(time.Hour)
	require.NoError(t, w.expire(alice, sent.Id))
	require.Equal(t, int64(999_990), w.balance(alice))
	w.requireInvariants(t)
}

func TestHashLockRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*types.MsgSend)
		kind   error
		text   string
	}{
		"no deadline":   {func(m *types.MsgSend) { m.Timeout = nil }, types.ErrHashLock, "envelope.hash_lock has no deadline"},
		"past":          {func(m *types.MsgSend) { m.Timeout = nil; m.Envelope.Deadline = uint64(chainTime.UnixNano()) }, types.ErrDeadline, "must be after now"},
		"too far":       {func(m *types.MsgSend) { *m.Timeout = 8 * 24 * time.Hour }, types.ErrTimeout, "at most 168h0m0s"},
		"absolute, far": {func(m *types.MsgSend) { m.Timeout = nil; m.Envelope.Deadline = 1 << 63 }, types.ErrDeadline, "(max_timeout)"},
		"both":          {func(m *types.MsgSend) { m.Envelope.Deadline = 1 }, types.ErrTimeout, "must be absent if the envelope has a deadline"},
		"31 bytes":      {func(m *types.MsgSend) { m.Envelope.HashLock = m.Envelope.HashLock[1:] }, types.ErrHashLock, "envelope.hash_lock has 31 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			msg := locked()
			c.change(msg)
			_, err := w.send(msg)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.text)
			require.Equal(t, int64(1_000_000), w.balance(alice))
			w.requireInvariants(t)
		})
	}
}

// Reading a stored message (whitepaper 000, section 9): who wrote it registers the
// hash of the encrypted content; who wants to read asks, and is told the hash of the
// key; the key and its price change hands together.
func TestReadMessage(t *testing.T) {
	w := newWorld(t)
	author, reader := bob, alice
	key := preimage
	keyHash := sha256.Sum256(key)
	cipher := sha256.Sum256([]byte("the message, encrypted with the key"))

	// Write: the content is stored wherever; its hash goes into the index.
	require.NoError(t, w.do(func(ctx context.Context) error {
		_, err := w.server.RegisterContent(ctx, &types.MsgRegisterContent{Owner: author.String(), Sha256: cipher[:], Size_: 35, MediaType: "application/octet-stream"})
		return err
	}))
	require.NoError(t, w.setPrices(author, price("read", 500, denom)))
	found, err := w.query.Content(w.ctx, &types.QueryContentRequest{Sha256: hex.EncodeToString(cipher[:])})
	require.NoError(t, err)
	require.Equal(t, author.String(), found.Contents[0].Owner)

	// Ask: below the price nobody is disturbed.
	w.fund(t, author, 10)
	ask := &types.MsgSend{Sender: reader.String(), To: author.String(), Payment: sdk.NewInt64Coin(denom, 499), Envelope: types.Inband(cipher[:])}
	ask.Envelope.Topic = "read"
	_, err = w.send(ask)
	require.ErrorIs(t, err, types.ErrPrice)
	ask.Payment.Amount = amount(500)
	asked, err := w.send(ask)
	require.NoError(t, err)
	offer := &types.MsgSend{Sender: author.String(), To: reader.String(), Payment: sdk.NewInt64Coin(denom, 1), Envelope: types.Inband(keyHash[:])}
	offer.Envelope.Topic, offer.Envelope.Thread = "read/key", asked.Id
	offered, err := w.send(offer)
	require.NoError(t, err)

	// Pay: against the key, or not at all.
	hour := time.Hour
	pay := &types.MsgSend{Sender: reader.String(), To: author.String(), Payment: sdk.NewInt64Coin(denom, 5_000), Envelope: types.Inband(cipher[:]), Timeout: &hour}
	pay.Envelope.Topic, pay.Envelope.Thread = "read/pay", offered.Id
	pay.Envelope.HashLock, pay.Envelope.Receipt = keyHash[:], types.RECEIPT_DELIVERED
	paid, err := w.send(pay)
	require.NoError(t, err)
	before := w.balance(author)
	require.NoError(t, w.claim(paid.Id, key))
	require.Equal(t, before+5_000, w.balance(author))

	// Read: the key lies in the reader's inbox, on the thread of its payment.
	thread, err := w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: hex.EncodeToString(paid.Id)})
	require.NoError(t, err)
	require.Equal(t, key, thread.Transackets[0].Receipt.Preimage)
	require.Equal(t, reader.String(), thread.Transackets[0].To)
	w.requireInvariants(t)
}
