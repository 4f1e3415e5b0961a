package payment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Core is all that one node knows of payments over several channels. It is not safe for
// concurrent use.
type Core struct {
	config Config
	keys   *Keyring
	links  Links
	router Router
	random io.Reader

	now      uint64
	commands []Command

	policies map[protocol.ChannelID]protocol.Policy
	in       map[LockRef]*incoming
	out      map[outKey]*outgoing
	// saved counts the received locks that a saved secret may be needed for.
	saved    map[types.Hash]*savedSecret
	queued   map[protocol.ChannelID]queued
	peers    map[protocol.NodeID]*peerLimits
	payments map[[16]byte]*payment
	// blocked are payments that wait for a slot, in order; full and freed tell that there was
	// none, and that there may be one now.
	blocked     []*payment
	full, freed bool
	windows     map[Edge]*window
	sets        map[types.Hash]*set
	setOf       map[[16]byte]types.Hash
	requests    map[types.Hash]*Request
	quotes      map[[16]byte]*protocol.Quote
	// quotePeers are who asked for them.
	quotePeers map[[16]byte]protocol.NodeID
	asked      map[uint64]*swap
	lastAsk    uint64
	// held are quotes for this node that it may still use.
	held map[[16]byte]*heldQuote
}

// incoming is a received lock that is not decided.
type incoming struct {
	ref     LockRef
	amount  types.Uint128
	hash    types.Hash
	expiry  uint64
	peer    protocol.NodeID
	since   uint64
	session *session
	// out forwards it, or parts are waited for in a set, or neither.
	out *outgoing
	set *set
	// done tells that it was revealed or disposed of.
	done, revealed bool
	// paid tells that it was resolved.
	paid bool
	// reason and failure of the disposal, which is repeated when the peer is back.
	reason  protocol.Reason
	failure []byte
}

type outKey struct {
	channel protocol.ChannelID
	id      [16]byte
}

// outgoing is a lock of this node that is asked for or pending.
type outgoing struct {
	outKey
	amount types.Uint128
	hash   types.Hash
	// in is the lock that it forwards; nil for own payments.
	in *incoming
	// part of an own payment.
	part *part
	// locked tells that it is signed.
	locked bool
	// known tells that its secret is known: it is paid, or will be.
	known bool
}

type savedSecret struct {
	secret [types.SecretLength]byte
	locks  int
}

// queued is what AddLock asked for and no batch has yet.
type queued struct {
	amount types.Uint128
	count  int
}

// New returns a Core. The first event must be Restore. Random is read for ids, secrets
// and nonces.
func New(config Config, keys *Keyring, links Links, router Router, random io.Reader) (*Core, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Core{
		config: config, keys: keys, links: links, router: router, random: random,
		policies: map[protocol.ChannelID]protocol.Policy{},
		in:       map[LockRef]*incoming{}, out: map[outKey]*outgoing{}, saved: map[types.Hash]*savedSecret{},
		queued: map[protocol.ChannelID]queued{}, peers: map[protocol.NodeID]*peerLimits{},
		payments: map[[16]byte]*payment{}, sets: map[types.Hash]*set{}, setOf: map[[16]byte]types.Hash{},
		requests: map[types.Hash]*Request{}, quotes: map[[16]byte]*protocol.Quote{}, quotePeers: map[[16]byte]protocol.NodeID{}, asked: map[uint64]*swap{}, held: map[[16]byte]*heldQuote{}, windows: map[Edge]*window{},
	}, nil
}

// Keys of the node.
func (c *Core) Keys() *Keyring { return c.keys }

// Apply runs one event at a time (Unix seconds, never falling) and appends what is to be
// done.
func (c *Core) Apply(event Event, now uint64, commands []Command) []Command {
	c.now, c.commands, c.freed = max(c.now, now), commands, false
	switch e := event.(type) {
	case Received:
		c.received(&e)
	case Noticed:
		c.noticed(e.Channel, e.Notice)
	case Locked:
		if o := c.out[outKey{e.Channel, e.PaymentID}]; o != nil && !o.locked {
			o.locked = true
			if o.part != nil {
				o.part.name = e.Name
			}
			c.unqueue(o)
		}
	case NotLocked:
		if o := c.out[outKey{e.Channel, e.PaymentID}]; o != nil && !o.locked {
			c.unqueue(o)
			c.void(o, reasonOf(e.Err), nil)
		}
	case Pay:
		c.pay(e.Order)
	case Expect:
		c.expect(e.Request)
	case Quoted:
		c.quoted(e.Quote)
	case QuoteAsked:
		c.quoteAsked(e.Peer, e.Request)
	case Tick:
		c.tick()
	case Restore:
		c.restore(&e)
	}
	if c.freed && len(c.blocked) > 0 {
		c.unblock()
	}
	commands, c.commands = c.commands, nil
	return commands
}

