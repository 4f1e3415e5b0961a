package payment

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// A way that somebody else found ends at the target and at its key, or is not taken: who finds ways must
// not be able to put itself at their end.
func TestCheckHint(t *testing.T) {
	target, key := protocol.NodeID{9}, [32]byte{7}
	hop := func(to protocol.NodeID, key [32]byte) protocol.RouteHop {
		return protocol.RouteHop{ID: left, To: to, PacketKey: key, Policy: DefaultPolicy()}
	}
	good := Route{hop(protocol.NodeID{1}, [32]byte{1}), hop(target, key)}
	require.NoError(t, CheckHint(Hint{Route: good}, target, key, left.Domain))
	for what, change := range map[string]func(Route) Route{
		"no hop":        func(Route) Route { return nil },
		"another end":   func(r Route) Route { r[1].To = protocol.NodeID{8}; return r },
		"another key":   func(r Route) Route { r[1].PacketKey = [32]byte{8}; return r },
		"on the way":    func(r Route) Route { return r[:1] },
		"domain":        func(r Route) Route { r[0].ID.Domain = types.Hash{99}; return r },
		"fee":           func(r Route) Route { r[1].FeeRate = protocol.MaxFeeRate + 1; return r },
		"too little":    func(r Route) Route { r[1].Delta = types.RevealPeriod - 1; return r },
		"too much time": func(r Route) Route { r[1].Delta = maxHintDelta + 1; return r },
		"too long": func(r Route) Route {
			for len(r) <= protocol.MaxHops {
				r = append(Route{r[0]}, r...)
			}
			return r
		},
	} {
		err := CheckHint(Hint{Route: change(append(Route(nil), good...))}, target, key, left.Domain)
		require.ErrorIs(t, err, ErrNoRoute, what)
	}
}
