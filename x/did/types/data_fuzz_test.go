package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// validTerms are those of a stream that passes every check.
func validTerms() types.SchemaTerms {
	return types.Terms(&segment.Schema{
		MAC: segment.AESCMAC, MACLength: 8, Chain: segment.Chain{Hash: segment.SHA3, KeyLength: 24, Salt: []byte("saltsalt")},
		Root: make([]byte, 24), UnitBytes: 1, UnitsPerKey: 1, Life: 10, Start: 1_700_000_000_000, Interval: 1_000, Lag: 2, Window: 3,
		Submitters: [][]byte{make([]byte, 20)},
	})
}

// Terms from anybody do not crash a node; those that pass mean the same when they are
// read back, and no two that differ are signed as the same bytes.
func FuzzSchemaTerms(f *testing.F) {
	valid := validTerms()
	bz, err := valid.Marshal()
	require.NoError(f, err)
	f.Add(bz)
	f.Add([]byte{})
	f.Add(append(bz[:len(bz):len(bz)], 0x08, 0x81, 0x02)) // mac 257
	signed := make(map[string]string)
	f.Fuzz(func(t *testing.T, bz []byte) {
		var terms types.SchemaTerms
		if terms.Unmarshal(bz) != nil {
			return
		}
		stream, err := terms.Stream()
		if err != nil {
			return
		}
		payload, err := stream.Bytes()
		require.NoError(t, err, "what Stream takes is valid")
		again := types.Terms(stream)
		stream, err = again.Stream()
		require.NoError(t, err)
		repeated, err := stream.Bytes()
		require.NoError(t, err)
		require.Equal(t, payload, repeated)
		canonical, err := again.Marshal()
		require.NoError(t, err)
		if other, seen := signed[string(payload)]; seen {
			require.Equal(t, other, string(canonical))
		}
		signed[string(payload)] = string(canonical)
	})
}

// Messages from anybody do not crash a node.
func FuzzDataMessages(f *testing.F) {
	account := sdk.AccAddress(make([]byte, 20)).String()
	for i, msg := range []interface{ Marshal() ([]byte, error) }{
		&types.MsgRegisterSchema{Payer: account, Did: "did:mesh:main:z", Terms: validTerms()},
		&types.MsgSetSubmitters{Payer: account, Schema: make([]byte, 32), Submitters: []string{account}},
		&types.MsgCloseSchema{Payer: account, Schema: make([]byte, 32)},
		&types.MsgCommitSegments{Submitter: account, Segments: make([]types.SegmentCommit, 2)},
		&types.MsgDiscloseKeys{Discloser: account, Keys: make([]types.KeyDisclosure, 2)},
		&types.SchemaState{Id: make([]byte, 32), Schema: types.Schema{Terms: validTerms()}, Segments: make([]types.Segment, 1)},
	} {
		bz, err := msg.Marshal()
		require.NoError(f, err)
		f.Add(byte(i), bz)
	}
	f.Fuzz(func(_ *testing.T, kind byte, bz []byte) {
		type message interface {
			Unmarshal([]byte) error
			ValidateBasic() error
		}
		if kind == 5 {
			var state types.SchemaState
			if state.Unmarshal(bz) == nil {
				_ = state.Validate()
			}
			return
		}
		messages := []message{
			&types.MsgRegisterSchema{}, &types.MsgSetSubmitters{}, &types.MsgCloseSchema{}, &types.MsgCommitSegments{}, &types.MsgDiscloseKeys{},
		}
		m := messages[int(kind)%len(messages)]
		if m.Unmarshal(bz) == nil {
			_ = m.ValidateBasic()
		}
	})
}

// Every error of data authentication is registered once, with its number in the README.
func TestDataErrorsAreNumbered(t *testing.T) {
	for code, err := range map[uint32]interface{ ABCICode() uint32 }{
		60: types.ErrMac, 61: types.ErrKeyChain, 62: types.ErrUnit, 63: types.ErrLife, 64: types.ErrTiming, 65: types.ErrWindow,
		66: types.ErrSubmitters, 67: types.ErrSchemaID, 68: types.ErrSchemaNotFound, 69: types.ErrTooManySchemas, 70: types.ErrNotSubmitter,
		71: types.ErrInterval, 72: types.ErrSegment, 73: types.ErrCommitEarly, 74: types.ErrCommitLate, 75: types.ErrCommitted,
		76: types.ErrOutsideWindow, 77: types.ErrKeyLength, 78: types.ErrKeyEarly, 79: types.ErrKeyLate, 80: types.ErrKeyKnown,
		81: types.ErrKeyGap, 82: types.ErrForeignKey, 83: types.ErrBatch, 84: types.ErrSegmentNotFound, 85: types.ErrNotAuthentic,
		86: types.ErrSchemaEnded, 87: types.ErrSchemaExists,
	} {
		require.Equal(t, code, err.ABCICode())
	}
}
