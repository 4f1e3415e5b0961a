package api

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

// payDirect makes one payment in a channel and waits for the receiver's signature.
func (s *Server) payDirect(ctx context.Context, p intent, ch node.Channel, data []byte) (*PayResponse, error) {
	name, err := s.payIn(ctx, p, ch, data)
	if err != nil {
		return nil, err
	}
	return &PayResponse{
		Names: []*PaymentName{s.nameOf(name)}, PaymentId: hex.EncodeToString(p.id[:]), Fee: "0", Hops: []string{p.target}, Paid: p.amount.String() + p.denom,
	}, nil
}

func (s *Server) payIn(ctx context.Context, p intent, ch node.Channel, data []byte) (name node.PaymentName, err error) {
	entry, err := s.entry(ctx, p, ch, data)
	if err != nil {
		return name, err
	}
	stream, err := s.cfg.Node.Stream(idOf(ch))
	if err != nil {
		return name, failure(err)
	}
	defer stream.Close()
	if err := stream.Send(ctx, entry.AppendTo(nil), 1); err != nil {
		return name, failure(fmt.Errorf("channel %d: %w", ch.State.Channel.Channel, err))
	}
	progress, err := stream.Wait(ctx, 0)
	if err != nil {
		return name, ended(ctx, "the payment is accepted and waits for the peer")
	}
	if progress.Acknowledged == 0 {
		return name, failure(fmt.Errorf("channel %d: %w", ch.State.Channel.Channel, progress.Err))
	}
	return progress.Last, nil
}

// entry of a payment; data that is too long for it goes to the peer first, and by its hash into
// the entry.
func (s *Server) entry(ctx context.Context, p intent, ch node.Channel, data []byte) (types.Entry, error) {
	e := types.Entry{PaymentID: p.id, Amount: p.amount, Kind: types.EntryDirect, Data: data}
	if len(data) <= types.MaxEntryData {
		return e, nil
	}
	if s.cfg.Bodies == nil {
		return e, Fail(codes.InvalidArgument, ReasonInvalid, "data has %d bytes: must have at most %d", len(data), types.MaxEntryData)
	}
	hash, err := s.cfg.Bodies.Send(ctx, ch.Peer, data)
	if err != nil {
		return e, failure(fmt.Errorf("data of %d bytes: %w", len(data), err))
	}
	e.Kind = types.EntryReference
	e.Data = binary.BigEndian.AppendUint64(append([]byte(nil), hash[:]...), uint64(len(data)))
	return e, nil
}
