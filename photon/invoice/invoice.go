// Package invoice makes and reads payment requests: what somebody who wants to be paid hands to
// the payer, as text or as a QR code. A request names the payee's node, chain and denom, an amount
// and an expiry, and is signed by the payee's node, so that nobody on the way can change it.
//
//	tag "mesh/request/v1" 16 | version 1 | domain 32 | amount 16 | payment id 16 | expiry 8
//	| node key 32 | hash 32 | packet key 32 | length 1 | chain-id | length 1 | denom | length 1 | memo
//	| count 1 | (length 1 | multiaddress) × count | signature 64
//
// Numbers are big endian. The signature is ed25519 by the node key over all bytes before it. The
// text is bech32 with the prefix "photon" over all bytes but the tag.
package invoice

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	tag     = "mesh/request/v1\x00"
	version = 2
	prefix  = "photon"

	// MaxMemo in bytes.
	MaxMemo = 128
	// MaxAddresses where the payee can be reached.
	MaxAddresses = 3
	// MaxAddress is the longest of them in bytes.
	MaxAddress = 80

	maxName          = 128
	fixed            = 1 + 32 + 16 + 16 + 8 + 32 + 32 + 32
	maxText          = 1023 // what the bech32 decoder takes
	maxPayload       = (maxText - len(prefix) - 7) * 5 / 8
	signatureLength  = ed25519.SignatureSize
	maxValidDuration = 365 * 24 * time.Hour
)

// Errors of Parse and Check.
var (
	// ErrMalformed: the text is no payment request.
	ErrMalformed = errors.New("malformed payment request")
	// ErrVersion: it is one of another version.
	ErrVersion = errors.New("payment request of another version")
	// ErrSignature: it was changed, or is not by the node that it names.
	ErrSignature = errors.New("the signature of the payment request is wrong")
	// ErrExpired: it is too late to pay.
	ErrExpired = errors.New("the payment request has expired")
)

// Invoice is a payment request.
type Invoice struct {
	// Domain of chain and denom, as channels sign it.
	Domain types.Hash
	// ChainID and Denom, for people; Domain decides.
	ChainID, Denom string
	// Amount in the smallest unit; 0 leaves it to the payer.
	Amount types.Uint128
	// PaymentID that the payment will have, by which the payee knows it again.
	PaymentID [16]byte
	// Expiry is the last second at which it should be paid.
	Expiry time.Time
	// NodeKey is the ed25519 key of the payee's node, its identity.
	NodeKey [ed25519.PublicKeySize]byte
	// Hash that it is paid under: the payee's secret for it is out once it is paid.
	Hash types.Hash
	// PacketKey that the payer encrypts to.
	PacketKey [32]byte
	// Memo for people.
	Memo string
	// Addresses where the node can be reached, as binary multiaddresses; may be empty.
	Addresses [][]byte
}

// Sign makes the text of the request. sign signs with the node key.
func (v *Invoice) Sign(sign func(message []byte) ([]byte, error)) (string, error) {
	if err := v.validate(); err != nil {
		return "", err
	}
	body := v.bytes()
	signature, err := sign(body)
	if err != nil {
		return "", fmt.Errorf("payment request: %w", err)
	}
	if !ed25519.Verify(v.NodeKey[:], body, signature) {
		return "", fmt.Errorf("%w: the signer has another key", ErrSignature)
	}
	return bech32.ConvertAndEncode(prefix, append(body[len(tag):], signature...))
}

func (v *Invoice) validate() error {
	switch {
	case len(v.Memo) > MaxMemo || !utf8.ValidString(v.Memo):
		return fmt.Errorf("%w: memo has %d bytes: must have at most %d of UTF-8", ErrMalformed, len(v.Memo), MaxMemo)
	case v.ChainID == "" || len(v.ChainID) > maxName || v.Denom == "" || len(v.Denom) > maxName:
		return fmt.Errorf("%w: chain-id %.140q, denom %.140q: must have 1 to %d bytes", ErrMalformed, v.ChainID, v.Denom, maxName)
	case len(v.Addresses) > MaxAddresses:
		return fmt.Errorf("%w: %d addresses: must have at most %d", ErrMalformed, len(v.Addresses), MaxAddresses)
	case v.Hash == types.Hash{} || v.PacketKey == [32]byte{}:
		return fmt.Errorf("%w: hash or packet key is missing", ErrMalformed)
	case v.Expiry.Unix() <= 0:
		return fmt.Errorf("%w: expiry %s", ErrMalformed, v.Expiry)
	}
	for _, a := range v.Addresses {
		if len(a) == 0 || len(a) > MaxAddress {
			return fmt.Errorf("%w: address of %d bytes: must have 1 to %d", ErrMalformed, len(a), MaxAddress)
		}
	}
	if n := len(v.bytes()) - len(tag) + signatureLength; n > maxPayload {
		return fmt.Errorf("%w: %d bytes: must have at most %d; shorten memo or addresses", ErrMalformed, n, maxPayload)
	}
	return nil
}

