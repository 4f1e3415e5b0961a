package machine

import (
	"crypto/sha256"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// acknowledged takes the peer's signature over an own batch. Acknowledgements come in
// the order of the batches; one that is ahead says that another was lost, and is asked
// for again by re-establish. While a channel closes there is no asking: any is better
// than none.
func (x *step) acknowledged(m protocol.Ack) {
	if m.Place != x.Channel.Place || m.Sender != x.Side {
		return // of an epoch that is over
	}
	at := -1
	for i := range x.Sent.InFlight {
		if x.Sent.InFlight[i].Nonce == m.Nonce {
			at = i
		}
	}
	switch {
	case at < 0:
		return // known already
	case at > 0 && x.Phase == PhaseOpen:
		x.fault(object(protocol.FaultNotYet, "acknowledges batch %d before %d", m.Nonce, x.Sent.InFlight[0].Nonce))
		return
	}
	pair := x.Sent.InFlight[at].Pair
	ack := types.Ack{Place: m.Place, Sender: m.Sender, Nonce: m.Nonce, ProofHash: sha256.Sum256(pair.Proof[:])}
	if err := x.PeerKey().CheckSignature("acknowledgement", ack.Bytes(), m.Signature[:]); err != nil {
		x.fault(object(protocol.FaultSignature, "%s", err))
		return
	}
	pair.Ack = m.Signature
	for i := range at + 1 {
		x.Sent.Bytes -= uint64(x.Sent.InFlight[i].Size)
	}
	x.Sent.InFlight = append(x.Sent.InFlight[:0], x.Sent.InFlight[at+1:]...)
	x.Sent.Acked, x.Sent.Pair = m.Nonce, pair
	if m.Nonce == x.Sent.Newest.Nonce {
		x.Sent.Signed.Ack = m.Signature
	}
	x.emit(Persist{Point: PersistAcked, Ack: &AckRecord{Epoch: m.Epoch, Nonce: m.Nonce, Signature: m.Signature}},
		Acknowledged{Epoch: m.Epoch, Nonce: m.Nonce})
	x.forgetGone()
	x.draftIfQuiet()
}

// forgetGone drops locks that no proof has any more which the peer could show with
// success: the pair without them is acknowledged, and this node shows it.
func (x *step) forgetGone() {
	kept := x.Sent.Gone[:0]
	for _, gone := range x.Sent.Gone {
		switch {
		case gone.Nonce > x.Sent.Acked:
			kept = append(kept, gone)
		case gone.Resolved:
			x.notify(NoticeLockResolved{Own: true, Lock: gone.PendingLock})
		default:
			x.notify(NoticeLockRemoved{Own: true, Lock: gone.PendingLock})
		}
	}
	clear(x.Sent.Gone[len(kept):])
	x.Sent.Gone = kept
}
