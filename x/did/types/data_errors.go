package types

import (
	"errors"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/segment"
)

// Errors of data authentication; segment/README.md tells for each what would be right.
var (
	ErrMac             = errorsmod.Register(ModuleName, 60, "invalid MAC function or length")
	ErrKeyChain        = errorsmod.Register(ModuleName, 61, "invalid chain of keys")
	ErrUnit            = errorsmod.Register(ModuleName, 62, "invalid unit size")
	ErrLife            = errorsmod.Register(ModuleName, 63, "invalid life cycle")
	ErrTiming          = errorsmod.Register(ModuleName, 64, "invalid timing")
	ErrWindow          = errorsmod.Register(ModuleName, 65, "invalid window")
	ErrSubmitters      = errorsmod.Register(ModuleName, 66, "invalid submitters")
	ErrSchemaID        = errorsmod.Register(ModuleName, 67, "invalid schema id")
	ErrSchemaNotFound  = errorsmod.Register(ModuleName, 68, "schema is not registered")
	ErrTooManySchemas  = errorsmod.Register(ModuleName, 69, "too many schemas")
	ErrNotSubmitter    = errorsmod.Register(ModuleName, 70, "not a submitter of the schema")
	ErrInterval        = errorsmod.Register(ModuleName, 71, "no such interval")
	ErrSegment         = errorsmod.Register(ModuleName, 72, "invalid segment")
	ErrCommitEarly     = errorsmod.Register(ModuleName, 73, "segment comes before its interval")
	ErrCommitLate      = errorsmod.Register(ModuleName, 74, "segment is not safe: its key may be known")
	ErrCommitted       = errorsmod.Register(ModuleName, 75, "segment is committed already")
	ErrOutsideWindow   = errorsmod.Register(ModuleName, 76, "segment is older than the window")
	ErrKeyLength       = errorsmod.Register(ModuleName, 77, "key of the wrong length")
	ErrKeyEarly        = errorsmod.Register(ModuleName, 78, "key comes before its release")
	ErrKeyLate         = errorsmod.Register(ModuleName, 79, "key comes too long after its release")
	ErrKeyKnown        = errorsmod.Register(ModuleName, 80, "key is known already")
	ErrKeyGap          = errorsmod.Register(ModuleName, 81, "too many keys skipped")
	ErrForeignKey      = errorsmod.Register(ModuleName, 82, "key is not of this stream")
	ErrBatch           = errorsmod.Register(ModuleName, 83, "invalid batch")
	ErrSegmentNotFound = errorsmod.Register(ModuleName, 84, "segment is not on record")
	ErrNotAuthentic    = errorsmod.Register(ModuleName, 85, "segment is not authentic")
	ErrSchemaEnded     = errorsmod.Register(ModuleName, 86, "schema has ended")
	ErrSchemaExists    = errorsmod.Register(ModuleName, 87, "schema is registered already")
)

// rules maps the errors of package segment, which knows no chain, to registered ones.
var rules = []struct{ rule, registered error }{
	{segment.ErrMAC, ErrMac},
	{segment.ErrChain, ErrKeyChain},
	{segment.ErrUnit, ErrUnit},
	{segment.ErrLife, ErrLife},
	{segment.ErrTiming, ErrTiming},
	{segment.ErrWindow, ErrWindow},
	{segment.ErrSubmitters, ErrSubmitters},
	{segment.ErrKeyLength, ErrKeyLength},
	{segment.ErrKnown, ErrKeyKnown},
	{segment.ErrGap, ErrKeyGap},
	{segment.ErrForeignKey, ErrForeignKey},
}

// registered turns an error of package segment into the registered one that names the
// same rule.
func registered(err error) error {
	for _, r := range rules {
		if errors.Is(err, r.rule) {
			return errorsmod.Wrap(r.registered, err.Error())
		}
	}
	return err
}
