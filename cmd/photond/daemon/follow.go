package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/machine"
)

// maxAskAge is how many blocks an answer about secrets may be old: nodes keep the state of more.
const maxAskAge = 50

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
			if err := d.askSecrets(ctx, n); err != nil {
				d.log.Error("secrets that may have been missed", "chain", n.ID(), "error", err)
			}
		}
		for _, ev := range news.Events {
			if err := d.apply(ctx, n, ev); err != nil {
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
		if err := d.answer(ctx, n, header); errors.Is(err, chain.ErrContradiction) {
			d.log.Error("secrets that must be asked for", "chain", n.ID(), "error", err)
		} else if err != nil {
			d.log.Debug("secrets that must be asked for", "chain", n.ID(), "error", err)
		}
		return d.caughtUp(n)
	})
}

// answer asks the chain about the hashes that machines must be certain of; see
// machine.State.Unasked. It asks about one block until all endpoints that are worth anything have
// answered, for one of them may be a little behind; the next time about the newest one.
func (d *Daemon) answer(ctx context.Context, n *network, header machine.Header) error {
	if n.askAt.Height == 0 || header.Height-n.askAt.Height > maxAskAge {
		n.askAt = header
	}
	at := n.askAt
	for _, ch := range d.node.Channels() {
		if ch.ChainID != n.ID() {
			continue
		}
		for _, hash := range ch.State.Unasked(nil) {
			secret, found, err := n.SecretAt(ctx, hash, at.Height)
			if err != nil {
				return err
			}
			var ev machine.Event = machine.SecretAbsent{Hash: hash, Clock: at.Clock}
			if found && len(secret.Secret) == 32 {
				ev = machine.SecretRegistered{Secret: [32]byte(secret.Secret), At: secret.RegisteredAt}
			}
			if err := d.give(ctx, n, chain.MachineEvent{Event: ev}); err != nil {
				return err
			}
		}
	}
	n.askAt = machine.Header{}
	return nil
}

func (d *Daemon) apply(ctx context.Context, n *network, ev chain.Event) error {
	converted, ok, err := ev.Machine()
	if err != nil {
		return fmt.Errorf("chain %s: %w", n.ID(), err)
	}
	if !ok {
		return nil
	}
	return d.give(ctx, n, converted)
}

func (d *Daemon) give(ctx context.Context, n *network, ev chain.MachineEvent) error {
	if err := d.node.ChainEvent(ctx, n.ID(), ev.Channel, ev.Event); err != nil && ctx.Err() == nil {
		return fmt.Errorf("chain %s, channel %d, %T: %w", n.ID(), ev.Channel, ev.Event, err)
	}
	return nil
}

// askSecrets asks the chain for the secrets of all pending locks: after a gap their events may be
// missing.
func (d *Daemon) askSecrets(ctx context.Context, n *network) error {
	for _, ch := range d.node.Channels() {
		if ch.ChainID != n.ID() {
			continue
		}
		for _, locks := range [][]machine.PendingLock{ch.State.Sent.Locks, ch.State.Received.Locks} {
			for _, l := range locks {
				if l.RegisteredAt != 0 {
					continue
				}
				secret, found, err := n.Secret(ctx, l.Hash)
				if err != nil {
					return err
				}
				if !found || len(secret.Secret) != 32 {
					continue
				}
				ev := machine.SecretRegistered{Secret: [32]byte(secret.Secret), At: secret.RegisteredAt}
				if err := d.give(ctx, n, chain.MachineEvent{Event: ev}); err != nil {
					return err
				}
			}
		}
	}
	return nil
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
