package routing

import (
	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// avoid is how long an edge is not tried again with an amount that it did not carry, in
	// seconds; after that it costs more, less and less until forget.
	avoid = 1
	// forget is when a failure counts no more.
	forget = 3_600
	// penalty in millionths of the amount right after avoid.
	penalty = 100_000
	// maxMemory bounds edges that are remembered.
	maxMemory = 16_384
)

// outcome is what payments taught about an edge.
type outcome struct {
	// failed amount: more than that will not go either. At is when.
	failed   types.Uint128
	failedAt uint64
	// offline tells that the reason was not the amount, brief that it passes at once.
	offline, brief bool
	// carried amount, and when.
	carried   types.Uint128
	carriedAt uint64
}

// Memory of a payer: the graph says what channels can hold, payments say what they can
// carry in which direction. It is not safe for concurrent use.
type Memory struct{ edges map[payment.Edge]*outcome }

// NewMemory returns an empty memory.
func NewMemory() *Memory { return &Memory{edges: map[payment.Edge]*outcome{}} }

func (m *Memory) at(e payment.Edge) *outcome {
	o := m.edges[e]
	if o == nil {
		if len(m.edges) >= maxMemory {
			clear(m.edges) // an hour's worth; learning it again costs a few attempts
		}
		o = &outcome{}
		m.edges[e] = o
	}
	return o
}

func (m *Memory) succeeded(e payment.Edge, amount types.Uint128, now uint64) {
	o := m.at(e)
	o.carried, o.carriedAt = amount, now
	if o.failedAt != 0 && (o.offline || !amount.Less(o.failed)) {
		*o = outcome{carried: amount, carriedAt: now}
	}
}

func (m *Memory) failed(e payment.Edge, amount types.Uint128, reason protocol.Reason, now uint64) {
	o := m.at(e)
	o.failed, o.failedAt, o.offline, o.brief = amount, max(now, 1), true, reason == protocol.ReasonSlots
	switch reason {
	case protocol.ReasonFee, protocol.ReasonExpiry: // the update that came with it says better
		o.offline = false
	case protocol.ReasonCapacity, protocol.ReasonSlots:
		o.offline = false
		if o.carriedAt != 0 && !o.carried.Less(amount) {
			o.carriedAt = 0
		}
	}
}

// judge tells what is against an edge for an amount: it is to be avoided, because it is
// offline or too small, or it costs millionths more.
func (m *Memory) judge(e payment.Edge, amount types.Uint128, now uint64) (small, offline bool, cost uint32) {
	o := m.edges[e]
	if o == nil || o.failedAt == 0 || now >= o.failedAt+forget {
		return false, false, 0
	}
	if !o.offline && amount.Less(o.failed) {
		return false, false, 0
	}
	age := now - min(now, o.failedAt)
	if o.brief && age > 0 {
		return false, false, 0
	}
	if age >= avoid {
		return false, false, uint32(penalty * (forget - age) / (forget - avoid)) //nolint:gosec // at most penalty
	}
	return !o.offline, o.offline, 0
}
