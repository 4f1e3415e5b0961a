package node

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
)

// load reads channels and chains from the store and starts the machines.
func (n *Node) load() error {
	for _, identity := range n.config.Identities {
		chain := &chainState{identity: identity}
		n.chains[identity.ChainID] = chain
		value, err := n.store.Get(textKey(prefixHeight, identity.ChainID))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil || len(value) != 16 {
			return fmt.Errorf("height of %s: %d bytes: %w", identity.ChainID, len(value), errors.Join(err, store.ErrCorrupt))
		}
		chain.height.Store(int64(binary.BigEndian.Uint64(value))) //nolint:gosec // written by this node
		chain.written = chain.height.Load()
		n.newest.Store(max(n.newest.Load(), binary.BigEndian.Uint64(value[8:])))
	}
	now := n.config.Now()
	n.floor = uint64(max(now.UnixMilli(), 0)) << 16 //nolint:gosec // not negative
	all, err := n.loadStates()
	if err != nil {
		return err
	}
	for _, s := range all {
		chainID, err := n.store.Get(channelKey(prefixChain, s.id))
		if err != nil {
			return err
		}
		chain := n.chains[string(chainID)]
		if chain == nil {
			n.config.Logger.Error("a channel is left alone: no identity on its chain is configured", "channel", s.id, "chain", string(chainID))
			continue
		}
		state, err := machine.ParseState(n.config.Machine, s.image)
		if err != nil {
			return fmt.Errorf("state of channel %s: %w", s.id, err)
		}
		n.start(string(chainID), state, chain.identity.Signer, n.config.FromBackup)
	}
	return nil
}

type storedState struct {
	id    protocol.ChannelID
	image machine.Image
}

// loadStates reads the states of all channels.
func (n *Node) loadStates() (all []storedState, err error) {
	if err := n.store.Scan([]byte{prefixState}, []byte{prefixState + 1}, func(key, value []byte) bool {
		all = append(all, storedState{channelOfKey(key), machine.Image{Record: bytes.Clone(value), Locks: map[machine.LockKey][]byte{}}})
		return true
	}); err != nil {
		return nil, err
	}
	for i := range all {
		locks := channelKey(prefixLock, all[i].id)
		if err := n.store.Scan(locks, after(locks), func(key, value []byte) bool {
			all[i].image.Locks[machine.LockKey(key[len(locks):])] = bytes.Clone(value)
			return true
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
