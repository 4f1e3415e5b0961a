package machine

import (
	"crypto/sha256"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// connect begins a session: nothing but this message is signed before the peer's was
// checked.
func (x *step) connect(e *Connect) {
	x.disconnected()
	if x.Phase == PhaseDispute || x.Phase == PhaseEnded {
		return
	}
	x.session = session{own: e.Own, peer: e.Peer, open: true}
	if x.Wait == WaitPeer {
		x.Wait = WaitReestablish
	}
	x.sendReestablish(false)
}

func (x *step) sendReestablish(reply bool) {
	hello := types.Reestablish{
		Place: x.Channel.Place, Participant: x.Side, Nonce: x.highest(), PeerNonce: x.Received.Newest.Nonce, Challenge: x.session.peer,
	}
	m := &protocol.Reestablish{Acked: x.Sent.Acked, Reply: reply}
	if hello.PeerNonce > 0 {
		hello.PeerProof = sha256.Sum256(x.Received.Pair.Proof[:])
		m.HasPair, m.Pair = true, x.Received.Pair
	}
	copy(m.Signed[:], hello.Bytes())
	m.Signature = x.signer.Sign(m.Signed[:])
	x.emit(Send{m})
}

// highest nonce that this node knows to have signed.
func (s *State) highest() uint64 {
	nonce := s.Sent.Newest.Nonce
	if s.Restored != nil {
		if p, err := types.ParseBalanceProof(s.Restored.Proof[:]); err == nil {
			nonce = max(nonce, p.Nonce)
		}
	}
	return nonce
}

// reestablish checks the peer's first message and brings both up to date.
func (x *step) reestablish(m *protocol.Reestablish) {
	if !x.session.open {
		return
	}
	hello, no := x.checkHello(m)
	if no != nil {
		x.fault(no)
		return
	}
	if hello == nil {
		return
	}
	lost := hello.Nonce < x.Received.Newest.Nonce || hello.PeerNonce < x.Sent.Acked
	if lost && x.answered == x.session.own {
		return // of earlier in this connection: a process that lost data comes with a new one
	}
	x.answered = x.session.own
	if x.Connected && m.Reply {
		return // both began at the same time
	}
	x.Connected = false // if it was not: the peer began anew
	if m.HasPair {
		if no := x.shownOwn(&m.Pair); no != nil {
			x.fault(no)
			return
		}
	}
	if lost && !x.PeerRestored { // it signed, or acknowledged, what it does not know any more
		x.PeerRestored = true
		x.persist(PersistRestored)
		x.notify(NoticePeerRestored{Nonce: hello.Nonce})
	}
	x.Connected = true
	if x.Wait == WaitReestablish || x.Wait == WaitPeer {
		x.Wait = WaitNothing
	}
	if x.Phase != PhaseRestored {
		x.Confirmed = true
	}
	if !m.Reply {
		x.sendReestablish(true)
	}
	x.resume(hello, m.Acked)
}

// checkHello checks form, place, challenge and signature. Neither a hello nor an
// objection means that it is to be ignored.
func (x *step) checkHello(m *protocol.Reestablish) (*types.Reestablish, *objection) {
	hello, err := types.ParseReestablish(m.Signed[:])
	switch {
	case err != nil:
		return nil, object(protocol.FaultMalformed, "%s", err)
	case hello.Domain != x.Channel.Domain || hello.Channel != x.Channel.Place.Channel:
		return nil, object(protocol.FaultState, "re-establish of another channel")
	case hello.Epoch < x.Channel.Epoch:
		return nil, nil // it will see the new epoch on chain, and begin anew
	case hello.Epoch > x.Channel.Epoch:
		return nil, object(protocol.FaultNotYet, "re-establish in epoch %d, here it is %d", hello.Epoch, x.Channel.Epoch)
	case hello.Participant != x.Peer():
		return nil, object(protocol.FaultState, "re-establish of participant %d: must be %d", hello.Participant, x.Peer())
	case hello.Challenge != x.session.own:
		return nil, object(protocol.FaultSignature, "re-establish answers challenge %x..., this connection's is %x...", hello.Challenge[:4], x.session.own[:4])
	}
	if err := x.PeerKey().CheckSignature("re-establish", m.Signed[:], m.Signature[:]); err != nil {
		return nil, object(protocol.FaultSignature, "%s", err)
	}
	if m.HasPair != (hello.PeerNonce > 0) || m.HasPair && sha256.Sum256(m.Pair.Proof[:]) != hello.PeerProof {
		return nil, object(protocol.FaultMalformed, "re-establish with peer nonce %d: the pair does not fit", hello.PeerNonce)
	}
	if m.HasPair {
		if p, err := types.ParseBalanceProof(m.Pair.Proof[:]); err != nil || p.Nonce != hello.PeerNonce {
			return nil, object(protocol.FaultMalformed, "re-establish with peer nonce %d: its proof has another", hello.PeerNonce)
		}
	}
	return &hello, nil
}

// shownOwn looks at a proof that somebody says is this node's. If the signature is real
// and the store does not know it, the store is older than what was signed.
func (x *step) shownOwn(pair *protocol.Pair) *objection {
	signed := types.SignedProof{Proof: pair.Proof[:], Signature: pair.Signature[:]}
	p, err := signed.CheckSender(x.Channel.Place, x.Side, x.OwnKey())
	if err != nil {
		return object(protocol.FaultSignature, "shows a proof that is not this node's: %s", err)
	}
	known := p.Nonce < x.Sent.Newest.Nonce // older ones are in the log, or under way
	switch p.Nonce {
	case x.Sent.Newest.Nonce:
		known = pair.Proof == x.Sent.Signed.Proof
	case x.Sent.Acked:
		known = pair.Proof == x.Sent.Pair.Proof
	}
	for i := range x.Sent.InFlight {
		if x.Sent.InFlight[i].Nonce == p.Nonce {
			known = pair.Proof == x.Sent.InFlight[i].Pair.Proof
		}
	}
	if !known {
		x.restored(pair, p.Nonce)
	}
	return nil
}

// restored takes note that more was signed than the store knows. A pact that was signed
// is waited for first.
func (x *step) restored(pair *protocol.Pair, nonce uint64) {
	if nonce < x.highest() || x.Restored != nil && x.Restored.Proof == pair.Proof {
		return
	}
	shown := *pair
	x.Restored = &shown
	switch x.Phase {
	case PhaseOpen, PhaseClosing:
		x.Phase, x.Wait, x.Pact, x.Closing = PhaseRestored, WaitHeal, nil, nil
	case PhaseAgreed:
		x.Pact.From = PhaseRestored
	}
	x.persist(PersistRestored)
	x.notify(NoticeRestored{Shown: nonce, Stored: x.Sent.Newest.Nonce})
}

// resume sends again what the peer has not got.
func (x *step) resume(hello *types.Reestablish, acked uint64) {
	place := x.Channel.Place
	if acked < x.Received.Newest.Nonce {
		x.emit(ResendAcks{Epoch: place.Epoch, After: acked, UpTo: x.Received.Newest.Nonce})
	}
	if x.Pact != nil && x.Pact.Signatures[x.Side] != (protocol.Signature{}) {
		x.sendConsent()
	}
	if x.Phase == PhaseRestored {
		x.emit(Send{protocol.PleaseClose{Place: place, Agreement: protocol.AgreeWithdraw}})
		return
	}
	if x.Phase != PhaseOpen || x.PeerRestored || x.Broken {
		return
	}
	if hello.PeerNonce < x.Sent.Newest.Nonce {
		x.emit(Resend{Epoch: place.Epoch, After: hello.PeerNonce, UpTo: x.Sent.Newest.Nonce})
	}
	for _, lock := range x.Received.Locks {
		switch {
		case lock.Disposed:
			x.sendDispose(lock, nil)
		case lock.HasSecret:
			x.sendReveal(lock)
		}
	}
	x.notify(NoticeReady{})
	if x.hasWanted() {
		x.emit(Want{})
	}
}

// disconnected forgets the session, and what was under way and not signed.
func (x *step) disconnected() {
	x.Connected, x.session = false, session{}
	x.dropPact(protocol.RefuseUnspecified, "the connection ended")
	if x.Wait == WaitNothing || x.Wait == WaitReestablish {
		x.Wait = WaitPeer
	}
}
