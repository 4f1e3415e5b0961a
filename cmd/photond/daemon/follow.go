package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/x/channels/types"
)

// follow gives the node what happens on a chain, until ctx ends.
func (d *Daemon) follow(ctx context.Context, n *network) error {
	f := n.Follow(d.node.ChainHeight(n.ID()), d.log)
	if err := f.Watch(n.key.Public(), n.Address()); err != nil {
		return err
	}
	return f.Run(ctx, func(news chain.News) error {
		if news.Clock > 0 {
			n.lastClock.Store(news.Clock)
		}
		if news.Gap { // first: one of the events may be the end of a channel with its locks
			d.askSecrets(ctx, n, missed)
		}
		for _, ev := range news.Events {
			if err := d.apply(ctx, n, ev, news.Alone); err != nil {
				return err
			}
		}
		header, ok := news.Header()
		if !ok {
			return nil
		}
		d.clock.learn(news.ClockTime)
		if err := d.give(ctx, n, chain.MachineEvent{Event: header}); err != nil {
			return err
		}
		d.askSecrets(ctx, n, func(s *machine.State) []types.Hash { return s.Unasked(nil) })
		return d.caughtUp(n)
	})
}

// apply gives the node one event. A secret is what it is, whoever says it; that it is on record in time is not
// believed of one endpoint alone, but asked for when there are two again.
func (d *Daemon) apply(ctx context.Context, n *network, ev chain.Event, alone bool) error {
	converted, ok, err := ev.Machine()
	if err != nil {
		return fmt.Errorf("chain %s: %w", n.ID(), err)
	}
	if !ok {
		return nil
	}
	if secret, ok := converted.Event.(machine.SecretRegistered); ok && alone {
		secret.OnOther = true
		converted.Event = secret
	}
	return d.give(ctx, n, converted)
}

func (d *Daemon) give(ctx context.Context, n *network, ev chain.MachineEvent) error {
	if err := d.node.ChainEvent(ctx, n.ID(), ev.Channel, ev.Event); err != nil && ctx.Err() == nil {
		return fmt.Errorf("chain %s, channel %d, %T: %w", n.ID(), ev.Channel, ev.Event, err)
	}
	return nil
}

// missed are the hashes of all locks that the chain may have a secret for: after a gap the events may be missing.
func missed(s *machine.State) (hashes []types.Hash) {
	for _, locks := range [][]*machine.PendingLock{s.Sent.Locks, s.Received.Locks} {
		for i := range locks {
			if locks[i].RegisteredAt == 0 {
				hashes = append(hashes, locks[i].Hash)
			}
		}
	}
	return hashes
}

// askSecrets asks the chain about hashes that machines must be certain of, and gives them the answers that the
// endpoints agree upon. Without agreement nothing is decided, and it is asked again after the next block.
func (d *Daemon) askSecrets(ctx context.Context, n *network, hashes func(*machine.State) []types.Hash) {
	asked := map[types.Hash]bool{}
	var failed error
	for _, ch := range d.node.Channels() {
		if ch.ChainID != n.ID() {
			continue
		}
		for _, hash := range hashes(ch.State) {
			if asked[hash] {
				continue
			}
			asked[hash] = true
			if err := d.askSecret(ctx, n, hash); err != nil {
				failed = err
			}
		}
	}
	if ctx.Err() != nil {
		return
	}
	if failed != nil && !n.unsure {
		d.log.Error("whether secrets are on record is not certain: the locks wait", "chain", n.ID(), "error", failed)
	}
	n.unsure = failed != nil
}

// askSecret asks for one. If the endpoints do not agree, a secret that one of them has is known all the same; see
// machine.State.Unasked.
func (d *Daemon) askSecret(ctx context.Context, n *network, hash types.Hash) error {
	record, err := n.Record(ctx, hash)
	var event machine.Event
	switch {
	case err != nil:
		secret, found, _ := n.Secret(ctx, hash)
		if !found {
			return err
		}
		event = machine.SecretRegistered{Secret: secret, OnOther: true}
	case record.Found:
		event = machine.SecretRegistered{Secret: record.Secret, At: record.At}
	default:
		event = machine.SecretAbsent{Hash: hash, Clock: record.Clock}
	}
	return errors.Join(err, d.give(ctx, n, chain.MachineEvent{Event: event}))
}

// caughtUp forgets that the data was put back from a copy once every chain had its first block: all
// channels that were there before know it by then, durably.
func (d *Daemon) caughtUp(n *network) error {
	if n.seen.Swap(true) {
		return nil
	}
	for _, other := range d.networks {
		if !other.seen.Load() {
			return nil
		}
	}
	if err := os.Remove(restoredFile(d.home)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
