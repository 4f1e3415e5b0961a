package node

import (
	"context"
	"sync"
)

// Stream of direct payments in one channel. Send may be called from one goroutine at a
// time, the other methods from any.
type Stream struct {
	outbox *outbox

	mu       sync.Mutex
	progress Progress
	changed  chan struct{} // closed and replaced when there is progress
	closed   bool
}

// Send hands in count entries (kinds 1 and 2) that fill a buffer, which it copies. It
// blocks while too much waits. An error names the first entry that is wrong, or says
// why the channel takes no payments; then none of the buffer is taken.
func (s *Stream) Send(ctx context.Context, entries []byte, count uint32) error {
	return s.outbox.add(ctx, s, entries, count)
}

// Progress as it is now.
func (s *Stream) Progress() Progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// Wait returns when more than after payments are acknowledged or the stream failed.
func (s *Stream) Wait(ctx context.Context, after uint64) (Progress, error) {
	for {
		s.mu.Lock()
		p, changed := s.progress, s.changed
		s.mu.Unlock()
		if p.Acknowledged > after || p.Err != nil {
			return p, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}

// Close gives the stream up: nobody waits for its acknowledgements any more. Payments
// that were accepted are made.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// update changes the progress and wakes who waits.
func (s *Stream) update(change func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.progress)
	close(s.changed)
	s.changed = make(chan struct{})
}
