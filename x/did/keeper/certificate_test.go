package keeper_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/multiformats/go-multibase"
	"github.com/stretchr/testify/require"

	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/types"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// authority registers a DID and makes it an authority, as governance does.
func (w *world) authority(name string, kinds ...types.CertificateKind) device {
	w.t.Helper()
	d := w.register(name)
	w.setAuthority(d, name, false, kinds...)
	return d
}

func (w *world) setAuthority(d device, name string, suspended bool, kinds ...types.CertificateKind) {
	w.t.Helper()
	msg := &types.MsgSetAuthority{
		Signer: authtypes.NewModuleAddress(govtypes.ModuleName).String(), Did: d.did.String(), Kinds: kinds, Name: name, Suspended: suspended,
	}
	w.govern(msg)
}

// sequence that the next operation of a DID has to be signed with.
func (w *world) sequence(d device) uint64 {
	w.t.Helper()
	record, err := w.keeper.Record(w.Ctx(), d.did)
	require.NoError(w.t, err)
	return record.Sequence
}

func (w *world) terms(serial uint64, subject device, kind types.CertificateKind) types.CertificateTerms {
	return types.CertificateTerms{
		Serial: serial, Subject: subject.did.String(), Kind: kind,
		ValidFrom: w.Time.Unix(), ValidUntil: w.Time.Add(day(30)).Unix(), Cell: "u1wjq",
	}
}

func (w *world) issueMsg(issuer device, terms ...types.CertificateTerms) *types.MsgIssueCertificates {
	w.t.Helper()
	msg := &types.MsgIssueCertificates{Payer: w.payer.Address.String(), Issuer: issuer.did.String(), Issuance: types.Issuance{Certificates: terms}}
	msg.Proof = w.prove(issuer, types.TagIssue, issuer.did, w.sequence(issuer), &msg.Issuance)
	return msg
}

func (w *world) changeMsg(issuer device, status types.CertificateStatus, serials ...uint64) *types.MsgChangeCertificates {
	w.t.Helper()
	msg := &types.MsgChangeCertificates{Payer: w.payer.Address.String(), Issuer: issuer.did.String(), Change: types.StatusChange{Serials: serials, Status: status}}
	msg.Proof = w.prove(issuer, types.TagChange, issuer.did, w.sequence(issuer), &msg.Change)
	return msg
}

func (w *world) renewMsg(issuer device, until time.Time, serials ...uint64) *types.MsgRenewCertificates {
	w.t.Helper()
	msg := &types.MsgRenewCertificates{Payer: w.payer.Address.String(), Issuer: issuer.did.String(), Renewal: types.Renewal{Serials: serials, ValidUntil: until.Unix()}}
	msg.Proof = w.prove(issuer, types.TagRenew, issuer.did, w.sequence(issuer), &msg.Renewal)
	return msg
}

// certified tells whether a device is certified now.
func (w *world) certified(d device) error {
	return w.keeper.Certify(w.Ctx(), d.did, types.CERTIFICATE_KIND_DEVICE)
}

func (w *world) devices() uint64 {
	w.t.Helper()
	n, err := w.keeper.Devices(w.Ctx())
	require.NoError(w.t, err)
	return n
}

