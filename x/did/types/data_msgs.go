package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/segment"
)

// MaxBatch is how many segments or keys one message holds.
const MaxBatch = 1_024

// ValidateBasic checks all that needs no state.
func (m *MsgRegisterSchema) ValidateBasic() error {
	_, err := m.Payload()
	return err
}

// Payload is what the proof covers.
func (m *MsgRegisterSchema) Payload() ([]byte, error) {
	if _, err := validateOperation(m.Payer, m.Did, &m.Proof); err != nil {
		return nil, err
	}
	stream, err := m.Terms.Stream()
	if err != nil {
		return nil, err
	}
	return stream.Bytes()
}

// ValidateBasic checks all that needs no state.
func (m *MsgSetSubmitters) ValidateBasic() error {
	_, err := m.Payload()
	return err
}

// Payload is what the proof covers.
func (m *MsgSetSubmitters) Payload() ([]byte, error) {
	id, err := validateSchemaOperation(m.Payer, m.Schema, &m.Proof)
	if err != nil {
		return nil, err
	}
	submitters, err := ParseSubmitters(m.Submitters)
	if err != nil {
		return nil, err
	}
	return segment.SubmittersBytes(id, submitters)
}

// ValidateBasic checks all that needs no state.
func (m *MsgCloseSchema) ValidateBasic() error {
	_, err := validateSchemaOperation(m.Payer, m.Schema, &m.Proof)
	return err
}

func validateSchemaOperation(payer string, schema []byte, proof *Proof) (segment.ID, error) {
	if _, err := ParseAccount("payer", payer); err != nil {
		return segment.ID{}, err
	}
	id, err := SchemaIDFromBytes(schema)
	if err != nil {
		return id, err
	}
	_, _, err = proof.Validate()
	return id, err
}

// ValidateBasic checks all that needs no state and concerns the whole batch.
func (m *MsgCommitSegments) ValidateBasic() error {
	if _, err := ParseAccount("submitter", m.Submitter); err != nil {
		return err
	}
	return checkBatch("segments", len(m.Segments))
}

// ValidateBasic checks all that needs no state and concerns the whole batch.
func (m *MsgDiscloseKeys) ValidateBasic() error {
	if _, err := ParseAccount("discloser", m.Discloser); err != nil {
		return err
	}
	return checkBatch("keys", len(m.Keys))
}

func checkBatch(field string, n int) error {
	if n == 0 || n > MaxBatch {
		return errorsmod.Wrapf(ErrBatch, "%s has %d entries: must have 1 to %d", field, n, MaxBatch)
	}
	return nil
}
