package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Data of a device whose certificate is taken back is refused from then on: new
// segments, and keys of those that are there.
func TestDataNeedsACertificate(t *testing.T) {
	f := newField(t)
	d := f.register("sensor")
	_, msg := f.prepare(d, f.terms())
	require.ErrorIs(t, f.deliver(msg), types.ErrNotCertified)

	s := f.sensor("certified")
	f.run(s, 1, 1)
	f.must(f.changeMsg(f.maker, types.CERTIFICATE_STATUS_SUSPENDED, 1))
	f.at(s.stream.Begin(2))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(2, "data")), types.ErrNotCertified)
	f.at(s.stream.Release(1))
	require.ErrorIs(t, f.disclose(s.key(1)), types.ErrNotCertified)
	require.Equal(t, types.SEGMENT_STATUS_PENDING, f.status(s, 1))

	f.must(f.changeMsg(f.maker, types.CERTIFICATE_STATUS_VALID, 1))
	require.NoError(t, f.disclose(s.key(1)), "the suspension is over")
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 1))
	require.NoError(t, f.commit(f.gateway, s.commit(4, "data")))

	f.must(f.changeMsg(f.maker, types.CERTIFICATE_STATUS_REVOKED, 1))
	f.at(s.stream.Begin(5))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(5, "data")), types.ErrNotCertified)
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 1), "what was authentic stays so")

	// Another certificate will do, and an issuer that is suspended takes all of its back.
	f.serial++
	f.must(f.issueMsg(f.maker, f.world.terms(f.serial, s.device, types.CERTIFICATE_KIND_DEVICE)))
	f.at(s.stream.Begin(6))
	require.NoError(t, f.commit(f.gateway, s.commit(6, "data")))
	f.setAuthority(f.maker, "maker", true, types.CERTIFICATE_KIND_DEVICE)
	f.at(s.stream.Begin(20))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(20, "data")), types.ErrNotCertified)
	f.CheckInvariants()
}

// An issuer may take back one certificate of a batch: the answer for one device is not
// that for another.
func TestCertificatesOfABatchStandAlone(t *testing.T) {
	f := newField(t)
	start := f.terms().Start + 60_000
	at := func(s *segment.Schema) { s.Start = start }
	first, second, third := f.sensor("first", at), f.sensor("second", at), f.sensor("third", at)
	f.must(f.changeMsg(f.maker, types.CERTIFICATE_STATUS_REVOKED, 2))
	f.at(first.stream.Begin(1))
	result, err := f.Deliver(f.gateway, &types.MsgCommitSegments{Submitter: f.gateway.String(), Segments: []types.SegmentCommit{
		first.commit(1, "data"), second.commit(1, "data"), third.commit(1, "data"),
	}})
	require.NoError(t, err)
	var res types.MsgCommitSegmentsResponse
	require.NoError(t, f.Response(result, &res))
	require.Equal(t, []types.Refusal{{Index: 1, Codespace: types.ModuleName, Code: types.ErrNotCertified.ABCICode()}}, res.Refused)
}

// The main chain has no certificates of devices, and a zone may do without them.
func TestDataWithoutCertificates(t *testing.T) {
	f := newField(t, fixture.Main())
	s := f.sensor("sensor")
	f.run(s, 1, 1)
	f.at(s.stream.Release(1))
	require.NoError(t, f.disclose(s.key(1)))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 1))

	zone := newField(t)
	params, err := zone.keeper.Params.Get(zone.Ctx())
	require.NoError(t, err)
	params.Data.RequireCertificate = false
	require.NoError(t, zone.Govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params}))
	_, msg := zone.prepare(zone.register("sensor"), zone.terms())
	zone.must(msg)
}
