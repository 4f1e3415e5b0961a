package chain

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Message makes the transaction message of an action. approval is the guarantor's, for an
// agreement that needs one.
func (c *Chain) Message(a machine.Action, approval *types.Approval) (sdk.Msg, error) {
	return Message(c.address, a, approval)
}

// Message makes the transaction message of an action from an account.
func Message(from string, a machine.Action, approval *types.Approval) (sdk.Msg, error) {
	switch a := a.(type) {
	case machine.SubmitClose:
		return &types.MsgClose{
			Submitter: from, ChannelId: a.Channel, Closer: uint32(a.Closer), Recovering: a.Recovering,
			PartnerPair: a.Partner, Claim: a.Claim, ValidUntil: a.ValidUntil, Signature: a.Signature[:],
		}, nil
	case machine.SubmitPair:
		return &types.MsgUpdateBalanceProof{Submitter: from, ChannelId: a.Channel, Pair: a.Pair}, nil
	case machine.SubmitSecrets:
		m := &types.MsgRegisterSecrets{Submitter: from}
		for i := range a.Secrets {
			m.Secrets = append(m.Secrets, a.Secrets[i][:])
		}
		return m, nil
	case machine.SubmitUnlock:
		return &types.MsgUnlock{Submitter: from, ChannelId: a.Channel, Sender: uint32(a.Sender), Claim: a.Claim, Locks: a.Locks}, nil
	case machine.SubmitDisposals:
		return &types.MsgShowDisposals{Submitter: from, ChannelId: a.Channel, Sender: uint32(a.Sender), Claim: a.Claim, Disposals: a.Disposals}, nil
	case machine.SubmitSettle:
		return &types.MsgSettle{Submitter: from, ChannelId: a.Channel}, nil
	case machine.SubmitAgreement:
		if a.Guaranteed && approval == nil {
			return nil, fmt.Errorf("channel %d: the %s needs the guarantor's approval", a.Channel, a.Agreement)
		}
		signatures := [][]byte{a.Signatures[0][:], a.Signatures[1][:]}
		if a.Agreement == protocol.AgreeClose {
			return &types.MsgCooperativeClose{Submitter: from, Agreement: a.Signed, Signatures: signatures, Approval: approval}, nil
		}
		return &types.MsgWithdraw{Submitter: from, Agreement: a.Signed, Signatures: signatures, Approval: approval}, nil
	}
	return nil, fmt.Errorf("action %T is unknown", a)
}

const (
	// maxInFlight bounds actions that are being submitted.
	maxInFlight = 64
	minAttempt  = 30 * time.Second
	maxAttempt  = 10 * time.Minute
)

// Submitter carries out the actions of channel machines, at most 64 at a time. The same action
// of a channel that is under way already is not started again: machines ask again until they see
// the outcome in the events of the chain.
type Submitter struct {
	chain *Chain
	log   *slog.Logger

	mu      sync.Mutex
	running map[string]bool
	wait    sync.WaitGroup
}

// NewSubmitter returns a submitter with nothing under way.
func (c *Chain) NewSubmitter(logger *slog.Logger) *Submitter {
	return &Submitter{chain: c, log: logger, running: map[string]bool{}}
}

// Submit starts an action in the background. clock is the channel clock now, from which the time
// left for the action follows. done, if not nil, is told the outcome; it may block.
func (s *Submitter) Submit(ctx context.Context, a machine.Action, approval *types.Approval, clock uint64, done func(*client.TxResult, error)) {
	name, until := nameOf(a)
	s.mu.Lock()
	if s.running[name] || len(s.running) >= maxInFlight {
		s.mu.Unlock()
		return
	}
	s.running[name] = true
	s.wait.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.wait.Done()
		res, err := s.run(ctx, a, approval, until, clock)
		s.mu.Lock()
		delete(s.running, name)
		s.mu.Unlock()
		if done != nil {
			done(res, err)
		}
	}()
}

// Wait returns when nothing is under way; end the contexts first.
func (s *Submitter) Wait() { s.wait.Wait() }

func (s *Submitter) run(ctx context.Context, a machine.Action, approval *types.Approval, until, clock uint64) (*client.TxResult, error) {
	msg, err := s.chain.Message(a, approval)
	if err != nil {
		return nil, err
	}
	left := maxAttempt
	if until > 0 {
		// The channel clock is never faster than time.
		left = max(minAttempt, min(maxAttempt, time.Duration(int64(until-min(clock, until)))*time.Second))
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	res, err := s.chain.Submit(ctx, s.log, msg)
	switch {
	case err != nil:
		s.log.Error("transaction of a channel failed", "chain", s.chain.ID(), "message", sdk.MsgTypeURL(msg), "error", err)
	default:
		s.log.Info("transaction of a channel is in a block", "chain", s.chain.ID(), "message", sdk.MsgTypeURL(msg), "height", res.Height, "tx", res.Hash.String())
	}
	return res, err
}

// nameOf tells actions apart, and until when they make sense by the channel clock; 0 for ever.
func nameOf(a machine.Action) (name string, until uint64) {
	switch a := a.(type) {
	case machine.SubmitClose:
		return fmt.Sprintf("close %d", a.Channel), a.ValidUntil
	case machine.SubmitPair:
		return fmt.Sprintf("pair %d %x", a.Channel, types.ProofHash(&a.Pair)), a.Until
	case machine.SubmitSecrets:
		return fmt.Sprintf("secrets %d %x", a.Channel, a.Secrets), a.Until
	case machine.SubmitUnlock:
		return fmt.Sprintf("unlock %d %d %t", a.Channel, a.Sender, a.Claim), a.Until
	case machine.SubmitDisposals:
		return fmt.Sprintf("disposals %d %d %t %d", a.Channel, a.Sender, a.Claim, len(a.Disposals)), a.Until
	case machine.SubmitSettle:
		return fmt.Sprintf("settle %d", a.Channel), 0
	case machine.SubmitAgreement:
		return fmt.Sprintf("agreement %d %d", a.Channel, a.Agreement), a.ValidUntil
	}
	return fmt.Sprintf("%T", a), 0
}
