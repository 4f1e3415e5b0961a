package chain

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	keysPerQuery = 64  // as the chain takes
	pageLimit    = 200 // as the chain gives
	maxPages     = 500 // of one query
)

// reconcile compares the state of watched channels with the events that were told, and tells
// what they left out. Every usable endpoint must have the same state.
func (f *Follower) reconcile(ctx context.Context, s sight, news *News) error {
	at := s.common - 1 // the state of a block may be there a moment after its header
	keys, generation := f.watched.keys()
	grown := f.watched.grown()
	since := f.since
	if grown {
		since = 1 // a new key may have old channels
	}
	if at < 1 || at < since && !f.fresh {
		return nil
	}
	var all []types.Change
	for first := 0; first < len(keys); first += keysPerQuery {
		part := keys[first:min(first+keysPerQuery, len(keys))]
		changes, err := f.changes(ctx, s.usable[0], part, since, at)
		if err != nil {
			return err
		}
		for _, other := range s.usable[1:] {
			theirs, err := f.changes(ctx, other, part, since, at)
			if err != nil {
				return err
			}
			if !bytes.Equal(encode(changes), encode(theirs)) {
				return fmt.Errorf("%s: %w: the channels at height %d differ at %s and %s", f.chain.ID(), ErrContradiction, at, s.usable[0].url, other.url)
			}
		}
		all = append(all, changes...)
	}
	if f.fresh || grown {
		f.watched.completeTo(f.next - 1)
		news.Gap = f.fresh
	}
	for i := range all {
		change := &all[i]
		if change.Height >= f.next && !f.fresh && !grown {
			continue // its block comes
		}
		if f.watched.learns(change, at) {
			news.Events = append(news.Events, Event{Height: change.Height, Message: change})
			news.Gap = news.Gap || !grown
		}
	}
	switch {
	case f.fresh:
		f.next = at + 1
	case grown:
		f.next = min(f.next, at+1)
	}
	f.since = min(at, f.next-1) + 1
	f.fresh, f.doubt, f.reconciled = false, false, f.chain.cfg.Now()
	f.watched.settled(generation, f.since)
	return nil
}

func (f *Follower) changes(ctx context.Context, e *endpoint, keys []types.ChannelKey, since, at int64) ([]types.Change, error) {
	req := &types.QueryChangesRequest{Since: since, Limit: pageLimit}
	for _, k := range keys {
		req.Keys = append(req.Keys, hex.EncodeToString(k.Key))
	}
	var all []types.Change
	ctx = client.AtHeight(ctx, at)
	for range maxPages {
		r, err := types.NewQueryClient(e.client).Changes(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.url, err)
		}
		all = append(all, r.Changes...)
		if len(r.Cursor) == 0 {
			return all, nil
		}
		req.Cursor = r.Cursor
	}
	return nil, fmt.Errorf("%s: changes since %d: more than %d pages", e.url, since, maxPages)
}

func encode(changes []types.Change) []byte {
	r := types.QueryChangesResponse{Changes: changes}
	bz, err := r.Marshal()
	if err != nil {
		return nil // generated code that writes to memory does not fail
	}
	return bz
}

// stateRetries is how often the state of the newest block is asked for: it is there a moment
// after the header.
const (
	stateRetries = 4
	statePause   = 50 * time.Millisecond
)

// tick is the channel clock at the end of a block, whose header has the time.
type tick struct {
	height int64
	clock  uint64
	time   time.Time
}

// maxTicks are kept for blocks whose events are still waited for.
const maxTicks = 64

// tick asks for the channel clock at the head. It cannot fall, nor run faster than the time in
// the headers.
func (f *Follower) tick(ctx context.Context, s sight) error {
	var last tick
	if n := len(f.ticks); n > 0 {
		last = f.ticks[n-1]
	}
	if last.height >= s.head.Height {
		return nil
	}
	var r *types.QueryClockResponse
	for try := 1; ; try++ {
		var err error
		if r, err = types.NewQueryClient(s.usable[0].client).Clock(client.AtHeight(ctx, s.head.Height), &types.QueryClockRequest{}); err == nil {
			break
		}
		if try == stateRetries {
			return fmt.Errorf("%s: %w", s.usable[0].url, err)
		}
		if err := sleep(ctx, statePause); err != nil {
			return err
		}
	}
	if last.height > 0 {
		most := last.clock + uint64(max(0, s.head.Time.Sub(last.time)).Seconds()) + 1
		if r.Clock < last.clock || r.Clock > most {
			return fmt.Errorf("%s: %w: the channel clock went from %d to %d, at most %d is possible", s.usable[0].url, ErrContradiction, last.clock, r.Clock, most)
		}
	}
	f.ticks = append(f.ticks[max(0, len(f.ticks)+1-maxTicks):], tick{s.head.Height, r.Clock, s.head.Time})
	return nil
}

// ticked returns the newest tick whose block is told, else the oldest that is kept; nil before the first.
func (f *Follower) ticked(height int64) *tick {
	for i := len(f.ticks) - 1; i >= 0; i-- {
		if f.ticks[i].height <= height {
			return &f.ticks[i]
		}
	}
	if len(f.ticks) == 0 {
		return nil
	}
	return &f.ticks[0]
}
