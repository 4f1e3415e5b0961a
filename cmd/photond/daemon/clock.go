package daemon

import (
	"sync"
	"time"
)

// clock is the trusted time: the machine's, but never before what a verified header or the last run
// of this program has seen. A board without a battery starts in 1970; payments without a chain in
// reach would then believe that no time has passed.
type clock struct {
	machine func() time.Time // the machine's clock
	mu      sync.Mutex
	floor   time.Time // with the monotonic reading of when it was learned
	since   time.Time
}

// learn says that it is at least t.
func (c *clock) learn(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.nowLocked()) {
		c.floor, c.since = t, time.Now()
	}
}

// now is the time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clock) nowLocked() time.Time {
	now := c.machine()
	if floor := c.floor.Add(time.Since(c.since)); !c.floor.IsZero() && floor.After(now) {
		return floor
	}
	return now
}