func (c *Core) do(command Command) { c.commands = append(c.commands, command) }

// noticed handles what the machines say about locks.
func (c *Core) noticed(channel protocol.ChannelID, notice machine.Notice) {
	own := func(l *machine.PendingLock) *outgoing { return c.out[outKey{channel, l.PaymentID}] }
	switch n := notice.(type) {
	case machine.NoticeLearned:
		c.pass(own(&n.Lock), n.Lock.Secret)
	case machine.NoticeSecret:
		c.secretKnown(own(&n.Lock), n.Lock.Secret, n.OnChain, n.Late)
		if !n.Late {
			c.do(PayLock{Channel: channel, LockID: n.Lock.ID})
		}
	case machine.NoticeDisposed:
		c.void(own(&n.Lock), n.Reason, n.Failure)
	case machine.NoticeLockResolved:
		if n.Own {
			c.secretKnown(own(&n.Lock), n.Lock.Secret, false, false)
			c.forgetOut(own(&n.Lock))
		} else {
			c.forgetIn(channel, n.Lock.ID, true)
		}
	case machine.NoticeLockRemoved:
		if n.Own {
			c.void(own(&n.Lock), protocol.ReasonTimeout, nil)
			c.forgetOut(own(&n.Lock)) // even if its secret came too late
		} else {
			c.forgetIn(channel, n.Lock.ID, false)
		}
	case machine.NoticeExpired:
		// The machine of an open channel removes the lock next; in a dispute nothing else comes.
		if n.Own {
			c.void(own(&n.Lock), protocol.ReasonTimeout, nil)
		}
	case machine.NoticeReady:
		c.disposeAgain(channel)
	case machine.NoticeWithdrawn:
		c.over(channel, n.Epoch)
	case machine.NoticeEnded:
		c.over(channel, math.MaxUint64)
	}
}

// over: the chain divided a channel, or a later epoch began, and the locks that were pending are gone
// without another notice. Who has heard of no secret by then will hear of none: a lock is decided
// before the unlock phase begins.
func (c *Core) over(channel protocol.ChannelID, epoch uint64) {
	var ins []*incoming
	for ref, in := range c.in {
		if ref.Channel == channel && ref.Epoch < epoch {
			ins = append(ins, in)
		}
	}
	slices.SortFunc(ins, byLock)
	for _, in := range ins {
		c.forget(in)
	}
	var outs []*outgoing
	for key, o := range c.out {
		if key.channel == channel && (o.locked || epoch == math.MaxUint64) {
			outs = append(outs, o)
		}
	}
	slices.SortFunc(outs, func(a, b *outgoing) int { return bytes.Compare(a.id[:], b.id[:]) })
	for _, o := range outs {
		c.void(o, protocol.ReasonTimeout, nil)
		c.forgetOut(o)
	}
}

// disposeAgain repeats disposals that the machine could not sign while the peer was away.
func (c *Core) disposeAgain(channel protocol.ChannelID) {
	var again []*incoming
	for ref, in := range c.in {
		if ref.Channel == channel && in.done && !in.revealed {
			again = append(again, in)
		}
	}
	slices.SortFunc(again, byLock)
	for _, in := range again {
		c.do(Dispose{Channel: channel, LockID: in.ref.Lock, Reason: in.reason, Failure: in.failure})
	}
}

func byLock(a, b *incoming) int {
	return cmp.Or(bytes.Compare(a.ref.Channel.Domain[:], b.ref.Channel.Domain[:]),
		cmp.Compare(a.ref.Channel.Channel, b.ref.Channel.Channel), cmp.Compare(a.ref.Lock, b.ref.Lock))
}

func hashOf(secret [types.SecretLength]byte) types.Hash { return sha256.Sum256(secret[:]) }

func (c *Core) randomID() (id [16]byte, err error) {
	if _, err = io.ReadFull(c.random, id[:]); err != nil {
		return id, fmt.Errorf("random bytes: %w", err)
	}
	return id, nil
}
