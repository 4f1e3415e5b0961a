package types

import (
	"time"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/segment"
)

// Status of a segment of a stream whose keys are known up to disclosed.
func (s *Segment) Status(disclosed uint32) SegmentStatus {
	switch {
	case s.Refused != SEGMENT_STATUS_UNSPECIFIED:
		return s.Refused
	case s.T > disclosed:
		return SEGMENT_STATUS_PENDING
	default:
		return SEGMENT_STATUS_AUTHENTIC
	}
}

// CheckCommit tells whether a segment of the stream may go on record in a block of that
// time. The last key disclosed is known. What is in its slot is checked elsewhere.
func (s *Schema) CheckCommit(stream *segment.Schema, p DataParams, c *SegmentCommit, known uint32, now time.Time) error {
	if err := s.CheckInterval(c.T); err != nil {
		return err
	}
	if len(c.Digest) != segment.DigestLength {
		return errorsmod.Wrapf(ErrSegment, "digest has %d bytes: must have %d", len(c.Digest), segment.DigestLength)
	}
	if len(c.Mac) != stream.MACLength {
		return errorsmod.Wrapf(ErrSegment, "mac has %d bytes: must have mac_length, %d", len(c.Mac), stream.MACLength)
	}
	if from := stream.Begin(c.T).Add(-p.EarlyBy()); now.Before(from) {
		return errorsmod.Wrapf(ErrCommitEarly, "segment %d at %s: must come from %s on", c.T, stamp(now), stamp(from))
	}
	if !stream.Safe(c.T, now) {
		return errorsmod.Wrapf(ErrCommitLate, "segment %d at %s: must come before %s, when key %d may be known",
			c.T, stamp(now), stamp(stream.Release(c.T).Add(-stream.Skew())), c.T)
	}
	if c.T <= known {
		return errorsmod.Wrapf(ErrCommitLate, "segment %d: key %d is disclosed", c.T, known)
	}
	return nil
}

// CheckDisclosure tells whether a key may come in a block of that time, and whether it
// can follow the last one; not whether it does.
func (s *Schema) CheckDisclosure(stream *segment.Schema, p DataParams, k *KeyDisclosure, last uint32, now time.Time) error {
	if err := s.CheckInterval(k.T); err != nil {
		return err
	}
	release := stream.Release(k.T)
	if now.Before(release) {
		return errorsmod.Wrapf(ErrKeyEarly, "key %d at %s: must come from %s on", k.T, stamp(now), stamp(release))
	}
	if until := release.Add(p.Disclosure()); !now.Before(until) {
		return errorsmod.Wrapf(ErrKeyLate, "key %d at %s: must come before %s", k.T, stamp(now), stamp(until))
	}
	return registered(stream.Chain.CheckPosition(k.Key, k.T, last, p.MaxGap))
}

// CheckKey tells whether key t hashes back to the last one.
func CheckKey(stream *segment.Schema, key []byte, t uint32, known []byte, last, gap uint32) error {
	return registered(stream.Chain.Check(key, t, known, last, gap))
}

// Judge returns what a segment is worth under its key, which comes in block height.
// safe tells whether its block was decided before the key may have been known.
func (s *Segment) Judge(stream *segment.Schema, id *segment.ID, key []byte, minAge uint32, height int64, safe bool) SegmentStatus {
	switch {
	case len(s.Digest) != segment.DigestLength,
		!stream.VerifySegment(id, key, s.T, (*[segment.DigestLength]byte)(s.Digest), s.Mac):
		return SEGMENT_STATUS_FORGED
	case height-s.Height < int64(minAge):
		return SEGMENT_STATUS_YOUNG
	case !safe:
		return SEGMENT_STATUS_UNSAFE
	default:
		return SEGMENT_STATUS_AUTHENTIC
	}
}

// stamp shows a time to the nanosecond.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
