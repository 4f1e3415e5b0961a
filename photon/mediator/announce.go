package mediator

import (
	"slices"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/routing"
	"github.com/meshchain/meshchain/x/channels/types"
)

// announcement of this node: the last one, as long as it is young and nothing changed. The
// caller holds working.
func (m *Mediator) announcement() *protocol.AnnounceNode {
	a := &protocol.AnnounceNode{
		Node: m.self, PacketKey: m.core.Keys().Public(), Time: m.now(), Features: m.config.Features,
		PriceDomain: m.config.PriceDomain, Price: m.config.Price, Alias: m.config.Alias, Addresses: m.config.Addresses,
	}
	if m.config.Payment.Mediate {
		a.Features |= protocol.FeatureMediate
	}
	if len(m.core.Rates()) > 0 {
		a.Features |= protocol.FeatureSwap
	}
	if last := m.announced; last != nil {
		if last.Features == a.Features && last.Price == a.Price && last.PriceDomain == a.PriceDomain && a.Time < last.Time+routing.MinRepeat {
			return last
		}
		a.Time = max(a.Time, last.Time+1)
	}
	a.Sign(m.config.Key)
	m.announced = a
	return a
}

// announceNode tells everybody what this node offers.
func (m *Mediator) announceNode() {
	m.working.Lock()
	actions := m.gossip.Own(m.announcement(), types.Uint128{})
	m.working.Unlock()
	m.act(actions)
}

func (m *Mediator) announceAll() {
	for _, g := range m.node.Gauges() {
		m.announceChannel(g.ID)
	}
}

// announceChannel announces a channel that is open and whose peer is known.
func (m *Mediator) announceChannel(id protocol.ChannelID) {
	g, ok := m.node.Gauge(id)
	m.working.Lock()
	_, known := m.known[id]
	m.working.Unlock()
	if ok && known && g.Open {
		m.announce(&g)
	}
}

// announceLate announces the channels whose news had to wait.
func (m *Mediator) announceLate() {
	m.working.Lock()
	var due []protocol.ChannelID
	for id := range m.late {
		if m.now() >= m.told[id]+routing.MinRepeat {
			due = append(due, id)
			delete(m.late, id)
		}
	}
	m.working.Unlock()
	slices.SortFunc(due, func(a, b protocol.ChannelID) int { return slices.Compare(policyName(a), policyName(b)) })
	for _, id := range due {
		m.announceChannel(id)
	}
}

// announce signs this node's side of a channel, for who asks and for payers that got it
// wrong, and tells everybody: at once if others will hear it, else when they will
// (routing.MinRepeat). The first one of a run is repeated, because it may follow too soon on
// the last one of the run before.
func (m *Mediator) announce(g *node.Gauge) {
	if m.config.Attest == nil {
		return
	}
	m.working.Lock()
	own, before := m.known[g.ID], m.own[g.ID]
	policy := m.core.Policy(g.ID)
	m.working.Unlock()
	policy.Max = policy.Max.Min(g.Capacity)
	policy.Min = policy.Min.Min(policy.Max)
	policy.Disabled = policy.Disabled || !m.config.Payment.Mediate
	a := &protocol.AnnounceChannel{ID: g.ID, Side: g.Side, Node: m.self, Peer: own.peer, Time: m.now(), Policy: policy}
	if before != nil {
		a.Time = max(a.Time, before.Time+1)
	}
	if before != nil && before.Peer == own.peer {
		a.Attestation = before.Attestation
	} else {
		signature, err := m.config.Attest(g.ChainID, a.AttestBytes())
		if err != nil {
			m.config.Logger.Error("a channel is not announced", "channel", g.ID, "error", err)
			return
		}
		a.Attestation = signature
	}
	a.Sign(m.config.Key)
	m.working.Lock()
	m.own[g.ID] = a
	actions := m.gossip.Own(a, g.Capacity)
	told := m.told[g.ID]
	early := told != 0 && a.Time < told+routing.MinRepeat && before != nil && before.Disabled == a.Disabled
	if early || told == 0 {
		m.late[g.ID] = true
	}
	if early {
		actions = nil
	} else {
		m.told[g.ID] = a.Time
	}
	actions = append(actions, m.gossip.Own(m.announcement(), types.Uint128{})...)
	m.working.Unlock()
	m.act(actions)
}
