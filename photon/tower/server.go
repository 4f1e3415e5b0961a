package tower

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// perClient bounds the channels of one client.
	perClient = 64
	// checkTime bounds the check of one state.
	checkTime = 10 * time.Second
)

// Wire carries messages between nodes. *node.Node is it.
type Wire interface {
	Handle(kinds [2]protocol.Kind, take func(peer string, kind protocol.Kind, body []byte) error)
	SendTo(peer string, m protocol.Message) error
}

// Place is a chain that the tower watches on.
type Place struct {
	*chain.Chain
	// Account that earns rewards there, as bytes.
	Account []byte
	// Knows tells whether a domain is of this chain.
	Knows func(types.Hash) bool
}

// ServerConfig of a tower.
type ServerConfig struct {
	Dir        string
	Chains     []Place
	MinReward  types.Uint128
	MaxClients int
	// MaxValue bounds the deposits in all channels that are watched, MaxClientValue those in the channels of one client.
	MaxValue, MaxClientValue Limits
	// Secret is what the key of the records derives from; Sign signs receipts with the node key.
	Secret []byte
	Sign   func(message []byte) ([]byte, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Server watches channels of others.
type Server struct {
	cfg   ServerConfig
	wire  Wire
	vault *vault
	inbox *line

	writing sync.Mutex // held from the table to the disk, so that both have the same
	mu      sync.Mutex
	watched map[where]*watch
	clients map[string]int
	sums    map[sumOf]types.Uint128    // deposits in channels that are watched
	unwell  bool                       // the disk refused the newest record
	follow  map[string]*chain.Follower // by chain-id
}

// where a channel is, and whose side is watched: both may be, by one tower.
type where struct {
	chainID   string
	channel   uint64
	delegator uint8
}

// watch is a channel that the tower watches.
type watch struct {
	where
	client string
	state  *State
	body   []byte
	nonce  uint64
	key    types.ChannelKey // of the delegator, to follow
	stake  stake
	done   map[string]uint64
}

type job struct {
	peer string
	body []byte
}

// NewServer reads what the tower has and starts to answer.
func NewServer(cfg ServerConfig, wire Wire) (*Server, error) {
	v, err := openVault(cfg.Dir, cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("tower: %w", err)
	}
	s := &Server{
		cfg: cfg, wire: wire, vault: v, inbox: newLine(), watched: map[where]*watch{}, clients: map[string]int{}, sums: map[sumOf]types.Uint128{},
		follow: map[string]*chain.Follower{},
	}
	for _, c := range cfg.Chains {
		s.follow[c.ID()] = c.Follow(0, cfg.Logger)
	}
	if err := v.each(s.restore); err != nil {
		return nil, fmt.Errorf("tower: %w", err)
	}
	return s, nil
}

// take answers a client; states are checked by the worker, as the chain is asked for it.
func (s *Server) take(peer string, kind protocol.Kind, body []byte) error {
	switch kind {
	case KindAsk:
		m, err := ParseAsk(body)
		if err != nil {
			return err
		}
		t := Terms{Domain: m.Domain, Reward: s.cfg.MinReward}
		if c := s.chainOf(m.Domain); c != nil {
			t.Account = c.Address()
		}
		_ = s.wire.SendTo(peer, t) // who is gone asks again
	case KindState:
		if len(body) > MaxState {
			return fmt.Errorf("%w: state of %d bytes", protocol.ErrTooLarge, len(body))
		}
		s.mu.Lock()
		known := s.clients[peer] > 0
		s.mu.Unlock()
		s.inbox.push(job{peer, body}, known)
	case KindShow:
		m, err := ParseShow(body)
		if err != nil {
			return err
		}
		shown := Shown{Place: m.Place}
		s.mu.Lock()
		for _, c := range s.cfg.Chains {
			for delegator := range uint8(2) {
				if w := s.watched[where{c.ID(), m.Channel, delegator}]; w != nil && w.client == peer && w.state.Place == m.Place {
					shown.State = w.body
				}
			}
		}
		s.mu.Unlock()
		_ = s.wire.SendTo(peer, shown)
	}
	return nil
}

func (s *Server) chainOf(domain types.Hash) *Place {
	for i := range s.cfg.Chains {
		if s.cfg.Chains[i].Knows(domain) {
			return &s.cfg.Chains[i]
		}
	}
	return nil
}

// Run checks and keeps states, follows the chains and acts, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	var wait sync.WaitGroup
	for _, c := range s.cfg.Chains {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s.watch(ctx, c)
		}()
	}
	defer wait.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.inbox.wake:
			for j, ok := s.inbox.pop(); ok && ctx.Err() == nil; j, ok = s.inbox.pop() {
				s.keep(ctx, j)
			}
		}
	}
}

