package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Hello is the first message on a connection, from both sides. Nothing else is taken
// before it.
type Hello struct {
	// Version of the protocol; must be the receiver's.
	Version uint16
	// Features that the node offers, one bit each.
	Features Features
	// Challenge is drawn for this connection; the peer signs it in each Reestablish, so
	// that none can be replayed.
	Challenge types.Hash
	// Agent names the program and its version, for people.
	Agent string
}

// Features are optional services of a node, one bit each. Unknown bits are ignored.
type Features uint64

// Features of nodes.
const (
	// FeatureMediate: forwards mediated payments.
	FeatureMediate Features = 1 << iota
	// FeaturePathFinder: answers requests for routes.
	FeaturePathFinder
	// FeatureTower: keeps watch for others.
	FeatureTower
	// FeatureSwap: quotes rates between channels of different denoms or chains.
	FeatureSwap
)

// MaxAgent bounds Hello.Agent in bytes.
const MaxAgent = 64

// Kind implements Message.
func (Hello) Kind() Kind { return KindHello }

// AppendTo implements Message:
//
//	version 2 | features 8 | challenge 32 | length 2 | agent
func (m Hello) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, m.Version)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Features))
	b = append(b, m.Challenge[:]...)
	return appendText(b, m.Agent, MaxAgent)
}

// ParseHello reads a body. Only the version is read of another version's: ErrVersion.
func ParseHello(b []byte) (m Hello, err error) {
	r := reader{message: "hello", b: b}
	if m.Version = r.uint16("version"); r.missing == "" && m.Version != Version {
		return m, fmt.Errorf("%w: the peer speaks %d, this node %d", ErrVersion, m.Version, Version)
	}
	m.Features = Features(r.uint64("features"))
	m.Challenge = r.hash("challenge")
	m.Agent = r.text("agent", MaxAgent)
	return m, r.done()
}
