package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// maxReplay bounds how many blocks are read after an outage; older changes come from the state.
	maxReplay = 1000
	// blocksPerNews bounds how many blocks are handed over at once.
	blocksPerNews = 50
	maxPause      = 2 * time.Second
)

// News is what a follower tells.
type News struct {
	// Head that the view vouches for; zero while Err is set, but for ErrStale.
	Head Head
	// Height up to which Events are complete.
	Height int64
	// Clock is the channel clock at ClockHeight; 0 if it is not known yet.
	Clock       uint64
	ClockHeight int64
	// ClockTime is the time in the header of ClockHeight.
	ClockTime time.Time
	// Events in order, of channels that are watched; secrets of everybody.
	Events []Event
	// Alone tells that several endpoints are configured and only one of them could be asked: what it says of secrets
	// is to be confirmed by Chain.Secret.
	Alone bool
	// Gap: blocks were missed. The state of channels is complete all the same; secrets that
	// were registered meanwhile are to be asked for ([Chain.Secret]).
	Gap bool
	// Err is what is wrong with the view, or nil. It is told when it begins, changes or ends.
	Err error
}

// Follower tells what happens to the channels of some keys. Blocks are read one by one; what
// may have been missed, by an outage or by an endpoint that left it out, is found in the state,
// which is compared with the events again and again, at every endpoint.
type Follower struct {
	chain   *Chain
	watched *watched
	log     *slog.Logger

	next       int64 // block to read next
	since      int64 // height from which on the state is to be compared
	reconciled time.Time
	fresh      bool   // blocks were skipped: the state takes their place
	doubt      bool   // something failed: compare soon
	ticks      []tick // of the heads lately, the newest last
	lastErr    error
}

// Follow prepares to follow from the block after height on, 0 for the beginning. What changed
// before is told as the state of today.
func (c *Chain) Follow(height int64, logger *slog.Logger) *Follower {
	return &Follower{chain: c, watched: newWatched(), log: logger, next: height + 1, since: height + 1, fresh: height == 0}
}

// Watch adds a channel key. With an account, a channel counts only if the key stands beside this
// account: anybody can open a channel with a key that is not his. At most MaxWatched keys.
func (f *Follower) Watch(key types.ChannelKey, account string) error {
	return f.watched.add(key, account)
}

// Forget removes a key.
func (f *Follower) Forget(key types.ChannelKey) { f.watched.remove(key) }

// Run follows until ctx ends or tell fails. It calls tell from one goroutine.
func (f *Follower) Run(ctx context.Context, tell func(News) error) error {
	pause := time.Duration(0)
	for {
		if sleep(ctx, pause) != nil {
			return nil
		}
		news, err := f.poll(ctx)
		if ctx.Err() != nil {
			return nil
		}
		pause = f.chain.cfg.PollInterval
		if err != nil {
			f.doubt = f.doubt || !errors.Is(err, ErrStale)
			pause = min(2*pause, maxPause)
		}
		news.Err = err
		if f.changed(err) || len(news.Events) > 0 || news.Gap || err == nil {
			if err := tell(news); err != nil {
				return err
			}
		}
		if news.Height > 0 && news.Height < news.Head.Height {
			pause = 0
		}
	}
}

// changed notes the error and logs when it begins, becomes another one, or ends.
func (f *Follower) changed(err error) bool {
	kind := func(err error) error {
		for _, known := range []error{ErrContradiction, ErrStale, ErrClock, ErrWrongChain, ErrUnverified, ErrUnreachable} {
			if errors.Is(err, known) {
				return known
			}
		}
		return err
	}
	before, now := kind(f.lastErr), kind(err)
	f.lastErr = err
	if (before == nil) == (now == nil) && (now == nil || errors.Is(now, before) || now.Error() == before.Error()) {
		return false
	}
	if now == nil {
		f.log.Info("following the chain again", "chain", f.chain.ID())
	} else {
		f.log.Error("cannot follow the chain, trying again", "chain", f.chain.ID(), "error", err)
	}
	return true
}

func (f *Follower) poll(ctx context.Context) (News, error) {
	if err := f.chain.start(ctx); err != nil {
		return News{}, err
	}
	s, viewErr := f.chain.view.look(ctx)
	if viewErr != nil && (!errors.Is(viewErr, ErrStale) || len(s.usable) == 0) {
		return News{}, viewErr
	}
	news := News{Head: s.head, Alone: len(f.chain.view.endpoints) > 1 && len(s.usable) < 2}
	f.fresh = f.fresh || s.head.Height-f.next > maxReplay
	err := f.tick(ctx, s)
	if err == nil && (f.fresh || f.doubt || f.watched.grown() || f.chain.cfg.Now().Sub(f.reconciled) >= f.chain.cfg.Reconcile) {
		err = f.reconcile(ctx, s, &news)
	}
	if err == nil && !f.fresh {
		err = f.read(ctx, s, &news)
	}
	news.Height = f.next - 1
	if t := f.ticked(news.Height); t != nil {
		news.Clock, news.ClockHeight, news.ClockTime = t.clock, t.height, t.time
	}
	return news, errors.Join(err, viewErr)
}

// read takes the events out of the blocks up to the head.
func (f *Follower) read(ctx context.Context, s sight, news *News) error {
	for n := 0; f.next <= s.head.Height && n < blocksPerNews; n++ {
		raw, err := s.usable[0].events(ctx, f.next)
		switch {
		case err != nil && pruned(err):
			f.log.Info("blocks are pruned, taking the state instead", "chain", f.chain.ID(), "height", f.next, "newest", s.head.Height)
			f.fresh = true
			return nil
		case err != nil && tooEarly(err):
			return nil // the header is there before the results
		case err != nil:
			return err
		}
		events, err := decodeEvents(raw, f.next)
		if err != nil {
			return err
		}
		if ok, err := f.confirmed(ctx, s, events); err != nil || !ok {
			return err
		}
		for _, ev := range events {
			if f.watched.takes(ev) {
				news.Events = append(news.Events, ev)
			}
		}
		f.next++
	}
	return nil
}

// confirmed tells whether all usable endpoints have these events in their block: on one endpoint's word no epoch
// ends and no channel is over. One that has not got the block yet is waited for.
func (f *Follower) confirmed(ctx context.Context, s sight, events []Event) (bool, error) {
	if len(events) == 0 {
		return true, nil // what is left out is found in the state
	}
	for _, other := range s.usable[1:] {
		raw, err := other.events(ctx, f.next)
		switch {
		case err != nil && tooEarly(err):
			return false, nil
		case err != nil && pruned(err):
			continue
		case err != nil:
			return false, err
		}
		theirs, err := decodeEvents(raw, f.next)
		if err != nil {
			return false, err
		}
		if !sameEvents(events, theirs) {
			return false, fmt.Errorf("%s: %w: the events of channels in block %d differ at %s and %s", f.chain.ID(), ErrContradiction, f.next, s.usable[0].url, other.url)
		}
	}
	return true, nil
}

// tooEarly tells whether an endpoint has no such block yet, or not its results.
func tooEarly(err error) bool {
	return strings.Contains(err.Error(), "could not find results") || strings.Contains(err.Error(), "must be less than or equal")
}

func pruned(err error) bool { return strings.Contains(err.Error(), "lowest height is") }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
