package relayer

import "time"

// eager is how often a node is asked when its next block is due.
const eager = 25 * time.Millisecond

// rhythm guesses when a chain's next block comes, so that it is noticed at once without asking all
// the time.
type rhythm struct {
	last  time.Time     // when the newest block was seen
	block time.Duration // between blocks, a moving average; 0 is unknown
}

// beat notes that so many new blocks were seen.
func (r *rhythm) beat(now time.Time, blocks int64) {
	if !r.last.IsZero() && blocks > 0 {
		took := now.Sub(r.last) / time.Duration(blocks)
		if r.block == 0 {
			r.block = took
		}
		r.block += (took - r.block) / 4
	}
	r.last = now
}

// pause is how long to wait before asking again, at most every.
func (r *rhythm) pause(now time.Time, every time.Duration) time.Duration {
	if r.block == 0 {
		return every
	}
	since := now.Sub(r.last)
	switch {
	case since > 2*r.block: // the chain has stopped, or is slower than it was
		return every
	case since > r.block*9/10:
		return min(eager, every)
	}
	return min(max(r.block*9/10-since, eager), every)
}
