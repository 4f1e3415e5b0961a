package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/segment"
)

// validateData checks the part of data authentication.
func (gs *GenesisState) validateData() error {
	for i := range gs.Schemas {
		if err := gs.Schemas[i].Validate(); err != nil {
			return errorsmod.Wrapf(err, "schemas[%d]", i)
		}
		if i > 0 && string(gs.Schemas[i-1].Id) >= string(gs.Schemas[i].Id) {
			return errorsmod.Wrapf(ErrGenesis, "schemas[%d] %x: ids must ascend", i, gs.Schemas[i].Id)
		}
	}
	for i, block := range gs.LateBlocks {
		if i > 0 && gs.LateBlocks[i-1].Height >= block.Height {
			return errorsmod.Wrapf(ErrGenesis, "late_blocks[%d] %d: heights must ascend", i, block.Height)
		}
	}
	return nil
}

// Validate checks what is stored of one schema. That the last key hashes back to the
// root is not checked, which may take millions of steps.
func (s *SchemaState) Validate() error {
	if _, err := SchemaIDFromBytes(s.Id); err != nil {
		return err
	}
	if _, err := ParseDID(s.Schema.Did); err != nil {
		return err
	}
	stream, err := s.Schema.Terms.Stream()
	if err != nil {
		return err
	}
	if s.Schema.Ends > maxEnd {
		return errorsmod.Wrapf(ErrGenesis, "schema.ends %d: must be at most %d Unix ms", s.Schema.Ends, uint64(maxEnd))
	}
	if s.Disclosed.T > stream.Life || len(s.Disclosed.Key) != stream.Chain.KeyLength {
		return errorsmod.Wrapf(ErrGenesis, "disclosed: key %d of %d bytes: must be 0 to %d, of %d", s.Disclosed.T, len(s.Disclosed.Key), stream.Life, stream.Chain.KeyLength)
	}
	if s.Disclosed.T == 0 && string(s.Disclosed.Key) != string(stream.Root) {
		return errorsmod.Wrap(ErrGenesis, "disclosed: key 0 must be the root")
	}
	for i := range s.Segments {
		if err := s.Segments[i].validate(&s.Schema, stream); err != nil {
			return errorsmod.Wrapf(err, "segments[%d]", i)
		}
		if i > 0 && s.Schema.Slot(s.Segments[i-1].T) >= s.Schema.Slot(s.Segments[i].T) {
			return errorsmod.Wrapf(ErrGenesis, "segments[%d]: slots must ascend", i)
		}
	}
	return nil
}

// maxEnd of a schema: the latest start, the longest stream, the longest disclosure period.
const maxEnd = segment.MaxStart + segment.MaxSpan + 366*24*3_600_000

func (s *Segment) validate(schema *Schema, stream *segment.Schema) error {
	if err := schema.CheckInterval(s.T); err != nil {
		return err
	}
	if len(s.Digest) != segment.DigestLength || len(s.Mac) != stream.MACLength {
		return errorsmod.Wrapf(ErrSegment, "digest of %d and mac of %d bytes: must have %d and %d", len(s.Digest), len(s.Mac), segment.DigestLength, stream.MACLength)
	}
	switch s.Refused {
	case SEGMENT_STATUS_UNSPECIFIED, SEGMENT_STATUS_FORGED, SEGMENT_STATUS_YOUNG, SEGMENT_STATUS_UNSAFE:
		return nil
	default:
		return errorsmod.Wrapf(ErrSegment, "refused %s: must be FORGED, YOUNG, UNSAFE or nothing", s.Refused)
	}
}
