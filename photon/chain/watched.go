package chain

import (
	"bytes"
	"fmt"
	"sort"
	"sync"

	"github.com/meshchain/meshchain/x/channels/types"
)

// MaxWatched bounds the keys that one follower watches.
const MaxWatched = 4096

// watched knows which channels matter, and what was told about each. It is safe for concurrent use.
type watched struct {
	mu         sync.Mutex
	keySet     map[string]watchedKey
	channels   map[uint64]*told
	generation uint64 // raised by each new key
	seen       uint64 // generation whose old channels are known
}

type watchedKey struct {
	key     types.ChannelKey
	account string // that must stand beside the key; empty for any
}

// told is how much is known about a channel.
type told struct {
	changed  int64 // height of its newest change
	complete int64 // events up to this height are in what was told
	ended    bool
}

func newWatched() *watched {
	return &watched{keySet: map[string]watchedKey{}, channels: map[uint64]*told{}}
}

func (w *watched) add(key types.ChannelKey, account string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := key.Text()
	if before, ok := w.keySet[text]; ok && before.account == account {
		return nil
	}
	if len(w.keySet) >= MaxWatched {
		return fmt.Errorf("%d channel keys are watched: that is the most", MaxWatched)
	}
	w.keySet[text] = watchedKey{key, account}
	w.generation++
	return nil
}

func (w *watched) remove(key types.ChannelKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.keySet, key.Text())
}

// keys in a fixed order, with the generation they belong to.
func (w *watched) keys() ([]types.ChannelKey, uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]types.ChannelKey, 0, len(w.keySet))
	for _, k := range w.keySet {
		out = append(out, k.key)
	}
	sort.Slice(out, func(i, j int) bool { return bytes.Compare(out[i].Key, out[j].Key) < 0 })
	return out, w.generation
}

// grown tells whether a key was added since settled.
func (w *watched) grown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.generation != w.seen
}

// settled says that the state was compared for the keys of a generation, and for all blocks
// below a height.
func (w *watched) settled(generation uint64, below int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = generation
	for id, t := range w.channels {
		if t.ended && t.changed < below {
			delete(w.channels, id)
		}
	}
}

// completeTo says that all events up to a height were told.
func (w *watched) completeTo(height int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.channels {
		t.complete = max(t.complete, height)
	}
}

// takes tells whether an event is news about a watched channel, and notes it. Secrets always are.
func (w *watched) takes(ev Event) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	var participants []types.Participant
	switch m := ev.Message.(type) {
	case *types.EventSecretRegistered:
		return true
	case *types.EventChannelOpened:
		participants = m.Channel.Participants
	case *types.EventWithdrawn:
		participants = m.Participants // a key may have rotated in
	}
	id := channelOf(ev.Message)
	t, known := w.channels[id]
	if !known {
		if id == 0 || !w.ours(participants) {
			return false
		}
		t = &told{}
		w.channels[id] = t
	}
	if ev.Height <= t.complete {
		return false
	}
	t.changed = max(t.changed, ev.Height)
	if _, ended := ev.Message.(*types.EventChannelEnded); ended {
		t.ended = true // its record is the same change: forgotten when the state was compared
	}
	return true
}

// learns tells whether the state of a channel at a height is news, and notes it.
func (w *watched) learns(c *types.Change, at int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := channelOf(c)
	t, known := w.channels[id]
	if known && t.changed >= c.Height || !known && !w.mine(c) {
		return false
	}
	w.channels[id] = &told{changed: c.Height, complete: at, ended: c.Ended != nil}
	return true
}

func (w *watched) mine(c *types.Change) bool {
	if c.Channel != nil {
		return w.ours(c.Channel.Participants)
	}
	if c.Ended == nil {
		return false
	}
	for i, k := range c.Ended.Keys {
		if i < len(c.Ended.Accounts) && w.our(k, c.Ended.Accounts[i]) {
			return true
		}
	}
	return false
}

func (w *watched) ours(participants []types.Participant) bool {
	for _, p := range participants {
		if w.our(p.Key, p.Account) {
			return true
		}
	}
	return false
}

func (w *watched) our(key types.ChannelKey, account string) bool {
	k, ok := w.keySet[key.Text()]
	return ok && (k.account == "" || k.account == account)
}
