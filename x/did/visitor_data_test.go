package did_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// stream is the data of the journey's sensor at the port.
type stream struct {
	*journey
	schema *segment.Schema
	id     segment.ID
	device *segment.Device
}

// begin registers a stream at the port, signed with the sensor's key.
func (j *journey) begin(sequence uint64) (*stream, error) {
	j.t.Helper()
	schema := &segment.Schema{
		MAC: segment.HMACSHA256, MACLength: 16, Chain: segment.Chain{Hash: segment.SHA256, KeyLength: 16, Salt: []byte("salt of tests")},
		UnitBytes: 64, UnitsPerKey: 1, Life: 1_000, Start: uint64(j.port.Zone.Time.UnixMilli()), Interval: 60_000, //nolint:gosec // a time
		Lag: 3, ClockError: 500, Window: 16, Submitters: [][]byte{j.payer.Address},
	}
	seed := sha256.Sum256([]byte("seed"))
	var err error
	schema.Root, err = segment.Root(schema.Chain, seed[:16], schema.Life)
	require.NoError(j.t, err)
	payload, err := schema.Bytes()
	require.NoError(j.t, err)
	signed := types.SigningBytes(types.TagSchema, "port-1", j.sensor.did, sequence, payload)
	s := &stream{journey: j, schema: schema, id: segment.SchemaID(signed)}
	s.device, err = segment.NewDevice(schema, s.id, seed[:16])
	require.NoError(j.t, err)
	msg := &types.MsgRegisterSchema{Payer: j.payer.String(), Did: j.sensor.did.String(), Terms: types.Terms(schema), Proof: j.sensor.proof(sequence, signed)}
	_, err = j.port.Zone.Send(j.payer, []sdk.Msg{msg})
	return s, err
}

// commit sends the segment of the interval of now.
func (s *stream) commit(data string) (uint32, error) {
	s.t.Helper()
	now, digest, mac := s.port.Zone.Time, sha256.Sum256([]byte(data)), make([]byte, s.schema.MACLength)
	t, err := s.device.Sign(now, &digest, mac)
	require.NoError(s.t, err)
	_, err = s.port.Zone.Send(s.payer, []sdk.Msg{&types.MsgCommitSegments{
		Submitter: s.payer.String(), Segments: []types.SegmentCommit{{Schema: s.id[:], T: t, Digest: digest[:], Mac: mac}},
	}})
	return t, err
}

// open waits for the release of a key and discloses it.
func (s *stream) open(t uint32) error {
	s.t.Helper()
	s.port.Zone.Block()
	s.Coordinator.IncrementTimeBy(s.schema.Release(t).Sub(s.Coordinator.CurrentTime) + time.Second)
	s.port.Zone.Block()
	key := make([]byte, s.schema.Chain.KeyLength)
	due, err := s.device.Disclose(s.port.Zone.Time, key)
	require.NoError(s.t, err)
	_, err = s.port.Zone.Send(s.payer, []sdk.Msg{&types.MsgDiscloseKeys{Discloser: s.payer.String(), Keys: []types.KeyDisclosure{{Schema: s.id[:], T: due, Key: key}}}})
	return err
}

// TestDataOfAVisitor: a sensor of the farm sends data at the port once the port has asked
// for its certificate, and no more when its revocation at home has reached the port.
func TestDataOfAVisitor(t *testing.T) {
	j := newJourney(t)
	j.issue(100 * 24 * time.Hour)
	_, err := j.begin(0)
	require.ErrorIs(t, err, types.ErrVisitor, "the port has not asked")

	j.ask()
	s, err := j.begin(0)
	require.NoError(t, err)
	_, err = j.begin(0)
	require.ErrorIs(t, err, types.ErrSequence, "a sequence of its own at the port")
	j.Coordinator.IncrementTimeBy(time.Minute)
	j.port.Zone.Block()
	first, err := s.commit("moisture 0.21")
	require.NoError(t, err)
	require.NoError(t, s.open(first))
	_, err = j.port.Zone.App.DidKeeper.AuthenticSegment(j.port.Zone.Ctx(), s.id, first)
	require.NoError(t, err)

	j.change(2, types.CERTIFICATE_STATUS_REVOKED)
	second, err := s.commit("moisture 0.22")
	require.NoError(t, err, "the port does not know yet")
	j.ask()
	j.Coordinator.IncrementTimeBy(time.Minute)
	j.port.Zone.Block()
	_, err = s.commit("moisture 0.23")
	require.ErrorIs(t, err, types.ErrVisitor)
	require.ErrorContains(t, err, "revoked")
	require.ErrorIs(t, s.open(second), types.ErrVisitor, "keys are not taken either")
	_, err = j.port.Zone.App.DidKeeper.AuthenticSegment(j.port.Zone.Ctx(), s.id, first)
	require.NoError(t, err, "what was authentic stays so")
	_, err = j.port.Zone.App.DidKeeper.AuthenticSegment(j.port.Zone.Ctx(), s.id, second)
	require.ErrorIs(t, err, types.ErrNotAuthentic)
	_, err = j.begin(1)
	require.ErrorIs(t, err, types.ErrVisitor, "no new stream")
	j.CheckInvariants()
}
