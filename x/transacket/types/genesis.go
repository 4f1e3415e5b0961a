package types

import (
	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis has default parameters and empty inboxes.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextSequence: 1, NextNumber: 1}
}

// Validate checks the whole genesis state of the module.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.NextSequence == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_sequence is 0: sequences start at 1")
	}
	if g.NextNumber == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_number is 0: numbers start at 1")
	}
	ids := make(map[string]struct{}, len(g.Transackets))
	numbers := make(map[uint64]struct{}, len(g.Transackets))
	for i := range g.Transackets {
		t := &g.Transackets[i]
		if err := t.Validate(); err != nil {
			return errorsmod.Wrapf(err, "transackets[%d]", i)
		}
		if _, twice := ids[string(t.Id)]; twice {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].id %s is there twice", i, t.IDHex())
		}
		ids[string(t.Id)] = struct{}{}
		if _, twice := numbers[t.Number]; twice {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].number %d is there twice", i, t.Number)
		}
		numbers[t.Number] = struct{}{}
		if t.Number == 0 || t.Number >= g.NextNumber {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].number %d: must be 1 to next_number %d, exclusive", i, t.Number, g.NextNumber)
		}
		if t.Source.Local() && t.Source.Sequence >= g.NextSequence {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].source.sequence %d: must be below next_sequence %d", i, t.Source.Sequence, g.NextSequence)
		}
		if !t.Expires.After(t.Time) {
			return errorsmod.Wrapf(ErrGenesis, "transackets[%d].expires %s: must be after time %s", i, t.Expires, t.Time)
		}
	}
	return nil
}
