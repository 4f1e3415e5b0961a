package types

import (
	"encoding/binary"

	errorsmod "cosmossdk.io/errors"
)

// TagLength is the length of the tag that signed bytes start with: ASCII, padded with
// zeros at the end.
const TagLength = 24

// Tag says what kind of operation is signed.
type Tag string

// Tags of the signed operations, one for each kind, so that a signature for one is
// none for another.
const (
	TagCreate     Tag = "mesh/did/create/v1"
	TagUpdate     Tag = "mesh/did/update/v1"
	TagDeactivate Tag = "mesh/did/deactivate/v1"
	TagIssue      Tag = "mesh/did/issue/v1"
	TagRenew      Tag = "mesh/did/renew/v1"
	TagChange     Tag = "mesh/did/change/v1"
	TagAttest     Tag = "mesh/did/attest/v1"
)

// SigningBytes are what a key signs for an operation that changes did:
//
//	tag 24 | len 2 | chain-id | len 2 | DID | sequence 8 | payload
//
// Numbers are big endian. The sequence is that of did. The payload is the canonical
// protobuf encoding of what the message says, without payer and proof: fields in
// ascending order, each at most once, defaults left out, shortest varints. The payer
// is left out so that a device need not know who will pay.
func SigningBytes(tag Tag, chainID string, did DID, sequence uint64, payload []byte) []byte {
	b := make([]byte, TagLength, TagLength+2+len(chainID)+2+MaxDIDLength+8+len(payload))
	copy(b, tag)
	for _, text := range []string{chainID, did.String()} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(text))) //nolint:gosec // both are bounded far below 2^16
		b = append(b, text...)
	}
	b = binary.BigEndian.AppendUint64(b, sequence)
	return append(b, payload...)
}

// Validate checks the form of a proof and returns whose key signed.
func (p *Proof) Validate() (signer DID, fragment string, err error) {
	if signer, fragment, err = ParseMethodURL(p.Method); err != nil {
		return signer, fragment, errorsmod.Wrap(err, "proof.method")
	}
	if n := len(p.Signature); n != SignatureLength {
		return signer, fragment, errorsmod.Wrapf(ErrProof, "proof.signature has %d bytes: must have %d", n, SignatureLength)
	}
	return signer, fragment, nil
}
