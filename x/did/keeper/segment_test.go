package keeper_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// A stream of every kind: segments are pending, then authentic, and the proof that the
// chain gives can be checked without it.
func TestSegmentsBecomeAuthentic(t *testing.T) {
	for name, change := range map[string]func(*segment.Schema){
		"HMAC-SHA256, SHA-256": func(*segment.Schema) {},
		"HMAC-SHA256, SHA3-256, cut": func(s *segment.Schema) {
			s.Chain.Hash, s.Chain.KeyLength, s.MACLength = segment.SHA3, 32, 10
		},
		"AES-CMAC, SHA-256": func(s *segment.Schema) { s.MAC = segment.AESCMAC },
	} {
		t.Run(name, func(t *testing.T) {
			f := newField(t)
			s := f.sensor("sensor", change)
			f.run(s, 1, 3)
			require.Equal(t, types.SEGMENT_STATUS_PENDING, f.status(s, 2))
			_, err := f.keeper.AuthenticSegment(f.Ctx(), s.id, 2)
			require.ErrorIs(t, err, types.ErrNotAuthentic)

			f.at(s.stream.Release(2))
			require.NoError(t, f.disclose(s.key(2)))
			require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 1), "by a later key")
			require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 2))
			require.Equal(t, types.SEGMENT_STATUS_PENDING, f.status(s, 3))

			res, err := types.NewQueryClient(f).Segment(f.Ctx(), &types.QuerySegmentRequest{Schema: s.id.String(), T: 1})
			require.NoError(t, err)
			require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, res.Status)
			require.Equal(t, s.did.String(), res.Did)
			require.Equal(t, s.keys[1], res.Key)
			stream, err := res.Terms.Stream()
			require.NoError(t, err)
			require.NoError(t, stream.Chain.Check(res.Key, 1, stream.Root, 0, 1))
			require.True(t, stream.VerifySegment(&s.id, res.Key, 1, (*[32]byte)(res.Segment.Digest), res.Segment.Mac))
			require.Equal(t, sha256.Sum256([]byte("data")), [32]byte(res.Segment.Digest))
			f.CheckInvariants()
		})
	}
}

// Who learns a key cannot use it: a segment that he commits is refused, and one with a
// guessed MAC is found out.
func TestForgedSegments(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	forged := s.commit(1, "21.5 °C")
	digest := sha256.Sum256([]byte("99.5 °C"))
	forged.Digest = digest[:]
	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, forged), "nobody can tell yet")
	f.at(s.stream.Begin(2))
	require.NoError(t, f.commit(f.gateway, s.commit(2, "21.6 °C")))
	f.NextBlock()
	f.at(s.stream.Release(2))
	require.NoError(t, f.disclose(s.key(2)))
	require.Equal(t, types.SEGMENT_STATUS_FORGED, f.status(s, 1))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 2), "one forged segment does not spoil others")
	require.Len(t, fixture.Events[*types.EventSegmentRefused](t, f.Results[len(f.Results)-1].TxResults[0].Events), 1)

	// After the disclosure everybody can make MACs of keys 1 and 2.
	require.ErrorIs(t, f.commit(f.gateway, s.commit(1, "99.5 °C")), types.ErrCommitLate)
	require.ErrorIs(t, f.commit(f.gateway, s.commit(2, "99.5 °C")), types.ErrCommitLate)
	require.Equal(t, types.SEGMENT_STATUS_FORGED, f.status(s, 1))
}

// A gateway that holds a commit back until the device has disclosed the key to it, be
// it early by its clock error, is refused to the nanosecond.
func TestGatewayThatHoldsCommitsBack(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	skew := time.Duration(s.stream.ClockError) * time.Millisecond
	f.at(s.stream.Release(1).Add(-skew - 1))
	require.NoError(t, f.commit(f.gateway, s.commit(1, "in the last safe nanosecond")))
	f.at(s.stream.Release(2).Add(-skew))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(2, "forged")), types.ErrCommitLate)
	f.at(s.stream.Release(3).Add(-skew + 1))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(3, "forged")), types.ErrCommitLate)
	f.at(s.stream.Release(4).Add(second))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(4, "forged")), types.ErrCommitLate)
}

