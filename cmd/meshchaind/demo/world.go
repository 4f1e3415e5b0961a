package demo

import (
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// chain is one chain as the reconciliation sees it.
type chain struct {
	id     string
	before *snapshot
	after  *snapshot
	names  map[string]string // address to name, for people
}

func (c *chain) name(address string) string {
	if name, ok := c.names[address]; ok {
		return name
	}
	return address
}

// world is the chains and what joins them.
type world struct {
	chains []*chain
	links  []link
	traces traces
}

// hops is how far a coin may be from home: from one zone over the main chain to
// another.
const hops = 2

// explore learns the names of all vouchers that the native denoms can become.
func (w *world) explore() {
	type place struct{ chainID, denom string }
	var edge []place
	for _, c := range w.chains {
		for _, denom := range natives(c.before.supply) {
			edge = append(edge, place{c.id, denom})
		}
	}
	for range hops {
		var next []place
		for _, p := range edge {
			for _, l := range w.links {
				for i, from := range l {
					if to := l[1-i]; from.chainID == p.chainID {
						next = append(next, place{to.chainID, w.traces.arriving(from, to, p.denom)})
					}
				}
			}
		}
		edge = next
	}
}

// across returns both ends of the link that a channel of a chain belongs to, that
// end first.
func (w *world) across(chainID, channel string) (from, to end, err error) {
	for _, l := range w.links {
		for i, e := range l {
			if e.chainID == chainID && e.channel == channel {
				return e, l[1-i], nil
			}
		}
	}
	return end{}, end{}, fmt.Errorf("channel %q of %s is no link of this network", channel, chainID)
}

// arriving is a coin that a TransacKet carries, as the other chain holds it.
func (w *world) arriving(t *life) (to end, coin sdk.Coin, err error) {
	from, to, err := w.across(t.chain, t.channel)
	if err != nil {
		return end{}, sdk.Coin{}, err
	}
	return to, sdk.NewCoin(w.traces.arriving(from, to, t.payment.Denom), t.payment.Amount), nil
}

func (w *world) chain(id string) *chain {
	for _, c := range w.chains {
		if c.id == id {
			return c
		}
	}
	return nil
}

// isEscrow tells whether an address of a chain is the escrow account of a link.
func (w *world) isEscrow(chainID, address string) bool {
	for _, l := range w.links {
		for _, e := range l {
			if e.chainID == chainID && e.escrow == address {
				return true
			}
		}
	}
	return false
}
