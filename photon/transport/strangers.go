package transport

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// foreignProtocol is the name under which streams of other versions and networks are taken to be refused.
const foreignProtocol protocol.ID = "/mesh/refused"

// isForeign tells whether a stream is for a payment node of another version or network.
func (h *Host) isForeign(id protocol.ID) bool {
	return strings.HasPrefix(string(id), protocolPrefix) && id != h.protocol()
}

// refuse tells a node of another version or network why it is refused; the connection is ended later as any stranger's,
// so that it can read that. It does no wrong and gets no points, or it would be refused after it was updated. It is logged
// once.
func (h *Host) refuse(stream network.Stream) {
	id, theirs, ours := stream.Conn().RemotePeer(), shorten(string(stream.Protocol())), string(h.protocol())
	h.scores.foreign(id, theirs, ours)
	if h.config.Refusal == nil {
		_ = stream.Reset()
		return
	}
	frame := h.config.Refusal(theirs, ours)
	_ = stream.SetWriteDeadline(time.Now().Add(disconnectTime))
	_, _ = stream.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)) //nolint:gosec // short
	_ = stream.Close()
}

// watchStrangers ends connections that others made and on which no stream was opened in time, until Close.
func (h *Host) watchStrangers() {
	defer h.running.Done()
	ticker := time.NewTicker(h.config.Patience / 4)
	defer ticker.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-ticker.C:
		}
		for _, c := range h.host.Network().Conns() {
			if c.Stat().Direction != network.DirInbound || time.Since(c.Stat().Opened) < h.config.Patience {
				continue
			}
			h.mu.Lock()
			known := h.peers[c.RemotePeer()] != nil
			h.mu.Unlock()
			if !known {
				h.config.Logger.Debug("a stranger does not open a stream", "peer", c.RemotePeer(), "address", c.RemoteMultiaddr())
				_ = c.Close()
			}
		}
	}
}
