package types

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	errorsmod "cosmossdk.io/errors"
)

// Limits of an envelope, in bytes.
const (
	MaxInband    = 256
	MaxChainID   = 64
	MaxTopic     = 64
	MaxMediaType = 64
	MaxLocator   = 64
	MaxReply     = 256

	// PreimageLength is the length of the preimage of a hash lock.
	PreimageLength = 32
)

// Inband returns an envelope that carries the message itself.
func Inband(message []byte) Envelope {
	return Envelope{Body: &Envelope_Inband{Inband: message}}
}

// OutOfBandBody returns an envelope that attests a message stored elsewhere.
func OutOfBandBody(content OutOfBand) Envelope {
	return Envelope{Body: &Envelope_OutOfBand{OutOfBand: &content}}
}

// Validate checks the envelope wherever it travels: in a transaction, in a memo,
// in a payment channel, in genesis.
func (e *Envelope) Validate() error {
	switch body := e.Body.(type) {
	case *Envelope_Inband:
		if n := len(body.Inband); n < 1 || n > MaxInband {
			return errorsmod.Wrapf(ErrBody, "envelope.inband has %d bytes: must have 1 to %d; a longer message goes out of band", n, MaxInband)
		}
	case *Envelope_OutOfBand:
		if body.OutOfBand == nil {
			return errorsmod.Wrap(ErrBody, "envelope.out_of_band is empty: must hold the hash, size and media type of the message")
		}
		if err := body.OutOfBand.Validate(); err != nil {
			return err
		}
	default:
		return errorsmod.Wrap(ErrBody, "envelope has no body: must hold either inband or out_of_band")
	}
	if err := ValidateTopic(e.Topic); err != nil {
		return err
	}
	if n := len(e.Thread); n != 0 && n != IDLength {
		return errorsmod.Wrapf(ErrThread, "envelope.thread has %d bytes: must be absent or the %d bytes of an id", n, IDLength)
	}
	if _, known := Receipt_name[int32(e.Receipt)]; !known {
		return errorsmod.Wrapf(ErrReceipt, "envelope.receipt %d: must be %d (none), %d (delivered) or %d (processed)", e.Receipt, RECEIPT_UNSPECIFIED, RECEIPT_DELIVERED, RECEIPT_PROCESSED)
	}
	if n := len(e.HashLock); n != 0 && n != sha256.Size {
		return errorsmod.Wrapf(ErrHashLock, "envelope.hash_lock has %d bytes: must be absent or a SHA-256, %d bytes", n, sha256.Size)
	}
	if e.Locked() && e.Deadline == 0 {
		return errorsmod.Wrap(ErrHashLock, "envelope.hash_lock has no deadline: must have one, or the payment could be held for ever")
	}
	if e.Zone != "" && !zoneName.MatchString(e.Zone) {
		return errorsmod.Wrapf(ErrZone, "envelope.zone %q: must be the name of a zone, %s", clip(e.Zone), zoneName)
	}
	return e.validateOrigin()
}

// zoneName is what x/zones allows as a name.
var zoneName = regexp.MustCompile(`^[a-z][a-z0-9]{2,30}$`)

func (e *Envelope) validateOrigin() error {
	switch o := e.Origin; {
	case o == nil:
		return nil
	case e.Zone != "":
		return errorsmod.Wrapf(ErrOrigin, "envelope.origin comes with zone %q: what is passed on must have arrived at its zone", e.Zone)
	case o.ChainId == "" || len(o.ChainId) > MaxChainID || !printable(o.ChainId):
		return errorsmod.Wrapf(ErrOrigin, "envelope.origin.chain_id %q: must be 1 to %d bytes of printable ASCII", clip(o.ChainId), MaxChainID)
	default:
		return validateAddress(ErrOrigin, "envelope.origin.sender", o.Sender)
	}
}

// Locked tells whether the payment is under a hash lock.
func (e *Envelope) Locked() bool { return len(e.HashLock) > 0 }

