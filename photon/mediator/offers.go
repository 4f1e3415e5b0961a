package mediator

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Offer is a swap that this node makes for others.
type Offer struct {
	payment.Pair
	payment.Rate
}

// PathFinder is the path-finding service of this node.
type PathFinder struct {
	// On tells whether it answers at all.
	On bool
	// Price of one answer, in Domain; 0 is free.
	Domain types.Hash
	Price  types.Uint128
}

// SetRate sets the rate of a swap between two domains, durably, and announces that this
// node swaps; a zero rate ends it.
func (m *Mediator) SetRate(pair payment.Pair, rate payment.Rate) error {
	if pair.In == pair.Out {
		return fmt.Errorf("%w: in and out are the same domain", payment.ErrConfig)
	}
	if (rate.In == 0) != (rate.Out == 0) {
		return fmt.Errorf("%w: rate of %d for %d: both must be at least 1, or both 0", payment.ErrConfig, rate.In, rate.Out)
	}
	m.working.Lock()
	if len(m.rates) >= maxRates && m.rates[pair] == (payment.Rate{}) && rate != (payment.Rate{}) {
		m.working.Unlock()
		return fmt.Errorf("%w: %d rates: must be at most %d", ErrBusy, len(m.rates), maxRates)
	}
	m.rates[pair] = rate
	m.core.SetRate(pair, rate)
	m.working.Unlock()
	m.node.Keep(rateName(pair), appendRate(nil, rate))
	m.announceNode()
	return nil
}

// OfferRate sets the rate that the configuration has, unless an order to SetRate replaced it.
func (m *Mediator) OfferRate(pair payment.Pair, rate payment.Rate) {
	m.working.Lock()
	_, ordered := m.rates[pair]
	if !ordered {
		m.core.SetRate(pair, rate)
	}
	m.working.Unlock()
	if !ordered {
		m.announceNode()
	}
}

// Offers lists the swaps that this node makes, in a fixed order.
func (m *Mediator) Offers() []Offer {
	m.working.Lock()
	defer m.working.Unlock()
	var out []Offer
	for pair, rate := range m.core.Rates() {
		out = append(out, Offer{pair, rate})
	}
	slices.SortFunc(out, func(a, b Offer) int {
		return cmp.Or(slices.Compare(a.Pair.In[:], b.Pair.In[:]), slices.Compare(a.Pair.Out[:], b.Pair.Out[:]))
	})
	return out
}

// SetPolicy sets what this node asks for forwarding into a channel, durably, and announces
// it: to the next payer that gets it wrong at once, to everybody when the last
// announcement is routing.MinRepeat seconds old.
func (m *Mediator) SetPolicy(id protocol.ChannelID, policy protocol.Policy) error {
	if _, ok := m.node.Gauge(id); !ok {
		return fmt.Errorf("%w: %s", node.ErrNoChannel, id)
	}
	m.working.Lock()
	err := m.core.SetPolicy(id, policy)
	if err == nil {
		m.policies[id] = policy
	}
	m.working.Unlock()
	if err != nil {
		return err
	}
	m.node.Keep(policyName(id), appendPolicy(nil, &policy))
	m.announceChannel(id)
	return nil
}

// ResetPolicy forgets the policy of a channel: that of the configuration is in force.
func (m *Mediator) ResetPolicy(id protocol.ChannelID) {
	m.working.Lock()
	delete(m.policies, id)
	m.core.ResetPolicy(id)
	m.working.Unlock()
	m.node.Keep(policyName(id), nil)
	m.announceChannel(id)
}

// forgetChannel deletes what is kept of a channel that paid out.
func (m *Mediator) forgetChannel(id protocol.ChannelID) {
	m.working.Lock()
	delete(m.policies, id)
	m.core.ResetPolicy(id)
	m.paths.Forget(id)
	delete(m.earned, id)
	m.working.Unlock()
	m.node.Keep(policyName(id), nil)
	m.node.Keep(earnedName(id), nil)
	m.node.Keep(usedName(id), nil)
}

// Policy in force for forwarding into a channel, and whether it is the channel's own.
func (m *Mediator) Policy(id protocol.ChannelID) (policy protocol.Policy, own bool) {
	m.working.Lock()
	defer m.working.Unlock()
	_, own = m.policies[id]
	return m.core.Policy(id), own
}