func (v *Invoice) bytes() []byte {
	b := append([]byte(tag), version)
	b = append(b, v.Domain[:]...)
	b = v.Amount.AppendTo(b)
	b = append(b, v.PaymentID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(v.Expiry.Unix()))
	b = append(append(append(b, v.NodeKey[:]...), v.Hash[:]...), v.PacketKey[:]...)
	for _, text := range []string{v.ChainID, v.Denom, v.Memo} {
		b = append(append(b, byte(len(text))), text...)
	}
	b = append(b, byte(len(v.Addresses)))
	for _, a := range v.Addresses {
		b = append(append(b, byte(len(a))), a...)
	}
	return b
}

// Is tells whether a text looks like a payment request.
func Is(text string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), prefix+"1")
}

// Parse reads a request and checks its signature, not its expiry. Text out of a QR code is upper
// case; both are taken.
func Parse(text string) (*Invoice, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxText {
		return nil, fmt.Errorf("%w: %d characters: must have at most %d", ErrMalformed, len(text), maxText)
	}
	hrp, b, err := bech32.DecodeAndConvert(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrMalformed, err.Error())
	}
	if !strings.EqualFold(hrp, prefix) {
		return nil, fmt.Errorf("%w: it starts with %.20q: must start with %q", ErrMalformed, hrp, prefix)
	}
	if len(b) > 0 && b[0] != version {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", ErrVersion, b[0], version)
	}
	if len(b) < fixed+signatureLength {
		return nil, fmt.Errorf("%w: %d bytes: must have at least %d", ErrMalformed, len(b), fixed+signatureLength)
	}
	body, signature := b[:len(b)-signatureLength], b[len(b)-signatureLength:]
	v, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(v.NodeKey[:], append([]byte(tag), body...), signature) {
		return nil, ErrSignature
	}
	return v, nil
}

func parseBody(b []byte) (*Invoice, error) {
	v := &Invoice{Domain: types.Hash(b[1:33]), Amount: types.Uint128FromBytes(b[33:49]), PaymentID: [16]byte(b[49:65])}
	seconds := binary.BigEndian.Uint64(b[65:73])
	if seconds == 0 || seconds > 1<<40 {
		return nil, fmt.Errorf("%w: expiry %d", ErrMalformed, seconds)
	}
	v.Expiry = time.Unix(int64(seconds), 0).UTC()
	v.NodeKey, v.Hash, v.PacketKey = [32]byte(b[73:105]), types.Hash(b[105:137]), [32]byte(b[137:169])
	b = b[fixed:]
	short := false
	take := func() []byte {
		if len(b) == 0 || len(b) < 1+int(b[0]) {
			short, b = true, nil
			return nil
		}
		field := b[1 : 1+int(b[0])]
		b = b[1+int(b[0]):]
		return field
	}
	v.ChainID, v.Denom, v.Memo = string(take()), string(take()), string(take())
	if len(b) == 0 || b[0] > MaxAddresses {
		return nil, fmt.Errorf("%w: the list of addresses is missing or longer than %d", ErrMalformed, MaxAddresses)
	}
	n := int(b[0])
	b = b[1:]
	for range n {
		v.Addresses = append(v.Addresses, append([]byte(nil), take()...))
	}
	if short || len(b) > 0 {
		return nil, fmt.Errorf("%w: a length does not fit", ErrMalformed)
	}
	return v, v.validate()
}

// Check refuses a request that is expired, or for another chain or denom than the payer's.
func (v *Invoice) Check(now time.Time) error {
	if now.After(v.Expiry) {
		return fmt.Errorf("%w: %s ago", ErrExpired, now.Sub(v.Expiry).Round(time.Second))
	}
	if v.Expiry.Sub(now) > maxValidDuration {
		return fmt.Errorf("%w: it expires in more than a year", ErrMalformed)
	}
	return nil
}