// Opens tells whether a preimage opens the hash lock.
func (e *Envelope) Opens(preimage []byte) bool {
	hash := sha256.Sum256(preimage)
	return len(preimage) == PreimageLength && bytes.Equal(hash[:], e.HashLock)
}

// Due tells whether the deadline has come: from then on it is not delivered.
func (e *Envelope) Due(now time.Time) bool {
	return e.Deadline != 0 && uint64(now.UnixNano()) >= e.Deadline // block times are after 1970
}

// WantsReceipt tells whether the sender is to find a receipt in its inbox. What is
// passed on for somebody else has its receipt in the acknowledgement only.
func (e *Envelope) WantsReceipt() bool { return e.Receipt != RECEIPT_UNSPECIFIED && e.Origin == nil }

// ThreadHex returns the thread in hexadecimal, as events show it.
func (e *Envelope) ThreadHex() string { return hex.EncodeToString(e.Thread) }

// Validate checks the attestation of a message stored elsewhere.
func (o *OutOfBand) Validate() error {
	if n := len(o.Sha256); n != sha256.Size {
		return errorsmod.Wrapf(ErrBody, "envelope.out_of_band.sha256 has %d bytes: must have %d", n, sha256.Size)
	}
	if o.Size_ == 0 {
		return errorsmod.Wrap(ErrBody, "envelope.out_of_band.size is 0: must be the length of the content in bytes, at least 1")
	}
	if !validMediaType(o.MediaType) {
		return errorsmod.Wrapf(ErrBody, "envelope.out_of_band.media_type %q: must be type/subtype in lower case, up to %d bytes, such as application/cbor", clip(o.MediaType), MaxMediaType)
	}
	if len(o.Locator) > MaxLocator || !printable(o.Locator) {
		return errorsmod.Wrapf(ErrBody, "envelope.out_of_band.locator %q: must be up to %d bytes of printable ASCII without spaces", clip(o.Locator), MaxLocator)
	}
	return nil
}

// ValidateTopic checks a topic; the empty one is valid.
func ValidateTopic(topic string) error {
	valid := len(topic) <= MaxTopic
	for i := 0; valid && i < len(topic); i++ {
		alphanumeric := isLowerAlphanumeric(topic[i])
		valid = alphanumeric || i > 0 && strings.IndexByte("._/-", topic[i]) >= 0
	}
	if !valid {
		return errorsmod.Wrapf(ErrTopic, "envelope.topic %q: must be up to %d of a-z 0-9 . _ / -, the first a letter or digit", clip(topic), MaxTopic)
	}
	return nil
}

// validMediaType follows the restricted names of RFC 6838 section 4.2, in lower
// case, so that one type has one spelling.
func validMediaType(s string) bool {
	kind, subtype, found := strings.Cut(s, "/")
	return found && len(s) <= MaxMediaType && restrictedName(kind) && restrictedName(subtype)
}

func restrictedName(s string) bool {
	if s == "" || !isLowerAlphanumeric(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLowerAlphanumeric(s[i]) && strings.IndexByte("!#$&-^_.+", s[i]) < 0 {
			return false
		}
	}
	return true
}

func isLowerAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// printable tells whether s is ASCII from ! to ~ only.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return true
}

// clip keeps errors short: the values they quote come from strangers.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// DecodeEnvelope reads the canonical protobuf encoding of a valid envelope and
// nothing else: unknown fields, fields out of order or given twice, and numbers
// longer than needed are refused, so that one envelope has one encoding.
func DecodeEnvelope(bz []byte) (Envelope, error) {
	var e Envelope
	if err := e.Unmarshal(bz); err != nil {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "envelope: not protobuf: %s", err)
	}
	// Checked first, as the errors of Validate say more.
	if err := e.Validate(); err != nil {
		return Envelope{}, err
	}
	canonical, err := e.Marshal()
	if err != nil {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "envelope: %s", err)
	}
	if !bytes.Equal(canonical, bz) {
		return Envelope{}, errorsmod.Wrapf(ErrMemo, "envelope: %d bytes are not the canonical encoding (%d bytes) of the fields known here", len(bz), len(canonical))
	}
	return e, nil
}
