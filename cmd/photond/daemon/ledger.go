package daemon

import (
	"encoding/hex"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

var _ api.Ledger = router{}

// Transfers implements api.Ledger.
func (r router) Transfers(before uint64, limit int) (list []*api.Transfer, next uint64, err error) {
	found, err := r.mediator.Transfers(before, limit+1)
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Number
	}
	for i := range found {
		list = append(list, r.transfer(&found[i]))
	}
	return list, next, err
}

func (r router) transfer(t *mediator.Transfer) *api.Transfer {
	chainID, denom := r.nameOf(t.Domain)
	_, spent := r.nameOf(t.From)
	out := &api.Transfer{
		PaymentId: hex.EncodeToString(t.ID[:]), Outgoing: t.Outgoing, Amount: t.Amount.String() + denom, ChainId: chainID, Paid: t.Paid.String() + spent,
		Fee: "0" + denom, Hops: names(t.Hops), Hash: hex.EncodeToString(t.Hash[:]), Requested: t.Requested, Time: int64(min(t.Time, 1<<40)), Data: t.Data, //nolint:gosec // bounded
	}
	if fee, ok := t.Paid.Sub(t.Amount); ok && t.Outgoing && t.From == t.Domain {
		out.Fee = fee.String() + denom
	}
	if t.Outgoing {
		out.Secret = hex.EncodeToString(t.Secret[:])
	}
	for _, n := range t.Names {
		name := &api.PaymentName{Channel: r.refOf(n.Channel), Epoch: n.Epoch, Nonce: n.Nonce, Index: n.Index}
		if g, ok := r.node.Gauge(n.Channel); ok {
			name.Sender = uint32(g.Side)
		}
		out.Names = append(out.Names, name)
	}
	return out
}

func (d *Daemon) refOf(id protocol.ChannelID) *api.ChannelRef {
	chainID, _ := d.nameOf(id.Domain)
	return &api.ChannelRef{ChainId: chainID, ChannelId: id.Channel}
}

// SecretOf implements api.Ledger.
func (r router) SecretOf(hash types.Hash) ([types.SecretLength]byte, bool) {
	return r.mediator.SecretOf(hash)
}

// Earnings implements api.Ledger.
func (r router) Earnings() (out []*api.Earning) {
	for _, e := range r.mediator.Earnings() {
		_, denom := r.nameOf(e.Channel.Domain)
		out = append(out, &api.Earning{
			Channel: r.refOf(e.Channel), Denom: denom, PaymentsIn: e.PaymentsIn, AmountIn: e.AmountIn.String(), PaymentsOut: e.PaymentsOut,
			AmountOut: e.AmountOut.String(), Earned: e.Earned.String(),
		})
	}
	return out
}
