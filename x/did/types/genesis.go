package types

import (
	"slices"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis has no DIDs.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), Fees: NoFees(), NextAuthority: 1}
}

// Validate checks the genesis state.
func (gs *GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if err := gs.Fees.Validate(); err != nil {
		return err
	}
	seen := make(map[string]bool, len(gs.Dids))
	for i := range gs.Dids {
		state := &gs.Dids[i]
		if err := state.Validate(); err != nil {
			return errorsmod.Wrapf(err, "dids[%d]", i)
		}
		if seen[state.Did] {
			return errorsmod.Wrapf(ErrGenesis, "dids[%d] %s: is there twice", i, state.Did)
		}
		seen[state.Did] = true
	}
	if err := gs.validateAuthorities(seen); err != nil {
		return err
	}
	if err := gs.validateVisitors(seen); err != nil {
		return err
	}
	return gs.validateData()
}

// Validate checks what is stored of one DID.
func (s *DidState) Validate() error {
	did, err := ParseDID(s.Did)
	if err != nil {
		return err
	}
	if err := s.Record.Validate(); err != nil {
		return err
	}
	if want := s.Record.Stored(); uint64(len(s.Versions)) != want {
		return errorsmod.Wrapf(ErrGenesis, "%s has %d versions: record says %d", s.Did, len(s.Versions), want)
	}
	if !slices.IsSortedFunc(s.Versions, func(a, b DocumentVersion) int { return a.Time.Compare(b.Time) }) {
		return errorsmod.Wrapf(ErrGenesis, "%s: times of its versions must not descend", s.Did)
	}
	for i := range s.Versions {
		if err := s.Versions[i].Document.Validate(did); err != nil {
			return errorsmod.Wrapf(err, "%s versions[%d]", s.Did, i)
		}
	}
	return nil
}

// Validate checks a record.
func (r *Record) Validate() error {
	switch {
	case r.Sequence == 0:
		return errorsmod.Wrap(ErrGenesis, "record.sequence 0: the registration is an operation, too")
	case r.Version == 0:
		return errorsmod.Wrap(ErrGenesis, "record.version 0: versions are numbered from 1")
	case r.Oldest == 0 || r.Oldest > r.Version:
		return errorsmod.Wrapf(ErrGenesis, "record.oldest %d: must be 1 to version %d", r.Oldest, r.Version)
	case r.Version > r.Sequence:
		return errorsmod.Wrapf(ErrGenesis, "record.version %d: must be at most sequence %d", r.Version, r.Sequence)
	}
	return nil
}

// Stored is the number of versions that are stored.
func (r *Record) Stored() uint64 { return r.Version - r.Oldest + 1 }
