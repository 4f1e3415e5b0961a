package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/transport"
	"github.com/meshchain/meshchain/x/channels/types"
)

// session is a connection with a peer.
type session struct {
	node    *Node
	peer    *transport.Peer
	own     types.Hash // challenge that the peer signs
	scanner protocol.Scanner
	ready   chan struct{} // closed after the peer's hello

	allowance  allowance
	objections int

	mu    sync.Mutex
	hello *protocol.Hello
}

// Points that misbehaviour costs; transport.BanScore drops a peer for a while.
const (
	pointsGarbage   = 50
	pointsSignature = 50
	pointsStep      = 25
	pointsState     = 5
)

func pointsFor(code protocol.FaultCode) uint32 {
	switch code {
	case protocol.FaultMalformed:
		return pointsGarbage
	case protocol.FaultSignature, protocol.FaultEquivocation:
		return pointsSignature
	case protocol.FaultStep, protocol.FaultBusy:
		return pointsStep
	default:
		return pointsState
	}
}

// refusal is what a node of another version or network is told.
func refusal(theirs, ours string) []byte {
	return protocol.Append(nil, protocol.Fault{Code: protocol.FaultVersion, Text: fmt.Sprintf("you speak %q, this node %q: must be the same network and version", theirs, ours)})
}

// connected is called by the transport before the first frame of a peer.
func (n *Node) connected(p *transport.Peer) {
	s := &session{node: n, peer: p, ready: make(chan struct{})}
	_, _ = rand.Read(s.own[:]) // never fails, crypto/rand says
	n.mu.Lock()
	old := n.sessions[p.ID()]
	n.sessions[p.ID()] = s
	n.mu.Unlock()
	if old != nil {
		n.unbind(old)
	}
	s.send(protocol.Hello{Version: protocol.Version, Features: n.config.Features, Challenge: s.own, Agent: n.config.Agent})
}

// disconnected is called by the transport after the last frame of a peer.
func (n *Node) disconnected(p *transport.Peer, reason error) {
	n.mu.Lock()
	s := n.sessions[p.ID()]
	if s == nil || s.peer != p {
		n.mu.Unlock()
		return
	}
	delete(n.sessions, p.ID())
	n.mu.Unlock()
	n.config.Logger.Debug("peer disconnected", "peer", p.ID(), "reason", reason)
	n.unbind(s)
}

// unbind tells the channels of a session that it is over.
func (n *Node) unbind(s *session) {
	for _, c := range n.allChannels() {
		if c.session.CompareAndSwap(s, nil) {
			_ = c.submit(request{event: machine.Disconnect{}}) // ended, or the node stops
		}
	}
}

// send sends a message.
func (s *session) send(m protocol.Message) {
	s.peer.Send(nil, protocol.Append(make([]byte, 0, 256), m))
}

// challenge of the peer; zero before its hello.
func (s *session) challenge() types.Hash {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hello == nil {
		return types.Hash{}
	}
	return s.hello.Challenge
}

func (s *session) said() protocol.Hello {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hello == nil {
		return protocol.Hello{}
	}
	return *s.hello
}

// frame is called by the transport for each frame of a peer, one at a time.
func (n *Node) frame(p *transport.Peer, f *transport.Frame) error {
	n.mu.Lock()
	s := n.sessions[p.ID()]
	n.mu.Unlock()
	if s == nil || s.peer != p {
		f.Release()
		return transport.ErrReplaced
	}
	err := s.take(f)
	switch {
	case err == nil:
	case errors.Is(err, ErrClosed):
		return err
	default:
		code := protocol.FaultMalformed
		switch {
		case errors.Is(err, protocol.ErrVersion):
			code = protocol.FaultVersion
		case errors.Is(err, errFlood):
			code = protocol.FaultBusy
		}
		p.Punish(pointsFor(code), err)
		s.send(protocol.Fault{Code: code, Text: err.Error()})
		p.Disconnect()
	}
	return nil
}

