package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
)

// Bounds and defaults.
const (
	// DefaultListen is where a node is reachable unless it is told otherwise.
	DefaultListen = "/ip4/0.0.0.0/tcp/9735"
	// DefaultNetwork that nodes belong to.
	DefaultNetwork = "mesh"
	// DefaultMaxPeers that are connected at a time.
	DefaultMaxPeers = 128
	// DefaultSendQueue is how many bytes may wait for a peer that reads too slowly.
	DefaultSendQueue = 64 << 20
	// window of a stream: how much may be on its way, 8 MiB at 1 Gbit/s and 60 ms.
	window = 16 << 20
	// DefaultPatience is how long a peer may keep a node waiting.
	DefaultPatience = 20 * time.Second
	// message is the largest piece of a stream on the wire, so that with its header it
	// fits one Noise message of 65,535 bytes with its tag.
	message = 65_500
)

// Config of a host. Zero values stand for the defaults.
type Config struct {
	// Key is the node's identity.
	Key crypto.PrivKey
	// Listen addresses as multiaddrs.
	Listen []string
	// Network that the node belongs to: nodes of another one are refused by name.
	Network string
	// Version of the protocol: nodes of another one are refused by number.
	Version uint16
	// MaxFrame bounds a frame in bytes; longer ones are refused unread.
	MaxFrame int
	// QUIC listens and dials over QUIC too, on the UDP port of each TCP address. Danger:
	// half the throughput of TCP on the same cores.
	QUIC bool
	// NAT asks the router to forward the port (UPnP, NAT-PMP), and reaches peers whose address names a relay.
	// Danger: opens a port to the world. Default off.
	NAT bool
	// MDNS finds nodes on the local network and connects to them. Danger: tells
	// everybody there that this node exists. Default off.
	MDNS bool
	// MaxPeers that are connected at a time; more are refused.
	MaxPeers int
	// SendQueue bounds the bytes that wait for one peer; a peer that lets it fill is
	// disconnected.
	SendQueue int
	// Refusal is the frame that a node of another version or network is sent, given what it and this
	// node speak. Default none.
	Refusal func(theirs, ours string) []byte
	// UserAgent names the program to peers.
	UserAgent string
	// Ban is how long a peer is refused whose score reached BanScore. Default 10 min.
	Ban time.Duration
	// Patience is how long a peer may be connected without opening a stream, or keep the node waiting
	// for its first frame or for the rest of one that it began (and a second more for each 16 KiB of
	// it). Default DefaultPatience.
	Patience time.Duration
	// Logger of what an operator should know. Default none.
	Logger *slog.Logger
}

var networkName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,47}$`)

func (c *Config) defaults() error {
	if c.Key == nil {
		return errors.New("transport: no key: must be the node's identity")
	}
	if len(c.Listen) == 0 {
		c.Listen = []string{DefaultListen}
	}
	if c.Network == "" {
		c.Network = DefaultNetwork
	}
	if !networkName.MatchString(c.Network) {
		return fmt.Errorf("transport: network %.80q: must be 1 to 48 small letters, digits, dots and dashes", c.Network)
	}
	for _, n := range []struct {
		value    *int
		standard int
	}{{&c.MaxPeers, DefaultMaxPeers}, {&c.SendQueue, DefaultSendQueue}} {
		if *n.value == 0 {
			*n.value = n.standard
		}
	}
	if c.MaxFrame < 1 || c.MaxFrame > 1<<28 {
		return fmt.Errorf("transport: frames of %d bytes: must be 1 to 2^28", c.MaxFrame)
	}
	if c.Ban == 0 {
		c.Ban = 10 * time.Minute
	}
	if c.Patience == 0 {
		c.Patience = DefaultPatience
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
