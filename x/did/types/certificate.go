package types

import (
	"crypto/sha256"
	"slices"
	"time"

	errorsmod "cosmossdk.io/errors"
)

// Limits of certificates.
const (
	// MaxCertificateBatch is the most certificates that one operation issues, renews or changes.
	MaxCertificateBatch = 100
	// MaxSerial bounds serials, and with them status lists.
	MaxSerial = 1<<32 - 1
	// MaxCellLength bounds the cell of a certificate.
	MaxCellLength = 16
	// MaxTime bounds times in Unix seconds: the end of the year 9999.
	MaxTime = 253_402_300_799
	// MaxNameLength bounds the name of an authority.
	MaxNameLength = 64
)

// Validate checks what needs no state.
func (t *CertificateTerms) Validate() error {
	if t.Serial < 1 || t.Serial > MaxSerial {
		return errorsmod.Wrapf(ErrCertificate, "serial %d: must be 1 to %d", t.Serial, uint64(MaxSerial))
	}
	if _, err := ParseDID(t.Subject); err != nil {
		return errorsmod.Wrap(err, "subject")
	}
	if err := t.Kind.Validate(); err != nil {
		return err
	}
	if t.ValidFrom < 0 || t.ValidUntil > MaxTime || t.ValidFrom >= t.ValidUntil {
		return errorsmod.Wrapf(ErrValidity, "valid_from %d, valid_until %d: must ascend, within 0 to %d", t.ValidFrom, t.ValidUntil, int64(MaxTime))
	}
	return validateAttributes(t.AttributesHash, t.Cell)
}

func validateAttributes(hash []byte, cell string) error {
	if n := len(hash); n != 0 && n != sha256.Size {
		return errorsmod.Wrapf(ErrCertificate, "attributes_hash has %d bytes: must have %d or none", n, sha256.Size)
	}
	if len(cell) > MaxCellLength || !only(cell, func(c byte) bool { return isLower(c) || isDigit(c) }) {
		return errorsmod.Wrapf(ErrCertificate, "cell %.40q: must be up to %d of a-z 0-9", cell, MaxCellLength)
	}
	return nil
}

// Validate checks that the kind is known.
func (x CertificateKind) Validate() error {
	if x <= CERTIFICATE_KIND_UNSPECIFIED || x > CERTIFICATE_KIND_TEE {
		return errorsmod.Wrapf(ErrKind, "%s: must be device, node, application or tee", x)
	}
	return nil
}

// HoldsAt tells why the terms and the status of a certificate do not hold at a time; nil
// if they do. Its authority and its issuer have to be asked, too.
func (c *Certificate) HoldsAt(now time.Time) error {
	switch seconds := now.Unix(); {
	case c.Status != CERTIFICATE_STATUS_VALID:
		return errorsmod.Wrapf(ErrCertificateStatus, "certificate %d of %s: is %s", c.Terms.Serial, c.Terms.Subject, c.Status.Word())
	case seconds < c.Terms.ValidFrom:
		return errorsmod.Wrapf(ErrValidity, "certificate %d of %s: is valid from %s", c.Terms.Serial, c.Terms.Subject, clock(c.Terms.ValidFrom))
	case seconds >= c.Terms.ValidUntil:
		return errorsmod.Wrapf(ErrValidity, "certificate %d of %s: was valid until %s", c.Terms.Serial, c.Terms.Subject, clock(c.Terms.ValidUntil))
	}
	return nil
}

// StatusAt is the status with expiry, which is stored a little later than it happens.
func (c *Certificate) StatusAt(now time.Time) CertificateStatus {
	if c.Status != CERTIFICATE_STATUS_REVOKED && now.Unix() >= c.Terms.ValidUntil {
		return CERTIFICATE_STATUS_EXPIRED
	}
	return c.Status
}

// Validate checks a stored certificate.
func (c *Certificate) Validate() error {
	if err := c.Terms.Validate(); err != nil {
		return err
	}
	if c.Authority == 0 {
		return errorsmod.Wrap(ErrGenesis, "certificate.authority 0: authorities are numbered from 1")
	}
	if c.Status <= CERTIFICATE_STATUS_UNSPECIFIED || c.Status > CERTIFICATE_STATUS_EXPIRED {
		return errorsmod.Wrapf(ErrGenesis, "certificate.status %s: must be a status", c.Status)
	}
	return nil
}

// Word is the status for people.
func (x CertificateStatus) Word() string {
	switch x {
	case CERTIFICATE_STATUS_VALID:
		return "valid"
	case CERTIFICATE_STATUS_SUSPENDED:
		return "suspended"
	case CERTIFICATE_STATUS_REVOKED:
		return "revoked"
	case CERTIFICATE_STATUS_EXPIRED:
		return "expired"
	default:
		return "none"
	}
}

// Word is the kind for people.
func (x CertificateKind) Word() string {
	if x.Validate() != nil {
		return "unknown"
	}
	return []string{"device", "node", "application", "tee"}[x-1]
}

// Word of a result in messages and commands, after the tiers of RFC 9334's results.
func (r AttestationResult) Word() string {
	switch r {
	case ATTESTATION_RESULT_AFFIRMING:
		return "affirming"
	case ATTESTATION_RESULT_WARNING:
		return "warning"
	case ATTESTATION_RESULT_CONTRAINDICATED:
		return "contraindicated"
	default:
		return "unspecified"
	}
}