// After a halt the first block has a time of before it, and devices have disclosed
// their keys meanwhile. The next block's time shows that.
func TestCommitInTheFirstBlockAfterAHalt(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	f.at(s.stream.Begin(1))
	f.NextBlock()
	// One hour passes, in which key 1 becomes known. The block's time is of before.
	f.at(s.stream.Begin(1).Add(5 * second))
	require.NoError(t, f.commit(f.gateway, s.commit(1, "forged with the known key"), s.commit(4, "key 4 is known, too")))
	f.at(s.stream.Release(3).Add(second))
	require.NoError(t, f.commit(f.gateway, s.commit(5, "honest"), s.commit(6, "honest")))
	f.NextBlock()
	f.at(s.stream.Release(6))
	require.NoError(t, f.disclose(s.key(6)))
	require.Equal(t, types.SEGMENT_STATUS_UNSAFE, f.status(s, 1))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 4), "its key was not known yet")
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 5))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 6))
	f.CheckInvariants()
}

// A commit must be min_age blocks old when its key comes.
func TestCommitThatIsTooYoung(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor", func(s *segment.Schema) { s.Lag, s.ClockError = 1, 0 })
	f.at(s.stream.Release(1).Add(-1))
	require.NoError(t, f.commit(f.gateway, s.commit(1, "one block before its key")))
	f.at(s.stream.Release(1))
	require.NoError(t, f.disclose(s.key(1)))
	require.Equal(t, types.SEGMENT_STATUS_YOUNG, f.status(s, 1))

	f.at(s.stream.Release(2).Add(-2 * time.Nanosecond))
	require.NoError(t, f.commit(f.gateway, s.commit(2, "two blocks before its key")))
	f.at(s.stream.Release(2).Add(-1))
	f.NextBlock()
	f.at(s.stream.Release(2))
	require.NoError(t, f.disclose(s.key(2)))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 2))
}

func TestOnlySubmittersCommitAndTheFirstCommitIsFinal(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	f.at(s.stream.Begin(1))
	require.ErrorIs(t, f.commit(f.stranger, s.commit(1, "rubbish")), types.ErrNotSubmitter)
	require.NoError(t, f.commit(f.gateway, s.commit(1, "data")))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(1, "other data")), types.ErrCommitted)

	// The device lets another gateway commit instead.
	msg := &types.MsgSetSubmitters{Payer: f.payer.String(), Schema: s.id[:], Submitters: []string{f.stranger.String()}}
	payload, err := segment.SubmittersBytes(s.id, [][]byte{f.stranger.Address})
	require.NoError(t, err)
	msg.Proof = f.proof(s, types.TagSubmitters, payload)
	f.must(msg)
	require.ErrorIs(t, f.commit(f.gateway, s.commit(2, "data")), types.ErrNotSubmitter)
	require.NoError(t, f.commit(f.stranger, s.commit(2, "data")))
	require.ErrorIs(t, f.deliver(msg), types.ErrSequence, "replayed")
}

func TestCommitNamesTheRuleThatIsBroken(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, s.commit(5, "early is fine for a minute")))
	for name, c := range map[string]struct {
		change func(*types.SegmentCommit)
		want   error
	}{
		"interval 0":           {func(c *types.SegmentCommit) { c.T = 0 }, types.ErrInterval},
		"interval after life":  {func(c *types.SegmentCommit) { c.T = 65 }, types.ErrInterval},
		"short digest":         {func(c *types.SegmentCommit) { c.Digest = c.Digest[1:] }, types.ErrSegment},
		"short mac":            {func(c *types.SegmentCommit) { c.Mac = c.Mac[1:] }, types.ErrSegment},
		"long mac":             {func(c *types.SegmentCommit) { c.Mac = append(c.Mac, 0) }, types.ErrSegment},
		"short schema":         {func(c *types.SegmentCommit) { c.Schema = c.Schema[1:] }, types.ErrSchemaID},
		"unknown schema":       {func(c *types.SegmentCommit) { c.Schema = make([]byte, 32) }, types.ErrSchemaNotFound},
		"long before its time": {func(c *types.SegmentCommit) { c.T = 9 }, types.ErrCommitEarly},
	} {
		segment := s.commit(2, "data")
		c.change(&segment)
		f.at(s.stream.Begin(2))
		require.ErrorIs(t, f.commit(f.gateway, segment), c.want, name)
	}
	// The edges of early.
	f.at(s.stream.Begin(10).Add(-time.Minute - 1))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(10, "data")), types.ErrCommitEarly)
	f.at(s.stream.Begin(10).Add(-time.Minute))
	require.NoError(t, f.commit(f.gateway, s.commit(10, "data")))

	require.ErrorIs(t, f.commit(f.gateway), types.ErrBatch)
	many := make([]types.SegmentCommit, types.MaxBatch+1)
	_, err := f.Deliver(f.gateway, &types.MsgCommitSegments{Submitter: f.gateway.String(), Segments: many})
	require.ErrorIs(t, err, types.ErrBatch)
}

