package photon

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/localnet/paynode"
	"github.com/meshchain/meshchain/photon/api"
)

// checkReceipts asks both nodes for receipts of payments of the newest batches and
// verifies them with the code of the chain.
func checkReceipts(ctx context.Context, nodes []*paynode.Node, ref *api.ChannelRef) error {
	history, err := nodes[0].Client().Payments(ctx, &api.PaymentsRequest{ChainId: ref.ChainId, ChannelId: ref.ChannelId, Limit: 20})
	if err != nil {
		return err
	}
	if len(history.Payments) == 0 {
		return fmt.Errorf("channel %d has no payments to prove", ref.ChannelId)
	}
	for _, p := range history.Payments {
		q := &api.ReceiptRequest{
			ChainId: ref.ChainId, ChannelId: ref.ChannelId, Epoch: p.Name.Epoch, Sender: p.Name.Sender, Nonce: p.Name.Nonce, Index: p.Name.Index,
		}
		var first []byte
		for _, n := range nodes {
			r, err := receipt(ctx, n, q)
			if err != nil {
				return fmt.Errorf("receipt of payment %d of batch %d: %w", q.Index, q.Nonce, err)
			}
			if _, err := paynode.Verify(r); err != nil {
				return fmt.Errorf("receipt of payment %d of batch %d: %w", q.Index, q.Nonce, err)
			}
			if first != nil && !bytes.Equal(first, r.Receipt) {
				return fmt.Errorf("receipts of payment %d of batch %d differ between sender and receiver", q.Index, q.Nonce)
			}
			first = r.Receipt
		}
	}
	return nil
}

// receipt asks for a receipt until the acknowledgement is on the node's disk.
func receipt(ctx context.Context, n *paynode.Node, q *api.ReceiptRequest) (*api.ReceiptResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		r, err := n.Client().Receipt(ctx, q)
		if status.Code(err) != codes.FailedPrecondition {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// survives kills the nodes, starts them again and checks that each still has all
// payments of 1.
func survives(ctx context.Context, nodes []*paynode.Node, ref *api.ChannelRef, total uint64) error {
	for _, n := range nodes {
		n.Kill()
	}
	for _, n := range nodes {
		if err := n.Start(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for i, n := range nodes {
		if err := n.WaitOnline(ctx, ref); err != nil {
			return err
		}
		c, err := n.Channel(ctx, ref)
		if err != nil {
			return err
		}
		got := c.Acknowledged
		if i > 0 {
			got = c.Received
		}
		if got != fmt.Sprint(total) {
			return fmt.Errorf("after the crash node %d has %s of %d", i, got, total)
		}
	}
	return nil
}
