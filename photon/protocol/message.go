// Package protocol holds the messages that payment nodes exchange, one file each, and
// their encoding. All numbers are big endian; a message is its kind (1 byte) and a
// body. Everything that is signed has the bytes of x/channels; there is no second
// encoding of it. Decoders take bytes from strangers: they bound every length before
// they use it, never panic, and refuse bytes that are left over.
package protocol

import (
	"errors"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Version of the protocol. Nodes of different versions do not talk: Hello refuses.
const Version = 1

// MaxMessage bounds an encoded message in bytes; the transport refuses longer frames
// before it reads them.
const MaxMessage = 1 + batchFixed + MaxEntriesLength + MaxPacketsLength

// Errors of decoders. Each is wrapped with the message, the field, the value and what
// would be right.
var (
	// ErrMalformed says that bytes are not a message of this protocol.
	ErrMalformed = errors.New("malformed message")
	// ErrKind says that the kind of a message is unknown.
	ErrKind = errors.New("unknown kind of message")
	// ErrVersion says that the peer speaks another version.
	ErrVersion = errors.New("other version of the protocol")
	// ErrTooLarge says that a list or a text is above its bound.
	ErrTooLarge = errors.New("message above its bound")
)

// Kind says what a message is. 1 to 31 belong to the channel protocol, 32 to 63 to
// routing, 64 to 95 to watchtowers.
type Kind uint8

// Kinds of messages between the two nodes of a channel.
const (
	KindHello       Kind = 1
	KindReestablish Kind = 2
	KindBatch       Kind = 3
	KindAck         Kind = 4
	KindDispose     Kind = 5
	KindReveal      Kind = 6
	KindOpenRequest Kind = 7
	KindOpenConsent Kind = 8
	KindDraft       Kind = 9
	KindConsent     Kind = 10
	KindRefuse      Kind = 11
	KindPleaseClose Kind = 12
	KindPing        Kind = 13
	KindPong        Kind = 14
	KindFault       Kind = 15
)

// Kinds of messages of routing.
const (
	KindAnnounceNode    Kind = 32
	KindAnnounceChannel Kind = 33
	KindGossipQuery     Kind = 34
	KindRouteRequest    Kind = 35
	KindRoutes          Kind = 36
	KindQuoteRequest    Kind = 37
	KindQuote           Kind = 38
)

// Message is one of the messages of this package. Messages are values; those that hold
// slices alias the bytes they were parsed from.
type Message interface {
	// Kind of the message.
	Kind() Kind
	// AppendTo appends the body, without the kind.
	AppendTo(b []byte) []byte
}

// decoders by kind. A decoder gets the body and must use all of it.
var decoders = [256]func(body []byte) (Message, error){
	KindHello:       decode(ParseHello),
	KindReestablish: decode(ParseReestablish),
	KindBatch:       decode(ParseBatch),
	KindAck:         decode(ParseAck),
	KindDispose:     decode(ParseDispose),
	KindReveal:      decode(ParseReveal),
	KindOpenRequest: decode(ParseOpenRequest),
	KindOpenConsent: decode(ParseOpenConsent),
	KindDraft:       decode(ParseDraft),
	KindConsent:     decode(ParseConsent),
	KindRefuse:      decode(ParseRefuse),
	KindPleaseClose: decode(ParsePleaseClose),
	KindPing:        decode(ParsePing),
	KindPong:        decode(ParsePong),
	KindFault:       decode(ParseFault),

	KindAnnounceNode:    decode(ParseAnnounceNode),
	KindAnnounceChannel: decode(ParseAnnounceChannel),
	KindGossipQuery:     decode(ParseGossipQuery),
	KindRouteRequest:    decode(ParseRouteRequest),
	KindRoutes:          decode(ParseRoutes),
	KindQuoteRequest:    decode(ParseQuoteRequest),
	KindQuote:           decode(ParseQuote),
}

func decode[M Message](parse func([]byte) (M, error)) func([]byte) (Message, error) {
	return func(body []byte) (Message, error) {
		m, err := parse(body)
		if err != nil {
			return nil, err
		}
		return m, nil
	}
}

// Append appends kind and body of a message.
func Append(b []byte, m Message) []byte { return m.AppendTo(append(b, byte(m.Kind()))) }

// Parse reads one message; it returns ErrKind for kinds that this version does not
// know and ErrMalformed, ErrTooLarge or ErrVersion for what a decoder refuses.
func Parse(b []byte) (Message, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("%w: no byte: must start with its kind", ErrMalformed)
	}
	if len(b) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes: must have at most %d", ErrTooLarge, len(b), MaxMessage)
	}
	parse := decoders[b[0]]
	if parse == nil {
		return nil, fmt.Errorf("%w: %d", ErrKind, b[0])
	}
	return parse(b[1:])
}

// ChannelOf returns the domain and the id of the channel that a message is about; not
// ok for those between nodes.
func ChannelOf(m Message) (id ChannelID, ok bool) {
	about, ok := m.(interface{ ChannelID() ChannelID })
	if !ok {
		return id, false
	}
	return about.ChannelID(), true
}

// ChannelID names a channel among all chains.
type ChannelID struct {
	// Domain names chain and denom; see x/channels.
	Domain types.Hash
	// Channel is its number on that chain.
	Channel uint64
}

// String returns the number and the first four bytes of the domain.
func (id ChannelID) String() string { return fmt.Sprintf("%d@%x", id.Channel, id.Domain[:4]) }

// IDOf returns the channel that a place is in.
func IDOf(p types.Place) ChannelID { return ChannelID{Domain: p.Domain, Channel: p.Channel} }
