package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/x/channels/types"
)

// TestPayments: open, thousands of payments, their receipts, a withdraw, a cooperative close; the sums
// on chain are those that were paid.
func TestPayments(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	before := [2]int64{m.balance(a.account).Int64(), m.balance(b.account).Int64()}
	ref := a.open(b, 100_000, 50_000)

	name := a.pay(b, 250, "water, plot 7")
	require.NoError(t, a.stream(m.ctx(), ref, 5000))
	require.NoError(t, b.stream(m.ctx(), ref, 3000))
	require.Equal(t, "5250", a.channel(ref).Sent)
	require.Equal(t, "5250", a.channel(ref).Acknowledged)
	b.eventually("has it all", func() bool { c := b.channel(ref); return c.Received == "5250" && c.Acknowledged == "3000" })

	// The payer and the payee can both prove each payment.
	for _, p := range []*peer{a, b} {
		r, err := p.Receipt(m.ctx(), &api.ReceiptRequest{ChannelId: ref.ChannelId, Epoch: name.Epoch, Sender: name.Sender, Nonce: name.Nonce, Index: name.Index})
		require.NoError(t, err)
		entry := verify(t, r)
		require.Equal(t, "250", entry.Amount.String())
		require.Equal(t, "water, plot 7", string(entry.Data))
	}
	h, err := b.Payments(m.ctx(), &api.PaymentsRequest{ChannelId: ref.ChannelId, Limit: 700})
	require.NoError(t, err)
	require.Len(t, h.Payments, 700)
	for _, p := range h.Payments[:3] {
		r, err := b.Receipt(m.ctx(), &api.ReceiptRequest{ChannelId: ref.ChannelId, Epoch: p.Name.Epoch, Sender: p.Name.Sender, Nonce: p.Name.Nonce, Index: p.Name.Index})
		require.NoError(t, err)
		require.Equal(t, p.Data, verify(t, r).Data)
	}

	w, err := b.Withdraw(m.ctx(), &api.WithdrawRequest{Channel: ref, Amount: "20000"})
	require.NoError(t, err)
	require.Equal(t, uint64(1), w.Epoch)
	a.eventually("is in the new epoch", func() bool { c := a.channel(ref); return c.Epoch == 1 && c.Online })
	a.pay(b, 7, "")
	c, err := a.CloseChannel(m.ctx(), &api.CloseChannelRequest{Channel: ref})
	require.NoError(t, err)
	require.Equal(t, "ended", c.Phase)
	b.eventually("has no channel", func() bool { return b.channel(ref) == nil })

	// 250 + 5000 + 7 − 3000 went over; fees of a few transactions come off.
	const moved = 250 + 5000 + 7 - 3000
	gone := [2]int64{before[0] - m.balance(a.account).Int64(), before[1] - m.balance(b.account).Int64()}
	require.InDelta(t, moved, gone[0], 5_000)
	require.InDelta(t, -moved, gone[1], 5_000)
	m.checkInvariants()
}

func verify(t *testing.T, r *api.ReceiptResponse) types.Entry {
	t.Helper()
	receipt, err := types.ParseReceipt(r.Receipt)
	require.NoError(t, err)
	sender, err := types.ParseChannelKey(r.SenderKey)
	require.NoError(t, err)
	receiver, err := types.ParseChannelKey(r.ReceiverKey)
	require.NoError(t, err)
	_, entry, err := receipt.Verify(sender, receiver)
	require.NoError(t, err)
	return entry
}

// TestCloseAlone: one side closes without the other; both nodes show what they must, and settle by
// themselves. The sums are exact: fees are the only other thing that leaves the accounts.
func TestCloseAlone(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	require.NoError(t, a.stream(m.ctx(), ref, 4000))
	b.pay(a, 1500, "change")
	c, err := b.CloseChannel(m.ctx(), &api.CloseChannelRequest{Channel: ref, Alone: true})
	require.NoError(t, err)
	require.Equal(t, "dispute", c.Phase)
	require.NotZero(t, c.SettleFrom)
	m.chain.Pass((challenge + 60 + 60 + 30) * time.Second)
	for _, p := range m.nodes {
		p.eventually("is settled", func() bool { return p.channel(ref) == nil })
	}
	ended := m.ended(ref)
	require.False(t, ended.Cooperative)
	require.Equal(t, []bool{false, false}, ended.Stale)
	require.Equal(t, "97500", ended.Payouts[0].Amount.String())
	require.Equal(t, "2500", ended.Payouts[1].Amount.String())
	m.checkInvariants()
}

// ended returns the record of the end of a channel.
func (m *mesh) ended(ref *api.ChannelRef) *types.EndedChannel {
	m.t.Helper()
	q := m.query()
	r, err := q.Channel(m.ctx(), &types.QueryChannelRequest{ChannelId: ref.ChannelId})
	require.NoError(m.t, err)
	require.NotNil(m.t, r.Ended, fmt.Sprintf("channel %d is not over", ref.ChannelId))
	return r.Ended
}
