package types

import (
	"errors"

	errorsmod "cosmossdk.io/errors"
)

// once fails for what is there twice.
func once(seen map[string]bool, what string) error {
	if seen[what] {
		return errorsmod.Wrapf(ErrGenesis, "%s: is there twice", what)
	}
	seen[what] = true
	return nil
}

// validateAuthorities checks authorities and what they issued.
func (gs *GenesisState) validateAuthorities(seen map[string]bool) error {
	authorities := make(map[uint32]*Authority, len(gs.Authorities))
	for i := range gs.Authorities {
		a := &gs.Authorities[i]
		if err := a.Validate(); err != nil {
			return errorsmod.Wrapf(err, "authorities[%d]", i)
		}
		if a.Number == 0 || a.Number >= gs.NextAuthority {
			return errorsmod.Wrapf(ErrGenesis, "authorities[%d].number %d: must be 1 to below next_authority %d", i, a.Number, gs.NextAuthority)
		}
		if err := errors.Join(once(seen, "authority "+decimal(uint64(a.Number))), once(seen, "authority "+a.Did)); err != nil {
			return err
		}
		authorities[a.Number] = a
	}
	if gs.NextAuthority == 0 {
		return errorsmod.Wrap(ErrGenesis, "next_authority 0: authorities are numbered from 1")
	}
	for i := range gs.Certificates {
		c := &gs.Certificates[i]
		if err := c.Validate(); err != nil {
			return errorsmod.Wrapf(err, "certificates[%d]", i)
		}
		a := authorities[c.Authority]
		if a == nil || c.Terms.Serial > a.LastSerial || !seen[c.Terms.Subject] {
			return errorsmod.Wrapf(ErrGenesis, "certificates[%d]: authority %d, serial %d, subject %s: must be known", i, c.Authority, c.Terms.Serial, c.Terms.Subject)
		}
		if err := once(seen, "certificate "+decimal(uint64(c.Authority))+"/"+decimal(c.Terms.Serial)); err != nil {
			return err
		}
	}
	for i, chunk := range gs.StatusChunks {
		purpose := chunk.Purpose == CERTIFICATE_STATUS_REVOKED || chunk.Purpose == CERTIFICATE_STATUS_SUSPENDED
		if authorities[chunk.Authority] == nil || !purpose || len(chunk.Bits) != ChunkBytes || chunk.Index > MaxSerial/ChunkBits {
			return errorsmod.Wrapf(ErrGenesis, "status_chunks[%d]: must be %d bytes of a list of an authority", i, ChunkBytes)
		}
		if err := once(seen, "status chunk "+decimal(uint64(chunk.Authority))+"/"+chunk.Purpose.Word()+"/"+decimal(uint64(chunk.Index))); err != nil {
			return err
		}
	}
	for i := range gs.Attestations {
		a := &gs.Attestations[i]
		if err := a.Terms.Validate(); err != nil {
			return errorsmod.Wrapf(err, "attestations[%d]", i)
		}
		if authorities[a.Authority] == nil || !seen[a.Terms.Subject] {
			return errorsmod.Wrapf(ErrGenesis, "attestations[%d]: authority %d and subject %s: must be known", i, a.Authority, a.Terms.Subject)
		}
		if err := once(seen, "attestation "+decimal(uint64(a.Authority))+"/"+a.Terms.Subject); err != nil {
			return err
		}
	}
	return nil
}

// validateVisitors checks what other zones told, and what they are asked.
func (gs *GenesisState) validateVisitors(seen map[string]bool) error {
	for i := range gs.Visitors {
		v := &gs.Visitors[i]
		if err := v.Validate(); err != nil {
			return errorsmod.Wrapf(err, "visitors[%d]", i)
		}
		if err := once(seen, v.Did); err != nil {
			return err
		}
	}
	for i := range gs.Inquiries {
		q := &gs.Inquiries[i]
		if err := q.Validate(); err != nil {
			return errorsmod.Wrapf(err, "inquiries[%d]", i)
		}
		if err := once(seen, "inquiry "+q.Channel+"/"+decimal(q.Sequence)); err != nil {
			return err
		}
	}
	return nil
}

// Validate checks what is stored of a visitor: answers about it.
func (v *Visitor) Validate() error {
	did, err := ParseDID(v.Did)
	if err != nil {
		return err
	}
	if len(v.Answers) == 0 {
		return errorsmod.Wrapf(ErrGenesis, "%s: has no answer: nothing is kept of whom nobody told about", v.Did)
	}
	for i := range v.Answers {
		if err := v.Answers[i].validate(did); err != nil {
			return errorsmod.Wrapf(err, "%s: answers[%d]", v.Did, i)
		}
		if i > 0 && v.Answers[i].Certificate.Kind <= v.Answers[i-1].Certificate.Kind {
			return errorsmod.Wrapf(ErrGenesis, "%s: answers[%d] of kind %s: must ascend, each once", v.Did, i, v.Answers[i].Certificate.Kind.Word())
		}
	}
	return nil
}

func (a *VisitorAnswer) validate(did DID) error {
	if err := a.Certificate.Validate(); err != nil {
		return err
	}
	if ID(a.Certificate.Subject) != did.ID {
		return errorsmod.Wrapf(ErrGenesis, "certificate of %s", ID(a.Certificate.Subject))
	}
	if a.Channel == "" {
		return errorsmod.Wrap(ErrGenesis, "the channel of the answer is missing")
	}
	if a.Expires.Unix() <= 0 || a.Expires.Unix() > MaxTime {
		return errorsmod.Wrapf(ErrGenesis, "expires %s: must be a time", a.Expires)
	}
	return nil
}

// Validate checks a question that is under way.
func (q *Inquiry) Validate() error {
	if _, err := ParseDID(q.Did); err != nil {
		return err
	}
	if err := q.Kind.Validate(); err != nil {
		return err
	}
	if _, err := ParseAccount("payer", q.Payer); err != nil {
		return err
	}
	if q.Channel == "" || q.Sequence == 0 || q.Deadline <= 0 || q.Deadline > MaxTime {
		return errorsmod.Wrapf(ErrGenesis, "channel %q, sequence %d, deadline %d: must be those of a packet", q.Channel, q.Sequence, q.Deadline)
	}
	return nil
}
