package payment

import (
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Config of a Core. Times are seconds. Every bound says what goes wrong when it is too large.
type Config struct {
	// Self is the node.
	Self protocol.NodeID
	// Mediate tells whether the node forwards payments of others. Default true.
	Mediate bool
	// Policy of forwarding into channels that have none of their own. Default 0.01 %.
	Policy protocol.Policy
	// MaxHops of own payments. Default 3, 1 to protocol.MaxHops. More need channels whose
	// challenge is longer than the shortest.
	MaxHops int
	// MaxParts of one payment. Default 8, 1 to 32.
	MaxParts int
	// Attempts to send parts until a payment is given up. Default 20, 1 to 200.
	Attempts int
	// Timeout of a payment, from which on nothing is tried again. Default 60, 1 to 3,600.
	Timeout uint64
	// FinalDelta is the time that the last lock of own payments has. Default 480, 440 to 86,400:
	// the reveal period, and what the clock goes on until the lock is taken. With more, 3 hops
	// do not fit channels with the shortest challenge.
	FinalDelta uint64
	// MinFinal is the time that a lock to this node must have left. Default 420, 60 to 86,400.
	// Too short, and the secret cannot be registered in time.
	MinFinal uint64
	// HoldParts is how long the target waits for all parts. Default 60, 1 to 600. Longer jams
	// the channels of others.
	HoldParts uint64
	// QueueTime is how long a lock may wait for its batch. Default 10, 1 to 60.
	QueueTime uint64
	// Slots of own locks per channel while the peer announces none. Default 30, 1 to 256. What is
	// above the slots that the peer has comes back at once, unpaid.
	Slots int
	// Share of a channel's slots and capacity that the payments of one peer may take, in
	// percent. Default 50, 1 to 100. At 100 one peer can jam a channel for all others.
	Share int
	// HoldGrace is how long a payment may be pending at no cost, HoldBudget the lock-seconds
	// beyond it that a peer may use up, HoldRefill the lock-seconds that come back each minute.
	// Defaults 10, 3,600 and 60. A peer without budget is refused (ReasonSlots).
	HoldGrace, HoldBudget, HoldRefill uint64
	// SessionPackets and SessionAge bound the use of one session with a node. Defaults 256 and
	// 60. With 1, no node can tell that two payments come from the same payer, and each packet
	// costs 0.1 ms more.
	SessionPackets int
	SessionAge     uint64
	// Rates of swaps by pair of domains; none are quoted for others.
	Rates map[Pair]Rate
	// QuoteLife is how long a quote holds. Default 20, 1 to 30. Longer is a free option on the rate.
	QuoteLife uint64
	// HeaderLag is how far a chain's newest header may be off now for a swap. Default 30, 1 to 30.
	HeaderLag uint64
	// MaxQuotes and MaxRequests bound what is open. Defaults 1,024 and 65,536.
	MaxQuotes, MaxRequests int
}

// Pair of domains, of which the node takes the first and pays the second.
type Pair struct{ In, Out types.Hash }

// Rate of a swap: for Out units paid, In units are taken, and the policy's fee on top.
type Rate struct {
	In, Out uint64
	// Max amount paid in one swap; zero for no limit.
	Max types.Uint128
}

// CrossDelta is how much longer, in wall time, the incoming lock of a swap between chains
// must live than the outgoing one, in seconds: a halt of the outgoing chain for so long
// harms nobody.
const CrossDelta = 3_600

// ErrConfig says that a setting is out of bounds.
var ErrConfig = errors.New("invalid configuration of payments")

// DefaultPolicy is 0.01 % without base fee, for amounts of any size.
func DefaultPolicy() protocol.Policy {
	return protocol.Policy{FeeRate: 100, Min: types.NewUint128(1), Max: types.MaxUint128, Delta: types.RevealPeriod, Slots: 30}
}

// DefaultConfig returns the defaults.
func DefaultConfig(self protocol.NodeID) Config {
	return Config{
		Self: self, Mediate: true, Policy: DefaultPolicy(), MaxHops: 3, MaxParts: 8, Attempts: 20, Timeout: 60,
		FinalDelta: 480, MinFinal: 420, HoldParts: 60, QueueTime: 10, Slots: 30, Share: 50,
		HoldGrace: 10, HoldBudget: 3_600, HoldRefill: 60, SessionPackets: 256, SessionAge: 60,
		QuoteLife: 20, HeaderLag: 30, MaxQuotes: 1_024, MaxRequests: 65_536,
	}
}

// Validate checks each bound; ErrConfig names the field, its value and the bounds.
func (c *Config) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max uint64
	}{
		{"max_hops", uint64(c.MaxHops), 1, protocol.MaxHops}, //nolint:gosec // checked to be positive by the bounds
		{"max_parts", uint64(c.MaxParts), 1, 32},             //nolint:gosec // as above
		{"attempts", uint64(c.Attempts), 1, 200},             //nolint:gosec // as above
		{"timeout", c.Timeout, 1, 3_600},
		{"final_delta", c.FinalDelta, 440, 86_400},
		{"min_final", c.MinFinal, 60, 86_400},
		{"hold_parts", c.HoldParts, 1, 600},
		{"queue_time", c.QueueTime, 1, 60},
		{"slots", uint64(c.Slots), 1, types.MaxLocks}, //nolint:gosec // as above
		{"share", uint64(c.Share), 1, 100},            //nolint:gosec // as above
		{"hold_grace", c.HoldGrace, 1, 600},
		{"hold_budget", c.HoldBudget, 1, 1 << 32},
		{"hold_refill", c.HoldRefill, 0, 1 << 32},
		{"session_packets", uint64(c.SessionPackets), 1, 1 << 20}, //nolint:gosec // as above
		{"session_age", c.SessionAge, 1, 3_600},
		{"quote_life", c.QuoteLife, 1, protocol.MaxQuoteLife},
		{"header_lag", c.HeaderLag, 1, 30},
		{"max_quotes", uint64(c.MaxQuotes), 1, 1 << 20},     //nolint:gosec // as above
		{"max_requests", uint64(c.MaxRequests), 1, 1 << 24}, //nolint:gosec // as above
	} {
		if f.value < f.min || f.value > f.max {
			return fmt.Errorf("%w: %s %d: must be %d to %d", ErrConfig, f.name, f.value, f.min, f.max)
		}
	}
	if c.Policy.Delta < types.RevealPeriod {
		return fmt.Errorf("%w: delta %d: must be at least %d, the time that a secret needs from one channel to the next", ErrConfig, c.Policy.Delta, types.RevealPeriod)
	}
	if c.Policy.Min.IsZero() || c.Policy.Max.Less(c.Policy.Min) {
		return fmt.Errorf("%w: amounts of %s to %s: must be at least 1, and rise", ErrConfig, c.Policy.Min, c.Policy.Max)
	}
	if c.Policy.FeeRate > protocol.MaxFeeRate {
		return fmt.Errorf("%w: fee rate %d: must be at most %d", ErrConfig, c.Policy.FeeRate, protocol.MaxFeeRate)
	}
	return nil
}
