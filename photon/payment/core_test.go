package payment

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// fixedLinks are channels that a test sets.
type fixedLinks map[protocol.ChannelID]Link

func (l fixedLinks) Link(id protocol.ChannelID) (Link, bool) { link, ok := l[id]; return link, ok }

func (l fixedLinks) To(peer protocol.NodeID, domain types.Hash) (ids []protocol.ChannelID) {
	for id := range l {
		if l[id].Peer == peer && id.Domain == domain {
			ids = append(ids, id)
		}
	}
	return ids
}

func (fixedLinks) Slots(protocol.ChannelID) int                              { return 0 }
func (fixedLinks) Announcement(protocol.ChannelID) *protocol.AnnounceChannel { return nil }

// noRouter knows no routes, and one own channel.
type noRouter struct{ own protocol.ChannelID }

func (noRouter) Route(Query) (Route, error)                          { return nil, ErrNoRoute }
func (noRouter) Succeeded([]Edge, []types.Uint128, uint64)           {}
func (noRouter) Failed(Edge, types.Uint128, protocol.Reason, uint64) {}
func (noRouter) Update(*protocol.AnnounceChannel, uint64)            {}
func (noRouter) Mediators(types.Hash) []protocol.NodeID              { return nil }
func (r noRouter) OwnChannel(domain types.Hash) (protocol.ChannelID, bool) {
	return r.own, r.own.Domain == domain
}

const testNow = 1_000_000

var (
	left  = protocol.ChannelID{Domain: types.Hash{1}, Channel: 1}
	right = protocol.ChannelID{Domain: types.Hash{1}, Channel: 2}
	other = protocol.ChannelID{Domain: types.Hash{2}, Channel: 1}
)

func link(id protocol.ChannelID, peer byte, chain string) Link {
	return Link{ID: id, Peer: protocol.NodeID{peer}, Chain: chain, Available: types.NewUint128(10_000), Clock: 5_000, Time: testNow, Deadline: 12_000}
}

// mediator has a channel to the left and two to the right, one of them on another chain.
func newMediator(t testing.TB) (*Core, fixedLinks) {
	t.Helper()
	links := fixedLinks{left: link(left, 1, "main"), right: link(right, 2, "main"), other: link(other, 3, "zone")}
	c, err := New(DefaultConfig(protocol.NodeID{100}), keyring(t, 50), links, noRouter{own: other}, rand.Reader)
	require.NoError(t, err)
	c.Apply(Restore{}, testNow, nil)
	return c, links
}

// receive lets a lock with a packet for the core come in.
func receive(t testing.TB, c *Core, id uint64, hash types.Hash, amount, expiry uint64, plain []byte) []Command {
	t.Helper()
	s, err := keyring(t, 60).with(c.keys.Public(), 1, 100, 100)
	require.NoError(t, err)
	packet := s.seal([24]byte{byte(id)}, hash, plain)
	lock := machine.PendingLock{Lock: types.Lock{ID: id, Amount: types.NewUint128(amount), Hash: hash, Expiry: expiry}, Packet: sha256.Sum256(packet)}
	return c.Apply(Received{Channel: left, Lock: lock, Packet: packet}, testNow, nil)
}

// Whatever comes in, a mediator never forwards at a loss: the fee is paid, the margins are
// kept, the channel can carry it. And it always answers.
func TestForwardProperty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, links := newMediator(t)
		to := links[right]
		to.Available = types.NewUint128(rapid.Uint64Range(0, 3_000).Draw(r, "available"))
		to.Pending = rapid.IntRange(0, 40).Draw(r, "pending")
		to.Clock = rapid.Uint64Range(4_900, 5_100).Draw(r, "clock")
		to.Time = testNow - rapid.Uint64Range(0, 300).Draw(r, "age")
		if rapid.Bool().Draw(r, "offline") {
			to.Err = errors.New("away")
		}
		links[right] = to
		in, out := rapid.Uint64Range(1, 3_000).Draw(r, "in"), rapid.Uint64Range(0, 3_000).Draw(r, "out")
		inExpiry, outExpiry := rapid.Uint64Range(5_000, 13_000).Draw(r, "in expiry"), rapid.Uint64Range(5_000, 13_000).Draw(r, "out expiry")
		f := Forward{Next: right, Amount: types.NewUint128(out), Expiry: outExpiry, Packet: []byte("next")}
		commands := receive(t, c, 1, types.Hash{9}, in, inExpiry, f.appendTo(nil))
		require.Len(r, commands, 1)
		switch got := commands[0].(type) {
		case Dispose:
			require.NotEmpty(r, got.Failure)
		case AddLock:
			require.Equal(r, types.NewUint128(out), got.Amount)
			require.GreaterOrEqual(r, in, out+1, "the fee")
			require.GreaterOrEqual(r, inExpiry, got.Expiry+types.RevealPeriod)
			require.GreaterOrEqual(r, got.Expiry, to.Clock+420)
			require.LessOrEqual(r, got.Expiry, to.Deadline)
			require.False(r, to.Available.Less(got.Amount))
			require.Less(r, to.Pending, 30)
			require.NoError(r, to.Err)
			require.LessOrEqual(r, testNow-to.Time, uint64(120))
		default:
			r.Fatalf("%T", got)
		}
	})
}

