package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Mediator forwards payments: an incoming lock is answered by an outgoing one under the
// same hash, in another channel, perhaps on another chain. It is pure like State and
// holds all transfers that are not decided.
//
// Why nobody who mediates loses. (1) A transfer is durable before the outgoing lock is
// signed. (2) The outgoing lock expires so much earlier that a secret which comes in the
// last moment can still be put on record for the incoming one. (3) A secret is durable
// in the incoming channel before the outgoing lock is paid (event Pay). (4) The incoming
// lock is given up only when the outgoing one is void for certain: never signed, disposed
// of by the signature of its receiver, or expired by its chain's clock without a secret
// on record.
type Mediator struct {
	Config MediatorConfig
	// Transfers in the order in which they began, at most Config.MaxTransfers.
	Transfers []Transfer
}

// MediatorConfig bounds what a mediator takes on.
type MediatorConfig struct {
	// MaxTransfers at a time. Default 4,096, 1 to 65,536.
	MaxTransfers int
	// MaxPerChannel pending from one incoming channel. Default 30, 1 to 256. More let one peer
	// jam all of the node's channels.
	MaxPerChannel int
	// MaxHold is the longest life of an outgoing lock in seconds. Default 7,200, 420 to
	// 2,592,000. Longer lets a payment that never ends hold the node's coins.
	MaxHold uint64
	// MinHold is the shortest life of an outgoing lock in seconds. Default 480, 60 to 86,400.
	MinHold uint64
	// Margin between outgoing and incoming expiry on one chain. Default 420 (reveal), at
	// least 120: time to see a secret on chain and to put it on record.
	Margin uint64
	// SwapMargin between chains. Default 3,600, at least 600. The chain of the outgoing lock
	// may halt for so long without harm.
	SwapMargin uint64
	// MaxHeaderAge is how far a header's time may be off for a swap. Default 30, 1 to 120.
	MaxHeaderAge uint64
	// FeeBase and FeePPM (millionths of the outgoing amount) are the least fee within one
	// denom. Default 0 and 100 (0.01 %).
	FeeBase types.Uint128
	FeePPM  uint32
}

// MaxQuoteLife is how long a quote for a swap may live, in seconds.
const MaxQuoteLife = 30

// DefaultMediatorConfig returns the defaults.
func DefaultMediatorConfig() MediatorConfig {
	return MediatorConfig{
		MaxTransfers: 4_096, MaxPerChannel: 30, MaxHold: 7_200, MinHold: 480, Margin: types.RevealPeriod, SwapMargin: 3_600, MaxHeaderAge: 30, FeePPM: 100,
	}
}

// Validate checks each bound.
func (c MediatorConfig) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max uint64
	}{
		{"max_transfers", uint64(max(c.MaxTransfers, 0)), 1, 65_536},
		{"max_per_channel", uint64(max(c.MaxPerChannel, 0)), 1, types.MaxLocks},
		{"max_hold", c.MaxHold, types.RevealPeriod, 30 * 86_400},
		{"min_hold", c.MinHold, 60, 86_400},
		{"margin", c.Margin, 120, 86_400},
		{"swap_margin", c.SwapMargin, 600, 7 * 86_400},
		{"max_header_age", c.MaxHeaderAge, 1, 120},
		{"fee_ppm", uint64(c.FeePPM), 0, 1_000_000},
	} {
		if f.value < f.min || f.value > f.max {
			return fmt.Errorf("%w: mediator: %s %d: must be %d to %d", ErrConfig, f.name, f.value, f.min, f.max)
		}
	}
	return nil
}

// Stage of a transfer.
type Stage uint8

// Stages.
const (
	// StageSending: durable; the outgoing lock is being signed.
	StageSending Stage = iota + 1
	// StagePending: the outgoing lock is signed.
	StagePending
	// StagePaid: the secret is known and on its way back.
	StagePaid
	// StageVoid: the outgoing lock is void; the incoming one is being given up.
	StageVoid
)

// Leg is one side of a transfer.
type Leg struct {
	Channel protocol.ChannelID
	Epoch   uint64
	// LockID is 0 while the outgoing lock is not signed.
	LockID uint64
	Amount types.Uint128
	Expiry uint64
}

// Transfer is a payment on its way through this node.
type Transfer struct {
	Hash    types.Hash
	In, Out Leg
	Stage   Stage
	// Secret in StagePaid.
	Secret [types.SecretLength]byte
	// Reason in StageVoid, with what the payer is told.
	Reason  protocol.Reason
	Failure []byte
}

// OutPaymentID is the payment id of the outgoing lock: it follows from the incoming
// one, so that after a crash the lock is found again, or known not to be signed.
func (t *Transfer) OutPaymentID() (id [16]byte) {
	b := append([]byte("mesh/hop/v1"), t.In.Channel.Domain[:]...)
	b = binary.BigEndian.AppendUint64(b, t.In.Channel.Channel)
	b = binary.BigEndian.AppendUint64(b, t.In.Epoch)
	hash := sha256.Sum256(binary.BigEndian.AppendUint64(b, t.In.LockID))
	copy(id[:], hash[:])
	return id
}

// Step is what a mediator asks the node for. Like effects, steps are carried out in
// order, and what was to be persisted is on disk before what follows.
type Step interface{ mediation() }

// Keep makes a transfer durable as it is, under the key (In.Channel, In.Epoch,
// In.LockID).
type Keep struct{ Transfer Transfer }

// Drop deletes a transfer that is decided.
type Drop struct{ Transfer Transfer }

// AddLock signs the outgoing lock with the next batch; then Signed or Failed is called.
type AddLock struct {
	Transfer Transfer
	// Op has no lock id yet.
	Op     protocol.Op
	Packet []byte
}

// RevealIn reveals the secret in the incoming channel (event Reveal), durably.
type RevealIn struct{ Transfer Transfer }

// PayOut pays the outgoing lock (event Pay), after RevealIn is durable.
type PayOut struct{ Transfer Transfer }

// DisposeIn gives up the incoming lock (event Dispose). The node tries again until it
// is done, and then calls Gone.
type DisposeIn struct{ Transfer Transfer }

func (Keep) mediation()      {}
func (Drop) mediation()      {}
func (AddLock) mediation()   {}
func (RevealIn) mediation()  {}
func (PayOut) mediation()    {}
func (DisposeIn) mediation() {}

// Clock is what a mediator knows of a channel's chain.
type Clock struct {
	View View
	// Now is the node's trusted time.
	Now Now
}

// fresh tells whether the newest header is at most age seconds off.
func (c Clock) fresh(age uint64) bool {
	now := uint64(c.Now)
	return now != 0 && c.View.Time+age >= now && now+age >= c.View.Time
}

// left is the time until an expiry.
func (c Clock) left(expiry uint64) uint64 {
	if expiry <= c.View.Clock {
		return 0
	}
	return expiry - c.View.Clock
}

// Quote is a rate that this node gave for a swap.
type Quote struct {
	// Out = In × Num / Den, at least.
	Num, Den types.Uint128
	// ValidUntil in Unix seconds of the node's time.
	ValidUntil Now
	// GivenAt in Unix seconds.
	GivenAt Now
}

// Forward asks to forward an incoming lock.
type Forward struct {
	In Leg
	// Hash of the incoming lock.
	Hash types.Hash
	// Out has no lock id.
	Out Leg
	// InClock and OutClock of the two chains.
	InClock, OutClock Clock
	// Quote for a swap; nil within one denom of one chain.
	Quote *Quote
	// Packet for the next hop.
	Packet []byte
}
