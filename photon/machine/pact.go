package machine

import (
	"crypto/sha256"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// An agreement in five steps. (1) Who wants it stops paying, and when its own batches
// are acknowledged sends a draft that nobody signed. (2) The peer stops paying, waits
// until its own batches are acknowledged, and compares: other figures, a refusal, and
// the first drafts again. (3) The peer signs; from here on it is silent. (4) The first
// signs, is silent, submits, and sends its signature. (5) Both are silent until the
// chain has it or its time is over. So no one signs figures that are still moving, and
// who gave its signature first waits at most for valid_until.

// agree begins (1).
func (x *step) agree(e *Agree) error {
	if x.Phase == PhaseRestored && x.Connected {
		x.emit(Send{protocol.PleaseClose{Place: x.Channel.Place, Agreement: e.Agreement}})
		return nil
	}
	if err := x.MayPay(e.Now); err != nil && !(x.PeerRestored && x.Phase == PhaseOpen && x.Pact == nil && x.Connected) {
		return err
	}
	if len(x.Sent.Locks) > 0 || len(x.Received.Locks) > 0 {
		return fmt.Errorf("%w: %d sent, %d received", ErrPending, len(x.Sent.Locks), len(x.Received.Locks))
	}
	if !x.fresh(e.Now) {
		return fmt.Errorf("%w: newest header is of %d, now is %d: must be at most %d s old", ErrStale, x.View.Time, e.Now, x.Config.StaleAfter)
	}
	if balance := x.Balance(); e.Agreement == protocol.AgreeWithdraw && balance.Less(e.Payout) {
		return fmt.Errorf("%w: withdraw of %s: the balance is %s", ErrCapacity, e.Payout, balance)
	}
	x.Pact = &Pact{Agreement: e.Agreement, Mine: true, Payout: e.Payout, NewKey: e.NewKey, Since: uint64(e.Now), From: x.Phase}
	x.Wait = WaitAcks
	x.draftIfQuiet()
	return nil
}

// draftIfQuiet goes on when no own batch is in flight.
func (x *step) draftIfQuiet() {
	switch {
	case x.Pact == nil || x.Wait != WaitAcks || !x.Connected:
	case len(x.Sent.InFlight) > 0 && x.Phase != PhaseRestored:
	case x.Pact.Mine:
		x.draft()
	default:
		x.answer()
	}
}

func (x *step) figures() types.Balances {
	b := types.Balances{Place: x.Channel.Place, Deposit: x.Channel.Deposit}
	b.Transferred[x.Side], b.Nonce[x.Side] = x.Sent.Newest.Transferred, x.Sent.Newest.Nonce
	b.Transferred[x.Peer()], b.Nonce[x.Peer()] = x.Received.Newest.Transferred, x.Received.Newest.Nonce
	return b
}

// draft sends the figures as they are now.
func (x *step) draft() {
	b := x.figures()
	b.ValidUntil = x.View.Clock + x.Config.AgreementTime
	after, err := b.After()
	if err != nil || after[x.Side].Less(x.Pact.Payout) {
		x.dropPact(protocol.RefuseFigures, fmt.Sprintf("the balance is %s", after[x.Side]))
		return
	}
	if x.Pact.Agreement == protocol.AgreeClose {
		b.Payout = after
		x.Pact.Signed = types.CooperativeClose{Balances: b}.Bytes()
	} else {
		b.Payout[x.Side] = x.Pact.Payout
		w := types.Withdraw{Balances: b, Rotate: types.NoRotation}
		if x.Pact.NewKey.Type != types.KEY_TYPE_UNSPECIFIED {
			w.Rotate, w.NewKey = x.Side, x.Pact.NewKey
		}
		x.Pact.Signed = w.Bytes()
	}
	x.Pact.ValidUntil = b.ValidUntil
	x.Wait = WaitConsent
	x.emit(Send{protocol.Draft{Agreement: x.Pact.Agreement, Signed: x.Pact.Signed}})
}

// drafted takes a draft of the peer: (2).
func (x *step) drafted(m protocol.Draft, now Now) {
	if x.Phase != PhaseOpen && x.Phase != PhaseRestored || !x.Connected || x.Broken {
		return
	}
	if x.Pact != nil && x.Pact.Mine {
		if x.Side == 0 { // both drafted: the opener's goes first
			x.refuse(m.Signed, protocol.RefuseBusy, "another agreement is under way")
			return
		}
		x.dropPact(protocol.RefuseBusy, "the peer drafted at the same time")
	}
	x.Pact = &Pact{Agreement: m.Agreement, Signed: append([]byte(nil), m.Signed...), Since: uint64(now), From: x.Phase}
	x.Wait = WaitAcks
	x.draftIfQuiet()
}

// answer signs the peer's draft or refuses it: (3).
func (x *step) answer() {
	b, code, text := x.judge(x.Pact)
	if code != protocol.RefuseUnspecified {
		signed := x.Pact.Signed
		x.Pact, x.Wait = nil, x.idle()
		x.refuse(signed, code, text)
		return
	}
	x.Pact.ValidUntil = b.ValidUntil
	x.Pact.Signatures[x.Side] = x.signer.Sign(x.Pact.Signed)
	x.Phase, x.Wait = PhaseAgreed, WaitSecondSignature
	x.persist(PersistConsent)
	x.sendConsent()
}

// idle is what an open or restored channel waits for when nothing is under way.
func (s *State) idle() Wait {
	switch {
	case s.Phase == PhaseRestored:
		return WaitHeal
	case !s.Connected:
		return WaitPeer
	}
	return WaitNothing
}

// judge compares a draft with what this node knows.
func (x *step) judge(pact *Pact) (b types.Balances, code protocol.RefuseCode, text string) {
	rotate := uint8(types.NoRotation)
	var err error
	if pact.Agreement == protocol.AgreeClose {
		var c types.CooperativeClose
		c, err = types.ParseCooperativeClose(pact.Signed)
		b = c.Balances
	} else {
		var w types.Withdraw
		w, err = types.ParseWithdraw(pact.Signed)
		b, rotate = w.Balances, w.Rotate
	}
	want := x.figures()
	want.Payout, want.ValidUntil = b.Payout, b.ValidUntil
	switch {
	case err != nil:
		return b, protocol.RefuseFigures, err.Error()
	case x.Phase != PhaseRestored && (len(x.Sent.Locks) > 0 || len(x.Received.Locks) > 0):
		return b, protocol.RefuseLocks, fmt.Sprintf("%d and %d locks are pending", len(x.Sent.Locks), len(x.Received.Locks))
	case b.ValidUntil < x.View.Clock || b.ValidUntil-x.View.Clock > types.MaxAgreementValidity:
		return b, protocol.RefuseFigures, fmt.Sprintf("valid until %d, the clock is %d", b.ValidUntil, x.View.Clock)
	case b != want && !x.noWorse(&b):
		return b, protocol.RefuseFigures, "deposits, totals or nonces differ"
	case pact.Agreement == protocol.AgreeClose && !x.Config.ConsentClose:
		return b, protocol.RefusePolicy, "this node signs no cooperative close"
	case pact.Agreement == protocol.AgreeWithdraw && !x.Config.ConsentWithdraw,
		pact.Agreement == protocol.AgreeWithdraw && !b.Payout[x.Side].IsZero(), rotate == x.Side:
		return b, protocol.RefusePolicy, "this node signs no such withdraw"
	}
	return b, protocol.RefuseUnspecified, ""
}

// noWorse tells whether a node that lost data may sign figures that it cannot know:
// the peer owes at least what is stored, with the locks whose secret is known, and
// nobody says that this node signed more than was shown. What was lost above that
// cannot be proven by anybody here.
func (x *step) noWorse(b *types.Balances) bool {
	if x.Phase != PhaseRestored || b.Place != x.Channel.Place || b.Deposit != x.Channel.Deposit {
		return false
	}
	owed := x.Sent.Newest.Transferred
	if x.Restored != nil {
		if p, err := types.ParseBalanceProof(x.Restored.Proof[:]); err == nil {
			owed = owed.Max(p.Transferred)
		}
	}
	due := x.Received.Newest.Transferred
	for _, lock := range x.Received.Locks {
		if lock.HasSecret && !lock.Disposed {
			due, _ = due.Add(lock.Amount) // part of Locked, which fits
		}
	}
	return !b.Transferred[x.Peer()].Less(due) && !owed.Less(b.Transferred[x.Side])
}

func (x *step) refuse(signed []byte, code protocol.RefuseCode, text string) {
	x.emit(Send{protocol.Refuse{ID: x.Channel.ID(), Subject: sha256.Sum256(signed), Code: code, Text: text}})
}

// sendConsent sends the own signature.
func (x *step) sendConsent() {
	x.emit(Send{protocol.Consent{ID: x.Channel.ID(), Subject: sha256.Sum256(x.Pact.Signed), Signature: x.Pact.Signatures[x.Side]}})
}

// consented takes the peer's signature: (4), or the last of (5).
func (x *step) consented(m protocol.Consent) {
	if x.Pact == nil || m.Subject != sha256.Sum256(x.Pact.Signed) || x.Pact.Signatures[x.Peer()] != (protocol.Signature{}) ||
		x.Wait != WaitConsent && x.Wait != WaitSecondSignature {
		return
	}
	if err := x.PeerKey().CheckSignature(x.Pact.Agreement.String(), x.Pact.Signed, m.Signature[:]); err != nil {
		x.fault(object(protocol.FaultSignature, "%s", err))
		return
	}
	x.Pact.Signatures[x.Peer()] = m.Signature
	if x.Pact.Mine {
		x.Pact.Signatures[x.Side] = x.signer.Sign(x.Pact.Signed)
	}
	x.Phase, x.Wait = PhaseAgreed, WaitInclusion
	x.Pact.Submitted = x.View.Clock
	x.persist(PersistAgreed)
	if x.Pact.Mine {
		x.sendConsent()
		x.submitPact()
	}
}

func (x *step) submitPact() {
	x.emit(Submit{SubmitAgreement{
		Channel: x.Channel.Place.Channel, Agreement: x.Pact.Agreement, Signed: x.Pact.Signed, Signatures: x.Pact.Signatures,
		Guaranteed: x.Channel.Guaranteed, ValidUntil: x.Pact.ValidUntil,
	}})
}

// refused drafts again if figures moved, and gives up for any other reason.
func (x *step) refused(m protocol.Refuse) {
	if x.Pact == nil || !x.Pact.Mine || x.Wait != WaitConsent || m.Subject != sha256.Sum256(x.Pact.Signed) {
		return
	}
	if m.Code == protocol.RefuseFigures && x.Pact.Drafts < maxDrafts {
		x.Pact.Drafts++
		x.draft()
		return
	}
	x.dropPact(m.Code, m.Text)
}

// maxDrafts bounds how often figures may have moved: by batches in flight once, by
// deposits a few times.
const maxDrafts = 4

// dropPact forgets an agreement that this node has not signed.
func (x *step) dropPact(code protocol.RefuseCode, text string) {
	if x.Pact == nil || x.Pact.Signatures[x.Side] != (protocol.Signature{}) {
		return
	}
	if x.Pact.Mine {
		x.notify(NoticeDraftRefused{Agreement: x.Pact.Agreement, Code: code, Text: text})
	}
	x.Pact, x.Wait = nil, x.idle()
}

// pleaseClose drafts for a peer that lost data.
func (x *step) pleaseClose(m protocol.PleaseClose, now Now) {
	if m.Place != x.Channel.Place || x.Phase != PhaseOpen || x.Pact != nil {
		return
	}
	if err := x.agree(&Agree{Agreement: m.Agreement, Now: now}); err != nil {
		x.emit(Send{protocol.Refuse{ID: x.Channel.ID(), Code: protocol.RefuseLocks, Text: err.Error()}})
	}
}
