package relayer

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"cosmossdk.io/log"

	"github.com/meshchain/meshchain/client"
)

// Kinds of errors, as metrics and logs name them.
const (
	kindUnreachable = "unreachable"
	kindClientDead  = "client_dead"
	kindRefused     = "refused"
	kindNotIncluded = "not_included"
	kindUnknown     = "unknown_outcome"
	kindMalformed   = "malformed_event"
	kindNoBody      = "packet_not_indexed"
	kindClockSkew   = "clock_skew"
	kindOther       = "other"
)

func errorKind(err error) string {
	var refused *client.TxError
	var toURL *url.Error
	var network net.Error
	switch {
	case errors.Is(err, ErrClientDead):
		return kindClientDead
	case errors.As(err, &refused) && strings.Contains(refused.Log, "from the future"):
		return kindClockSkew
	case errors.As(err, &refused):
		return kindRefused
	case errors.Is(err, client.ErrNotIncluded):
		return kindNotIncluded
	case errors.Is(err, client.ErrUnknownOutcome):
		return kindUnknown
	case errors.As(err, &toURL), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return kindUnreachable
	}
	return kindOther
}

// isPruned tells whether a node says that it no longer has a block.
func isPruned(err error) bool {
	return err != nil && strings.Contains(err.Error(), "lowest height is")
}

const (
	minPause = 200 * time.Millisecond
	maxPause = 2 * time.Second
)

// backoff is how long to pause after so many failures in a row: doubling, up to a bound that keeps
// a chain that is back from being noticed late.
func backoff(failures int) time.Duration {
	if failures < 1 {
		return 0
	}
	return min(minPause<<min(failures-1, 10), maxPause)
}

// condition is the health of one activity. It logs when a failure begins, when its kind changes and
// when it ends, not every time.
type condition struct {
	log      log.Logger
	what     string
	kind     string
	since    time.Time
	failures int
}

// failed notes a failure and returns the pause before the next try.
func (c *condition) failed(err error) time.Duration {
	if c.failures == 0 {
		c.since = time.Now()
	}
	c.failures++
	if kind := errorKind(err); kind != c.kind {
		c.kind = kind
		c.log.Error(c.what+" fails, trying again", "kind", kind, "error", err)
	}
	return backoff(c.failures)
}

// ok notes a success and tells whether it ended a failure.
func (c *condition) ok() bool {
	if c.failures == 0 {
		return false
	}
	c.log.Info(c.what+" works again", "after", time.Since(c.since).Round(time.Millisecond).String(), "failures", c.failures)
	c.failures, c.kind = 0, ""
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