func day(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// bit reads a status list as a verifier does: from the credential.
func (w *world) bit(issuer device, purpose string, serial uint64) bool {
	w.t.Helper()
	response, err := types.NewQueryClient(w).StatusList(w.Ctx(), &types.QueryStatusListRequest{
		Issuer: issuer.did.String(), Purpose: purpose, List: uint32(serial / types.ListBits),
	})
	require.NoError(w.t, err)
	var credential struct {
		Type    []string
		Subject struct{ Type, StatusPurpose, EncodedList string } `json:"credentialSubject"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(response.Credential), &credential))
	require.Contains(w.t, credential.Type, "BitstringStatusListCredential")
	require.Equal(w.t, "BitstringStatusList", credential.Subject.Type)
	require.Equal(w.t, purpose, credential.Subject.StatusPurpose)
	_, compressed, err := multibase.Decode(credential.Subject.EncodedList)
	require.NoError(w.t, err)
	require.Equal(w.t, byte('u'), credential.Subject.EncodedList[0])
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	require.NoError(w.t, err)
	bits, err := io.ReadAll(reader)
	require.NoError(w.t, err)
	require.Len(w.t, bits, 16*1024)
	return bits[serial%types.ListBits/8]&(0x80>>(serial%8)) != 0
}

func TestLifeOfACertificate(t *testing.T) {
	w := newWorld(t)
	maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE)
	sensor := w.register("sensor")
	require.ErrorIs(t, w.certified(sensor), types.ErrNotCertified)
	require.Zero(t, w.devices())

	w.must(w.issueMsg(maker, w.terms(1, sensor, types.CERTIFICATE_KIND_DEVICE), w.terms(200_000, sensor, types.CERTIFICATE_KIND_DEVICE)))
	require.NoError(t, w.certified(sensor))
	require.Equal(t, uint64(1), w.devices(), "one device with two certificates")

	w.must(w.changeMsg(maker, types.CERTIFICATE_STATUS_SUSPENDED, 1))
	require.NoError(t, w.certified(sensor), "the other one holds")
	w.must(w.changeMsg(maker, types.CERTIFICATE_STATUS_SUSPENDED, 200_000))
	require.ErrorIs(t, w.certified(sensor), types.ErrNotCertified)
	require.Zero(t, w.devices())
	require.True(t, w.bit(maker, types.PurposeSuspension, 1))
	require.True(t, w.bit(maker, types.PurposeSuspension, 200_000))
	require.False(t, w.bit(maker, types.PurposeSuspension, 200_001))
	require.False(t, w.bit(maker, types.PurposeRevocation, 1))

	w.must(w.changeMsg(maker, types.CERTIFICATE_STATUS_VALID, 200_000))
	require.NoError(t, w.certified(sensor))
	require.False(t, w.bit(maker, types.PurposeSuspension, 200_000))
	require.Equal(t, uint64(1), w.devices())

	w.must(w.changeMsg(maker, types.CERTIFICATE_STATUS_REVOKED, 1))
	require.False(t, w.bit(maker, types.PurposeSuspension, 1))
	require.True(t, w.bit(maker, types.PurposeRevocation, 1))
	require.ErrorIs(t, w.deliver(w.changeMsg(maker, types.CERTIFICATE_STATUS_VALID, 1)), types.ErrCertificateStatus, "revoked is for ever")

	w.must(w.renewMsg(maker, w.Time.Add(day(60)), 200_000))
	w.Advance(day(31))
	w.NextBlock()
	require.NoError(t, w.certified(sensor), "renewed")
	w.Advance(day(30))
	w.NextBlock()
	require.ErrorIs(t, w.certified(sensor), types.ErrNotCertified)
	require.Zero(t, w.devices())
	require.ErrorIs(t, w.deliver(w.renewMsg(maker, w.Time.Add(time.Hour), 200_000)), types.ErrCertificateStatus, "expired")
	w.CheckInvariants()

	w.Advance(day(31))
	w.NextBlocks(2)
	gs, err := w.keeper.ExportGenesis(w.Ctx())
	require.NoError(t, err)
	require.Empty(t, gs.Certificates, "retention is over")
	require.True(t, w.bit(maker, types.PurposeRevocation, 1), "the list stays")
	w.CheckInvariants()
}

func TestWhatACertificateDependsOn(t *testing.T) {
	w := newWorld(t)
	maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE, types.CERTIFICATE_KIND_TEE)
	sensor, other := w.register("sensor"), w.register("other")
	w.must(w.issueMsg(maker, w.terms(1, sensor, types.CERTIFICATE_KIND_DEVICE), w.terms(2, other, types.CERTIFICATE_KIND_DEVICE)))
	require.Equal(t, uint64(2), w.devices())

	w.setAuthority(maker, "maker", true, types.CERTIFICATE_KIND_DEVICE)
	require.ErrorContains(t, w.certified(sensor), "suspended")
	require.ErrorIs(t, w.deliver(w.issueMsg(maker, w.terms(3, sensor, types.CERTIFICATE_KIND_DEVICE))), types.ErrIssuerSuspended)
	w.setAuthority(maker, "maker", false, types.CERTIFICATE_KIND_TEE)
	require.ErrorContains(t, w.certified(sensor), "may no longer issue")
	w.setAuthority(maker, "maker", false, types.CERTIFICATE_KIND_DEVICE, types.CERTIFICATE_KIND_TEE)
	require.NoError(t, w.certified(sensor))

	w.must(w.deactivateMsg(sensor, sensor.did, 1))
	require.ErrorIs(t, w.certified(sensor), types.ErrNotCertified)
	require.True(t, w.bit(maker, types.PurposeRevocation, 1), "revoked with its subject")
	require.Equal(t, uint64(1), w.devices())
	require.NoError(t, w.certified(other))

	w.must(w.deactivateMsg(maker, maker.did, w.sequence(maker)))
	require.ErrorContains(t, w.certified(other), "deactivated")
	w.CheckInvariants()
}

func TestIssuingIsRefused(t *testing.T) {
	w := newWorld(t)
	maker, node := w.authority("maker", types.CERTIFICATE_KIND_DEVICE), w.authority("node maker", types.CERTIFICATE_KIND_NODE)
	sensor, stranger := w.register("sensor"), w.register("stranger")
	good := func() types.CertificateTerms { return w.terms(7, sensor, types.CERTIFICATE_KIND_DEVICE) }
	with := func(change func(*types.CertificateTerms)) types.CertificateTerms {
		terms := good()
		change(&terms)
		return terms
	}
	unknown := w.device(newSigner("unknown"))
	for name, c := range map[string]struct {
		msg  *types.MsgIssueCertificates
		want error
	}{
		"no authority":          {w.issueMsg(stranger, good()), types.ErrIssuer},
		"another kind":          {w.issueMsg(node, good()), types.ErrIssuer},
		"serial 0":              {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Serial = 0 })), types.ErrCertificate},
		"validity inverted":     {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.ValidUntil = c.ValidFrom })), types.ErrValidity},
		"validity over":         {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.ValidFrom, c.ValidUntil = 1, 2 })), types.ErrValidity},
		"kind unknown":          {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Kind = 9 })), types.ErrKind},
		"hash too short":        {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.AttributesHash = []byte{1} })), types.ErrCertificate},
		"cell":                  {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Cell = "Bremen" })), types.ErrCertificate},
		"subject unknown":       {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Subject = unknown.did.String() })), types.ErrNotFound},
		"subject elsewhere":     {w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Subject = types.DID{Namespace: "port", ID: sensor.did.ID}.String() })), types.ErrNamespace},
		"no certificates":       {w.issueMsg(maker), types.ErrBatch},
		"serials do not ascend": {w.issueMsg(maker, good(), good()), types.ErrBatch},
		"too large a batch":     {w.issueMsg(maker, make([]types.CertificateTerms, 101)...), types.ErrCertificate},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorIs(t, w.deliver(c.msg), c.want) })
	}
	w.must(w.issueMsg(maker, good()))
	require.ErrorIs(t, w.deliver(w.issueMsg(maker, good())), types.ErrSerial)
	require.ErrorIs(t, w.deliver(w.issueMsg(maker, with(func(c *types.CertificateTerms) { c.Serial = 6 }))), types.ErrSerial)
	require.ErrorIs(t, w.deliver(w.changeMsg(maker, types.CERTIFICATE_STATUS_REVOKED, 5)), types.ErrNoCertificate)
	require.ErrorIs(t, w.deliver(w.changeMsg(maker, types.CERTIFICATE_STATUS_EXPIRED, 7)), types.ErrCertificateStatus)
	require.ErrorIs(t, w.deliver(w.renewMsg(maker, w.Time.Add(time.Minute), 7)), types.ErrValidity, "not later")

	var many []types.CertificateTerms
	for i := range 15 {
		many = append(many, w.terms(uint64(8+i), sensor, types.CERTIFICATE_KIND_DEVICE))
	}
	w.must(w.issueMsg(maker, many...))
	require.ErrorIs(t, w.deliver(w.issueMsg(maker, w.terms(100, sensor, types.CERTIFICATE_KIND_DEVICE))), types.ErrTooMany)
	w.CheckInvariants()
}

func TestDeviceCertificatesLiveOnZones(t *testing.T) {
	w := newWorld(t, fixture.Main())
	maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE, types.CERTIFICATE_KIND_NODE)
	node := w.register("node")
	require.ErrorIs(t, w.deliver(w.issueMsg(maker, w.terms(1, node, types.CERTIFICATE_KIND_DEVICE))), types.ErrKind)
	w.must(w.issueMsg(maker, w.terms(1, node, types.CERTIFICATE_KIND_NODE)))
	require.NoError(t, w.keeper.Certify(w.Ctx(), node.did, types.CERTIFICATE_KIND_NODE))
	require.Zero(t, w.devices(), "a node is no device")
}

func TestAttestation(t *testing.T) {
	w := newWorld(t)
	verifier, maker := w.authority("verifier", types.CERTIFICATE_KIND_TEE), w.authority("maker", types.CERTIFICATE_KIND_DEVICE)
	enclave := w.register("enclave")
	attest := func(by device, change func(*types.AttestationTerms)) *types.MsgAttest {
		msg := &types.MsgAttest{Payer: w.payer.Address.String(), Verifier: by.did.String(), Attestation: types.AttestationTerms{
			Subject: enclave.did.String(), EvidenceHash: bytes.Repeat([]byte{7}, 32), Result: types.ATTESTATION_RESULT_AFFIRMING, ValidUntil: w.Time.Add(time.Hour).Unix(),
		}}
		change(&msg.Attestation)
		msg.Proof = w.prove(by, types.TagAttest, by.did, w.sequence(by), &msg.Attestation)
		return msg
	}
	require.ErrorIs(t, w.deliver(attest(maker, func(*types.AttestationTerms) {})), types.ErrIssuer)
	require.ErrorIs(t, w.deliver(attest(verifier, func(a *types.AttestationTerms) { a.Result = 0 })), types.ErrAttestation)
	require.ErrorIs(t, w.deliver(attest(verifier, func(a *types.AttestationTerms) { a.EvidenceHash = nil })), types.ErrAttestation)
	require.ErrorIs(t, w.deliver(attest(verifier, func(a *types.AttestationTerms) { a.ValidUntil = w.Time.Unix() - 60 })), types.ErrValidity)
	w.must(attest(verifier, func(*types.AttestationTerms) {}))
	w.must(attest(verifier, func(a *types.AttestationTerms) {
		a.Result, a.ValidUntil = types.ATTESTATION_RESULT_CONTRAINDICATED, a.ValidUntil+60
	}))
	all, err := w.keeper.AttestationsOf(w.Ctx(), enclave.did)
	require.NoError(t, err)
	require.Len(t, all, 1, "the newest one of a verifier")
	require.Equal(t, types.ATTESTATION_RESULT_CONTRAINDICATED, all[0].Terms.Result)
	w.CheckInvariants()
	w.Advance(2 * time.Hour)
	w.NextBlocks(2)
	gs, err := w.keeper.ExportGenesis(w.Ctx())
	require.NoError(t, err)
	require.Empty(t, gs.Attestations)
	w.CheckInvariants()
}
