package api

import (
	"context"
	"errors"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/grpc/codes"
)

// targetID reads a node id, with or without address.
func targetID(text string) (string, error) {
	if strings.HasPrefix(text, "/") {
		info, err := peer.AddrInfoFromString(text)
		if err != nil {
			return "", fieldError("address", err)
		}
		return info.ID.String(), nil
	}
	id, err := peer.Decode(text)
	if err != nil {
		return "", Fail(codes.InvalidArgument, ReasonUnknownPeer, "%.100q is no node id (12D3Koo…), address (/ip4/…/p2p/12D3Koo…) or payment request (photon1…): %s", text, err)
	}
	return id.String(), nil
}

// reach connects to a node if it must, and returns its id.
func (s *Server) reach(ctx context.Context, text string) (string, error) {
	id, err := targetID(text)
	if err != nil {
		return "", err
	}
	for _, p := range s.cfg.Node.Peers() {
		if p.ID == id && p.Connected {
			return id, nil
		}
	}
	addresses := []string{text}
	if !strings.HasPrefix(text, "/") {
		addresses = s.knownAddresses(id)
		if len(addresses) == 0 {
			return "", Fail(codes.NotFound, ReasonUnknownPeer, "peer %s is not connected and no address of it is known: give /ip4/…/p2p/%s", id, id)
		}
	}
	var reasons []error
	for _, address := range addresses {
		got, err := s.cfg.Node.Connect(ctx, address)
		if err == nil {
			return got, nil
		}
		reasons = append(reasons, err)
	}
	err = errors.Join(reasons...)
	if r := ReasonOf(failure(err)); r == ReasonVersion || r == ReasonBusy || r == ReasonWrongNetwork {
		return "", failure(err)
	}
	return "", Fail(codes.Unavailable, ReasonUnknownPeer, "peer %s cannot be reached: %s", id, err)
}

func (s *Server) knownAddresses(id string) []string {
	for _, p := range s.cfg.Node.Peers() {
		if p.ID != id {
			continue
		}
		var out []string
		for _, a := range p.Addresses {
			if m, err := ma.NewMultiaddr(a); err == nil {
				if _, err := m.ValueForProtocol(ma.P_P2P); err != nil {
					a += "/p2p/" + id
				}
				out = append(out, a)
			}
		}
		return out
	}
	return nil
}
