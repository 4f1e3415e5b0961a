// Package document reads and writes files of signed bytes: what two participants hand
// each other when they work by hand.
package document

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Kinds of documents.
const (
	KindProof       = "proof"
	KindOpen        = "open"
	KindWithdraw    = "withdraw"
	KindCooperative = "cooperative-close"
	KindClose       = "close"
	KindDelegation  = "delegation"
	KindDisposal    = "disposal"
	KindApproval    = "approval"
)

// slots names the signatures of each kind, in their order in the file.
var slots = map[string][]string{
	KindProof:       {"sender", "acknowledgement by the receiver"},
	KindOpen:        {"partner"},
	KindWithdraw:    {"opener", "partner"},
	KindCooperative: {"opener", "partner"},
	KindClose:       {"closer"},
	KindDelegation:  {"delegator"},
	KindDisposal:    {"receiver of the lock"},
	KindApproval:    {"guarantor"},
}

// Document is signed bytes in a file.
type Document struct {
	Kind string `json:"kind"`
	// Fields explain the bytes to people. They are written, never read: the bytes are
	// what counts.
	Fields []Field `json:"fields,omitempty"`
	// Bytes that are signed, in hexadecimal digits.
	Bytes string `json:"bytes"`
	// Signatures in hexadecimal digits; what they are depends on the kind. An empty one
	// is still to be made.
	Signatures []string `json:"signatures"`
	// Claim and PartnerPair are the evidence that a close refers to.
	Claim       *Document `json:"claim,omitempty"`
	PartnerPair *Document `json:"partner_pair,omitempty"`
}

// Field of signed bytes.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// New makes a document with empty signatures; bytes must parse.
func New(kind string, message []byte) (*Document, error) {
	d := &Document{Kind: kind, Bytes: hex.EncodeToString(message), Signatures: make([]string, len(slots[kind]))}
	fields, err := d.Explain()
	d.Fields = fields
	return d, err
}

// Read reads and checks a document.
func Read(path string) (*Document, error) {
	bz, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var d Document
	if err := json.Unmarshal(bz, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, each := range []*Document{&d, d.Claim, d.PartnerPair} {
		if each == nil {
			continue
		}
		if each.Fields, err = each.Explain(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(each.Signatures) != len(slots[each.Kind]) {
			return nil, fmt.Errorf("%s: signatures has %d entries: a %s has %d (%v)", path, len(each.Signatures), each.Kind, len(slots[each.Kind]), slots[each.Kind])
		}
	}
	return &d, nil
}

// ReadKind reads a document that must be of one kind.
func ReadKind(path, kind string) (*Document, error) {
	d, err := Read(path)
	if err == nil && d.Kind != kind {
		return nil, fmt.Errorf("%s is a %s: must be a %s", path, d.Kind, kind)
	}
	return d, err
}

// Write writes the document as indented JSON. There is nothing secret in it.
func (d *Document) Write(path string) error {
	bz, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(bz, '\n'), 0o644) //nolint:gosec // it is made to be handed over
}

// Message returns the signed bytes.
func (d *Document) Message() ([]byte, error) {
	b, err := hex.DecodeString(d.Bytes)
	if err != nil {
		return nil, fmt.Errorf("bytes: %w", err)
	}
	return b, nil
}

// Slot names one signature of the document.
func (d *Document) Slot(i int) string { return slots[d.Kind][i] }

// Signed returns what signature i is over: the bytes, but for an acknowledgement.
func (d *Document) Signed(i int) ([]byte, error) {
	b, err := d.Message()
	if err != nil || d.Kind != KindProof || i == 0 {
		return b, err
	}
	p, err := types.ParseBalanceProof(b)
	return types.AckFor(p).Bytes(), err
}

// Signature returns signature i; nil if it is still to be made.
func (d *Document) Signature(i int) ([]byte, error) {
	b, err := hex.DecodeString(d.Signatures[i])
	if err != nil {
		return nil, fmt.Errorf("signatures[%d]: %w", i, err)
	}
	return b, nil
}

// AllSignatures returns every signature; all must be there.
func (d *Document) AllSignatures() ([][]byte, error) {
	all := make([][]byte, len(d.Signatures))
	for i := range all {
		var err error
		if all[i], err = d.Signature(i); err != nil {
			return nil, err
		}
		if len(all[i]) == 0 {
			return nil, fmt.Errorf("signatures[%d] of the %s is missing: the %s has not signed", i, d.Kind, d.Slot(i))
		}
	}
	return all, nil
}

// Proof returns a document of kind proof as the chain takes it.
func (d *Document) Proof() (*types.SignedProof, error) {
	if d == nil {
		return nil, nil
	}
	if d.Kind != KindProof {
		return nil, fmt.Errorf("a %s: must be a %s", d.Kind, KindProof)
	}
	proof, err := d.Message()
	if err != nil {
		return nil, err
	}
	signature, err := d.Signature(0)
	if err != nil {
		return nil, err
	}
	ack, err := d.Signature(1)
	return &types.SignedProof{Proof: proof, Signature: signature, AckSignature: ack}, err
}
