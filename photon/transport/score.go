package transport

import (
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// BanScore is the score at which a peer is refused.
const BanScore = 100

const (
	// maxScores bounds how many peers are remembered.
	maxScores = 4096
	// forgive is how long it takes for a point to be forgotten.
	forgive = 30 * time.Second
)

// scores remembers who misbehaved. Points are forgotten with time.
type scores struct {
	ban time.Duration
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	peers map[peer.ID]*score
	lines *lines
}

type score struct {
	points uint32
	at     time.Time // up to when points were forgotten
	until  time.Time // banned
	logged bool
	// foreign tells that it was logged that it is of another version or network.
	foreign bool
}

func (s *score) forget(now time.Time) {
	if passed := now.Sub(s.at); passed >= forgive {
		s.points -= min(s.points, uint32(min(passed/forgive, BanScore))) //nolint:gosec // at most BanScore
		s.at = now.Add(-(passed % forgive))
	}
	if s.points == 0 {
		s.logged = false
	}
}

// add returns whether the peer is to be dropped.
func (s *scores) add(id peer.ID, points uint32, reason error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e := s.get(id, now)
	e.forget(now)
	e.points = min(e.points+points, BanScore)
	if !e.logged {
		e.logged = true
		s.warn(now, "a peer misbehaves; more of it is not logged", "peer", id, "reason", reason, "score", e.points)
	}
	if e.points < BanScore {
		return false
	}
	if now.After(e.until) {
		s.warn(now, "a peer is refused for a while", "peer", id, "reason", reason, "for", s.ban)
	}
	e.until = now.Add(s.ban)
	e.points = BanScore / 2 // afterwards it has another chance, a smaller one
	return true
}

// foreign notes that a peer is of another version or network.
func (s *scores) foreign(id peer.ID, theirs, ours string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e := s.get(id, now)
	if e.foreign {
		return
	}
	e.foreign = true
	s.warn(now, "a node of another version or network is refused; it is not logged again", "peer", id, "speaks", theirs, "this_node", ours)
}

// shorten bounds what a stranger can put into the log.
func shorten(s string) string { return s[:min(len(s), 80)] }

// get returns the score of a peer; the caller holds mu.
func (s *scores) get(id peer.ID, now time.Time) *score {
	e := s.peers[id]
	if e == nil {
		s.makeRoom(now)
		e = &score{at: now}
		s.peers[id] = e
	}
	return e
}

const (
	// maxLines about strangers at once, and after how long there may be one more: identities cost nothing,
	// and the log is not theirs.
	maxLines  = 32
	linePause = 10 * time.Second
)

// lines counts what may be logged about strangers.
type lines struct {
	used    int
	at      time.Time // up to when used was brought down
	omitted int
}

// warn logs unless too much was logged already, then it counts; the caller holds mu.
func (s *scores) warn(now time.Time, text string, args ...any) {
	l := s.lines
	if freed := int(now.Sub(l.at) / linePause); freed > 0 {
		l.used, l.at = max(0, l.used-freed), now
	}
	if l.used >= maxLines {
		l.omitted++
		return
	}
	l.used++
	if l.omitted > 0 {
		args = append(args, "omitted_before", l.omitted)
		l.omitted = 0
	}
	s.log.Warn(text, args...)
}

// makeRoom forgets whose points are gone, and if that does not help anybody who is not
// banned: identities cost nothing, memory does.
func (s *scores) makeRoom(now time.Time) {
	if len(s.peers) < maxScores {
		return
	}
	for id, e := range s.peers {
		if e.forget(now); e.points == 0 && now.After(e.until) {
			delete(s.peers, id)
		}
	}
	for id := range s.peers {
		if len(s.peers) < maxScores {
			return
		}
		delete(s.peers, id)
	}
}

func (s *scores) banned(id peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.peers[id]
	return e != nil && s.now().Before(e.until)
}

func (s *scores) of(id peer.ID) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.peers[id]
	if e == nil {
		return 0
	}
	if s.now().Before(e.until) {
		return BanScore
	}
	e.forget(s.now())
	return e.points
}
