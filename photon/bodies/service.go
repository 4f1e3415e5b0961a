package bodies

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	// ahead is how many pieces may be on their way without an answer.
	ahead = 4
	// maxIncoming transfers at one time, and for how long one may stand still.
	maxIncoming = 8
	stall       = 30 * time.Second
)

var (
	// ErrTooLong says that the data is longer than MaxBody.
	ErrTooLong = errors.New("data too long")
	// ErrDeclined says that the receiver does not take it.
	ErrDeclined = errors.New("the receiver does not take the data")
)

// Wire carries messages between nodes. *node.Node is it.
type Wire interface {
	Handle(kinds [2]protocol.Kind, take func(peer string, kind protocol.Kind, body []byte) error)
	SendTo(peer string, m protocol.Message) error
}

// Service sends and takes data. It is safe for concurrent use.
type Service struct {
	wire  Wire
	shelf *shelf
	now   func() time.Time
	takes func(peer string) bool

	mu       sync.Mutex
	outgoing map[uint64]*outgoing
	incoming map[incomingID]*incoming
}

type outgoing struct {
	peer    string
	have    chan uint64
	decline chan string
}

type incomingID struct {
	peer string
	id   uint64
}

type incoming struct {
	offer Offer
	data  []byte
	moved time.Time
}

// New keeps received data in a directory, at most limit bytes of it: the oldest is deleted. With limit
// 0 nothing is taken. takes tells whether a peer may send any: identities cost nothing, and whoever may
// send pushes out what others have paid for.
func New(wire Wire, dir string, limit int64, now func() time.Time, takes func(peer string) bool) (*Service, error) {
	shelf, err := openShelf(dir, limit)
	if err != nil {
		return nil, err
	}
	s := &Service{wire: wire, shelf: shelf, now: now, takes: takes, outgoing: map[uint64]*outgoing{}, incoming: map[incomingID]*incoming{}}
	wire.Handle([2]protocol.Kind{KindOffer, lastKind}, s.take)
	return s, nil
}

// Read returns data that was received; nil if there is none.
func (s *Service) Read(hash types.Hash) []byte { return s.shelf.read(hash) }

// Send hands data to a peer and returns when it is on its disk.
func (s *Service) Send(ctx context.Context, peer string, data []byte) (hash types.Hash, err error) {
	hash = sha256.Sum256(data)
	if len(data) > MaxBody {
		return hash, fmt.Errorf("%w: %d bytes: must be at most %d", ErrTooLong, len(data), MaxBody)
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return hash, err
	}
	id := binary.BigEndian.Uint64(random[:])
	o := &outgoing{peer: peer, have: make(chan uint64, ahead+1), decline: make(chan string, 1)}
	s.mu.Lock()
	s.outgoing[id] = o
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.outgoing, id)
	}()
	size := uint64(len(data))
	if err := s.wire.SendTo(peer, Offer{id, hash, size}); err != nil {
		return hash, err
	}
	sent, started := uint64(0), false
	for {
		select {
		case have := <-o.have:
			if have >= size {
				return hash, nil
			}
			if !started {
				sent, started = have, true
			}
			for sent < size && sent < have+ahead*MaxPiece {
				end := min(sent+MaxPiece, size)
				if err := s.wire.SendTo(peer, Piece{id, sent, data[sent:end]}); err != nil {
					return hash, err
				}
				sent = end
			}
		case why := <-o.decline:
			return hash, fmt.Errorf("%w: %s", ErrDeclined, why)
		case <-ctx.Done():
			return hash, ctx.Err()
		}
	}
}

func (s *Service) take(peer string, kind protocol.Kind, body []byte) error {
	switch kind {
	case KindOffer:
		m, err := ParseOffer(body)
		if err == nil {
			s.offered(peer, m)
		}
		return err
	case KindPiece:
		m, err := ParsePiece(body)
		if err == nil {
			s.piece(peer, m)
		}
		return err
	case KindHave:
		m, err := ParseHave(body)
		if o := s.sending(peer, m.ID); err == nil && o != nil {
			select {
			case o.have <- m.Offset:
			default: // more answers than pieces: the peer's fault, and its loss
			}
		}
		return err
	case KindDecline:
		m, err := ParseDecline(body)
		if o := s.sending(peer, m.ID); err == nil && o != nil {
			select {
			case o.decline <- m.Text:
			default:
			}
		}
		return err
	}
	return nil
}

func (s *Service) sending(peer string, id uint64) *outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.outgoing[id]; o != nil && o.peer == peer {
		return o
	}
	return nil
}

// offered begins to take data, unless it is there already.
func (s *Service) offered(peer string, m Offer) {
	if !s.takes(peer) {
		_ = s.wire.SendTo(peer, Decline{m.ID, "there is no channel with you"})
		return
	}
	if s.shelf.has(m.Hash) {
		_ = s.wire.SendTo(peer, Have{m.ID, m.Size})
		return
	}
	if why := s.begin(peer, m); why != "" {
		_ = s.wire.SendTo(peer, Decline{m.ID, why})
		return
	}
	_ = s.wire.SendTo(peer, Have{m.ID, 0})
}

func (s *Service) begin(peer string, m Offer) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, in := range s.incoming {
		if s.now().Sub(in.moved) > stall || id.peer == peer {
			delete(s.incoming, id) // one at a time for each peer
		}
	}
	switch {
	case m.Size == 0 || m.Size > MaxBody || int64(m.Size) > s.shelf.limit: //nolint:gosec // small
		return fmt.Sprintf("%d bytes: this node takes 1 to %d", m.Size, min(MaxBody, s.shelf.limit))
	case len(s.incoming) >= maxIncoming:
		return "too many transfers at a time: try again"
	}
	s.incoming[incomingID{peer, m.ID}] = &incoming{offer: m, moved: s.now()}
	return ""
}

// piece takes the next piece; others are ignored.
func (s *Service) piece(peer string, m Piece) {
	id := incomingID{peer, m.ID}
	s.mu.Lock()
	in := s.incoming[id]
	if in == nil || m.Offset != uint64(len(in.data)) || m.Offset+uint64(len(m.Data)) > in.offer.Size {
		s.mu.Unlock()
		return
	}
	in.data, in.moved = append(in.data, m.Data...), s.now()
	have, done := uint64(len(in.data)), uint64(len(in.data)) == in.offer.Size
	if done {
		delete(s.incoming, id)
	}
	s.mu.Unlock()
	if done {
		if sha256.Sum256(in.data) != in.offer.Hash {
			_ = s.wire.SendTo(peer, Decline{m.ID, "the data has another hash"})
			return
		}
		if err := s.shelf.put(in.offer.Hash, in.data); err != nil {
			_ = s.wire.SendTo(peer, Decline{m.ID, "it cannot be stored"})
			return
		}
	}
	_ = s.wire.SendTo(peer, Have{m.ID, have})
}
