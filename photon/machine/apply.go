package machine

import (
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
)

// step is one run of Apply.
type step struct {
	*State
	signer  Signer
	effects []Effect
}

func (x *step) emit(e ...Effect) { x.effects = append(x.effects, e...) }

func (x *step) persist(point PersistPoint) { x.emit(Persist{Point: point}) }

func (x *step) notify(n Notice) { x.emit(Notify{n}) }

// Apply runs one event and appends what is to be done to effects. After an error the
// state is as it was and nothing was appended.
func (s *State) Apply(event Event, signer Signer, effects []Effect) ([]Effect, error) {
	if !s.OwnKey().Same(signer.Key()) {
		return effects, fmt.Errorf("%w: %s: channel %d has %s", ErrSigner, signer.Key().Text(), s.Channel.Place.Channel, s.OwnKey().Text())
	}
	x := step{State: s, signer: signer, effects: effects}
	err := x.apply(event)
	return x.effects, err
}

func (x *step) apply(event Event) error {
	switch e := event.(type) {
	case SendBatch:
		return x.sendBatch(&e)
	case ReceivedBatch:
		x.receivedBatch(&e)
	case Received:
		x.received(&e)
	case Start:
		x.start(&e)
	case Connect:
		x.connect(&e)
	case Disconnect:
		x.disconnected()
	case Tick:
		x.tick(e.Now)
	case Reveal:
		return x.reveal(&e)
	case Pass:
		x.pass(&e)
	case Pay:
		return x.pay(&e)
	case Dispose:
		return x.dispose(&e)
	case Agree:
		return x.agree(&e)
	case Close:
		return x.close(&e)
	case Abandon:
		return x.abandon()
	case OwnProofSeen:
		if no := x.shownOwn(&e.Pair); no != nil {
			return fmt.Errorf("%w: %s", ErrBatch, no.text)
		}
	default:
		return x.applyChain(event)
	}
	return nil
}

func (x *step) applyChain(event Event) error {
	switch e := event.(type) {
	case Header:
		x.header(&e)
	case Snapshot:
		return x.snapshot(&e)
	case Deposited:
		x.deposited(&e)
	case Withdrawn:
		x.withdrawn(&e)
	case Closed:
		x.closed(&e)
	case Updated:
		x.updated(&e)
	case SecretRegistered:
		x.secretRegistered(&e)
	case SecretAbsent:
		x.secretAbsent(&e)
	case Unlocked:
		x.unlocked(&e)
	case DisposalsShown:
		x.disposalsShown(&e)
	case Ended:
		x.ended(&e)
	default:
		return fmt.Errorf("%w: event %T", ErrPhase, event)
	}
	return nil
}

// received runs a message of the peer.
func (x *step) received(e *Received) {
	if x.Phase == PhaseDispute || x.Phase == PhaseEnded {
		return
	}
	switch m := e.Message.(type) {
	case protocol.Ack:
		x.acknowledged(m)
	case *protocol.Reestablish:
		x.reestablish(m)
	case protocol.Reveal:
		x.revealed(m)
	case *protocol.Dispose:
		x.disposed(m)
	case protocol.Draft:
		x.drafted(m, e.Now)
	case protocol.Consent:
		x.consented(m)
	case protocol.Refuse:
		x.refused(m)
	case protocol.PleaseClose:
		x.pleaseClose(m, e.Now)
	case protocol.Fault:
		x.notify(NoticeFault{Code: m.Code, Text: m.Text, ByPeer: true})
	}
}

// start begins a run of the process.
func (x *step) start(e *Start) {
	x.NonceFloor = max(x.NonceFloor, e.Floor)
	x.Confirmed = false
	if x.Phase == PhaseEnded {
		x.emit(Forget{})
		return
	}
	x.disconnected()
	if x.Pact == nil && (x.Phase == PhaseOpen || x.Phase == PhaseRestored) {
		x.Wait = x.idle() // an agreement that nobody signed is forgotten
	}
	if !e.FromBackup {
		return
	}
	switch x.Phase {
	case PhaseAgreed:
		x.Pact.From = PhaseRestored
	case PhaseOpen, PhaseClosing:
		x.Phase, x.Wait, x.Closing = PhaseRestored, WaitHeal, nil
	default:
		return
	}
	x.persist(PersistRestored)
	x.notify(NoticeRestored{Stored: x.Sent.Newest.Nonce})
}

// tick ends a silence for an agreement that came to nothing.
func (x *step) tick(now Now) {
	if x.Pact != nil && uint64(now) >= x.Pact.Since+x.Config.QuietTime {
		x.dropPact(protocol.RefuseUnspecified, "the peer did not answer in time")
	}
}
