package machine

import (
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Config of a channel machine. Times are seconds; those that are compared with the
// channel clock say so. Every bound says what goes wrong when it is too large.
type Config struct {
	// WindowBatches bounds batches that are signed and not acknowledged. Default 64, 1 to
	// 1,024. Each costs 300 bytes in every persisted state.
	WindowBatches uint32
	// WindowBytes bounds the entries of those batches. Default 32 MiB, 1 MiB to 1 GiB.
	// Above it SendBatch returns ErrWindow: back-pressure. Larger costs memory, and
	// payments that the peer may never have got.
	WindowBytes uint64

	// ReturnTime is how long it may take to get back to the chain. Default: half of the
	// channel's challenge (0). Payments are made and taken only while
	// now + ReturnTime + 420 < synced + challenge. Too small, and the peer can close while
	// the node is out of reach and win with an old proof.
	ReturnTime uint64
	// StaleAfter is the age of the newest header, by its time, from which on the view of the
	// chain counts as stale: no new locks. Default 120, 10 to 3,600.
	StaleAfter uint64

	// MaxSlots bounds the peer's pending locks. Default 30, 0 to 256. More let a peer jam
	// the channel and make a dispute dearer (3,400 gas a lock).
	MaxSlots uint32
	// Dust is the least amount of a lock that is taken. Default 1. Locks below twice the
	// fee of registering a secret are not worth a dispute.
	Dust types.Uint128
	// MinLockTime is the least time (channel clock) that a new lock must have left when it is
	// taken. Default 420, 60 to 86,400. Too short, and a secret cannot be registered in time.
	MinLockTime uint64
	// LockSlack is kept off the longest lifetime when sending (challenge − 420 − slack),
	// because the peer's view of the clock may be behind. Default 60, 0 to 600.
	LockSlack uint64
	// RegisterBefore is how long before a received lock's expiry (channel clock) a known
	// secret goes on chain if the peer did not resolve the lock. Default 300, 30 to 86,400.
	// Too short, and a full block makes it late.
	RegisterBefore uint64
	// ExpiryMargin is how long after its expiry (channel clock) an own lock is dropped from
	// the next batch, so that the peer has seen that block too. Default 30, 0 to 3,600.
	ExpiryMargin uint64

	// AgreementTime is how long an agreement that is drafted is valid (channel clock).
	// Default 600, 60 to 3,600. After signing the channel is silent for so long if the
	// transaction does not come.
	AgreementTime uint64
	// CloseTime is how long a close authorisation is valid (channel clock). Default 600, 60
	// to 600.
	CloseTime uint64
	// QuietTime bounds the silence for an agreement that is not signed. Default 30, 1 to 600
	// (seconds of now).
	QuietTime uint64
	// Resubmit is how long to wait for a transaction before it is submitted again (channel
	// clock). Default 60, 10 to 600.
	Resubmit uint64

	// ConsentClose lets the node sign cooperative closes whose figures are right. Default
	// true. Off, the peer can still close alone.
	ConsentClose bool
	// ConsentWithdraw lets the node sign withdraws whose figures are right and that take
	// nothing out of its own balance. Default true.
	ConsentWithdraw bool
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		WindowBatches: 64, WindowBytes: 32 << 20,
		StaleAfter: 120,
		MaxSlots:   30, Dust: types.NewUint128(1), MinLockTime: 420, LockSlack: 60, RegisterBefore: 300, ExpiryMargin: 30,
		AgreementTime: 600, CloseTime: types.MaxCloseValidity, QuietTime: 30, Resubmit: 60,
		ConsentClose: true, ConsentWithdraw: true,
	}
}

// Validate checks each bound; ErrConfig names the field, its value and the bounds.
func (c Config) Validate() error {
	for _, f := range []struct {
		name            string
		value, min, max uint64
	}{
		{"window_batches", uint64(c.WindowBatches), 1, 1_024},
		{"window_bytes", c.WindowBytes, 1 << 20, 1 << 30},
		{"return_time", c.ReturnTime, 0, 60 * 86_400},
		{"stale_after", c.StaleAfter, 10, 3_600},
		{"max_slots", uint64(c.MaxSlots), 0, types.MaxLocks},
		{"min_lock_time", c.MinLockTime, 60, 86_400},
		{"lock_slack", c.LockSlack, 0, 600},
		{"register_before", c.RegisterBefore, 30, 86_400},
		{"expiry_margin", c.ExpiryMargin, 0, 3_600},
		{"agreement_time", c.AgreementTime, 60, types.MaxAgreementValidity},
		{"close_time", c.CloseTime, 60, types.MaxCloseValidity},
		{"quiet_time", c.QuietTime, 1, 600},
		{"resubmit", c.Resubmit, 10, 600},
	} {
		if f.value < f.min || f.value > f.max {
			return fmt.Errorf("%w: %s %d: must be %d to %d", ErrConfig, f.name, f.value, f.min, f.max)
		}
	}
	if c.MinLockTime < c.RegisterBefore {
		return fmt.Errorf("%w: min_lock_time %d: must be at least register_before %d", ErrConfig, c.MinLockTime, c.RegisterBefore)
	}
	return nil
}
