package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multiaddr"
)

const protocolPrefix = "/mesh/photon/"

// Handler of what peers do. Connected comes before the first Frame of a peer, and
// Disconnected, once, after Connected.
type Handler struct {
	Connected func(*Peer)
	// Frame takes a frame, and releases it. While it blocks nothing more is read from
	// this peer. An error ends the connection.
	Frame        func(*Peer, *Frame) error
	Disconnected func(*Peer, error)
}

// Host is a node on the network.
type Host struct {
	config  Config
	handler Handler
	host    host.Host
	mdns    mdns.Service
	scores  *scores

	adopting sync.Mutex
	stop     chan struct{}
	running  sync.WaitGroup

	mu     sync.Mutex
	peers  map[peer.ID]*Peer
	closed bool
}

// New starts listening.
func New(config Config, handler Handler) (*Host, error) {
	if err := config.defaults(); err != nil {
		return nil, err
	}
	h := &Host{
		config: config, handler: handler, peers: map[peer.ID]*Peer{}, stop: make(chan struct{}),
		scores: &scores{ban: config.Ban, log: config.Logger, now: time.Now, peers: map[peer.ID]*score{}, lines: &lines{}},
	}
	var err error
	if h.host, err = libp2p.New(h.options()...); err != nil {
		return nil, fmt.Errorf("transport: listen on %s: %w", strings.Join(config.Listen, ", "), err)
	}
	h.host.SetStreamHandler(h.protocol(), h.accept)
	h.host.SetStreamHandlerMatch(foreignProtocol, h.isForeign, h.refuse)
	if config.MDNS {
		h.mdns = mdns.NewMdnsService(h.host, "_photon-"+strings.ReplaceAll(config.Network, ".", "-")+"._udp", found{h})
		if err := h.mdns.Start(); err != nil {
			return nil, errors.Join(fmt.Errorf("transport: discovery on the local network: %w", err), h.host.Close())
		}
	}
	h.running.Add(1)
	go h.watchStrangers()
	return h, nil
}

func (h *Host) options() []libp2p.Option {
	mux := *yamux.DefaultTransport
	mux.MaxStreamWindowSize = window
	mux.MaxMessageSize = message
	listen := h.config.Listen
	options := []libp2p.Option{
		libp2p.Identity(h.config.Key),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, &mux),
		libp2p.UserAgent(h.config.UserAgent),
		libp2p.DisableMetrics(),
		libp2p.ConnectionGater(gater{h}),
	}
	if h.config.QUIC {
		options = append(options, libp2p.Transport(quic.NewTransport))
		for _, address := range h.config.Listen {
			if before, port, ok := strings.Cut(address, "/tcp/"); ok && !strings.Contains(port, "/") {
				listen = append(listen, before+"/udp/"+port+"/quic-v1")
			}
		}
	}
	if h.config.NAT {
		options = append(options, libp2p.NATPortMap(), libp2p.EnableHolePunching())
	} else {
		options = append(options, libp2p.DisableRelay())
	}
	return append(options, libp2p.ListenAddrStrings(listen...))
}

// protocol is "/mesh/photon/<network>/<version>".
func (h *Host) protocol() protocol.ID {
	return protocol.ID(fmt.Sprintf("%s%s/%d", protocolPrefix, h.config.Network, h.config.Version))
}

// ID of this node, as text.
func (h *Host) ID() string { return h.host.ID().String() }

// Addresses that others can dial, with the identity at the end.
func (h *Host) Addresses() []string {
	var out []string
	for _, address := range h.host.Addrs() {
		out = append(out, address.String()+"/p2p/"+h.ID())
	}
	sort.Strings(out)
	return out
}

// Score of a peer, 0 to BanScore.
func (h *Host) Score(id string) uint32 {
	decoded, err := peer.Decode(id)
	if err != nil {
		return 0
	}
	return h.scores.of(decoded)
}

// Connect dials a node, /ip4/1.2.3.4/tcp/9735/p2p/12D3Koo..., unless it is connected.
func (h *Host) Connect(ctx context.Context, address string) (*Peer, error) {
	info, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return h.connect(ctx, *info)
}

// ParseAddress reads an address with an identity.
func ParseAddress(address string) (*peer.AddrInfo, error) {
	m, err := multiaddr.NewMultiaddr(address)
	if err == nil {
		var info *peer.AddrInfo
		if info, err = peer.AddrInfoFromP2pAddr(m); err == nil {
			return info, nil
		}
	}
	return nil, fmt.Errorf("address %.200q: must be like /ip4/1.2.3.4/tcp/9735/p2p/12D3Koo...: %w", address, err)
}

