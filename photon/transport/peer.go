package transport

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Peer is a connected node. After it is disconnected Send does nothing.
type Peer struct {
	host   *Host
	id     peer.ID
	text   string // id as text, which takes its time to make
	stream network.Stream
	dialed bool // this node opened the stream

	mu      sync.Mutex
	wake    *sync.Cond
	queue   []outgoing
	queued  int
	err     error // why it ended
	closing bool  // ends when the queue is written
	ended   sync.Once
	told    chan struct{} // closed when the handler knows of the peer
}

// disconnectTime is how long a peer has to read what was sent to it last.
const disconnectTime = 2 * time.Second

type outgoing struct {
	parts [][]byte
	size  int
	done  func()
}

func newPeer(h *Host, stream network.Stream, dialed bool) *Peer {
	id := stream.Conn().RemotePeer()
	p := &Peer{host: h, id: id, text: id.String(), stream: stream, dialed: dialed, told: make(chan struct{})}
	p.wake = sync.NewCond(&p.mu)
	return p
}

// ID of the peer, as text.
func (p *Peer) ID() string { return p.text }

// Address that the connection goes to.
func (p *Peer) Address() string { return p.stream.Conn().RemoteMultiaddr().String() }

// Send sends a frame that is the concatenation of parts. It does not block and does not
// copy: the parts must not change before done, if not nil, is called, which happens once,
// written or not. Frames go out in the order of the calls. A peer that lets too much wait
// is disconnected.
func (p *Peer) Send(done func(), parts ...[]byte) {
	size := frameHeader
	for _, part := range parts {
		size += len(part)
	}
	p.mu.Lock()
	full := p.queued+size > p.host.config.SendQueue
	if p.err != nil || p.closing || full {
		p.mu.Unlock()
		if full {
			p.end(fmt.Errorf("%w: %d bytes wait for it", ErrSlow, p.host.config.SendQueue))
		}
		if done != nil {
			done()
		}
		return
	}
	p.queue = append(p.queue, outgoing{parts, size, done})
	p.queued += size
	p.wake.Signal()
	p.mu.Unlock()
}

// Disconnect ends the connection when what was sent is written, within a few seconds.
func (p *Peer) Disconnect() {
	p.mu.Lock()
	p.closing = true
	p.wake.Signal()
	p.mu.Unlock()
	_ = p.stream.SetWriteDeadline(time.Now().Add(disconnectTime))
}

// Punish adds to the score of the peer. At BanScore it is disconnected and refused for a
// while. The first offence of a connection is logged, the others are counted.
func (p *Peer) Punish(points uint32, reason error) {
	if p.host.scores.add(p.id, points, reason) {
		p.end(fmt.Errorf("%w: %w", ErrBanned, reason))
		_ = p.host.host.Network().ClosePeer(p.id)
	}
}

// writeLoop writes queued frames; small ones are gathered.
func (p *Peer) writeLoop() {
	w := bufio.NewWriterSize(p.stream, message)
	var batch []outgoing
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && p.err == nil && !p.closing {
			p.wake.Wait()
		}
		batch, p.queue = p.queue, batch[:0]
		failed, closing := p.err, p.closing
		p.mu.Unlock()

		written := 0
		for i := range batch {
			if failed == nil {
				failed = writeFrame(w, &batch[i])
			}
			if batch[i].done != nil {
				batch[i].done()
			}
			written += batch[i].size
			batch[i] = outgoing{}
		}
		p.mu.Lock()
		p.queued -= written
		idle := len(p.queue) == 0
		p.mu.Unlock()
		if idle && failed == nil {
			failed = w.Flush()
		}
		switch {
		case failed != nil:
			p.end(failed)
		case idle && closing:
			// The peer reads what was sent, then ends; readLoop sees that.
			_ = p.stream.CloseWrite()
			_ = p.stream.SetReadDeadline(time.Now().Add(disconnectTime))
		default:
			continue
		}
		if idle {
			return
		}
	}
}

func writeFrame(w *bufio.Writer, o *outgoing) error {
	var head [frameHeader]byte
	binary.BigEndian.PutUint32(head[:], uint32(o.size-frameHeader)) //nolint:gosec // bounded by the queue
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	for _, part := range o.parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// readLoop hands frames to the handler, one after the other, until the stream ends. A
// handler that blocks holds the peer back: its window fills.
func (p *Peer) readLoop() {
	config := &p.host.config
	r := reader{Reader: bufio.NewReaderSize(p.stream, message), limit: config.MaxFrame, patience: config.Patience, hurry: p.hurry}
	p.hurry(config.Patience)
	for first := true; ; first = false {
		f, err := r.next()
		if first && err == nil {
			p.hurry(0)
		}
		if err != nil {
			switch {
			case errors.Is(err, ErrFrame):
				p.Punish(BanScore/4, err)
			case timedOut(err) && !p.isClosing():
				err = fmt.Errorf("%w: %w", ErrIdle, err)
				p.Punish(BanScore/4, err)
			}
			if p.isClosing() {
				err = ErrClosed
			}
			p.end(err)
			return
		}
		if err := p.host.handler.Frame(p, f); err != nil {
			p.end(err)
			return
		}
	}
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func (p *Peer) isClosing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closing
}

// hurry says by when the peer must have sent more; 0 that it may take its time.
func (p *Peer) hurry(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return // there is a deadline already
	}
	var by time.Time
	if d > 0 {
		by = time.Now().Add(d)
	}
	_ = p.stream.SetReadDeadline(by)
}

// end ends the connection once and tells the handler why.
func (p *Peer) end(reason error) {
	p.ended.Do(func() {
		p.mu.Lock()
		p.err = reason
		p.wake.Signal()
		p.mu.Unlock()
		_ = p.stream.Reset()
		p.host.forget(p)
		go func() {
			<-p.told
			p.host.handler.Disconnected(p, reason)
		}()
	})
}
