package payment

import "github.com/meshchain/meshchain/photon/protocol"

const (
	// firstWindow of own payments in flight over an edge of others: half of the usual slots,
	// which is what a mediator lets one peer have.
	firstWindow = 15
	// maxWindows bounds edges that are remembered.
	maxWindows = 4_096
)

// window bounds own payments in flight over an edge. A mediator refuses what is above its
// slots, which costs a lock for nothing; how many it has for this payer nobody says, so it is
// found out as TCP does: one more for each success until the first refusal, then half, then
// one more for each window of successes.
type window struct {
	size, flying, credit int
	slow                 bool
	shrunk               uint64
}

func (c *Core) window(e Edge) *window {
	w := c.windows[e]
	if w == nil {
		if len(c.windows) >= maxWindows {
			for known, w := range c.windows {
				if w.flying <= 0 {
					delete(c.windows, known)
				}
			}
		}
		w = &window{size: firstWindow}
		c.windows[e] = w
	}
	return w
}

// fits tells whether one more part may go over the edges of a part.
func (c *Core) fits(p *part) bool {
	for i := 1; i < len(p.route); i++ {
		if w := c.window(p.edge(i)); w.flying >= w.size {
			return false
		}
	}
	return true
}

// fly counts a part that is sent (1) or ended (-1).
func (c *Core) fly(p *part, by int) {
	for i := 1; i < len(p.route); i++ {
		c.window(p.edge(i)).flying += by
	}
}

// widen takes note of a success.
func (c *Core) widen(p *part) {
	for i := 1; i < len(p.route); i++ {
		w := c.window(p.edge(i))
		if w.credit++; !w.slow || w.credit >= w.size {
			w.credit = 0
			w.size++
		}
	}
}

// narrow takes note of a refusal for want of slots, once a second. It returns false if there
// was nothing to give up.
func (c *Core) narrow(e Edge, reason protocol.Reason) bool {
	w := c.window(e)
	if reason != protocol.ReasonSlots || w.size <= 1 {
		return false
	}
	if w.shrunk != c.now {
		w.size, w.slow, w.shrunk, w.credit = max(1, w.size/2), true, c.now, 0
	}
	return true
}