// keep checks a state, makes it durable and signs for it, or says why not.
func (s *Server) keep(ctx context.Context, j job) {
	m, err := ParseState(j.body)
	if err != nil {
		s.cfg.Logger.Warn("a client of the tower sends garbage", "peer", j.peer, "error", err)
		return
	}
	w, err := s.check(ctx, j, m)
	if err == nil {
		err = s.enter(w, m.Place)
	}
	if err != nil {
		_ = s.wire.SendTo(j.peer, Refusal{Place: m.Place, Text: err.Error()})
		return
	}
	r := Receipt{Place: m.Place, Nonce: w.nonce, State: hashOf(j.body), Time: uint64(s.cfg.Now().Unix())} //nolint:gosec // after 1970
	signature, err := s.cfg.Sign(r.Signed())
	if err != nil {
		s.cfg.Logger.Error("the tower cannot sign", "error", err)
		return
	}
	copy(r.Signature[:], signature)
	_ = s.wire.SendTo(j.peer, r)
}

// enter keeps a state that was checked.
func (s *Server) enter(w *watch, at types.Place) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if f := s.follow[w.chainID]; f != nil {
		if err := f.Watch(w.key, ""); err != nil {
			return fmt.Errorf("this tower can follow no more channels: %w", err)
		}
	}
	if err := s.write(w, at); err != nil {
		return err
	}
	s.add(w)
	return nil
}

// write makes a record durable. On a full disk the tower signs for nothing new, and keeps and shows what
// it has; the client sends again until there is space.
func (s *Server) write(w *watch, at types.Place) error {
	err := s.vault.put(at, w.delegator, w.record())
	s.mu.Lock()
	before := s.unwell
	s.unwell = err != nil
	s.mu.Unlock()
	switch {
	case err != nil && !before:
		s.cfg.Logger.Error("the tower signs for nothing new: its disk does not take it", "error", err)
	case err == nil && before:
		s.cfg.Logger.Info("the tower's disk takes records again")
	}
	if err != nil {
		return errors.New("this tower cannot write to its disk now")
	}
	return nil
}

