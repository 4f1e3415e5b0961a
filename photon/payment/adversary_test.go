package payment

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// twoRoutes carries at most half of 100 over each of two channels, to a mediator and on to the target.
type twoRoutes struct {
	noRouter
	mediator *Keyring
}

func (r twoRoutes) Route(q Query) (Route, error) {
	if types.NewUint128(50).Less(q.Amount) {
		return nil, ErrNoCapacity
	}
	first := left
	if !q.Taken[Edge{Channel: left}].IsZero() {
		first = right
	}
	return Route{
		{ID: first, To: protocol.NodeID{1}, PacketKey: r.mediator.Public()},
		{ID: protocol.ChannelID{Domain: left.Domain, Channel: 50}, To: q.To, PacketKey: r.mediator.Public()},
	}, nil
}

// A target that takes one part and refuses the other for want of slots ends the payment once: the
// outcome of a payment that waits no more is not told for the next one with its id.
func TestFinishedOnce(t *testing.T) {
	links := fixedLinks{left: link(left, 1, "main"), right: link(right, 2, "main")}
	mediator := keyring(t, 70)
	c, err := New(DefaultConfig(protocol.NodeID{100}), keyring(t, 50), links, twoRoutes{mediator: mediator}, rand.Reader)
	require.NoError(t, err)
	c.Apply(Restore{}, testNow, nil)
	secret := [32]byte{3}
	order := Order{ID: [16]byte{9}, Target: protocol.NodeID{8}, Domain: left.Domain, Amount: types.NewUint128(100), Hash: hashOf(secret)}
	sent := c.Apply(Pay{Order: order}, testNow, nil)
	require.Len(t, sent, 2)
	lock := func(i int) machine.PendingLock {
		add := sent[i].(AddLock)
		return machine.PendingLock{Lock: types.Lock{ID: 1, Amount: add.Amount, Hash: add.Hash, Expiry: add.Expiry}, PaymentID: add.PaymentID}
	}
	for _, command := range sent {
		c.Apply(Locked{Channel: command.(AddLock).Channel, PaymentID: command.(AddLock).PaymentID}, testNow, nil)
	}
	_, _, s, err := mediator.open(sent[0].(AddLock).Packet, order.Hash)
	require.NoError(t, err)
	c.window(Edge{Channel: protocol.ChannelID{Domain: left.Domain, Channel: 50}}).flying = 100
	blob := s.sealFailure(rand.Reader, order.Hash, &Failure{Reason: protocol.ReasonSlots})
	got := c.Apply(Noticed{Channel: left, Notice: machine.NoticeDisposed{Lock: lock(0), Reason: protocol.ReasonSlots, Failure: blob}}, testNow, nil)
	require.Empty(t, got, "waits for a slot")
	known := lock(1)
	known.Secret, known.HasSecret = secret, true
	got = c.Apply(Noticed{Channel: right, Notice: machine.NoticeSecret{Lock: known}}, testNow, nil)
	require.IsType(t, Finished{}, got[0])
	require.Equal(t, types.NewUint128(50), got[0].(Finished).Amount)
	require.Empty(t, c.Apply(Tick{}, testNow+1, nil), "once")
	require.Empty(t, c.blocked)
}