// SetPathFinder starts or stops the path-finding service, durably, and announces it.
func (m *Mediator) SetPathFinder(p PathFinder) {
	m.working.Lock()
	m.servePaths(p)
	m.working.Unlock()
	value := []byte{0}
	if p.On {
		value[0] = 1
	}
	m.node.Keep([]byte{keptService}, p.Price.AppendTo(append(value, p.Domain[:]...)))
	m.announceNode()
}

// OfferPathFinder starts the service that the configuration has, unless an order to
// SetPathFinder replaced it.
func (m *Mediator) OfferPathFinder(p PathFinder) {
	m.working.Lock()
	ordered := m.ordered
	if !ordered {
		m.servePaths(p)
	}
	m.working.Unlock()
	if !ordered {
		m.announceNode()
	}
}

// PathFinder returns the service as it is.
func (m *Mediator) PathFinder() PathFinder {
	m.working.Lock()
	defer m.working.Unlock()
	return PathFinder{On: m.config.Features&protocol.FeaturePathFinder != 0, Domain: m.config.PriceDomain, Price: m.config.Price}
}

// servePaths applies a setting. The caller holds working.
func (m *Mediator) servePaths(p PathFinder) {
	m.config.Features &^= protocol.FeaturePathFinder
	if p.On {
		m.config.Features |= protocol.FeaturePathFinder
	}
	m.config.PriceDomain, m.config.Price = p.Domain, p.Price
	m.paths.SetPrice(p.Domain, p.Price)
}

// maxRates bounds rates that were ordered.
const maxRates = 256

const (
	rateLength   = 8 + 8 + types.Uint128Length
	policyLength = 1 + types.Uint128Length + 4 + 2*types.Uint128Length + 4 + 2
)

// appendRate appends in 8 | out 8 | max 16.
func appendRate(b []byte, r payment.Rate) []byte {
	return r.Max.AppendTo(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, r.In), r.Out))
}

// appendPolicy appends disabled 1 | base 16 | rate 4 | min 16 | max 16 | delta 4 | slots 2.
func appendPolicy(b []byte, p *protocol.Policy) []byte {
	disabled := byte(0)
	if p.Disabled {
		disabled = 1
	}
	b = binary.BigEndian.AppendUint32(p.FeeBase.AppendTo(append(b, disabled)), p.FeeRate)
	b = binary.BigEndian.AppendUint32(p.Max.AppendTo(p.Min.AppendTo(b)), p.Delta)
	return binary.BigEndian.AppendUint16(b, p.Slots)
}

// loadOffer reads what was ordered in earlier runs. The caller holds working.
func (m *Mediator) loadOffer(name, value []byte) error {
	switch {
	case name[0] == keptRate && len(name) == 1+2*types.HashLength && len(value) == rateLength:
		pair := payment.Pair{In: types.Hash(name[1:33]), Out: types.Hash(name[33:])}
		rate := payment.Rate{In: binary.BigEndian.Uint64(value), Out: binary.BigEndian.Uint64(value[8:]), Max: types.Uint128FromBytes(value[16:])}
		m.rates[pair] = rate
		m.core.SetRate(pair, rate)
	case name[0] == keptPolicy && len(name) == 1+types.HashLength+8 && len(value) == policyLength:
		id := protocol.ChannelID{Domain: types.Hash(name[1:33]), Channel: binary.BigEndian.Uint64(name[33:])}
		p := protocol.Policy{
			Disabled: value[0] == 1, FeeBase: types.Uint128FromBytes(value[1:]), FeeRate: binary.BigEndian.Uint32(value[17:]),
			Min: types.Uint128FromBytes(value[21:]), Max: types.Uint128FromBytes(value[37:]), Delta: binary.BigEndian.Uint32(value[53:]),
			Slots: binary.BigEndian.Uint16(value[57:]),
		}
		if m.core.SetPolicy(id, p) == nil { // else the bounds are others now
			m.policies[id] = p
		}
	case name[0] == keptService && len(name) == 1 && len(value) == 1+types.HashLength+types.Uint128Length:
		m.ordered = true
		m.servePaths(PathFinder{On: value[0] == 1, Domain: types.Hash(value[1:33]), Price: types.Uint128FromBytes(value[33:])})
	default:
		return fmt.Errorf("%w: setting %x of %d bytes", store.ErrCorrupt, name, len(value))
	}
	return nil
}

func rateName(p payment.Pair) []byte {
	return append(append([]byte{keptRate}, p.In[:]...), p.Out[:]...)
}

func policyName(id protocol.ChannelID) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{keptPolicy}, id.Domain[:]...), id.Channel)
}
