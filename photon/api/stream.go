package api

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Stream implements PhotonServer. The caller's buffers go to the node as they are; the answers
// come when something was acknowledged, not per payment.
func (s *Server) Stream(ss Photon_StreamServer) error {
	first, err := ss.Recv()
	if err != nil {
		return err
	}
	ch, err := s.channel(first.Channel)
	if err != nil {
		return err
	}
	stream, err := s.cfg.Node.Stream(idOf(ch))
	if err != nil {
		return failure(err)
	}
	defer stream.Close()
	ctx, cancel := context.WithCancel(ss.Context())
	defer cancel()

	sent := make(chan error, 1)
	go func() { sent <- feed(ctx, ss, stream, first) }()
	var after uint64
	var total *uint64 // what was handed in, once the caller ended its side
	for {
		waiting, stop := context.WithCancel(ctx)
		type answer struct {
			progress node.Progress
			err      error
		}
		got := make(chan answer, 1)
		go func() {
			p, err := stream.Wait(waiting, after)
			got <- answer{p, err}
		}()
		select {
		case err := <-sent:
			stop()
			<-got
			if err != nil {
				return err
			}
			accepted := stream.Progress().Accepted
			total, sent = &accepted, nil
		case a := <-got:
			stop()
			if a.err != nil {
				return ended(ctx, "the stream")
			}
			after = a.progress.Acknowledged
			if err := ss.Send(&StreamResponse{Accepted: a.progress.Accepted, Acknowledged: a.progress.Acknowledged, Nonce: a.progress.Last.Nonce}); err != nil {
				return err
			}
			if a.progress.Err != nil {
				return failure(a.progress.Err)
			}
		}
		if total != nil && after >= *total {
			return nil
		}
	}
}

// feed hands the caller's batches to the node until the caller ends its side.
func feed(ctx context.Context, ss Photon_StreamServer, stream *node.Stream, m *StreamRequest) error {
	for {
		if m.Count > 0 || len(m.Entries) > 0 {
			if err := stream.Send(ctx, m.Entries, m.Count); err != nil {
				return failure(err)
			}
		}
		var err error
		if m, err = ss.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Receive implements PhotonServer.
func (s *Server) Receive(req *ReceiveRequest, ss Photon_ReceiveServer) error {
	var channels []node.Channel
	if req.Channel != nil {
		ch, err := s.channel(req.Channel)
		if err != nil {
			return err
		}
		channels = append(channels, ch)
	} else {
		channels = s.cfg.Node.Channels()
	}
	if len(channels) == 0 {
		return Fail(codes.FailedPrecondition, ReasonUnknownChannel, "this node has no channel to listen to")
	}
	ctx, cancel := context.WithCancel(ss.Context())
	defer cancel()
	var mu sync.Mutex // one sender at a time on the stream
	failed := make(chan error, len(channels))
	for _, ch := range channels {
		from := ch.State.Received.Newest.Nonce + 1
		go func() {
			failed <- s.cfg.Node.Receive(ctx, idOf(ch), from, func(b node.Batch) error {
				mu.Lock()
				defer mu.Unlock()
				return s.each(ch, b, nil, func(p *Payment) error { return ss.Send(&ReceiveResponse{Payment: p}) })
			})
		}()
	}
	if err := <-failed; ctx.Err() == nil {
		return failure(err)
	}
	return nil
}

// each calls do for every payment of a batch, in order. Data that came beside a payment is put in its
// place as long as there is room for it; nil is room without end.
func (s *Server) each(ch node.Channel, b node.Batch, room *int, do func(*Payment) error) error {
	rest := b.Entries
	for i := uint32(0); len(rest) > 0; i++ {
		entry, after, err := types.ParseEntry(rest)
		if err != nil {
			return failure(err)
		}
		rest = after
		name := node.PaymentName{Channel: b.Channel, Epoch: b.Epoch, Sender: b.Sender, Nonce: b.Nonce, Index: i}
		p := &Payment{
			Name: s.nameOf(name), PaymentId: hex.EncodeToString(entry.PaymentID[:]), Outgoing: b.Sender == ch.State.Side, Amount: entry.Amount.String(),
			Denom: ch.State.Channel.Denom, Fee: "0", Kind: kindName(entry.Kind), Data: entry.Data, Time: int64(min(b.Time, 1<<40)), Acknowledged: b.Acknowledged,
		}
		if size := int(binary.BigEndian.Uint64(tail(entry.Data))); entry.Kind == types.EntryReference && s.cfg.Bodies != nil && !p.Outgoing && (room == nil || size <= *room) {
			if body := s.cfg.Bodies.Read(types.Hash(entry.Data[:32])); len(body) == size {
				p.Data = body
				if room != nil {
					*room -= size
				}
			}
		}
		if err := do(p); err != nil {
			return err
		}
	}
	return nil
}

func kindName(k types.EntryKind) string {
	names := [...]string{
		types.EntryDirect: "direct", types.EntryReference: "reference", types.EntryLock: "lock", types.EntryResolve: "resolve", types.EntryRemove: "remove",
	}
	return names[k] // ParseEntry checked it
}

// tail is the size in the data of a reference; zeros if there is none.
func tail(data []byte) []byte {
	if len(data) != types.ReferenceLength {
		return make([]byte, 8)
	}
	return data[types.HashLength:]
}