// take takes a frame; an error says what is wrong with it.
func (s *session) take(f *transport.Frame) error {
	kind := protocol.Kind(f.Bytes[0])
	if kind == protocol.KindBatch && s.hello != nil {
		return s.takeBatch(f)
	}
	defer f.Release()
	if kind >= firstOther {
		if s.hello == nil {
			return fmt.Errorf("%w: message of kind %d before hello", protocol.ErrMalformed, kind)
		}
		return s.node.takeOther(s, kind, f.Bytes[1:])
	}
	m, err := protocol.Parse(slices.Clone(f.Bytes)) // messages alias their bytes
	if err != nil {
		return err
	}
	if _, ok := m.(protocol.Hello); ok == (s.hello != nil) {
		return fmt.Errorf("%w: message of kind %d: hello must be first, and once", protocol.ErrMalformed, kind)
	}
	switch m := m.(type) {
	case protocol.Hello:
		s.mu.Lock()
		s.hello = &m
		s.mu.Unlock()
		close(s.ready)
		s.node.greeted(s)
	case protocol.Ping:
		s.send(protocol.Pong(m))
		return s.allowance.spend(costIdle)
	case protocol.Pong:
		return s.allowance.spend(costIdle)
	case *protocol.OpenRequest:
		if err := s.allowance.spend(costOpen); err != nil {
			return err
		}
		s.node.consentOpen(s, m)
	case protocol.OpenConsent:
		s.node.openAnswer(s, m.Terms, m.Signature, nil)
	case protocol.Refuse:
		if m.ID == (protocol.ChannelID{}) {
			s.node.openAnswer(s, m.Subject, protocol.Signature{}, fmt.Errorf("%w: %s", ErrRefused, m.Text))
			return nil
		}
		return s.forChannel(m.ID, m)
	case protocol.Fault:
		if m.ID == (protocol.ChannelID{}) {
			s.objected(m)
			return s.allowance.spend(costIdle)
		}
		return s.forChannel(m.ID, m)
	default:
		id, _ := protocol.ChannelOf(m)
		return s.forChannel(id, m)
	}
	return nil
}

// forChannel gives a message to its channel. One that this node does not have is told so
// and costs the peer little: it may be about to be seen on chain.
func (s *session) forChannel(id protocol.ChannelID, m protocol.Message) error {
	c, err := s.node.channel(id)
	if err != nil {
		if _, ok := m.(protocol.Fault); !ok {
			s.send(protocol.Fault{ID: id, Code: protocol.FaultUnknownChannel, Text: "this node has no such channel with this peer"})
		}
		return s.allowance.spend(costUnknown)
	}
	return c.submit(request{event: machine.Received{Message: m, Now: s.node.now()}, from: s})
}

// takeBatch checks and hashes a batch where it lies, and hands it on without a copy.
func (s *session) takeBatch(f *transport.Frame) error {
	b, err := protocol.ParseBatch(f.Bytes[1:])
	if err != nil {
		f.Release()
		return err
	}
	c, err := s.node.channel(b.ChannelID())
	if err != nil {
		f.Release()
		s.send(protocol.Fault{ID: b.ChannelID(), Code: protocol.FaultUnknownChannel, Text: "this node has no such channel with this peer"})
		return s.allowance.spend(costUnknown)
	}
	summary, err := s.scanner.Scan(b.Entries, b.Count)
	if err == nil {
		err = checkPackets(b.Packets, summary.Ops)
	}
	if err != nil {
		f.Release()
		return err
	}
	summary.Ops = slices.Clone(summary.Ops) // the scanner goes on
	event := machine.ReceivedBatch{Previous: b.Previous, Delta: b.Delta, Summary: summary, Now: s.node.now()}
	copy(event.Proof[:], b.Proof)
	copy(event.Signature[:], b.Signature)
	return c.submit(request{event: event, frame: f, entries: b.Entries, packets: b.Packets, from: s})
}

// checkPackets checks that packets belong to new locks of the batch, in their order.
func checkPackets(packets []byte, ops []protocol.Op) error {
	if len(packets) == 0 {
		return nil
	}
	last := uint64(0)
	return protocol.EachPacket(packets, func(lock uint64, packet []byte) error {
		for i := range ops {
			if ops[i].Kind == types.EntryLock && ops[i].LockID == lock && lock > last {
				last = lock
				return nil
			}
		}
		return fmt.Errorf("%w: packet of lock %d, which the batch does not add, or twice", protocol.ErrMalformed, lock)
	})
}
