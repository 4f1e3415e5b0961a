package api

import (
	"context"
	"sort"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/node"
)

// Status implements PhotonServer.
func (s *Server) Status(context.Context, *StatusRequest) (*StatusResponse, error) {
	n := s.cfg.Node
	counters := n.Counters()
	r := &StatusResponse{
		Id: n.ID(), Addresses: n.Addresses(), Version: s.cfg.Version, Since: s.since.Unix(), Sent: counters.Acknowledged,
		Received: counters.Received, Accepting: true, DiskBytes: counters.DiskBytes,
	}
	if err := n.Accepting(); err != nil {
		r.Accepting, r.Reason = false, err.Error()
	}
	if s.cfg.Warnings != nil {
		r.Warnings = s.cfg.Warnings()
	}
	for _, c := range n.Channels() {
		r.Channels++
		if c.State.Connected {
			r.Online++
		}
	}
	for _, p := range n.Peers() {
		if p.Connected {
			r.Peers++
		}
	}
	for i := range s.cfg.Chains {
		c := &s.cfg.Chains[i]
		head, endpoints, err := c.Status()
		out := &Chain{ChainId: c.ID(), Account: c.Address(), ChannelKey: c.Key.Text(), Height: head.Height, Time: max(head.Time.Unix(), 0), Clock: c.Clock()}
		if err != nil {
			out.Error = err.Error()
		}
		for _, e := range endpoints {
			end := &Endpoint{Url: e.URL, Height: e.Height, Active: e.Active}
			if e.Err != nil {
				end.Error = e.Err.Error()
			}
			out.Endpoints = append(out.Endpoints, end)
		}
		r.Chains = append(r.Chains, out)
	}
	return r, nil
}

// Channels implements PhotonServer.
func (s *Server) Channels(_ context.Context, req *ChannelsRequest) (*ChannelsResponse, error) {
	r := &ChannelsResponse{}
	for _, c := range s.cfg.Node.Channels() {
		if req.Peer == "" || req.Peer == c.Peer {
			r.Channels = append(r.Channels, describe(c))
		}
	}
	sort.Slice(r.Channels, func(i, j int) bool {
		a, b := r.Channels[i].Ref, r.Channels[j].Ref
		return a.ChainId < b.ChainId || a.ChainId == b.ChainId && a.ChannelId < b.ChannelId
	})
	return r, nil
}

func describe(c node.Channel) *Channel {
	state := c.State
	own, peer := state.Side, state.Peer()
	out := &Channel{
		Ref: refOf(c), Denom: state.Channel.Denom, Epoch: state.Channel.Epoch, Side: uint32(own), Peer: c.Peer,
		PeerAccount: state.Channel.Account[peer], Phase: state.Phase.String(), Wait: waitOf(state), Online: state.Connected,
		Deposit: state.Channel.Deposit[own].String(), PeerDeposit: state.Channel.Deposit[peer].String(),
		Sent: state.Sent.Newest.Transferred.String(), Received: state.Received.Newest.Transferred.String(),
		LockedSent: state.Sent.Newest.Locked.String(), LockedReceived: state.Received.Newest.Locked.String(),
		CanSend: state.Available().String(), CanReceive: state.PeerAvailable().String(), Challenge: state.Channel.Challenge,
		Key: state.OwnKey().Text(), PeerKey: state.PeerKey().Text(), Acknowledged: acknowledged(state),
		Queued: c.Queued,
	}
	if state.Phase != machine.PhaseOpen {
		out.CanSend, out.CanReceive = "0", "0"
	}
	if state.Dispute != nil {
		out.SettleFrom = state.Dispute.SettleFrom
	}
	return out
}

// acknowledged is what the peer signed for of what was sent.
func acknowledged(state *machine.State) string {
	if state.Sent.Acked == 0 {
		return "0"
	}
	p, err := parseProof(state.Sent.Pair.Proof[:])
	if err != nil {
		return "0"
	}
	return p.Transferred.String()
}

// waitOf is what the channel waits for, or empty.
func waitOf(state *machine.State) string {
	if state.Wait == machine.WaitNothing {
		return ""
	}
	return state.Wait.String()
}
