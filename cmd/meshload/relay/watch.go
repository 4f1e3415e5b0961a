package relay

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
)

// watchInterval is how often a node is asked for its height: the precision of all times.
const watchInterval = 20 * time.Millisecond

// watched are the events that a packet's life is told by.
var watched = []string{
	channeltypes.EventTypeSendPacket, channeltypes.EventTypeRecvPacket, channeltypes.EventTypeAcknowledgePacket, channeltypes.EventTypeTimeoutPacket,
}

// moment names something that happened to a packet of one of the main chain's channels.
type moment struct {
	event    string // of channeltypes
	channel  string
	sequence uint64
}

// watcher notes when it saw each block's packets. A node that is away is asked again.
type watcher struct {
	client *client.Client
	mu     sync.Mutex
	seen   map[moment]time.Time
	counts map[moment]int // without the sequence
	height int64
	newest time.Time // when height was seen
}

func newWatcher(c *client.Client) *watcher {
	return &watcher{client: c, seen: map[moment]time.Time{}, counts: map[moment]int{}}
}

func (w *watcher) run(ctx context.Context) error {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			_ = w.look(ctx) // the node is away
		}
	}
}

func (w *watcher) look(ctx context.Context) error {
	info, err := w.client.RPC.ABCIInfo(ctx)
	if err != nil {
		return err
	}
	now, last := time.Now(), info.Response.LastBlockHeight
	if w.height == 0 {
		w.height = last - 1
	}
	for w.height < last {
		height := w.height + 1
		r, err := w.client.BlockResults(ctx, height)
		if err != nil {
			return err
		}
		w.mu.Lock()
		for _, tx := range r.Txs {
			if tx != nil && tx.Code == 0 {
				w.note(tx.Events, now)
			}
		}
		w.note(r.Events, now)
		w.height, w.newest = height, now
		w.mu.Unlock()
	}
	return nil
}

func (w *watcher) note(events []abci.Event, at time.Time) {
	for _, ev := range events {
		if !slices.Contains(watched, ev.Type) {
			continue
		}
		channel, _ := client.EventAttr(ev, channeltypes.AttributeKeySrcChannel)
		text, _ := client.EventAttr(ev, channeltypes.AttributeKeySequence)
		sequence, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue
		}
		m := moment{ev.Type, channel, sequence}
		if _, twice := w.seen[m]; !twice {
			w.seen[m] = at
			w.counts[moment{event: ev.Type, channel: channel}]++
		}
	}
}

// count of the packets of a channel to which something happened.
func (w *watcher) count(event, channel string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[moment{event: event, channel: channel}]
}

// at returns when something happened to a packet.
func (w *watcher) at(event, channel string, sequence uint64) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.seen[moment{event, channel, sequence}]
	return t, ok
}

// after waits for a new block and returns when it was seen.
func (w *watcher) after(ctx context.Context, height int64) (time.Time, error) {
	for {
		w.mu.Lock()
		have, at := w.height, w.newest
		w.mu.Unlock()
		if have > height {
			return at, nil
		}
		if err := pause(ctx, watchInterval); err != nil {
			return time.Time{}, err
		}
	}
}

func (w *watcher) last() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.height
}

// settled waits until n packets of a channel have been acknowledged, or one has timed out.
func (w *watcher) settled(ctx context.Context, channel string, n int) error {
	for {
		if w.count(channeltypes.EventTypeTimeoutPacket, channel) > 0 {
			return errors.New("a packet has timed out: the relayer took longer than " + packetLifetime.String())
		}
		if w.count(channeltypes.EventTypeAcknowledgePacket, channel) >= n {
			return nil
		}
		if err := pause(ctx, watchInterval); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