func TestDisclosureNamesTheRuleThatIsBroken(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	other := f.sensor("other", func(t *segment.Schema) { t.Start = s.stream.Start })
	f.at(s.stream.Release(1).Add(-1))
	require.ErrorIs(t, f.disclose(s.key(1)), types.ErrKeyEarly, "the last nanosecond before the release")
	f.at(s.stream.Release(1))
	require.NoError(t, f.disclose(s.key(1)), "the first nanosecond")
	f.at(s.stream.Release(5))
	for name, c := range map[string]struct {
		key  types.KeyDisclosure
		want error
	}{
		"known":              {s.key(1), types.ErrKeyKnown},
		"root":               {s.key(0), types.ErrInterval},
		"after life":         {types.KeyDisclosure{Schema: s.id[:], T: 65, Key: s.keys[64]}, types.ErrInterval},
		"early":              {s.key(6), types.ErrKeyEarly},
		"of another schema":  {types.KeyDisclosure{Schema: s.id[:], T: 3, Key: other.keys[3]}, types.ErrForeignKey},
		"of another t":       {types.KeyDisclosure{Schema: s.id[:], T: 3, Key: s.keys[4]}, types.ErrForeignKey},
		"short":              {types.KeyDisclosure{Schema: s.id[:], T: 3, Key: s.keys[3][1:]}, types.ErrKeyLength},
		"of an unknown one":  {types.KeyDisclosure{Schema: make([]byte, 32), T: 3, Key: s.keys[3]}, types.ErrSchemaNotFound},
		"of a short schema":  {types.KeyDisclosure{Schema: s.id[1:], T: 3, Key: s.keys[3]}, types.ErrSchemaID},
		"claimed to be late": {types.KeyDisclosure{Schema: s.id[:], T: 2, Key: s.keys[3]}, types.ErrForeignKey},
	} {
		f.at(s.stream.Release(5))
		require.ErrorIs(t, f.disclose(c.key), c.want, name)
	}
	require.ErrorIs(t, f.disclose(), types.ErrBatch)

	period := types.DefaultDataParams().Disclosure()
	f.at(s.stream.Release(5).Add(period))
	require.ErrorIs(t, f.disclose(s.key(5)), types.ErrKeyLate)
	f.at(s.stream.Release(6).Add(period - 1))
	require.NoError(t, f.disclose(s.key(6)), "the last nanosecond")
}

// Keys that were lost follow from later ones, within the gap.
func TestSkippedKeys(t *testing.T) {
	f := newField(t)
	params, err := f.keeper.Params.Get(f.Ctx())
	require.NoError(t, err)
	params.Data.MaxGap = 10
	require.NoError(t, f.Govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params}))
	s := f.sensor("sensor")
	f.run(s, 1, 12)
	f.at(s.stream.Release(12))
	require.ErrorIs(t, f.disclose(s.key(12)), types.ErrKeyGap)
	require.ErrorIs(t, f.disclose(s.key(11)), types.ErrKeyGap)
	require.NoError(t, f.disclose(s.key(10)), "which follows from key 12")
	require.NoError(t, f.disclose(s.key(12)))
	for i := uint32(1); i <= 12; i++ {
		require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, i), "segment %d", i)
	}
}

