package tower

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// again is after how much channel clock an action is repeated whose effect is not seen.
	again = 60
	// submitTime bounds one attempt at a transaction.
	submitTime = 2 * time.Minute
	// maxActing bounds transactions that are under way for one chain.
	maxActing = 32
)

// watch follows one chain and acts in disputes until ctx ends.
func (s *Server) watch(ctx context.Context, c Place) {
	acting := make(chan struct{}, maxActing)
	disputes := map[uint64]bool{} // channels whose dispute was seen
	_ = s.follow[c.ID()].Run(ctx, func(news chain.News) error {
		for _, ev := range news.Events {
			switch m := ev.Message.(type) {
			case *types.EventChannelClosed:
				disputes[m.ChannelId] = true
			case *types.Change:
				if m.Channel != nil && m.Channel.Dispute != nil {
					disputes[m.Channel.Id] = true
				}
				if m.Ended != nil {
					s.over(c, m.Ended.Id)
					delete(disputes, m.Ended.Id)
				}
			case *types.EventChannelEnded:
				s.over(c, m.ChannelId)
				delete(disputes, m.ChannelId)
			case *types.EventWithdrawn:
				s.epoch(c, m.ChannelId, m.Epoch)
			}
		}
		for id := range disputes {
			watches := s.find(c, id)
			if len(watches) == 0 {
				delete(disputes, id)
			}
			for _, w := range watches {
				s.look(ctx, c, w, acting)
			}
		}
		return nil
	})
}

// find returns what is watched of a channel: none, one or both sides.
func (s *Server) find(c Place, id uint64) (out []*watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for delegator := range uint8(2) {
		if w := s.watched[where{c.ID(), id, delegator}]; w != nil {
			out = append(out, w)
		}
	}
	return out
}

func (s *Server) over(c Place, id uint64) {
	for _, w := range s.find(c, id) {
		s.drop(w)
	}
}

// epoch forgets states of older epochs: their proofs are void.
func (s *Server) epoch(c Place, id, epoch uint64) {
	for _, w := range s.find(c, id) {
		if w.state.Epoch < epoch {
			s.drop(w)
		}
	}
}

// look asks for a channel in dispute and does what is due.
func (s *Server) look(ctx context.Context, c Place, w *watch, acting chan struct{}) {
	asking, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r, err := c.Query().Channel(asking, &types.QueryChannelRequest{ChannelId: w.state.Channel})
	if err != nil || r.Channel == nil || r.Channel.Dispute == nil {
		return // the next block shows it
	}
	for _, due := range Due(w.state, r.Channel, r.Clock, c.Address()) {
		if !s.again(w, due.Name, r.Clock) {
			continue
		}
		select {
		case acting <- struct{}{}:
		default:
			return
		}
		s.did(w, due.Name, r.Clock)
		go func() {
			defer func() { <-acting }()
			submitting, cancel := context.WithTimeout(ctx, submitTime)
			defer cancel()
			res, err := c.Submit(submitting, s.cfg.Logger, due.Msg)
			if err != nil {
				s.cfg.Logger.Error("the tower's transaction failed", "channel", w.state.Channel, "action", due.Name, "error", err)
				return
			}
			if due.Once {
				s.did(w, due.Name, never)
			}
			s.cfg.Logger.Info("the tower acted", "channel", w.state.Channel, "action", due.Name, "height", res.Height)
		}()
	}
}

// never is the clock of an action that is not repeated.
const never = math.MaxUint64 - again

// again tells whether an action was not tried lately.
func (s *Server) again(w *watch, name string, clock uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, done := w.done[name]
	return !done || clock >= last+again
}

func (s *Server) did(w *watch, name string, clock uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.done[name] = clock
}

// Action that is due.
type Action struct {
	// Name tells the actions for a channel apart.
	Name string
	Msg  sdk.Msg
	// Once tells that it is not repeated after it was in a block: its effect cannot be seen in the
	// channel, and costs the tower a fee each time.
	Once bool
}

