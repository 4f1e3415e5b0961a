package tower

import (
	"fmt"
	"sort"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Limits are amounts by denom. Without any there is no limit; with some, other denoms have none of it.
type Limits map[string]types.Uint128

// ParseLimits reads coins like 1000usmt,5farm.
func ParseLimits(text string) (Limits, error) {
	coins, err := sdk.ParseCoinsNormalized(text)
	if err != nil {
		return nil, fmt.Errorf("%q: must be coins like 1000usmt,5farm: %w", text, err)
	}
	out := Limits{}
	for _, c := range coins {
		if out[c.Denom], err = types.Uint128FromInt(c.Amount); err != nil {
			return nil, fmt.Errorf("%q: %s: %s", text, c.Denom, err.Error())
		}
	}
	return out, nil
}

// stake is what a watched channel is worth: all that was deposited in it. It is what a tower that fails may be blamed for.
type stake struct {
	denom string
	value types.Uint128
}

func stakeOf(ch *types.Channel) (out stake, err error) {
	out.denom = ch.Denom
	for _, p := range ch.Participants {
		var ok bool
		if out.value, ok = out.value.Add(p.Deposit); !ok {
			return out, fmt.Errorf("channel %d: the deposits do not fit 128 bits", ch.Id)
		}
	}
	return out, nil
}

// sumOf is what was promised to one client, or with no client to all, in a denom.
type sumOf struct{ client, denom string }

// afford tells whether the tower answers for a stake beside what it answers for already; the caller holds mu.
func (s *Server) afford(client string, at where, add stake) error {
	for _, limit := range []struct {
		of     string
		limits Limits
		what   string
	}{{"", s.cfg.MaxValue, "all channels"}, {client, s.cfg.MaxClientValue, "your channels"}} {
		if len(limit.limits) == 0 {
			continue
		}
		most, ok := limit.limits[add.denom]
		if !ok {
			return fmt.Errorf("denom %s: this tower answers for no channels in it", add.denom)
		}
		have := s.sums[sumOf{limit.of, add.denom}]
		if before := s.watched[at]; before != nil && (limit.of == "" || before.client == client) && before.stake.denom == add.denom {
			have, _ = have.Sub(before.stake.value)
		}
		if total, ok := have.Add(add.value); !ok || most.Less(total) {
			return fmt.Errorf("deposits of %s%s: this tower answers for %s of %s already, and for %s at most", add.value, add.denom, have, limit.what, most)
		}
	}
	return nil
}

// admit tells what a channel counts for. One that is watched stays so, in its epoch, for what it was admitted
// with: anybody may raise its deposits, and nobody shall so keep newer states of it from the tower. The caller
// holds mu.
func (s *Server) admit(client string, at where, place types.Place, now stake) (stake, error) {
	err := s.afford(client, at, now)
	if before := s.watched[at]; err != nil && before != nil && before.client == client && before.state.Place == place {
		return before.stake, nil
	}
	return now, err
}

// count adds a watched channel to the sums, or takes it off; the caller holds mu.
func (s *Server) count(w *watch, off bool) {
	for _, of := range []sumOf{{"", w.stake.denom}, {w.client, w.stake.denom}} {
		sum := s.sums[of]
		if off {
			sum, _ = sum.Sub(w.stake.value)
		} else {
			sum, _ = sum.Add(w.stake.value)
		}
		if s.sums[of] = sum; sum.IsZero() {
			delete(s.sums, of)
		}
	}
}

// cover is what is known of a channel that no tower covers.
type cover struct {
	since time.Time
	text  string
	told  bool
}

// checkCover looks for channels above the sum from which the owner wants to be warned that no tower has signed for in
// their epoch; the caller holds mu.
func (c *Client) checkCover(channels []node.Channel) {
	if len(c.cfg.WarnAbove) == 0 {
		return
	}
	now := c.cfg.Now()
	bare := map[protocol.ChannelID]*cover{}
	for _, ch := range channels {
		state := ch.State
		id, own := state.Channel.ID(), worth(state)
		above, ok := c.cfg.WarnAbove[state.Channel.Denom]
		if !ok || !above.Less(own) || state.Phase == machine.PhaseEnded || c.covered(id, state.Channel.Place) {
			continue
		}
		b := c.bare[id]
		if b == nil {
			b = &cover{since: now}
		}
		b.text = fmt.Sprintf("no watchtower covers channel %s/%d, where %s%s are yours", ch.ChainID, state.Channel.Place.Channel, own, state.Channel.Denom)
		if !b.told && now.Sub(b.since) >= c.cfg.WarnAfter {
			b.told = true
			c.cfg.Logger.Warn(b.text)
		}
		bare[id] = b
	}
	for id, b := range c.bare {
		if bare[id] == nil && b.told {
			c.cfg.Logger.Info("a channel that no watchtower covered is covered, or over", "channel", id)
		}
	}
	c.bare = bare
}

// covered tells whether a tower has signed for a state of this epoch.
func (c *Client) covered(id protocol.ChannelID, place types.Place) bool {
	for _, t := range c.towers {
		if h := t.channels[id]; t.Lied == "" && h != nil && h.signed && h.place == place {
			return true
		}
	}
	return false
}

// worth is what a channel would pay this node if it ended now.
func worth(s *machine.State) types.Uint128 {
	own, _ := s.Channel.Deposit[s.Side].Add(s.Received.Newest.Transferred)
	own, ok := own.Sub(s.Sent.Newest.Transferred)
	if !ok {
		return types.Uint128{}
	}
	return own
}

// Warnings about channels that no tower covers.
func (c *Client) Warnings() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.bare {
		if b.told {
			out = append(out, b.text)
		}
	}
	sort.Strings(out)
	return out
}