func forward(to protocol.ChannelID, amount, expiry uint64, quote [16]byte) []byte {
	return (&Forward{Next: to, Amount: types.NewUint128(amount), Expiry: expiry, Quote: quote, Packet: []byte("next")}).appendTo(nil)
}

// A jammer fills at most its share of a channel, and when it has held locks for long it
// is refused altogether; others go on.
func TestJammer(t *testing.T) {
	c, links := newMediator(t)
	forwarded := 0
	for id := range uint64(30) {
		if _, ok := receive(t, c, id+1, types.Hash{byte(id + 1)}, 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock); ok {
			forwarded++
		}
	}
	require.Equal(t, 15, forwarded, "half of 30 slots")
	c.Apply(Tick{}, testNow+300, nil) // 15 locks for 290 s beyond the grace: 4,350 lock-seconds
	links[right] = func() Link { l := links[right]; l.Time, l.Clock = testNow+300, 5_300; return l }()
	links[left] = func() Link { l := links[left]; l.Time, l.Clock = testNow+300, 5_300; return l }()
	links[other] = link(protocol.ChannelID{Domain: left.Domain, Channel: 9}, 4, "main")
	d, ok := receive(t, c, 99, types.Hash{99}, 20, 8_000, forward(right, 10, 6_000, [16]byte{}))[0].(Dispose)
	require.True(t, ok)
	require.Equal(t, protocol.ReasonSlots, d.Reason)

	l := links[left]
	l.Peer = protocol.NodeID{77} // the same channel stands for another peer's
	links[left] = l
	_, ok = receive(t, c, 100, types.Hash{100}, 20, 8_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
	require.True(t, ok, "another peer's payment goes through")
}

// Once the outgoing lock's secret is known the incoming one is opened, whatever else
// happens; once it is void the incoming one is given up.
func TestSettlesBothSides(t *testing.T) {
	for _, paid := range []bool{true, false} {
		c, _ := newMediator(t)
		secret := [32]byte{5}
		add := receive(t, c, 1, hashOf(secret), 20, 7_000, forward(right, 10, 6_000, [16]byte{}))[0].(AddLock)
		c.Apply(Locked{Channel: right, PaymentID: add.PaymentID}, testNow, nil)
		own := machine.PendingLock{Lock: types.Lock{ID: 4, Amount: add.Amount, Hash: add.Hash, Expiry: add.Expiry}, PaymentID: add.PaymentID}
		if !paid {
			got := c.Apply(Noticed{Channel: right, Notice: machine.NoticeDisposed{Lock: own, Reason: protocol.ReasonCapacity, Failure: []byte("sealed")}}, testNow, nil)
			require.Equal(t, []Command{Dispose{Channel: left, LockID: 1, Reason: protocol.ReasonCapacity, Failure: []byte("sealed")}}, got)
			require.Empty(t, c.Apply(Noticed{Channel: right, Notice: machine.NoticeLockRemoved{Own: true, Lock: own}}, testNow, nil), "once")
			continue
		}
		own.Secret, own.HasSecret = secret, true
		got := c.Apply(Noticed{Channel: right, Notice: machine.NoticeSecret{Lock: own}}, testNow, nil)
		require.Equal(t, []Command{
			SaveSecret{Hash: own.Hash, Secret: secret},
			Reveal{Channel: left, LockID: 1, Secret: secret},
			Forwarded{In: left, Out: right, AmountIn: types.NewUint128(20), AmountOut: types.NewUint128(10)},
			PayLock{Channel: right, LockID: 4},
		}, got, "saved before it is paid")
		in := machine.PendingLock{Lock: types.Lock{ID: 1, Hash: own.Hash}}
		got = c.Apply(Noticed{Channel: left, Notice: machine.NoticeLockResolved{Lock: in}}, testNow, nil)
		require.Equal(t, []Command{DropSecret{Hash: own.Hash}}, got)
	}
}

// Parts of one payment under two hashes: the second half is refused. More than the total,
// too.
func TestParts(t *testing.T) {
	c, _ := newMediator(t)
	one, two := [32]byte{1}, [32]byte{2}
	part := func(id uint64, secret [32]byte, amount uint64) []Command {
		f := Final{Total: types.NewUint128(100), ID: [16]byte{8}, Secret: secret, Data: []byte("x")}
		return receive(t, c, id, hashOf(secret), amount, 7_000, f.appendTo(nil, 0))
	}
	require.Empty(t, part(1, one, 40), "waits for the rest")
	require.Equal(t, protocol.ReasonUnknownPayment, part(2, two, 60)[0].(Dispose).Reason, "two secrets")
	require.Equal(t, protocol.ReasonUnknownPayment, part(3, one, 61)[0].(Dispose).Reason, "more than the total")
	got := part(4, one, 60)
	require.Len(t, got, 4)
	require.Equal(t, SaveSecret{Hash: hashOf(one), Secret: one}, got[0])
	require.Equal(t, Arrived{ID: [16]byte{8}, Hash: hashOf(one), Domain: left.Domain, Amount: types.NewUint128(100), Data: []byte("x")}, got[3])

	require.Empty(t, part(5, two, 40))
	got = c.Apply(Tick{}, testNow+60, nil)
	require.Len(t, got, 1, "the rest does not come")
	require.Equal(t, protocol.ReasonTimeout, got[0].(Dispose).Reason)
}

// A swap goes by its quote: once, in time, at its price, with fresh views and the margin
// between chains.
func TestSwap(t *testing.T) {
	quote := func(c *Core) protocol.Quote {
		c.SetRate(Pair{In: left.Domain, Out: other.Domain}, Rate{In: 3, Out: 2})
		got := c.Apply(QuoteAsked{Peer: protocol.NodeID{1}, Request: protocol.QuoteRequest{Number: 6, In: left.Domain, Out: other.Domain, Amount: types.NewUint128(100)}}, testNow, nil)
		return got[0].(AnswerQuote).Quote
	}
	c, links := newMediator(t)
	q := quote(c)
	require.Equal(t, types.NewUint128(151), q.AmountIn, "3 for 2, and 0.01 %")
	require.Equal(t, uint32(CrossDelta), q.Delta)
	pay := func(c *Core, id, in, out, inExpiry uint64, q protocol.Quote) Command {
		return receive(t, c, id, types.Hash{byte(id)}, in, inExpiry, forward(other, out, 6_000, q.ID))[0]
	}
	require.Equal(t, protocol.ReasonQuote, pay(c, 1, 150, 100, 9_600, q).(Dispose).Reason, "too little")
	require.Equal(t, protocol.ReasonQuote, pay(c, 2, 151, 101, 9_600, q).(Dispose).Reason, "another amount")
	require.Equal(t, protocol.ReasonExpiry, pay(c, 3, 151, 100, 9_599, q).(Dispose).Reason, "margin between chains")
	require.Equal(t, types.NewUint128(100), pay(c, 4, 151, 100, 9_600, q).(AddLock).Amount)
	require.Equal(t, protocol.ReasonQuote, pay(c, 5, 151, 100, 9_600, q).(Dispose).Reason, "used up")

	q = quote(c)
	l := links[other]
	l.Time -= 31
	links[other] = l
	require.Equal(t, protocol.ReasonStale, pay(c, 6, 151, 100, 9_600, q).(Dispose).Reason)
	require.Zero(t, quote(c).ID, "no new quotes either")
	l.Time += 31
	links[other] = l
	q = quote(c)
	c.Apply(Tick{}, testNow+21, nil)
	require.Equal(t, protocol.ReasonQuote, pay(c, 7, 151, 100, 9_600, q).(Dispose).Reason, "expired")
}

// A secret that got on record on the other chain goes to the record of this one at once.
func TestSwapSecretOnChain(t *testing.T) {
	c, _ := newMediator(t)
	c.SetRate(Pair{In: left.Domain, Out: other.Domain}, Rate{In: 1, Out: 1})
	asked := c.Apply(QuoteAsked{Peer: protocol.NodeID{1}, Request: protocol.QuoteRequest{In: left.Domain, Out: other.Domain, Amount: types.NewUint128(100)}}, testNow, nil)
	secret := [32]byte{6}
	add := receive(t, c, 1, hashOf(secret), 200, 9_600, forward(other, 100, 6_000, asked[0].(AnswerQuote).Quote.ID))[0].(AddLock)
	own := machine.PendingLock{Lock: types.Lock{ID: 1, Hash: add.Hash}, PaymentID: add.PaymentID, Secret: secret, HasSecret: true}
	got := c.Apply(Noticed{Channel: other, Notice: machine.NoticeSecret{Lock: own, OnChain: true}}, testNow, nil)
	require.Contains(t, got, RegisterSecret{Channel: left, Secret: secret, Until: 9_600})
}

// What a restart finds is decided as the table in doc.go says.
func TestRestore(t *testing.T) {
	secret := [32]byte{4}
	in := machine.PendingLock{Lock: types.Lock{ID: 3, Amount: types.NewUint128(20), Hash: hashOf(secret), Expiry: 7_000}}
	id := keyring(t, 50).forwardID(LockRef{Channel: left, Lock: 3})
	out := machine.PendingLock{Lock: types.Lock{ID: 8, Amount: types.NewUint128(10), Hash: in.Hash, Expiry: 6_000}, PaymentID: id}
	known, disposed := out, out
	known.Secret, known.HasSecret = secret, true
	disposed.Disposed, disposed.Reason = true, protocol.ReasonFee
	reveal := []Command{SaveSecret{Hash: in.Hash, Secret: secret}, Reveal{Channel: left, LockID: 3, Secret: secret}}
	forwarded := Forwarded{In: left, Out: right, AmountIn: in.Amount, AmountOut: out.Amount}
	for name, test := range map[string]struct {
		sent  []*machine.PendingLock
		gone  []*machine.GoneLock
		saved [][32]byte
		want  []Command
	}{
		"pending":         {sent: []*machine.PendingLock{&out}},
		"secret known":    {sent: []*machine.PendingLock{&known}, want: append(reveal[:2:2], forwarded, PayLock{Channel: right, LockID: 8})},
		"paid, not acked": {gone: []*machine.GoneLock{{PendingLock: known, Resolved: true}}, want: append(reveal[:2:2], forwarded)},
		"paid and gone":   {saved: [][32]byte{secret}, want: reveal},
		"void":            {sent: []*machine.PendingLock{&disposed}, want: []Command{Dispose{Channel: left, LockID: 3, Reason: protocol.ReasonFee}}},
		"never sent":      {want: []Command{Dispose{Channel: left, LockID: 3, Reason: protocol.ReasonTimeout}}},
	} {
		c, _ := newMediator(t)
		got := c.Apply(Restore{Secrets: test.saved, Channels: []ChannelLocks{
			{Channel: left, Received: []*machine.PendingLock{&in}}, {Channel: right, Sent: test.sent, Gone: test.gone},
		}}, testNow, nil)
		require.Equal(t, test.want, got, name)
	}
}

// The window over an edge grows with successes, is halved once by many refusals, and holds
// payments back instead of failing them.
func TestWindow(t *testing.T) {
	c, _ := newMediator(t)
	p := &part{payment: &payment{}, route: Route{{ID: left}, {ID: right}}}
	edge := p.edge(1)
	for range firstWindow {
		require.True(t, c.fits(p))
		c.fly(p, 1)
	}
	require.False(t, c.fits(p))
	c.widen(p)
	require.True(t, c.fits(p), "one more for each success")
	for range 10 {
		require.True(t, c.narrow(edge, protocol.ReasonSlots))
	}
	require.Equal(t, (firstWindow+1)/2, c.window(edge).size, "once a second")
	size := c.window(edge).size
	for range size {
		require.Equal(t, size, c.window(edge).size)
		c.widen(p)
	}
	require.Equal(t, size+1, c.window(edge).size, "one more for each window")
	require.False(t, c.narrow(edge, protocol.ReasonCapacity))
}