// Due returns what a tower with a state should do in a dispute at a channel clock.
func Due(m *State, ch *types.Channel, clock uint64, tower string) (out []Action) {
	d := ch.Dispute
	if d == nil || len(d.Directions) != 2 || ch.Epoch != m.Epoch {
		return nil
	}
	partner := d.Directions[1-m.Delegator]
	switch {
	case clock < d.UpdateUntil:
		if msg, name := secrets(m, tower, clock); msg != nil {
			out = append(out, Action{name, msg, true})
		}
		// Before a quarter of the phase the delegator has the chance to act itself, and the tower
		// would earn nothing.
		if clock >= d.ClosedAt+(d.UpdateUntil-d.ClosedAt)/4 && newer(m, partner.Held) {
			out = append(out, Action{"pair", &types.MsgUpdateBalanceProof{
				Submitter: tower, ChannelId: ch.Id, Pair: m.Received.SignedProof(),
				Delegation: &types.Delegation{Tower: tower, Reward: m.Reward, Expiry: m.Expiry, Signature: m.Signature[:]},
			}, false})
		}
	case clock < d.UnlockUntil:
		if len(m.Locks) > 0 && partner.Held != nil && !partner.Held.Unlocked && string(partner.Held.Signed.Proof) == string(m.Received.Proof[:]) {
			out = append(out, Action{"unlock", &types.MsgUnlock{Submitter: tower, ChannelId: ch.Id, Sender: uint32(1 - m.Delegator), Locks: m.Locks}, false})
		}
		fallthrough
	case clock < d.SettleFrom:
		out = append(out, disposals(m, ch, tower)...)
	default:
		out = append(out, Action{"settle", &types.MsgSettle{Submitter: tower, ChannelId: ch.Id}, false})
	}
	return out
}

// newer tells whether the tower's pair raises what the chain holds.
func newer(m *State, held *types.Evidence) bool {
	if m.Received == nil {
		return false
	}
	if held == nil {
		return true
	}
	there, err := types.ParseBalanceProof(held.Signed.Proof)
	if err != nil {
		return true
	}
	ours, err := types.ParseBalanceProof(m.Received.Proof[:])
	return err == nil && ours.Nonce > there.Nonce
}

// secrets puts those on record whose lock has not expired; the name changes with what the client knows.
func secrets(m *State, tower string, clock uint64) (sdk.Msg, string) {
	locks, err := types.ParseLocks(m.Locks)
	if err != nil {
		return nil, "" // checked when it came
	}
	msg := &types.MsgRegisterSecrets{Submitter: tower}
	name := sha256.New()
	for i := range m.Secrets {
		name.Write(m.Secrets[i][:])
		hash, secret := hashOf(m.Secrets[i][:]), m.Secrets[i]
		if slices.Contains(m.Secrets[:i], secret) {
			continue // several locks may have one hash
		}
		if slices.ContainsFunc(locks, func(l types.Lock) bool { return l.Hash == hash && clock <= l.Expiry }) {
			msg.Secrets = append(msg.Secrets, m.Secrets[i][:])
		}
	}
	if len(msg.Secrets) == 0 {
		return nil, ""
	}
	return msg, fmt.Sprintf("secrets %x", name.Sum(nil)[:4])
}

// disposals are shown for the delegator's own locks that were unlocked, one by one: which of them
// count is not in the channel's state, and one that does not would spoil the others.
func disposals(m *State, ch *types.Channel, tower string) (out []Action) {
	own := ch.Dispute.Directions[m.Delegator]
	for which, e := range []*types.Evidence{own.Held, own.Claim} {
		if e == nil || !e.Unlocked || e.UnlockedAmount.IsZero() {
			continue
		}
		for i := range m.Disposals {
			out = append(out, Action{fmt.Sprintf("disposal %d of %d", m.Disposals[i].LockId, which), &types.MsgShowDisposals{
				Submitter: tower, ChannelId: ch.Id, Sender: uint32(m.Delegator), Claim: which == 1, Disposals: m.Disposals[i : i+1],
			}, true})
		}
	}
	return out
}