// A stream keeps as many segments as its window has slots.
func TestWindow(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor", func(s *segment.Schema) { s.Window = 4 })
	f.run(s, 1, 6)
	for _, gone := range []uint32{1, 2} {
		_, err := f.keeper.Segment(f.Ctx(), s.id, gone)
		require.ErrorIs(t, err, types.ErrSegmentNotFound, "segment %d", gone)
	}
	f.at(s.stream.Begin(6))
	require.NoError(t, f.commit(f.gateway, s.commit(8, "early")))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(4, "its slot is taken")), types.ErrOutsideWindow)
	f.at(s.stream.Release(8))
	require.NoError(t, f.disclose(s.key(8)))
	res, err := types.NewQueryClient(f).Segments(f.Ctx(), &types.QuerySegmentsRequest{Schema: s.id.String()})
	require.NoError(t, err)
	require.Len(t, res.Segments, 4)
	for i, want := range []uint32{8, 5, 6, 3} {
		require.Equal(t, want, res.Segments[i].Segment.T)
		require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, res.Segments[i].Status)
	}
	f.CheckInvariants()
}

// A forged segment is found out even if more keys are skipped than the ring has slots.
func TestForgedSegmentBeforeALongGap(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor", func(s *segment.Schema) { s.Window = 4 })
	forged := s.commit(1, "21.5 °C")
	forged.Mac[0] ^= 1
	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, forged))
	f.at(s.stream.Begin(2))
	require.NoError(t, f.commit(f.gateway, s.commit(2, "data")))
	f.NextBlock()
	f.at(s.stream.Release(30))
	require.NoError(t, f.disclose(s.key(30)))
	require.Equal(t, types.SEGMENT_STATUS_FORGED, f.status(s, 1))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 2))
}

// What is wrong with one entry of a batch does not hinder the others.
func TestEntriesOfABatchStandAlone(t *testing.T) {
	f := newField(t)
	start := f.terms().Start
	var sensors []*sensor
	for _, name := range []string{"a", "b", "c"} {
		sensors = append(sensors, f.sensor(name, func(s *segment.Schema) { s.Start = start }))
	}
	f.must(f.deactivateMsg(sensors[1].device, sensors[1].did, 2))
	f.at(sensors[0].stream.Begin(1))
	var batch []types.SegmentCommit
	for _, s := range sensors {
		batch = append(batch, s.commit(1, "data"))
	}
	batch = append(batch, sensors[0].commit(1, "a second time"))
	result, err := f.Deliver(f.gateway, &types.MsgCommitSegments{Submitter: f.gateway.String(), Segments: batch})
	require.NoError(t, err)
	var committed types.MsgCommitSegmentsResponse
	require.NoError(t, f.Response(result, &committed))
	require.Equal(t, []types.Refusal{
		{Index: 1, Codespace: types.ModuleName, Code: types.ErrDeactivated.ABCICode()},
		{Index: 3, Codespace: types.ModuleName, Code: types.ErrCommitted.ABCICode()},
	}, committed.Refused)
	reasons := fixture.Events[*types.EventEntryRefused](t, result.Events)
	require.Len(t, reasons, 2)
	require.Contains(t, reasons[0].Reason, "DID is deactivated")
	f.NextBlock()

	f.at(sensors[0].stream.Release(1))
	result, err = f.Deliver(f.stranger, &types.MsgDiscloseKeys{Discloser: f.stranger.String(), Keys: []types.KeyDisclosure{
		sensors[0].key(1), sensors[1].key(1), sensors[2].key(1), sensors[2].key(1),
	}})
	require.NoError(t, err)
	var disclosed types.MsgDiscloseKeysResponse
	require.NoError(t, f.Response(result, &disclosed))
	require.Equal(t, uint32(2), disclosed.Authentic)
	require.Equal(t, []types.Refusal{
		{Index: 1, Codespace: types.ModuleName, Code: types.ErrDeactivated.ABCICode()},
		{Index: 3, Codespace: types.ModuleName, Code: types.ErrKeyKnown.ABCICode()},
	}, disclosed.Refused)
	events := fixture.Events[*types.EventKeysDisclosed](t, result.Events)
	require.Len(t, events, 1)
	require.Equal(t, []types.SegmentRef{
		{Schema: hex.EncodeToString(sensors[0].id[:]), T: 1}, {Schema: hex.EncodeToString(sensors[2].id[:]), T: 1},
	}, events[0].Authentic)
	f.CheckInvariants()
}
