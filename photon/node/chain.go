package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
)

// heightEvery is how many blocks may pass until the height is written: a restart reads
// them again, which changes nothing.
const heightEvery = 20

// ChainEvent implements Service.
func (n *Node) ChainEvent(ctx context.Context, chainID string, number uint64, event machine.Event) error {
	chain := n.chains[chainID]
	if chain == nil {
		return fmt.Errorf("chain %q: no identity there is configured", chainID)
	}
	chain.mu.Lock()
	defer chain.mu.Unlock()
	header, isHeader := event.(machine.Header)
	if isHeader {
		n.newest.Store(max(n.newest.Load(), header.Time))
	}
	if number == 0 {
		if err := n.allOf(ctx, chainID, event); err != nil {
			return err
		}
		if secret, ok := event.(machine.SecretRegistered); ok {
			return n.elsewhere(ctx, chainID, secret)
		}
		if isHeader {
			chain.seen = true
			return n.reached(ctx, chainID, chain, header)
		}
		return nil
	}
	c := n.find(chainID, number)
	snapshot, isSnapshot := event.(machine.Snapshot)
	if c == nil {
		if isSnapshot {
			return n.adopt(ctx, chainID, chain, snapshot)
		}
		return nil // not ours, or over
	}
	if isSnapshot && snapshot.Channel.Domain != c.id.Domain {
		return fmt.Errorf("channel %d of %s: domain %x, must be %x", number, chainID, snapshot.Channel.Domain, c.id.Domain)
	}
	return ignoreClosed(c.run1(ctx, event))
}

// allOf gives an event to all channels of a chain, and waits for all.
func (n *Node) allOf(ctx context.Context, chainID string, event machine.Event) error {
	type waiting struct {
		*channel
		done chan error
	}
	var all []waiting
	for _, c := range n.allChannels() {
		if c.chainID != chainID {
			continue
		}
		w := waiting{c, make(chan error, 1)}
		if c.submit(request{event: event, done: func(err error) { w.done <- err }}) == nil {
			all = append(all, w)
		}
	}
	var err error
	for _, w := range all {
		err = errors.Join(err, ignoreClosed(w.await(ctx, w.done)))
	}
	return err
}

// elsewhere tells channels of other chains of a secret.
func (n *Node) elsewhere(ctx context.Context, chainID string, secret machine.SecretRegistered) error {
	secret.OnOther = true
	var err error
	for other := range n.chains {
		if other != chainID {
			err = errors.Join(err, n.allOf(ctx, other, secret))
		}
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, ErrClosed) {
		return nil // the channel ended
	}
	return err
}

// reached notes a height now and then. Everything before it is applied.
func (n *Node) reached(ctx context.Context, chainID string, chain *chainState, h machine.Header) error {
	chain.height.Store(max(chain.height.Load(), h.Height))
	if h.Height < chain.written+heightEvery {
		return nil
	}
	value := binary.BigEndian.AppendUint64(nil, uint64(h.Height)) //nolint:gosec // heights are positive
	value = binary.BigEndian.AppendUint64(value, uint64(n.now()))
	changes := n.store.NewChanges()
	changes.Set(textKey(prefixHeight, chainID), value)
	if err := n.store.Commit(ctx, changes); err != nil {
		return err
	}
	chain.written = h.Height
	return nil
}

// ChainHeight implements Service.
func (n *Node) ChainHeight(chainID string) int64 {
	chain := n.chains[chainID]
	if chain == nil {
		return 0
	}
	chain.mu.Lock()
	defer chain.mu.Unlock()
	return chain.written
}

// find returns a channel by its number on a chain.
func (n *Node) find(chainID string, number uint64) *channel {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, c := range n.channels {
		if id.Channel == number && c.chainID == chainID {
			return c
		}
	}
	return nil
}

// adopt takes a channel that is new on chain, if it is this node's.
func (n *Node) adopt(ctx context.Context, chainID string, chain *chainState, snapshot machine.Snapshot) error {
	state, err := machine.NewState(n.config.Machine, snapshot, machine.Identity{Account: chain.identity.Account, Key: chain.identity.Signer.Key()})
	if errors.Is(err, machine.ErrNotMine) {
		n.config.Logger.Debug("a channel that is not this node's", "chain", chainID, "channel", snapshot.Channel.Channel, "reason", err)
		return nil
	}
	if err != nil {
		return err
	}
	n.mu.Lock()
	count := len(n.channels)
	n.mu.Unlock()
	if count >= MaxChannels {
		n.config.Logger.Error("a channel is not taken: the node has too many", "chain", chainID, "channel", snapshot.Channel.Channel, "limit", MaxChannels)
		return nil
	}
	changes := n.store.NewChanges()
	id := state.Channel.ID()
	saveState(changes, state, nil)
	changes.Set(channelKey(prefixChain, id), []byte(chainID))
	if err := n.store.Commit(ctx, changes); err != nil {
		return err
	}
	n.config.Logger.Info("channel", "chain", chainID, "channel", id.Channel, "side", state.Side, "deposit", state.Channel.Deposit[state.Side])
	// In a store that was put back, a channel that was there before this run's first block is not
	// new: what was signed in it is lost.
	n.start(chainID, state, chain.identity.Signer, n.config.FromBackup && !chain.seen)
	return nil
}

// forget deletes a channel that ended. Its history stays.
func (n *Node) forget(c *channel) {
	changes := n.store.NewChanges()
	changes.Delete(channelKey(prefixState, c.id))
	changes.DeleteRange(channelKey(prefixLock, c.id), after(channelKey(prefixLock, c.id)))
	n.store.Submit(changes, func(err error) {
		if err != nil {
			n.fail(err)
		}
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.channels[c.id] == c {
		delete(n.channels, c.id)
	}
}
