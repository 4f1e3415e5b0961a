package types

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

const (
	// MemoKey is the key of the JSON object that makes a memo a TransacKet's.
	MemoKey = "transacket"
	// MaxMemo is the longest memo of a TransacKet in bytes.
	MaxMemo = 2048
)

// EncodeMemo returns the memo of an ICS-20 packet that carries the envelope:
//
//	{"transacket":"<standard base64 of the protobuf>"}
func EncodeMemo(e Envelope) (string, error) {
	if err := e.Validate(); err != nil {
		return "", err
	}
	bz, err := e.Marshal()
	if err != nil {
		return "", errorsmod.Wrapf(ErrMemo, "envelope: %s", err)
	}
	// Base64 needs no escaping in JSON.
	return `{"` + MemoKey + `":"` + base64.StdEncoding.EncodeToString(bz) + `"}`, nil
}

// DecodeMemo reads the memo of an ICS-20 packet. There are three outcomes:
//
//   - claimed is false: the memo is not a JSON object with a top-level key
//     "transacket" in whatever case. The packet is a plain transfer.
//   - claimed is true and err nil: e is the envelope.
//   - claimed is true and err not nil: the memo claims to be a TransacKet's and is
//     not a proper one. The packet must be refused as a whole.
//
// It reads token by token: decoding into a map or struct would fold the case of
// keys and let the last of two equal keys win, and then two readers of one memo
// could disagree about what it says.
func DecodeMemo(memo string) (e Envelope, claimed bool, err error) {
	if !claims(memo) {
		return Envelope{}, false, nil
	}
	e, err = decodeClaimed(memo)
	return e, true, err
}

// claims tells whether the memo is, or begins as, a JSON object with a top-level
// key that is MemoKey but for its case.
func claims(memo string) bool {
	if !strings.HasPrefix(strings.TrimLeft(memo, " \t\r\n"), "{") {
		return false // as nearly all plain memos
	}
	dec := json.NewDecoder(strings.NewReader(memo))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		// Within an object the decoder returns no other token where a key is due.
		if name, ok := key.(string); ok && strings.EqualFold(name, MemoKey) {
			return true
		}
		if err := skipValue(dec); err != nil {
			return false
		}
	}
	return false
}

// skipValue reads one JSON value of any depth, without recursion.
func skipValue(dec *json.Decoder) error {
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func decodeClaimed(memo string) (Envelope, error) {
	if len(memo) > MaxMemo {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo has %d bytes: with the key %q it must have at most %d", len(memo), MemoKey, MaxMemo)
	}
	dec := json.NewDecoder(strings.NewReader(memo))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil { // the opening brace
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo: %s", err)
	}
	key, err := dec.Token()
	if err != nil {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo: %s", err)
	}
	if key != MemoKey {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo key %q: %q must be the only key, in lower case", clip(keyName(key)), MemoKey)
	}
	value, err := dec.Token()
	if err != nil {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo key %q: %s", MemoKey, err)
	}
	text, ok := value.(string)
	if !ok {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo key %q: must be a string of base64, not %v", MemoKey, value)
	}
	if dec.More() {
		second, err := dec.Token()
		if err != nil {
			return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo: %s", err)
		}
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo key %q: %q must be the only key, once", clip(keyName(second)), MemoKey)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo: %s", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Envelope{}, errorsmod.Wrap(ErrMemo, "memo: nothing may follow the JSON object")
	}
	bz, err := base64.StdEncoding.DecodeString(text)
	// Go's decoder skips line breaks and ignores stray bits in the last character;
	// encoding again finds both.
	if err != nil || base64.StdEncoding.EncodeToString(bz) != text {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "memo key %q: %q is not standard base64 with padding (RFC 4648 section 4)", MemoKey, clip(text))
	}
	return DecodeEnvelope(bz)
}

func keyName(token json.Token) string {
	name, _ := token.(string)
	return name
}