// ParseAttestationResult returns the result of a word.
func ParseAttestationResult(word string) (AttestationResult, error) {
	for r := ATTESTATION_RESULT_AFFIRMING; r <= ATTESTATION_RESULT_CONTRAINDICATED; r++ {
		if r.Word() == word {
			return r, nil
		}
	}
	return ATTESTATION_RESULT_UNSPECIFIED, errorsmod.Wrapf(ErrAttestation, "result %.40q: must be affirming, warning or contraindicated", word)
}

// ParseCertificateKind reads what Word writes.
func ParseCertificateKind(word string) (CertificateKind, error) {
	for kind := CERTIFICATE_KIND_DEVICE; kind <= CERTIFICATE_KIND_TEE; kind++ {
		if kind.Word() == word {
			return kind, nil
		}
	}
	return CERTIFICATE_KIND_UNSPECIFIED, errorsmod.Wrapf(ErrKind, "%.40q: must be device, node, application or tee", word)
}

// Validate checks an authority but for its number.
func (a *Authority) Validate() error {
	if _, err := ParseDID(a.Did); err != nil {
		return errorsmod.Wrap(err, "did")
	}
	if len(a.Kinds) == 0 {
		return errorsmod.Wrap(ErrKind, "kinds: must name at least one")
	}
	for i, kind := range a.Kinds {
		if err := kind.Validate(); err != nil {
			return errorsmod.Wrapf(err, "kinds[%d]", i)
		}
		if i > 0 && kind <= a.Kinds[i-1] {
			return errorsmod.Wrapf(ErrKind, "kinds[%d] %s: must ascend, each once", i, kind.Word())
		}
	}
	if a.Name == "" || len(a.Name) > MaxNameLength || !only(a.Name, func(c byte) bool { return c >= ' ' && c <= '~' }) {
		return errorsmod.Wrapf(ErrIssuer, "name %.80q: must be 1 to %d bytes of printable ASCII", a.Name, MaxNameLength)
	}
	return nil
}

// May tells whether the authority issues that kind.
func (a *Authority) May(kind CertificateKind) bool { return slices.Contains(a.Kinds, kind) }

// Validate checks the batch and every certificate.
func (p *Issuance) Validate() error {
	serials := make([]uint64, len(p.Certificates))
	for i := range p.Certificates {
		if err := p.Certificates[i].Validate(); err != nil {
			return errorsmod.Wrapf(err, "issuance.certificates[%d]", i)
		}
		serials[i] = p.Certificates[i].Serial
	}
	return validateSerials("issuance.certificates", serials)
}

// Validate checks the batch.
func (p *Renewal) Validate() error {
	if p.ValidUntil <= 0 || p.ValidUntil > MaxTime {
		return errorsmod.Wrapf(ErrValidity, "renewal.valid_until %d: must be 1 to %d", p.ValidUntil, int64(MaxTime))
	}
	return validateSerials("renewal.serials", p.Serials)
}

// Validate checks the batch and the status.
func (p *StatusChange) Validate() error {
	switch p.Status {
	case CERTIFICATE_STATUS_VALID, CERTIFICATE_STATUS_SUSPENDED, CERTIFICATE_STATUS_REVOKED:
		return validateSerials("change.serials", p.Serials)
	default:
		return errorsmod.Wrapf(ErrCertificateStatus, "change.status %s: must be suspended, revoked or, to resume, valid", p.Status)
	}
}

func validateSerials(field string, serials []uint64) error {
	if n := len(serials); n < 1 || n > MaxCertificateBatch {
		return errorsmod.Wrapf(ErrBatch, "%s has %d entries: must have 1 to %d", field, n, MaxCertificateBatch)
	}
	for i, serial := range serials {
		if serial < 1 || serial > MaxSerial || i > 0 && serial <= serials[i-1] {
			return errorsmod.Wrapf(ErrBatch, "%s[%d] %d: serials must ascend, within 1 to %d", field, i, serial, uint64(MaxSerial))
		}
	}
	return nil
}

// Validate checks the terms of an attestation.
func (t *AttestationTerms) Validate() error {
	if _, err := ParseDID(t.Subject); err != nil {
		return errorsmod.Wrap(err, "attestation.subject")
	}
	if n := len(t.EvidenceHash); n != sha256.Size {
		return errorsmod.Wrapf(ErrAttestation, "attestation.evidence_hash has %d bytes: must have %d", n, sha256.Size)
	}
	if t.Result <= ATTESTATION_RESULT_UNSPECIFIED || t.Result > ATTESTATION_RESULT_CONTRAINDICATED {
		return errorsmod.Wrapf(ErrAttestation, "attestation.result %s: must be affirming, warning or contraindicated", t.Result)
	}
	if t.ValidUntil <= 0 || t.ValidUntil > MaxTime {
		return errorsmod.Wrapf(ErrValidity, "attestation.valid_until %d: must be 1 to %d", t.ValidUntil, int64(MaxTime))
	}
	return nil
}

// clock shows Unix seconds.
func clock(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
