package machine

import "fmt"

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
	var err error
	switch e := event.(type) {
	case Start:
		x.NonceFloor = max(x.NonceFloor, e.Floor)
	case SendBatch:
		err = x.sendBatch(&e)
	case ReceivedBatch:
		err = x.receivedBatch(&e)
	default:
		err = fmt.Errorf("%w: event %T", ErrPhase, event)
	}
	return x.effects, err
}