// What was pending in a channel that the chain divided is forgotten: its peer is not charged for it for
// ever, an own payment gets its answer, and secrets that nothing needs any more are dropped.
func TestChannelOver(t *testing.T) {
	c, links := newMediator(t)
	secret := [32]byte{5}
	add := receive(t, c, 1, hashOf(secret), 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
	c.Apply(Locked{Channel: right, PaymentID: add.PaymentID}, testNow, nil)
	own := machine.PendingLock{Lock: types.Lock{ID: 4, Amount: add.Amount, Hash: add.Hash}, PaymentID: add.PaymentID, Secret: secret, HasSecret: true}
	c.Apply(Noticed{Channel: right, Notice: machine.NoticeSecret{Lock: own}}, testNow, nil)
	c.Apply(Noticed{Channel: right, Notice: machine.NoticeLockResolved{Own: true, Lock: own}}, testNow, nil)
	delete(links, left) // the peer never resolved it: the secret went on chain
	got := c.Apply(Noticed{Channel: left, Notice: machine.NoticeEnded{}}, testNow, nil)
	require.Equal(t, []Command{DropSecret{Hash: add.Hash}}, got)
	require.Empty(t, c.in)
	c.Apply(Tick{}, testNow+100_000, nil)
	require.Empty(t, c.peers, "nothing is held")

	c, _ = newMediator(t)
	add = receive(t, c, 1, hashOf(secret), 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
	c.Apply(Locked{Channel: right, PaymentID: add.PaymentID}, testNow, nil)
	waiting := receive(t, c, 2, types.Hash{2}, 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
	got = c.Apply(Noticed{Channel: right, Notice: machine.NoticeWithdrawn{Epoch: 1}}, testNow, nil)
	require.Len(t, got, 1, "what was locked is void in a later epoch, what waits may yet be signed")
	require.Equal(t, uint64(1), got[0].(Dispose).LockID)
	require.NotNil(t, c.out[outKey{right, waiting.PaymentID}])
	got = c.Apply(Noticed{Channel: right, Notice: machine.NoticeEnded{}}, testNow, nil)
	require.Len(t, got, 1)
	require.Equal(t, uint64(2), got[0].(Dispose).LockID)
	require.Empty(t, c.out)
	require.Empty(t, c.queued)
}

// A crash at any point of the answer to a paid request leaves it paid, or unpaid and payable: never
// marked as paid with its locks given up.
func TestPaidRequestSurvivesCrash(t *testing.T) {
	c, _ := newMediator(t)
	r := Request{ID: [16]byte{7}, Domain: left.Domain, Amount: types.NewUint128(100), Expiry: testNow + 100}
	r.Hash = c.keys.RequestHash(r.ID)
	c.Apply(Expect{Request: r}, testNow, nil)
	final := Final{Total: r.Amount, ID: r.ID}
	done := receive(t, c, 1, r.Hash, 100, 7_000, final.appendTo(nil, 0))
	lock := machine.PendingLock{Lock: types.Lock{ID: 1, Amount: r.Amount, Hash: r.Hash, Expiry: 7_000}}
	for durable := range len(done) + 1 {
		restore := Restore{Requests: []Request{r}, Channels: []ChannelLocks{{Channel: left, Received: []*machine.PendingLock{&lock}}}}
		saved := false
		for _, command := range done[:durable] {
			switch command := command.(type) {
			case SaveSecret:
				restore.Secrets, saved = [][32]byte{command.Secret}, true
			case SaveRequest:
				restore.Requests = []Request{command.Request}
			}
		}
		c, _ := newMediator(t)
		got := c.Apply(restore, testNow, nil)
		paid := c.requests[r.Hash].Paid
		require.Equal(t, saved, paid, "after %d", durable)
		revealed := false
		for _, command := range got {
			_, is := command.(Reveal)
			revealed = revealed || is
		}
		require.Equal(t, paid, revealed, "after %d", durable)
	}
}

// A mediator knows the hash of what it forwards, and not the id. It cannot find out by payments of its own
// who is paid: whoever has no such request, and whoever has it, paid or expired, answers the same.
func TestHashTellsNothing(t *testing.T) {
	c, _ := newMediator(t)
	r := Request{ID: [16]byte{7}, Domain: left.Domain, Amount: types.NewUint128(100), Expiry: testNow + 100}
	r.Hash = c.keys.RequestHash(r.ID)
	probe := func(lock uint64) protocol.Reason {
		guess := Final{Total: r.Amount, ID: [16]byte{8}}
		return receive(t, c, lock, r.Hash, 100, 7_000, guess.appendTo(nil, 0))[0].(Dispose).Reason
	}
	stranger := probe(1)
	c.Apply(Expect{Request: r}, testNow, nil)
	require.Equal(t, stranger, probe(2), "open")
	final := Final{Total: r.Amount, ID: r.ID}
	require.IsType(t, SaveSecret{}, receive(t, c, 3, r.Hash, 100, 7_000, final.appendTo(nil, 0))[0])
	require.Equal(t, stranger, probe(4), "paid")
	require.Equal(t, protocol.ReasonPaid, receive(t, c, 5, r.Hash, 100, 7_000, final.appendTo(nil, 0))[0].(Dispose).Reason, "its payer is told")
}
