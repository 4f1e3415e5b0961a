package node

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/meshchain/meshchain/photon/store"
)

const (
	// sweepInterval is how often the index follows the log. In it, no quarter of the log is written.
	sweepInterval = 2 * time.Second
	// sweepChunk bounds the batches that one commit forgets.
	sweepChunk = 1 << 16
	// sweepKeep is how many batches of each direction of an open channel are known for ever: the peer
	// may ask for as many acknowledgements again as it may have batches under way.
	sweepKeep = 1_024
)

// sweep follows the log as its segments are dropped: batches that the peer has not acknowledged are
// written again, and what is known of those that retention took is forgotten, so that the disk holds a
// bounded number of them.
func (n *Node) sweep() {
	defer n.running.Done()
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { // a full disk must not keep the node from closing
		<-n.stop
		cancel()
	}()
	var swept [2]uint64
	for {
		if span := n.store.Span(); span != swept {
			if err := errors.Join(n.refresh(ctx), n.sweepAll(ctx)); err == nil {
				swept = span
			} else if ctx.Err() == nil {
				n.config.Logger.Error("the index of the log is behind", "error", err)
			}
		}
		select {
		case <-ticker.C:
		case <-n.stop:
			return
		}
	}
}

// refresh writes batches again that retention would take before their peer, who is away, has them.
func (n *Node) refresh(ctx context.Context) error {
	var failed error
	for _, c := range n.allChannels() {
		state, err := c.inspect()
		if err != nil {
			continue // it has ended
		}
		for _, batch := range state.State.Sent.InFlight {
			key := batchKey(prefixBody, c.id, state.State.Channel.Epoch, c.side(), batch.Nonce)
			err := n.rejuvenate(ctx, key)
			if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDropped) {
				continue // not on disk yet, or lost, which resend says when the peer wants it
			}
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// rejuvenate writes a body again if it is on its way out.
func (n *Node) rejuvenate(ctx context.Context, key []byte) error {
	ageing, err := n.store.Ageing(key)
	if err != nil || !ageing {
		return err
	}
	body, err := n.store.ReadBody(key)
	if err != nil {
		return err
	}
	changes := n.store.NewChanges()
	changes.Body(key, body)
	return n.store.Commit(ctx, changes)
}

// sweepAll goes through the directions of all epochs of all channels, ended ones included.
func (n *Node) sweepAll(ctx context.Context) error {
	for cursor := []byte{prefixBody}; cursor != nil; {
		var stream []byte
		if err := n.store.Scan(cursor, after([]byte{prefixBody}), func(key, _ []byte) bool {
			stream = append(stream, key[:len(key)-8]...)
			return false
		}); err != nil || stream == nil {
			return err
		}
		for more := true; more; {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var err error
			if more, err = n.sweepStream(ctx, stream); err != nil {
				return err
			}
		}
		cursor = after(stream)
	}
	return nil
}

// sweepStream forgets a chunk of one direction's oldest batches, and tells whether there may be more.
// The stream is the key of its bodies without the nonce.
func (n *Node) sweepStream(ctx context.Context, stream []byte) (more bool, err error) {
	gone, nonce := 0, uint64(0)
	if err := n.store.Dropped(stream, after(stream), func(key []byte) bool {
		gone, nonce = gone+1, nonceOfKey(key)
		return gone < sweepChunk
	}); err != nil || gone == 0 {
		return false, err
	}
	end := nonce + 1
	if n.streamOpen(stream) {
		kept := 0
		if err := n.store.ScanDown(stream, after(stream), func(key, _ []byte) bool {
			kept++
			if kept == sweepKeep {
				end = min(end, nonceOfKey(key))
			}
			return kept < sweepKeep
		}); err != nil {
			return false, err
		}
		if kept < sweepKeep {
			return false, nil
		}
	}
	changes := n.store.NewChanges()
	for _, prefix := range []byte{prefixBody, prefixHeader, prefixAck} {
		start := append([]byte{prefix}, stream[1:]...)
		changes.DeleteRange(start, binary.BigEndian.AppendUint64(start[:len(start):len(start)], end))
	}
	return gone == sweepChunk, n.store.Commit(ctx, changes)
}

// streamOpen tells whether a stream is of the present epoch of a channel that has not ended.
func (n *Node) streamOpen(stream []byte) bool {
	c, err := n.Channel(channelOfKey(stream))
	return err == nil && binary.BigEndian.Uint64(stream[41:]) >= c.State.Channel.Epoch
}
