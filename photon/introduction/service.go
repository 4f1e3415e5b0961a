package introduction

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// patience is how long an answer is waited for.
const patience = 10 * time.Second

// ErrNotThere says that the other node is not on this chain, or not in this instance of it.
var ErrNotThere = errors.New("the peer is not on this chain")

// Peers carries messages. *node.Node is it.
type Peers interface {
	Handle(kinds [2]protocol.Kind, take func(peer string, kind protocol.Kind, body []byte) error)
	SendTo(peer string, m protocol.Message) error
}

// Service asks and answers. It is safe for concurrent use.
type Service struct {
	peers Peers
	whoAt func(domain types.Hash) (account string, key types.ChannelKey)

	mu      sync.Mutex
	waiting map[uint64]question
}

type question struct {
	peer   string
	answer chan Answer
}

// New answers questions with whoAt: an empty account if the node is not in the domain.
func New(peers Peers, whoAt func(domain types.Hash) (account string, key types.ChannelKey)) *Service {
	s := &Service{peers: peers, whoAt: whoAt, waiting: map[uint64]question{}}
	peers.Handle([2]protocol.Kind{KindQuestion, lastKind}, s.take)
	return s
}

func (s *Service) take(peer string, kind protocol.Kind, body []byte) error {
	switch kind {
	case KindQuestion:
		q, err := ParseQuestion(body)
		if err != nil {
			return err
		}
		account, key := s.whoAt(q.Domain)
		_ = s.peers.SendTo(peer, Answer{ID: q.ID, Account: account, Key: key}) // who is gone asks again
		return nil
	case KindAnswer:
		a, err := ParseAnswer(body)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if q, ok := s.waiting[a.ID]; ok && q.peer == peer {
			delete(s.waiting, a.ID)
			q.answer <- a
		}
		return nil
	}
	return fmt.Errorf("%w: %d", protocol.ErrKind, kind)
}

// Introduce asks a connected peer for its account and channel key in a domain.
func (s *Service) Introduce(ctx context.Context, peer string, domain types.Hash) (string, types.ChannelKey, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", types.ChannelKey{}, err
	}
	id := binary.BigEndian.Uint64(b[:])
	q := question{peer: peer, answer: make(chan Answer, 1)}
	s.mu.Lock()
	s.waiting[id] = q
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting, id)
	}()
	if err := s.peers.SendTo(peer, Question{ID: id, Domain: domain}); err != nil {
		return "", types.ChannelKey{}, fmt.Errorf("peer %s: %w", peer, err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case a := <-q.answer:
		if a.Account == "" || a.Key.Type == types.KEY_TYPE_UNSPECIFIED {
			return "", a.Key, fmt.Errorf("peer %s: %w", peer, ErrNotThere)
		}
		return a.Account, a.Key, nil
	case <-ctx.Done():
		return "", types.ChannelKey{}, fmt.Errorf("peer %s does not say who it is: %w", peer, ctx.Err())
	}
}
