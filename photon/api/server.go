package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Network is a chain that the node is on.
type Network struct {
	*chain.Chain
	// Key that signs in channels on it.
	Key types.ChannelKey
	// Clock returns the channel clock that the follower saw last; 0 until everything that was on chain
	// when the process started is known.
	Clock func() uint64
}

// Introducer asks another node for its account and channel key.
type Introducer interface {
	Introduce(ctx context.Context, peer string, domain types.Hash) (account string, key types.ChannelKey, err error)
}

// Towers watch the channels of this node.
type Towers interface {
	List() []*Tower
	Add(ctx context.Context, peer, address string, reward types.Uint128) (*Tower, error)
}

// Bodies sends data that is too long for a payment.
type Bodies interface {
	// Send hands data to a peer and returns when it has all of it.
	Send(ctx context.Context, peer string, data []byte) (hash types.Hash, err error)
	// Read returns data that was received; nil if there is none.
	Read(hash types.Hash) []byte
}

// Config of a server.
type Config struct {
	Node   node.Service
	Chains []Network
	Introducer
	// Router, Ledger, Mediation, Towers and Bodies are nil if the node does not have them.
	Router    Router
	Ledger    Ledger
	Mediation Mediation
	Towers    Towers
	Bodies    Bodies
	// Warnings, if set, are what the owner should see to.
	Warnings func() []string
	// Sign signs with the key of the node's identity, NodeKey.
	Sign    func(message []byte) ([]byte, error)
	NodeKey [32]byte
	// Backup writes a consistent copy of the state.
	Backup  func(ctx context.Context, to io.Writer) error
	Version string
	Now     func() time.Time
	Logger  *slog.Logger
}

// Server answers the calls of the interface. It keeps nothing that must survive.
type Server struct {
	UnimplementedPhotonServer
	cfg   Config
	since time.Time
}

// NewServer returns a server for a node that runs.
func NewServer(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Server{cfg: cfg, since: cfg.Now()}
}

// chain returns the chain with an id; an empty id is the only one there is.
func (s *Server) chain(id string) (*Network, error) {
	if id == "" && len(s.cfg.Chains) == 1 {
		return &s.cfg.Chains[0], nil
	}
	var known []string
	for i := range s.cfg.Chains {
		if s.cfg.Chains[i].ID() == id {
			return &s.cfg.Chains[i], nil
		}
		known = append(known, s.cfg.Chains[i].ID())
	}
	if id == "" {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "chain_id is missing: this node is on %q", known)
	}
	return nil, Fail(codes.InvalidArgument, ReasonWrongNetwork, "chain_id %q: this node is on %q", id, known)
}

// channel finds a channel of the node.
func (s *Server) channel(ref *ChannelRef) (node.Channel, error) {
	if ref == nil || ref.ChannelId == 0 {
		return node.Channel{}, Fail(codes.InvalidArgument, ReasonInvalid, "channel: the number of a channel is missing")
	}
	c, err := s.chain(ref.ChainId)
	if err != nil {
		return node.Channel{}, err
	}
	for _, ch := range s.cfg.Node.Channels() {
		if ch.ChainID == c.ID() && ch.State.Channel.Channel == ref.ChannelId {
			return ch, nil
		}
	}
	return node.Channel{}, Fail(codes.NotFound, ReasonUnknownChannel, "channel %d on %s: this node has no such channel, or it ended", ref.ChannelId, c.ID())
}

func idOf(c node.Channel) protocol.ChannelID { return c.State.Channel.ID() }

func refOf(c node.Channel) *ChannelRef {
	return &ChannelRef{ChainId: c.ChainID, ChannelId: c.State.Channel.Channel}
}

func (s *Server) nameOf(n node.PaymentName) *PaymentName {
	ref := &ChannelRef{ChannelId: n.Channel.Channel}
	if c, err := s.cfg.Node.Channel(n.Channel); err == nil {
		ref.ChainId = c.ChainID
	}
	return &PaymentName{Channel: ref, Epoch: n.Epoch, Sender: uint32(n.Sender), Nonce: n.Nonce, Index: n.Index}
}

// fieldError names the field whose value is wrong.
func fieldError(field string, err error) error {
	return Fail(codes.InvalidArgument, ReasonInvalid, "%s: %s", field, err)
}

// ended turns the end of a call's context into an error with a reason.
func ended(ctx context.Context, what string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Fail(codes.DeadlineExceeded, ReasonTimeout, "%s: the outcome did not come in time; it may still come, and the history will show it", what)
	}
	return Fail(codes.Canceled, ReasonTimeout, "%s: the call was given up; the outcome may still come", what)
}
