package api

import (
	"context"
	"encoding/hex"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/meshchain/meshchain/photon/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	defaultPage = 100
	maxPage     = 1000
	// maxData bounds the data of all payments on one page.
	maxData = 4 << 20
	// batchesPerPage bounds what is read for one page.
	batchesPerPage = 64
)

// Payments implements PhotonServer. A page ends between batches: it may have more entries than
// asked for if the last batch has.
func (s *Server) Payments(_ context.Context, req *PaymentsRequest) (*PaymentsResponse, error) {
	limit := int(req.Limit)
	if limit == 0 {
		limit = defaultPage
	}
	if limit > maxPage {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "limit %d: must be at most %d", limit, maxPage)
	}
	ch, err := s.channel(&ChannelRef{ChainId: req.ChainId, ChannelId: req.ChannelId})
	if err != nil {
		return nil, err
	}
	batches, err := s.batches(ch, req.Before, min(limit, batchesPerPage))
	if err != nil {
		return nil, failure(err)
	}
	r := &PaymentsResponse{}
	size, room := 0, maxData
	for i, b := range batches {
		var page []*Payment
		if err := s.each(ch, b, &room, func(p *Payment) error { page = append(page, p); return nil }); err != nil {
			return nil, err
		}
		slices.Reverse(page)
		if room := limit - len(r.Payments); len(page) > room {
			page = page[:room]
		}
		r.Payments = append(r.Payments, page...)
		size += len(b.Entries)
		if i+1 < len(batches) && (len(r.Payments) >= limit || size >= maxData) || i+1 == len(batches) && i+1 == min(limit, batchesPerPage) {
			r.Next = b.Nonce
			break
		}
	}
	return r, nil
}

// batches of both directions, the newest first by their time.
func (s *Server) batches(ch node.Channel, before uint64, limit int) ([]node.Batch, error) {
	var all []node.Batch
	for sender := range uint8(2) {
		list, err := s.cfg.Node.History(idOf(ch), ch.State.Channel.Epoch, sender, before, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	// Nonces start at the time of the process's start, in both directions.
	slices.SortStableFunc(all, func(a, b node.Batch) int {
		switch {
		case a.Nonce > b.Nonce:
			return -1
		case a.Nonce < b.Nonce:
			return 1
		}
		return 0
	})
	return all[:min(limit, len(all))], nil
}

// Receipt implements PhotonServer.
func (s *Server) Receipt(_ context.Context, req *ReceiptRequest) (*ReceiptResponse, error) {
	if req.Sender > 1 {
		return nil, Fail(codes.InvalidArgument, ReasonInvalid, "sender %d: must be 0 (opener) or 1 (partner)", req.Sender)
	}
	ch, err := s.channel(&ChannelRef{ChainId: req.ChainId, ChannelId: req.ChannelId})
	if err != nil {
		return nil, err
	}
	receipt, err := s.cfg.Node.Receipt(node.PaymentName{Channel: idOf(ch), Epoch: req.Epoch, Sender: uint8(req.Sender), Nonce: req.Nonce, Index: req.Index}) //nolint:gosec // at most 1
	if err != nil {
		return nil, failure(err)
	}
	sender, receiver := ch.State.Channel.Key[req.Sender], ch.State.Channel.Key[1-req.Sender]
	if _, _, err := receipt.Verify(sender, receiver); err != nil {
		return nil, Fail(codes.Internal, ReasonInternal, "the receipt of this node's own log does not verify: %s", err)
	}
	r := &ReceiptResponse{
		Receipt: receipt.Bytes(), SenderKey: sender.Text(), ReceiverKey: receiver.Text(), Denom: ch.State.Channel.Denom, ChainId: ch.ChainID,
	}
	if entry, _, err := types.ParseEntry(receipt.Entry); err == nil && entry.Kind == types.EntryLock && s.cfg.Ledger != nil {
		if secret, ok := s.cfg.Ledger.SecretOf(LockHash(entry)); ok {
			r.Secret = hex.EncodeToString(secret[:])
		}
	}
	return r, nil
}

// LockHash is the payment hash in an entry that adds a lock.
func LockHash(entry types.Entry) types.Hash { return types.Hash(entry.Data[8 : 8+types.HashLength]) }
