package api

import (
	"context"
	"io"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Peers implements PhotonServer.
func (s *Server) Peers(context.Context, *PeersRequest) (*PeersResponse, error) {
	r := &PeersResponse{}
	for _, p := range s.cfg.Node.Peers() {
		out := &Peer{Id: p.ID, Addresses: p.Addresses, Connected: p.Connected, Agent: p.Agent, Score: p.Score}
		for _, id := range p.Channels {
			if c, err := s.cfg.Node.Channel(id); err == nil {
				out.Channels = append(out.Channels, refOf(c))
			}
		}
		r.Peers = append(r.Peers, out)
	}
	faults, err := s.cfg.Node.Faults()
	if err != nil {
		return nil, failure(err)
	}
	for _, f := range faults {
		out := &Fault{
			Channel: &ChannelRef{ChainId: f.ChainID, ChannelId: f.Channel.Channel}, Epoch: f.Epoch, Time: int64(min(f.Time, 1<<40)), Code: f.Code.String(), Text: f.Text,
		}
		if e := f.Evidence; e != nil {
			out.First, out.Second = append(e.First.Proof[:], e.First.Signature[:]...), append(e.Second.Proof[:], e.Second.Signature[:]...)
		}
		r.Faults = append(r.Faults, out)
	}
	return r, nil
}

// Connect implements PhotonServer.
func (s *Server) Connect(ctx context.Context, req *ConnectRequest) (*ConnectResponse, error) {
	id, err := s.reach(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	return &ConnectResponse{Id: id}, nil
}

// Towers implements PhotonServer.
func (s *Server) Towers(context.Context, *TowersRequest) (*TowersResponse, error) {
	if s.cfg.Towers == nil {
		return &TowersResponse{}, nil
	}
	return &TowersResponse{Towers: s.cfg.Towers.List()}, nil
}

// AddTower implements PhotonServer.
func (s *Server) AddTower(ctx context.Context, req *AddTowerRequest) (*AddTowerResponse, error) {
	if s.cfg.Towers == nil {
		return nil, Fail(codes.Unimplemented, ReasonUnavailable, "this node uses no towers")
	}
	reward := types.Uint128{}
	if req.Reward != "" {
		var err error
		if reward, err = types.ParseUint128(req.Reward); err != nil {
			return nil, fieldError("reward", err)
		}
	}
	peer, err := s.reach(ctx, req.Address)
	if err != nil {
		return nil, err
	}
	t, err := s.cfg.Towers.Add(ctx, peer, req.Address, reward)
	if err != nil {
		return nil, failure(err)
	}
	return &AddTowerResponse{Tower: t}, nil
}

const chunk = 256 << 10

// Backup implements PhotonServer.
func (s *Server) Backup(_ *BackupRequest, ss Photon_BackupServer) error {
	if s.cfg.Backup == nil {
		return Fail(codes.Unimplemented, ReasonUnavailable, "this node has no backup")
	}
	return failure(s.cfg.Backup(ss.Context(), chunks{ss}))
}

// chunks writes to a stream.
type chunks struct{ ss Photon_BackupServer }

var _ io.Writer = chunks{}

// Write implements io.Writer.
func (c chunks) Write(b []byte) (n int, err error) {
	for n < len(b) {
		part := b[n:min(n+chunk, len(b))]
		if err := c.ss.Send(&BackupResponse{Chunk: part}); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}
