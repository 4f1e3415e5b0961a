package payment

import (
	"cmp"
	"slices"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Request is a payment request of this node. Its secret follows from the node's seed and
// the ID.
type Request struct {
	// ID of the payment that pays it.
	ID [16]byte
	// Hash of its secret; see Keyring.RequestHash.
	Hash types.Hash
	// Domain that it is to arrive in.
	Domain types.Hash
	// Amount; 0 leaves it to the payer.
	Amount types.Uint128
	// Expiry in Unix seconds.
	Expiry uint64
	// Paid tells that its secret is out: it is not paid twice.
	Paid bool
}

// RequestHash is the hash under which a request with this id is paid.
func (k *Keyring) RequestHash(id [16]byte) types.Hash { return hashOf(k.requestSecret(id)) }

// lateRequest is how long a request is kept after its expiry, in seconds, to say that it is expired.
const lateRequest = 600

// maxSets bounds payments that wait for parts, which may never be sent.
const maxSets = 4_096

// set is a payment to this node whose parts arrive.
type set struct {
	hash   types.Hash
	id     [16]byte
	domain types.Hash
	total  types.Uint128
	sum    types.Uint128
	secret [types.SecretLength]byte
	data   []byte
	parts  []*incoming
	since  uint64
	// asked tells that it pays a request.
	asked bool
}

// drop forgets a part whose lock is gone.
func (s *set) drop(in *incoming) {
	if at := slices.Index(s.parts, in); at >= 0 {
		s.parts = slices.Delete(s.parts, at, at+1)
		s.sum, _ = s.sum.Sub(in.amount)
	}
}

func (c *Core) expect(r Request) {
	if len(c.requests) >= c.config.MaxRequests || r.Expiry < c.now {
		return
	}
	c.requests[r.Hash] = &r
	c.do(SaveRequest{Request: r})
}

// Open tells how many more requests may be open.
func (c *Core) Open() int { return c.config.MaxRequests - len(c.requests) }

// arrived takes a part of a payment to this node.
func (c *Core) arrived(in *incoming, link *Link, f *Final) {
	refuse := func(reason protocol.Reason) { c.refuse(in, reason, protocol.ChannelID{}) }
	if in.expiry < link.Clock+c.config.MinFinal {
		refuse(protocol.ReasonExpiry)
		return
	}
	s, reason := c.setFor(in, link, f)
	if reason != 0 {
		refuse(reason)
		return
	}
	sum, ok := s.sum.Add(in.amount)
	if !ok || s.total.Less(sum) {
		refuse(protocol.ReasonUnknownPayment)
		return
	}
	s.sum, in.set = sum, s
	s.parts = append(s.parts, in)
	if s.sum != s.total {
		return // all or nothing
	}
	c.forgetSet(s)
	for _, part := range s.parts {
		part.set = nil
		c.reveal(part, s.secret)
	}
	// After the secret: a request that is paid on disk while its secret is not would be lost in a crash.
	if r := c.requests[s.hash]; s.asked && r != nil {
		r.Paid = true
		c.do(SaveRequest{Request: *r})
	}
	c.do(Arrived{ID: s.id, Hash: s.hash, Domain: s.domain, Amount: s.total, Data: s.data, Requested: s.asked})
}

// setFor returns the set that a part belongs to. All parts have one hash: a payment whose
// parts have two is refused, because the payer could hold a secret for the whole when only
// half is paid.
func (c *Core) setFor(in *incoming, link *Link, f *Final) (*set, protocol.Reason) {
	if f.Total.IsZero() || f.Total.Less(in.amount) {
		return nil, protocol.ReasonUnknownPayment
	}
	if s := c.sets[in.hash]; s != nil {
		if s.id != f.ID || s.total != f.Total || s.domain != link.ID.Domain || f.Secret != [types.SecretLength]byte{} && f.Secret != s.secret {
			return nil, protocol.ReasonUnknownPayment
		}
		return s, 0
	}
	if _, pending := c.setOf[f.ID]; pending || len(c.sets) >= maxSets {
		return nil, protocol.ReasonUnknownPayment
	}
	s := &set{hash: in.hash, id: f.ID, domain: link.ID.Domain, total: f.Total, secret: f.Secret, data: slices.Clone(f.Data), since: c.now}
	switch r := c.requests[in.hash]; {
	case r != nil:
		// Who knows the hash alone, as every mediator does, must not learn by asking whose request it is.
		if r.ID != f.ID {
			return nil, protocol.ReasonUnknownPayment
		}
		if r.Paid {
			return nil, protocol.ReasonPaid
		}
		if c.now > r.Expiry {
			return nil, protocol.ReasonExpired
		}
		if r.Domain != s.domain || !r.Amount.IsZero() && r.Amount != f.Total {
			return nil, protocol.ReasonUnknownPayment
		}
		s.secret, s.asked = c.keys.requestSecret(r.ID), true
	case hashOf(f.Secret) != in.hash:
		return nil, protocol.ReasonUnknownPayment
	}
	c.sets[s.hash], c.setOf[s.id] = s, s.hash
	return s, 0
}

func (c *Core) forgetSet(s *set) {
	delete(c.sets, s.hash)
	delete(c.setOf, s.id)
}

// expireSets gives up payments whose parts do not come, and requests that nobody paid.
func (c *Core) expireSets() {
	var late []*set
	for _, s := range c.sets {
		if c.now >= s.since+c.config.HoldParts || len(s.parts) == 0 {
			late = append(late, s)
		}
	}
	slices.SortFunc(late, func(a, b *set) int { return cmp.Or(cmp.Compare(a.since, b.since), slices.Compare(a.id[:], b.id[:])) })
	for _, s := range late {
		c.forgetSet(s)
		for _, part := range s.parts {
			part.set = nil
			c.refuse(part, protocol.ReasonTimeout, protocol.ChannelID{})
		}
	}
	var gone []types.Hash
	for hash, r := range c.requests {
		if c.now > r.Expiry+lateRequest {
			gone = append(gone, hash)
		}
	}
	slices.SortFunc(gone, func(a, b types.Hash) int { return slices.Compare(a[:], b[:]) })
	for _, hash := range gone {
		delete(c.requests, hash)
		c.do(DropRequest{Hash: hash})
	}
}

// tick lets time pass.
func (c *Core) tick() {
	c.expireSets()
	c.expireQuotes()
	c.countHolds()
	c.forgive()
	c.unblock()
	c.expirePayments()
}
