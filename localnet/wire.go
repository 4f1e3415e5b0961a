package localnet

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
)

// maxWireConns bounds the connections over one wire; more are refused.
const maxWireConns = 1024

// WireState says what becomes of what is sent over a [Wire].
type WireState int

// States of a wire.
const (
	// WireWhole passes everything.
	WireWhole WireState = iota
	// WireCut ends all connections and refuses new ones, as a host does whose server is down.
	WireCut
	// WireDark passes nothing and tells nobody, as a broken radio link does. What was sent meanwhile
	// arrives when the wire is whole again.
	WireDark
)

// String names the state.
func (s WireState) String() string {
	switch s {
	case WireWhole:
		return "whole"
	case WireCut:
		return "cut"
	case WireDark:
		return "dark"
	}
	return fmt.Sprintf("WireState(%d)", int(s))
}

// Wire carries TCP connections to a server on this machine and can be broken, to see how programs
// bear a bad network.
type Wire struct {
	listener net.Listener
	target   string
	serving  sync.WaitGroup

	mu      sync.Mutex
	state   WireState
	changed chan struct{} // closed when the state changes
	conns   map[net.Conn]struct{}
	closed  bool
}

// NewWire lays a wire from a free port of the loopback interface to target, a host and port with or
// without http:// before it. Close it.
func NewWire(ctx context.Context, target string) (*Wire, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wire to %s: %w", target, err)
	}
	w := &Wire{
		listener: l, target: strings.TrimPrefix(target, "http://"),
		changed: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	w.serving.Go(w.serve)
	return w, nil
}

// URL is where the wire begins, with http:// before it.
func (w *Wire) URL() string { return "http://" + w.listener.Addr().String() }

// Set breaks the wire or mends it.
func (w *Wire) Set(s WireState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	close(w.changed)
	w.changed = make(chan struct{})
	if s == WireCut {
		w.hangUp()
	}
}

// Close ends all connections and returns when nothing of the wire is left.
func (w *Wire) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		_ = w.listener.Close()
		close(w.changed)
		w.changed = make(chan struct{})
		w.hangUp()
	}
	w.mu.Unlock()
	w.serving.Wait()
}

// hangUp ends all connections; w.mu is held.
func (w *Wire) hangUp() {
	for c := range w.conns {
		_ = c.Close()
	}
}

func (w *Wire) serve() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		if !w.take(near) {
			continue
		}
		w.serving.Go(func() { w.join(near) })
	}
}

// take notes a connection, so that it can be ended, or ends it at once.
func (w *Wire) take(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.state == WireCut || len(w.conns) >= maxWireConns {
		_ = c.Close()
		return false
	}
	w.conns[c] = struct{}{}
	return true
}

func (w *Wire) drop(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = c.Close()
	delete(w.conns, c)
}

// passes waits while the wire is dark and tells whether it is whole then.
func (w *Wire) passes() bool {
	for {
		w.mu.Lock()
		state, closed, changed := w.state, w.closed, w.changed
		w.mu.Unlock()
		switch {
		case closed || state == WireCut:
			return false
		case state == WireWhole:
			return true
		}
		<-changed
	}
}

// join connects near with the server until one of the two hangs up.
func (w *Wire) join(near net.Conn) {
	defer w.drop(near)
	if !w.passes() {
		return
	}
	far, err := net.Dial("tcp", w.target)
	if err != nil || !w.take(far) {
		return
	}
	defer w.drop(far)
	var back sync.WaitGroup
	back.Go(func() { w.carry(near, far) })
	w.carry(far, near)
	back.Wait()
}

// carry copies from one connection to the other and ends both when it cannot any more.
func (w *Wire) carry(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !w.passes() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
