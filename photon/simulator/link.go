package simulator

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Link is the network between two nodes. Within a connection messages arrive in order,
// as over TCP, unless a fault says otherwise.
type Link struct {
	w     *World
	ends  [2]*Node
	Down  bool // nobody can connect
	up    bool
	epoch int // of the connection
	// challenges that the ends drew for this connection.
	challenges [2]types.Hash
	// arrival of the last message to each end.
	arrival [2]int64
	dialing bool
}

func (l *Link) end(n *Node) int {
	if l.ends[0] == n {
		return 0
	}
	return 1
}

// dial connects in a while, if both ends are there.
func (l *Link) dial() {
	if l.dialing {
		return
	}
	l.dialing = true
	l.w.after(500+l.w.rand.Int64N(3_000), func() {
		l.dialing = false
		switch {
		case l.up:
		case l.Down || !l.ends[0].up || !l.ends[1].up:
			l.dial()
		default:
			l.connect()
		}
	})
}

func (l *Link) connect() {
	l.up = true
	l.epoch++
	l.challenges = [2]types.Hash{l.w.draw(), l.w.draw()}
	l.arrival = [2]int64{}
	for _, n := range l.ends {
		for _, ch := range n.channels {
			if ch.link == l {
				n.connect(ch)
			}
		}
	}
}

// cut ends the connection; both notice at once, and dial again.
func (l *Link) cut() {
	if l.up {
		l.up = false
		for _, n := range l.ends {
			if !n.up {
				continue
			}
			for _, ch := range n.channels {
				if ch.link == l {
					n.tell(ch, machine.Disconnect{})
				}
			}
		}
	}
	l.dial()
}

// send puts a message on its way.
func (l *Link) send(from *Node, frame []byte) {
	if !l.up {
		return
	}
	w := l.w
	if w.chance(w.Faults.Cut) {
		l.cut()
		return
	}
	if w.chance(w.Faults.Lose) {
		return
	}
	to := 1 - l.end(from)
	delay := 5 + w.rand.Int64N(100)
	if !w.chance(w.Faults.Reorder) {
		l.arrival[to] = max(l.arrival[to], w.now+delay)
		delay = l.arrival[to] - w.now
	}
	l.deliver(to, frame, delay)
	if w.chance(w.Faults.Repeat) {
		l.deliver(to, frame, delay+w.rand.Int64N(500))
	}
}

func (l *Link) deliver(to int, frame []byte, delay int64) {
	epoch := l.epoch
	l.w.after(delay, func() {
		if !l.up || l.epoch != epoch || !l.ends[to].up {
			return
		}
		m, err := protocol.Parse(frame)
		if err != nil {
			l.w.fail("%s got garbage: %s", l.ends[to].Name, err)
			return
		}
		l.ends[to].receive(l, m)
	})
}
