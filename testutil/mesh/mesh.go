// Package mesh runs a main chain and zones inside a test, linked by IBC as
// ibc-go's testing package does it: real light clients, proofs and packets, but
// no network and no consensus. Chains are fixtures, so they are deterministic
// and can be repeated by replicas.
//
//	m := mesh.New(t, []string{"farm"})
//	farm := m.Link("farm")
//	packet := m.Main.MustSend(alice, transfer)
//	farm.Relay(packet)
//	m.CheckInvariants()
package mesh

import (
	"testing"

	ibctesting "github.com/cosmos/ibc-go/v8/testing"

	"github.com/meshchain/meshchain/testutil/fixture"
)

// Mesh is a main chain and its zones.
type Mesh struct {
	t *testing.T

	// Coordinator keeps the chains' clocks together.
	Coordinator *ibctesting.Coordinator
	// Main is the main chain, Zones the zones by name.
	Main  *Chain
	Zones map[string]*Chain

	links map[string]*Link
}

// New starts a main chain and zones with those names, and opens a transfer
// channel from the main chain to each zone. Each chain has two validators and
// five accounts, of which the last one relays. Options are for all chains.
func New(t *testing.T, zones []string, opts ...fixture.Option) *Mesh {
	t.Helper()
	m := &Mesh{
		t:           t,
		Coordinator: &ibctesting.Coordinator{T: t, CurrentTime: fixture.Start, Chains: make(map[string]*ibctesting.TestChain)},
		Zones:       make(map[string]*Chain),
		links:       make(map[string]*Link),
	}
	m.Main = m.start(fixture.Main(), opts)
	for _, zone := range zones {
		m.Zones[zone] = m.start(fixture.Zone(zone), opts)
	}
	for _, zone := range zones {
		m.links[zone] = m.connect(m.Main, m.Zones[zone])
	}
	return m
}

// Link returns the channel between the main chain and that zone.
func (m *Mesh) Link(zone string) *Link { return m.links[zone] }

// CheckInvariants fails the test if an invariant of a chain is broken or tokens
// came or went on a channel.
func (m *Mesh) CheckInvariants() {
	m.t.Helper()
	m.Main.CheckInvariants()
	for zone, chain := range m.Zones {
		chain.CheckInvariants()
		m.links[zone].CheckConservation()
	}
}