// check decides whether a state is kept.
func (s *Server) check(ctx context.Context, j job, m *State) (*watch, error) {
	c := s.chainOf(m.Domain)
	if c == nil {
		return nil, errors.New("this tower is not on that chain")
	}
	if m.Reward.Less(s.cfg.MinReward) {
		return nil, fmt.Errorf("reward %s: this tower asks for at least %s", m.Reward, s.cfg.MinReward)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r, err := c.Query().Channel(ctx, &types.QueryChannelRequest{ChannelId: m.Channel})
	if err != nil {
		return nil, fmt.Errorf("channel %d: %w", m.Channel, err)
	}
	if r.Channel == nil {
		return nil, fmt.Errorf("channel %d is over", m.Channel)
	}
	if m.Expiry <= r.Clock {
		return nil, fmt.Errorf("the delegation expired at %d, the channel clock is %d", m.Expiry, r.Clock)
	}
	proof, err := m.Check(r.Channel, c.Account)
	if err != nil {
		return nil, err
	}
	stake, err := stakeOf(r.Channel)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := where{c.ID(), m.Channel, m.Delegator}
	before := s.watched[at]
	switch {
	case before == nil && s.clients[j.peer] >= perClient:
		return nil, fmt.Errorf("you have %d channels here: that is the most", perClient)
	case before == nil && s.clients[j.peer] == 0 && len(s.clients) >= s.cfg.MaxClients:
		return nil, fmt.Errorf("this tower has %d clients: that is the most", s.cfg.MaxClients)
	case before != nil && before.client != j.peer && before.nonce > proof.Nonce:
		return nil, errors.New("somebody else has handed in a newer state of this side of the channel")
	case before != nil && before.state.Epoch == m.Epoch && before.nonce > proof.Nonce:
		return nil, fmt.Errorf("the pair has nonce %d, this tower has %d", proof.Nonce, before.nonce)
	}
	if stake, err = s.admit(j.peer, at, m.Place, stake); err != nil {
		return nil, err
	}
	return &watch{
		where: at, client: j.peer, state: m, body: j.body, nonce: proof.Nonce, key: r.Channel.Participants[m.Delegator].Key, stake: stake, done: map[string]uint64{},
	}, nil
}

// add puts a watched channel into the tables.
func (s *Server) add(w *watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.watched[w.where]; before != nil {
		w.done = before.done
		s.leaves(before)
	}
	s.watched[w.where] = w
	s.clients[w.client]++
	s.count(w, false)
	if f := s.follow[w.chainID]; f == nil {
		s.cfg.Logger.Error("a channel is not watched: its chain is not configured any more", "chain", w.chainID, "channel", w.channel)
	} else if err := f.Watch(w.key, ""); err != nil {
		s.cfg.Logger.Error("the tower cannot follow a channel by its events", "channel", w.channel, "error", err)
	}
}

// leaves counts a channel of a client less; the caller holds mu.
func (s *Server) leaves(w *watch) {
	if s.clients[w.client]--; s.clients[w.client] <= 0 {
		delete(s.clients, w.client)
	}
	s.count(w, true)
}

// record of a watched channel on disk: length 1 | client | length 1 | chain-id | length 1 | denom | deposits 16 | key 34 | state.
func (w *watch) record() []byte {
	var b []byte
	for _, text := range []string{w.client, w.chainID, w.stake.denom} {
		b = append(append(b, byte(len(text))), text...)
	}
	return append(w.key.AppendTo(w.stake.value.AppendTo(b)), w.body...)
}

// restore reads a record.
func (s *Server) restore(record []byte) error {
	r := reader{b: record}
	w := &watch{done: map[string]uint64{}}
	w.client = string(r.take(int(r.uint8())))
	w.chainID = string(r.take(int(r.uint8())))
	w.stake.denom = string(r.take(int(r.uint8())))
	w.stake.value = r.amount()
	key := r.take(types.KeyLength)
	if r.short {
		return fmt.Errorf("%w: record of %d bytes", protocol.ErrMalformed, len(record))
	}
	var err error
	if w.key, err = types.ChannelKeyFromBytes(key); err != nil {
		return err
	}
	w.body = r.b
	if w.state, err = ParseState(w.body); err != nil {
		return err
	}
	w.channel, w.delegator = w.state.Channel, w.state.Delegator
	if w.state.Received != nil {
		p, err := types.ParseBalanceProof(w.state.Received.Proof[:])
		if err != nil {
			return err
		}
		w.nonce = p.Nonce
	}
	s.add(w)
	return nil
}

// drop forgets a channel that is over, unless a newer state of it came meanwhile.
func (s *Server) drop(w *watch) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	there := s.watched[w.where] == w
	shared := false
	if there {
		delete(s.watched, w.where)
		s.leaves(w)
		for _, other := range s.watched {
			shared = shared || other.chainID == w.chainID && other.key.Text() == w.key.Text()
		}
	}
	f := s.follow[w.chainID]
	s.mu.Unlock()
	if !there {
		return
	}
	if f != nil && !shared {
		f.Forget(w.key)
	}
	if err := s.vault.remove(w.state.Place, w.delegator); err != nil {
		s.cfg.Logger.Error("the tower cannot delete a record", "error", err)
	}
}