func (h *Host) connect(ctx context.Context, info peer.AddrInfo) (*Peer, error) {
	h.mu.Lock()
	p := h.peers[info.ID]
	h.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if info.ID == h.host.ID() {
		return nil, fmt.Errorf("peer %s is this node itself", info.ID)
	}
	if h.scores.banned(info.ID) {
		return nil, fmt.Errorf("%w: %s", ErrBanned, info.ID)
	}
	if err := h.host.Connect(ctx, info); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", info.ID, err)
	}
	reason := h.compatible(info.ID)
	if reason != nil && !errors.Is(reason, ErrNoPhoton) {
		return nil, reason
	}
	// A node that has just started tells a moment late that it is one: it is asked.
	stream, err := h.host.NewStream(ctx, info.ID, h.protocol())
	if err != nil {
		return nil, cmp.Or(reason, fmt.Errorf("connect to %s: %w", info.ID, err))
	}
	// The protocol is negotiated with the first write; the peer is to know at once.
	if _, err := stream.Write(nil); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", info.ID, err), stream.Reset())
	}
	return h.adopt(stream, true)
}

// compatible says why two nodes cannot talk, from what the peer offers.
func (h *Host) compatible(id peer.ID) error {
	offered, err := h.host.Peerstore().GetProtocols(id)
	if err != nil {
		return err
	}
	reason := fmt.Errorf("%w: %s", ErrNoPhoton, id)
	for _, p := range offered {
		rest, ours := strings.CutPrefix(string(p), protocolPrefix)
		if !ours {
			continue
		}
		name, version, _ := strings.Cut(rest, "/")
		switch {
		case p == h.protocol():
			return nil
		case name != h.config.Network:
			reason = fmt.Errorf("%w: %s is on %.48q, this node on %q", ErrNetwork, id, name, h.config.Network)
		default:
			reason = fmt.Errorf("%w: %s speaks %.8q, this node %d: update the older one", ErrVersion, id, version, h.config.Version)
		}
	}
	return reason
}

func (h *Host) accept(stream network.Stream) {
	if _, err := h.adopt(stream, false); err != nil {
		h.config.Logger.Debug("a connection was refused", "peer", stream.Conn().RemotePeer(), "error", err)
	}
}

// adopt makes a stream the one of its peer. If both nodes dialled at once, both keep the
// stream of the one with the smaller identity; a newer stream of the same dialler replaces
// an older one, which is dead without this node having noticed.
func (h *Host) adopt(stream network.Stream, dialed bool) (*Peer, error) {
	p := newPeer(h, stream, dialed)
	h.adopting.Lock() // the handler hears of streams in the order in which they count
	defer h.adopting.Unlock()
	h.mu.Lock()
	old := h.peers[p.id]
	switch {
	case h.closed:
		h.mu.Unlock()
		return nil, errors.Join(ErrClosed, stream.Reset())
	case old != nil && old.dialed != dialed && dialed != (h.host.ID() < p.id):
		h.mu.Unlock()
		_ = stream.Reset()
		return old, nil
	case old == nil && len(h.peers) >= h.config.MaxPeers:
		h.mu.Unlock()
		return nil, errors.Join(fmt.Errorf("%w: %d are connected", ErrTooMany, h.config.MaxPeers), stream.Reset())
	}
	h.peers[p.id] = p
	h.mu.Unlock()
	if old != nil {
		old.end(ErrReplaced)
	}
	h.handler.Connected(p)
	close(p.told)
	go p.writeLoop()
	go p.readLoop()
	return p, nil
}

func (h *Host) forget(p *Peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.peers[p.id] == p {
		delete(h.peers, p.id)
	}
}

// Close disconnects everybody.
func (h *Host) Close() error {
	h.mu.Lock()
	if !h.closed {
		close(h.stop)
	}
	h.closed = true
	var peers []*Peer
	for _, p := range h.peers {
		peers = append(peers, p)
	}
	h.mu.Unlock()
	for _, p := range peers {
		p.end(ErrClosed)
	}
	var err error
	if h.mdns != nil {
		err = h.mdns.Close()
	}
	err = errors.Join(err, h.host.Close())
	h.running.Wait()
	return err
}
