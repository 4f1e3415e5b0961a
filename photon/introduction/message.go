// Package introduction tells another node which account and channel key this node uses on a chain,
// so that somebody can propose a channel knowing no more than an address.
package introduction

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Kinds of messages: 96 to 99.
const (
	KindQuestion protocol.Kind = 96
	KindAnswer   protocol.Kind = 97
	lastKind     protocol.Kind = 99
)

// maxAccount is the longest account in bech32 in bytes.
const maxAccount = 96

// Question asks for the identity in a domain.
type Question struct {
	// ID is drawn by who asks; the answer has it.
	ID     uint64
	Domain types.Hash
}

// Kind implements protocol.Message.
func (Question) Kind() protocol.Kind { return KindQuestion }

// AppendTo implements protocol.Message: id 8 | domain 32.
func (m Question) AppendTo(b []byte) []byte {
	return append(binary.BigEndian.AppendUint64(b, m.ID), m.Domain[:]...)
}

// ParseQuestion reads a body.
func ParseQuestion(b []byte) (m Question, err error) {
	if len(b) != 40 {
		return m, fmt.Errorf("%w: question has %d bytes: must have 40", protocol.ErrMalformed, len(b))
	}
	return Question{ID: binary.BigEndian.Uint64(b), Domain: types.Hash(b[8:])}, nil
}

// Answer is who a node is in a domain. The account is empty if it is not on that chain.
type Answer struct {
	ID      uint64
	Account string
	Key     types.ChannelKey
}

// Kind implements protocol.Message.
func (Answer) Kind() protocol.Kind { return KindAnswer }

// AppendTo implements protocol.Message: id 8 | key 34 | account.
func (m Answer) AppendTo(b []byte) []byte {
	return append(m.Key.AppendTo(binary.BigEndian.AppendUint64(b, m.ID)), m.Account...)
}

// ParseAnswer reads a body.
func ParseAnswer(b []byte) (m Answer, err error) {
	const fixed = 8 + types.KeyLength
	if len(b) < fixed || len(b) > fixed+maxAccount {
		return m, fmt.Errorf("%w: answer has %d bytes: must have %d to %d", protocol.ErrMalformed, len(b), fixed, fixed+maxAccount)
	}
	m = Answer{ID: binary.BigEndian.Uint64(b), Account: string(b[fixed:])}
	if m.Key, err = types.ChannelKeyFromBytes(b[8:fixed]); err != nil {
		return m, fmt.Errorf("%w: answer: %s", protocol.ErrMalformed, err.Error())
	}
	return m, nil
}
