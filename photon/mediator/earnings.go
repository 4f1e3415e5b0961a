package mediator

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Earning is what went through a channel for others.
type Earning struct {
	Channel protocol.ChannelID
	// PaymentsIn came in by it with AmountIn, PaymentsOut went out by it with AmountOut.
	PaymentsIn, PaymentsOut uint64
	AmountIn, AmountOut     types.Uint128
	// Earned by what went out by it that had come in by one of the same domain: the fees.
	Earned types.Uint128
	// changed since it was kept.
	changed bool
}

// earn counts a forwarded payment. It is kept within a second: a crash forgets what was
// counted since, of the statistics, not of the coins.
func (m *Mediator) earn(f *payment.Forwarded) {
	m.working.Lock()
	defer m.working.Unlock()
	in, out := m.earning(f.In), m.earning(f.Out)
	in.PaymentsIn++
	in.AmountIn, _ = in.AmountIn.Add(f.AmountIn)
	out.PaymentsOut++
	out.AmountOut, _ = out.AmountOut.Add(f.AmountOut)
	if fee, ok := f.AmountIn.Sub(f.AmountOut); ok && f.In.Domain == f.Out.Domain {
		out.Earned, _ = out.Earned.Add(fee)
	}
	in.changed, out.changed = true, true
}

func (m *Mediator) earning(id protocol.ChannelID) *Earning {
	e := m.earned[id]
	if e == nil {
		e = &Earning{Channel: id}
		m.earned[id] = e
	}
	return e
}

// Earnings of all channels that this node has and that had any, in a fixed order.
func (m *Mediator) Earnings() []Earning {
	m.working.Lock()
	defer m.working.Unlock()
	out := make([]Earning, 0, len(m.earned))
	for _, e := range m.earned {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b Earning) int {
		return cmp.Or(slices.Compare(a.Channel.Domain[:], b.Channel.Domain[:]), cmp.Compare(a.Channel.Channel, b.Channel.Channel))
	})
	return out
}

// saveEarnings keeps what changed.
func (m *Mediator) saveEarnings() {
	var changed []Earning
	m.working.Lock()
	for _, e := range m.earned {
		if e.changed {
			e.changed = false
			changed = append(changed, *e)
		}
	}
	m.working.Unlock()
	for i := range changed {
		e := &changed[i]
		value := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, e.PaymentsIn), e.PaymentsOut)
		m.node.Keep(earnedName(e.Channel), e.Earned.AppendTo(e.AmountOut.AppendTo(e.AmountIn.AppendTo(value))))
	}
}

// loadEarning reads payments in 8 | out 8 | amount in 16 | out 16 | earned 16.
func (m *Mediator) loadEarning(name, value []byte) {
	if len(name) != 41 || len(value) != 16+3*types.Uint128Length {
		return
	}
	id := protocol.ChannelID{Domain: types.Hash(name[1:33]), Channel: binary.BigEndian.Uint64(name[33:])}
	m.earned[id] = &Earning{
		Channel: id, PaymentsIn: binary.BigEndian.Uint64(value), PaymentsOut: binary.BigEndian.Uint64(value[8:]),
		AmountIn: types.Uint128FromBytes(value[16:]), AmountOut: types.Uint128FromBytes(value[32:]), Earned: types.Uint128FromBytes(value[48:]),
	}
}

func earnedName(id protocol.ChannelID) []byte {
	return binary.BigEndian.AppendUint64(append([]byte{keptEarned}, id.Domain[:]...), id.Channel)
}
