package protocol

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// NodeID is the identity of a node: the ed25519 public key of its transport.
type NodeID [ed25519.PublicKeySize]byte

// String returns 64 hexadecimal digits.
func (n NodeID) String() string { return hex.EncodeToString(n[:]) }

// IsZero tells whether there is no node.
func (n NodeID) IsZero() bool { return n == NodeID{} }

// ParseNodeID reads what String returns.
func ParseNodeID(text string) (n NodeID, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(n) {
		return n, fmt.Errorf("%w: node %q: must be 64 hexadecimal digits", ErrMalformed, text)
	}
	copy(n[:], b)
	return n, nil
}

// Tags of what only nodes sign, 16 bytes each.
const (
	tagNode    = "mesh/node/v1\x00\x00\x00\x00"
	tagRuns    = "mesh/runs/v1\x00\x00\x00\x00"
	tagPolicy  = "mesh/policy/v1\x00\x00"
	tagQuote   = "mesh/quote/v1\x00\x00\x00"
	tagRequest = "mesh/payreq/v1\x00\x00"
)

// Bounds of an announcement of a node.
const (
	// MaxAlias bounds AnnounceNode.Alias in bytes.
	MaxAlias = 32
	// MaxAddresses of a node, and MaxAddress bytes of each.
	MaxAddresses = 4
	MaxAddress   = 128
	// maxAnnounceNode bytes of all of it.
	maxAnnounceNode = 32 + 32 + 8 + 8 + 32 + 16 + 2 + MaxAlias + 1 + MaxAddresses*(2+MaxAddress) + 64
)

// AnnounceNode tells everybody who a node is. The newest one of a node counts.
type AnnounceNode struct {
	// Node that speaks.
	Node NodeID
	// PacketKey is the X25519 public key that packets for the node are encrypted to.
	PacketKey [32]byte
	// Time it was signed, in Unix seconds.
	Time uint64
	// Features that the node offers.
	Features Features
	// PriceDomain and Price of one answer of its path-finding service; 0 is free.
	PriceDomain types.Hash
	Price       types.Uint128
	// Alias for people.
	Alias string
	// Addresses are multiaddresses that it can be reached at; may be empty.
	Addresses []string
	// Signature of the node over SignBytes.
	Signature Signature
}

// Kind implements Message.
func (*AnnounceNode) Kind() Kind { return KindAnnounceNode }

func (m *AnnounceNode) appendSigned(b []byte) []byte {
	b = append(append(b, m.Node[:]...), m.PacketKey[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Time)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Features))
	b = m.Price.AppendTo(append(b, m.PriceDomain[:]...))
	b = appendText(b, m.Alias, MaxAlias)
	b = append(b, byte(min(len(m.Addresses), MaxAddresses)))
	for _, address := range m.Addresses[:min(len(m.Addresses), MaxAddresses)] {
		b = appendText(b, address, MaxAddress)
	}
	return b
}

// AppendTo implements Message:
//
//	node 32 | packet key 32 | time 8 | features 8 | price's domain 32 | price 16
//	| length 2 | alias | count 1 | (length 2 | address) × count | signature 64
func (m *AnnounceNode) AppendTo(b []byte) []byte {
	return append(m.appendSigned(b), m.Signature[:]...)
}

// SignBytes are tag "mesh/node/v1" 16 | the body without the signature.
func (m *AnnounceNode) SignBytes() []byte { return m.appendSigned([]byte(tagNode)) }

// Sign signs with the node's key.
func (m *AnnounceNode) Sign(key ed25519.PrivateKey) {
	copy(m.Signature[:], ed25519.Sign(key, m.SignBytes()))
}

// Verify checks the signature.
func (m *AnnounceNode) Verify() error {
	return verifyNode("announcement of a node", m.Node, m.SignBytes(), m.Signature)
}

// ErrNodeSignature says that a node did not sign what is said in its name.
var ErrNodeSignature = fmt.Errorf("%w: signature of the node", ErrMalformed)

func verifyNode(what string, node NodeID, signed []byte, signature Signature) error {
	if !ed25519.Verify(node[:], signed, signature[:]) {
		return fmt.Errorf("%w: %s: %s did not sign it", ErrNodeSignature, what, node)
	}
	return nil
}

// ParseAnnounceNode reads a body. It checks form, not truth.
func ParseAnnounceNode(b []byte) (*AnnounceNode, error) {
	r := reader{message: "announcement of a node", b: b}
	m := &AnnounceNode{
		Node: r.node("node"), PacketKey: r.hash("packet key"), Time: r.uint64("time"), Features: Features(r.uint64("features")),
		PriceDomain: r.hash("price's domain"), Price: r.amount("price"), Alias: r.text("alias", MaxAlias),
	}
	count := int(r.uint8("count"))
	if count > MaxAddresses {
		return nil, fmt.Errorf("%w: announcement of a node: %d addresses: must be at most %d", ErrTooLarge, count, MaxAddresses)
	}
	for range count {
		m.Addresses = append(m.Addresses, r.text("address", MaxAddress))
	}
	m.Signature = r.signature("signature")
	return m, r.done()
}

func (r *reader) node(field string) (n NodeID) { copy(n[:], r.take(field, len(n))); return n }
