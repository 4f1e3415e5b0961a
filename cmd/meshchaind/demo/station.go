package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"golang.org/x/sync/errgroup"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// Call is the message of one zone's station to the other's, and the answer.
type Call struct {
	// Discharge is what the caller was told and does from now on, and what the
	// answering station does.
	Discharge Switch `json:"discharge"`
}

// station is the plant of one zone or the park of the other. It obeys the agency; one
// of the two, the caller, tells the other of each decision, and that answers.
type station struct {
	route              // of readings
	hub      string    // the zone's channel to the main chain
	agency   string    // whose decisions count
	peer     peer      // the other station
	caller   bool      // calls the peer on every decision
	receipts *receipts // of all

	discharge Switch       // touched by run only
	decided   atomic.Int64 // decisions handled
	calls     atomic.Int64 // calls and answers decided
	sent      atomic.Int64 // of them, in a block
	taken     atomic.Int64 // calls or answers handled
}

// peer is an account of another zone.
type peer struct{ zone, chainID, address string }

func (s *station) run(ctx context.Context) error {
	box, err := newInbox(ctx, s.sender)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return box.work(ctx, func(t transackettypes.Transacket) error {
			if err := s.handle(ctx, g, t); err != nil {
				return fmt.Errorf("%s: TransacKet %x from %s: %w", s.sender.account.Name(), t.Id, t.From, err)
			}
			return nil
		})
	})
	return g.Wait()
}

func (s *station) handle(ctx context.Context, g *errgroup.Group, t transackettypes.Transacket) error {
	if ok, err := s.receipts.take(t); ok || err != nil {
		return err
	}
	// Nothing else comes through the hub than what the main chain sent, or attests.
	if t.Source.DestinationChannel != s.hub {
		return fmt.Errorf("came through %q, not through the hub %q", t.Source.DestinationChannel, s.hub)
	}
	if t.Envelope.Origin == nil {
		return s.obey(ctx, g, t)
	}
	if got := *t.Envelope.Origin; got.ChainId != s.peer.chainID || got.Sender != s.peer.address {
		return fmt.Errorf("its origin is %s on %s, should be %s on %s", got.Sender, got.ChainId, s.peer.address, s.peer.chainID)
	}
	return s.answer(ctx, g, t)
}

// obey follows a decision and, as the caller, passes it on to the peer.
func (s *station) obey(ctx context.Context, g *errgroup.Group, t transackettypes.Transacket) error {
	if t.From != s.agency {
		return fmt.Errorf("is no decision of the agency %s", s.agency)
	}
	decision, err := decodeDecision(t.Envelope.GetInband())
	if err != nil {
		return err
	}
	s.discharge = decision.Discharge
	s.decided.Add(1)
	if !s.caller {
		return nil
	}
	return s.tell(ctx, g, topicCall, callPayment, nil)
}

// answer takes a call, and answers it with a part of the payment, which goes back as
// the voucher that it came as; or it takes the answer.
func (s *station) answer(ctx context.Context, g *errgroup.Group, t transackettypes.Transacket) error {
	var call Call
	if err := json.Unmarshal(t.Envelope.GetInband(), &call); err != nil {
		return err
	}
	if call.Discharge != SwitchOn && call.Discharge != SwitchOff {
		return fmt.Errorf("message %q: discharge must be %q or %q", t.Envelope.GetInband(), SwitchOn, SwitchOff)
	}
	switch {
	case s.caller && (t.Envelope.Topic != topicAnswer || len(t.Envelope.Thread) == 0):
		return fmt.Errorf("topic %q: want an answer to a call", t.Envelope.Topic)
	case !s.caller && t.Envelope.Topic != topicCall:
		return fmt.Errorf("topic %q: want a call", t.Envelope.Topic)
	}
	s.taken.Add(1)
	if s.caller {
		return nil
	}
	s.discharge = call.Discharge
	return s.tell(ctx, g, topicAnswer, sdk.NewCoin(t.Payment.Denom, answerAmount), t.Id)
}

// tell sends to the peer, by the name of its zone.
func (s *station) tell(ctx context.Context, g *errgroup.Group, topic string, payment sdk.Coin, thread []byte) error {
	data, err := json.Marshal(Call{Discharge: s.discharge})
	if err != nil {
		return err
	}
	way := route{sender: s.sender, to: s.peer.address, zone: s.peer.zone, payment: payment, ledger: s.ledger}
	s.calls.Add(1)
	out, err := way.sender.offer(ctx, way.message(topic, data, thread))
	if err != nil {
		return err
	}
	g.Go(func() error {
		if _, err := way.settle(ctx, out); err != nil {
			return err
		}
		s.sent.Add(1)
		return nil
	})
	return nil
}
