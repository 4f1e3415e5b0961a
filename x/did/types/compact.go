package types

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"time"

	errorsmod "cosmossdk.io/errors"
)

// MaxCompactLength bounds a compact certificate: it travels in the reply of an
// acknowledgement (x/transacket).
const MaxCompactLength = 256

// QuestionTimeout is how long a question to another zone may take to be delivered.
const QuestionTimeout = 24 * time.Hour

// Encode returns the canonical encoding.
func (c *CompactCertificate) Encode() ([]byte, error) {
	bz, err := c.Marshal()
	if err != nil {
		return nil, errorsmod.Wrapf(ErrAnswer, "encode: %s", err)
	}
	if len(bz) > MaxCompactLength {
		return nil, errorsmod.Wrapf(ErrAnswer, "answer has %d bytes: at most %d", len(bz), MaxCompactLength)
	}
	return bz, nil
}

// DecodeCompact reads the canonical encoding of an answer and nothing else.
func DecodeCompact(bz []byte) (CompactCertificate, error) {
	var c CompactCertificate
	if len(bz) > MaxCompactLength {
		return c, errorsmod.Wrapf(ErrAnswer, "answer has %d bytes: at most %d", len(bz), MaxCompactLength)
	}
	if err := c.Unmarshal(bz); err != nil {
		return c, errorsmod.Wrapf(ErrAnswer, "answer of %d bytes: %s", len(bz), err)
	}
	if canonical, err := c.Marshal(); err != nil || !bytes.Equal(canonical, bz) {
		return c, errorsmod.Wrapf(ErrAnswer, "answer of %d bytes: must be canonical protobuf", len(bz))
	}
	return c, c.Validate()
}

// Validate checks an answer.
func (c *CompactCertificate) Validate() error {
	if len(c.Subject) != IDLength {
		return errorsmod.Wrapf(ErrAnswer, "subject has %d bytes: must have %d", len(c.Subject), IDLength)
	}
	if err := c.Kind.Validate(); err != nil {
		return err
	}
	if c.Status < CERTIFICATE_STATUS_UNSPECIFIED || c.Status > CERTIFICATE_STATUS_EXPIRED {
		return errorsmod.Wrapf(ErrAnswer, "status %d: must be a status", c.Status)
	}
	if c.Checked <= 0 || c.Checked > MaxTime {
		return errorsmod.Wrapf(ErrAnswer, "checked %d: must be 1 to %d", c.Checked, int64(MaxTime))
	}
	if c.Status == CERTIFICATE_STATUS_UNSPECIFIED {
		if len(c.Issuer) > 0 || c.Serial != 0 || c.Key != nil || c.ValidFrom != 0 || c.ValidUntil != 0 || len(c.AttributesHash) > 0 || c.Cell != "" {
			return errorsmod.Wrap(ErrAnswer, "without a certificate nothing but subject, kind and time may be there")
		}
		return nil
	}
	if len(c.Issuer) != sha256.Size || c.Serial < 1 || c.Serial > MaxSerial || c.ValidFrom < 0 || c.ValidUntil <= c.ValidFrom || c.ValidUntil > MaxTime {
		return errorsmod.Wrapf(ErrAnswer, "issuer %x, serial %d, validity %d to %d: must be those of a certificate", c.Issuer, c.Serial, c.ValidFrom, c.ValidUntil)
	}
	if c.Key == nil {
		return errorsmod.Wrap(ErrAnswer, "key: must be the subject's")
	}
	if err := c.Key.Validate(); err != nil {
		return err
	}
	return validateAttributes(c.AttributesHash, c.Cell)
}

// Answer returns what its zone told about one kind.
func (v *Visitor) Answer(kind CertificateKind) (answer VisitorAnswer, found bool) {
	at, found := v.find(kind)
	if found {
		answer = v.Answers[at]
	}
	return answer, found
}

// SetAnswer puts an answer in the place of the one before about its kind.
func (v *Visitor) SetAnswer(answer VisitorAnswer) {
	at, found := v.find(answer.Certificate.Kind)
	if found {
		v.Answers[at] = answer
		return
	}
	v.Answers = slices.Insert(v.Answers, at, answer)
}

func (v *Visitor) find(kind CertificateKind) (int, bool) {
	return slices.BinarySearchFunc(v.Answers, kind, func(a VisitorAnswer, kind CertificateKind) int { return cmp.Compare(a.Certificate.Kind, kind) })
}

// Holds tells why a visitor's certificate of a kind cannot be relied on; nil if it can.
func (v *Visitor) Holds(kind CertificateKind, now time.Time) error {
	answer, found := v.Answer(kind)
	c := &answer.Certificate
	switch {
	case !found:
		return errorsmod.Wrapf(ErrVisitor, "%s: nobody has asked its zone for a %s certificate; see MsgInquire", v.Did, kind.Word())
	case c.Status == CERTIFICATE_STATUS_UNSPECIFIED:
		return errorsmod.Wrapf(ErrVisitor, "%s: its zone knows of no %s certificate", v.Did, kind.Word())
	case c.Status != CERTIFICATE_STATUS_VALID:
		return errorsmod.Wrapf(ErrVisitor, "%s: its %s certificate is %s", v.Did, kind.Word(), c.Status.Word())
	case now.Unix() < c.ValidFrom:
		return errorsmod.Wrapf(ErrVisitor, "%s: its %s certificate is valid from %s", v.Did, kind.Word(), clock(c.ValidFrom))
	case !now.Before(answer.Expires):
		return errorsmod.Wrapf(ErrVisitor, "%s: what its zone said was good until %s; ask again", v.Did, answer.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// Key returns the newest that its zone told of with a certificate that holds, of whatever kind. Without
// any, the error says what is wrong with the first.
func (v *Visitor) Key(now time.Time) (PublicKey, error) {
	var newest *CompactCertificate
	err := errorsmod.Wrapf(ErrVisitor, "%s: its zone told nothing", v.Did)
	for i := range v.Answers {
		c := &v.Answers[i].Certificate
		why := v.Holds(c.Kind, now)
		if i == 0 && why != nil {
			err = why
		}
		if why == nil && c.Key != nil && (newest == nil || newest.Checked < c.Checked) {
			newest = c
		}
	}
	if newest == nil {
		return PublicKey{}, err
	}
	return *newest.Key, nil
}

// DecodeQuestion reads the canonical encoding of a question and nothing else.
func DecodeQuestion(bz []byte) (CertificateQuestion, error) {
	var q CertificateQuestion
	if err := q.Unmarshal(bz); err != nil {
		return q, errorsmod.Wrapf(ErrInquiry, "question of %d bytes: %s", len(bz), err)
	}
	if canonical, err := q.Marshal(); err != nil || !bytes.Equal(canonical, bz) {
		return q, errorsmod.Wrapf(ErrInquiry, "question of %d bytes: must be canonical protobuf", len(bz))
	}
	if len(q.Subject) != IDLength {
		return q, errorsmod.Wrapf(ErrInquiry, "question.subject has %d bytes: must have %d", len(q.Subject), IDLength)
	}
	return q, q.Kind.Validate()
}
