package tower

import "sync"

const (
	// queue of states that wait to be checked. Their clients send again what was dropped.
	queue = 256
	// ofPeer bounds those of one peer, and ofStrangers those of all peers that are no clients.
	ofPeer, ofStrangers = perClient, queue / 4
)

// line is where states wait to be checked, which asks the chain and so takes a while: whoever floods it
// waits behind everybody else. It is safe for concurrent use.
type line struct {
	wake chan struct{}

	mu        sync.Mutex
	jobs      map[string][]job
	turn      []string // peers with jobs, in the order of their turns
	stranger  map[string]bool
	strangers int // their jobs
	total     int
}

func newLine() *line {
	return &line{wake: make(chan struct{}, 1), jobs: map[string][]job{}, stranger: map[string]bool{}}
}

// push adds a job, in the place of an older one about the same channel. If there is no room, the peer
// with the most jobs loses its newest.
func (l *line) push(j job, client bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.jobs[j.peer]
	for i := range waiting {
		if len(j.body) >= placeLength && len(waiting[i].body) >= placeLength && string(waiting[i].body[:placeLength]) == string(j.body[:placeLength]) {
			waiting[i] = j
			return
		}
	}
	if len(waiting) >= ofPeer || !client && l.strangers >= ofStrangers && !l.dropOne(len(waiting), true) {
		return
	}
	if l.total >= queue && !l.dropOne(len(waiting), false) {
		return
	}
	if len(l.jobs[j.peer]) == 0 {
		l.turn = append(l.turn, j.peer)
		l.stranger[j.peer] = !client
	}
	l.jobs[j.peer] = append(l.jobs[j.peer], j)
	l.count(j.peer, 1)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// dropOne makes room, if a peer has more than one job more than who wants it.
func (l *line) dropOne(mine int, strangers bool) bool {
	most := ""
	for _, peer := range l.turn {
		if (!strangers || l.stranger[peer]) && len(l.jobs[peer]) > max(mine+1, len(l.jobs[most])) {
			most = peer
		}
	}
	if most == "" {
		return false
	}
	l.jobs[most] = l.jobs[most][:len(l.jobs[most])-1]
	l.count(most, -1)
	return true
}

func (l *line) count(peer string, by int) {
	l.total += by
	if l.stranger[peer] {
		l.strangers += by
	}
}

// pop takes the oldest job of the peer whose turn it is.
func (l *line) pop() (job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.turn) == 0 {
		return job{}, false
	}
	peer := l.turn[0]
	l.turn = l.turn[1:]
	j := l.jobs[peer][0]
	l.jobs[peer] = l.jobs[peer][1:]
	l.count(peer, -1)
	if len(l.jobs[peer]) == 0 {
		delete(l.jobs, peer)
		delete(l.stranger, peer)
	} else {
		l.turn = append(l.turn, peer)
	}
	return j, true
}
