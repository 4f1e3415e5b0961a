package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cometbft/cometbft/light"
	cmttypes "github.com/cometbft/cometbft/types"
)

// trust verifies headers as a light client does: from a checkpoint, by the signatures of
// validators that the checkpoint vouches for (a third of its voting power, and two thirds of
// the new header's). It is safe for concurrent use.
type trust struct {
	chainID string
	period  time.Duration
	drift   time.Duration
	file    string
	log     *slog.Logger

	mu     sync.Mutex
	point  *checkpoint
	saved  time.Time
	failed bool // to write it down, the last time
}

// verify checks a header against the checkpoint. Without a checkpoint everything passes:
// the caller then compares endpoints.
func (t *trust) verify(ctx context.Context, e *endpoint, h *cmttypes.SignedHeader, now time.Time) error {
	point := t.current()
	if point == nil {
		return nil
	}
	trusted := point.header
	switch {
	case h.Height == trusted.Height:
		if string(h.Hash()) != string(trusted.Hash()) {
			return fmt.Errorf("%s: %w: header %d is %X, the checkpoint is %X", e.url, ErrUnverified, h.Height, h.Hash(), trusted.Hash())
		}
		return nil
	case h.Height < trusted.Height:
		return nil // older than what is known: it counts as lagging
	}
	set, err := t.setOf(ctx, e, point, h)
	if err != nil {
		return err
	}
	err = light.Verify(trusted, point.next, h, set, t.period, now, t.drift, light.DefaultTrustLevel)
	if errors.As(err, new(light.ErrOldHeaderExpired)) {
		return fmt.Errorf("%s: %w: the checkpoint at height %d is older than the trusting period of %s: give trust_height and trust_hash of a newer header", e.url, ErrUnverified, trusted.Height, t.period)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: header %d after checkpoint %d: %w", e.url, ErrUnverified, h.Height, trusted.Height, err)
	}
	return nil
}

// setOf returns the validators of a header; they seldom change.
func (t *trust) setOf(ctx context.Context, e *endpoint, point *checkpoint, h *cmttypes.SignedHeader) (*cmttypes.ValidatorSet, error) {
	if string(h.ValidatorsHash) == string(point.next.Hash()) {
		return point.next, nil
	}
	return e.validators(ctx, h.Height, h.ValidatorsHash)
}

func (t *trust) current() *checkpoint {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.point
}

// advance makes a verified header the checkpoint, and writes it down now and then, if the disk takes it.
func (t *trust) advance(ctx context.Context, e *endpoint, h *cmttypes.SignedHeader, now time.Time) error {
	old := t.current()
	if old != nil && h.Height <= old.header.Height {
		return nil
	}
	var next *cmttypes.ValidatorSet
	if old != nil && string(h.NextValidatorsHash) == string(old.next.Hash()) {
		next = old.next
	} else {
		var err error
		if next, err = e.validators(ctx, h.Height+1, h.NextValidatorsHash); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.point = &checkpoint{header: h, next: next}
	if t.file == "" || old != nil && now.Sub(t.saved) < DefaultCheckpointEvery {
		return nil
	}
	// On a full disk the file stays older than it could be, which makes the next start read more: no
	// reason to lose sight of the chain.
	t.saved = now
	err := t.point.save(t.file)
	if err != nil && !t.failed {
		t.log.Error("the checkpoint cannot be written: the next start trusts an older one", "chain", t.chainID, "error", err)
	}
	t.failed = err != nil
	return nil
}
