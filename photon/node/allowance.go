package node

import (
	"errors"
	"fmt"
	"time"

	"github.com/meshchain/meshchain/photon/protocol"
)

// What messages that bring nothing cost a connection, out of an allowance that grows again with time.
// Payments, and all that belongs to a channel, cost nothing.
const (
	costIdle    = 1  // ping, pong, faults
	costUnknown = 4  // about a channel that this node does not have; it may be about to see it on chain
	costOpen    = 32 // a signature and a write

	allowanceMost  = 1024
	allowanceGrows = 64 // in a second
)

// errFlood says that a peer sends more of what brings nothing than it may.
var errFlood = errors.New("too many messages that bring nothing")

// allowance of a connection. It belongs to the goroutine that takes the frames.
type allowance struct {
	spent int
	at    time.Time
}

func (a *allowance) spend(cost int) error {
	now := time.Now()
	if a.at.IsZero() {
		a.at = now
	}
	if grown := int(now.Sub(a.at).Seconds() * allowanceGrows); grown > 0 {
		a.spent, a.at = max(0, a.spent-grown), now
	}
	if a.spent += cost; a.spent > allowanceMost {
		return fmt.Errorf("%w: pings, requests and messages about unknown channels: at most %d a second", errFlood, allowanceGrows)
	}
	return nil
}

// objected logs a peer's first objection on a connection.
func (s *session) objected(m protocol.Fault) {
	if s.objections++; s.objections == 1 {
		s.node.config.Logger.Warn("a peer objects; more of it is not logged", "peer", s.peer.ID(), "code", m.Code, "text", m.Text)
	}
}
