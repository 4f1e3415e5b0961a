package machine

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// close decides to close without the peer: the decision is durable before anything
// leaves the node, and nothing is signed after it but this close.
func (x *step) close(e *Close) error {
	switch {
	case x.Phase == PhaseRestored && !e.Recovering:
		return fmt.Errorf("%w: a claim may be stale and cost everything: ask the peer to close, or close recovering", ErrRestored)
	case x.Phase != PhaseOpen && x.Phase != PhaseRestored:
		return fmt.Errorf("%w: channel %d is in phase %s: must be open", ErrPhase, x.Channel.Place.Channel, x.Phase)
	case !e.Recovering && !x.Confirmed && !e.Force:
		return fmt.Errorf("%w: the peer has not confirmed the newest proof since the start: connect to it first, or force the close if this store was never put back from a backup", ErrNotConnected)
	}
	x.Pact = nil // nothing of it is signed
	x.Closing = &Closing{Recovering: e.Recovering}
	x.Phase, x.Wait = PhaseClosing, WaitCloseInclusion
	x.authorizeClose()
	return nil
}

// authorizeClose signs the close for a while and submits it. The evidence is the same
// each time: nothing was signed or taken since.
func (x *step) authorizeClose() {
	c := x.Closing
	c.ValidUntil = x.View.Clock + x.Config.CloseTime
	action := x.closeAction()
	authorization := types.CloseAuthorization{
		Place: x.Channel.Place, Closer: x.Side, Recovering: c.Recovering,
		PartnerProof: types.ProofHash(action.Partner), Claim: types.ProofHash(action.Claim), ValidUntil: c.ValidUntil,
	}
	c.Signature = x.signer.Sign(authorization.Bytes())
	action.Signature, c.Submitted = c.Signature, x.View.Clock
	x.persist(PersistClosing)
	x.emit(Submit{action})
	x.registerSecrets(0)
}

func (x *step) closeAction() SubmitClose {
	action := SubmitClose{
		Channel: x.Channel.Place.Channel, Closer: x.Side, Recovering: x.Closing.Recovering, ValidUntil: x.Closing.ValidUntil, Signature: x.Closing.Signature,
	}
	if x.Received.Newest.Nonce > 0 {
		pair := x.Received.Pair.SignedProof()
		action.Partner = &pair
	}
	if x.Sent.Newest.Nonce > 0 && !x.Closing.Recovering {
		claim := x.Sent.Signed.SignedProof()
		action.Claim = &claim
	}
	return action
}

// closingHeader leaves the phase only on a block past valid_until without the close.
func (x *step) closingHeader() {
	switch c := x.Closing; {
	case x.View.Clock <= c.ValidUntil:
		if x.again(c.Submitted) {
			c.Submitted = x.View.Clock
			x.emit(Submit{x.closeAction()})
		}
	case c.Abandoned:
		x.Closing, x.Phase = nil, PhaseOpen
		if x.Restored != nil {
			x.Phase = PhaseRestored
		}
		x.Wait = x.idle()
		x.persist(PersistVoid)
		x.notify(NoticeVoid{What: "close"})
		x.emit(Hangup{Code: protocol.FaultNotYet, Text: "the close was abandoned", Retry: true})
	default:
		x.authorizeClose()
	}
}

// abandon lets the own close lapse at its valid_until.
func (x *step) abandon() error {
	if x.Phase != PhaseClosing {
		return fmt.Errorf("%w: channel %d is in phase %s: must be closing", ErrPhase, x.Channel.Place.Channel, x.Phase)
	}
	x.Closing.Abandoned = true
	x.persist(PersistClosing)
	return nil
}
