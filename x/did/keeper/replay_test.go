package keeper_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/types"
)

// signedOperation is a message with a proof, by which it can be given another one.
type signedOperation struct {
	tag   types.Tag
	on    types.DID
	msg   sdk.Msg
	proof *types.Proof
	part  types.SigningPayload
}

// operations are one of every kind, each as it should be signed next.
func (w *world) operations(maker, sensor device) map[string]signedOperation {
	document := sensor.document()
	document.Services = []types.Service{{Id: "s", Type: "Web", Endpoints: []string{"https://farm.example/"}}}
	update := w.updateMsg(sensor, sensor.did, w.sequence(sensor), document)
	deactivate := w.deactivateMsg(sensor, sensor.did, w.sequence(sensor))
	issue := w.issueMsg(maker, w.terms(50, sensor, types.CERTIFICATE_KIND_DEVICE))
	renew := w.renewMsg(maker, w.Time.Add(day(90)), 1)
	change := w.changeMsg(maker, types.CERTIFICATE_STATUS_SUSPENDED, 1)
	attest := &types.MsgAttest{Payer: w.payer.Address.String(), Verifier: maker.did.String(), Attestation: types.AttestationTerms{
		Subject: sensor.did.String(), EvidenceHash: bytes.Repeat([]byte{7}, 32), Result: types.ATTESTATION_RESULT_AFFIRMING, ValidUntil: w.Time.Add(time.Hour).Unix(),
	}}
	attest.Proof = w.prove(maker, types.TagAttest, maker.did, w.sequence(maker), &attest.Attestation)
	return map[string]signedOperation{
		"update":     {types.TagUpdate, sensor.did, update, &update.Proof, &update.Document},
		"deactivate": {types.TagDeactivate, sensor.did, deactivate, &deactivate.Proof, nil},
		"issue":      {types.TagIssue, maker.did, issue, &issue.Proof, &issue.Issuance},
		"renew":      {types.TagRenew, maker.did, renew, &renew.Proof, &renew.Renewal},
		"change":     {types.TagChange, maker.did, change, &change.Proof, &change.Change},
		"attest":     {types.TagAttest, maker.did, attest, &attest.Proof, &attest.Attestation},
	}
}

// TestNoSignatureHoldsTwice: a proof made for another chain, DID, sequence, kind or
// payload is refused for every kind of operation, and a good one holds once.
func TestNoSignatureHoldsTwice(t *testing.T) {
	tags := []types.Tag{types.TagCreate, types.TagUpdate, types.TagDeactivate, types.TagIssue, types.TagRenew, types.TagChange, types.TagAttest}
	for _, name := range []string{"update", "deactivate", "issue", "renew", "change", "attest"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE, types.CERTIFICATE_KIND_TEE)
			sensor, other := w.register("sensor"), w.register("other")
			w.must(w.issueMsg(maker, w.terms(1, sensor, types.CERTIFICATE_KIND_DEVICE)))
			by := map[types.DID]device{maker.did: maker, sensor.did: sensor}
			op := w.operations(maker, sensor)[name]
			good := *op.proof
			var payload []byte
			if op.part != nil {
				var err error
				payload, err = types.Payload(op.part)
				require.NoError(t, err)
			}
			sign := func(tag types.Tag, chain string, did types.DID, sequence uint64, payload []byte) {
				op.proof.Signature = by[op.on].sign(types.SigningBytes(tag, chain, did, sequence, payload))
			}
			refused := func(what string, want error) {
				t.Helper()
				require.ErrorIs(t, w.deliver(op.msg), want, what)
				*op.proof = good
			}
			sign(op.tag, "farm-2", op.on, good.Sequence, payload)
			refused("another chain", types.ErrSignature)
			sign(op.tag, w.ChainID, other.did, good.Sequence, payload)
			refused("another DID", types.ErrSignature)
			sign(op.tag, w.ChainID, op.on, good.Sequence+1, payload)
			refused("another sequence", types.ErrSignature)
			op.proof.Sequence++
			refused("another sequence claimed", types.ErrSequence)
			sign(op.tag, w.ChainID, op.on, good.Sequence, append(bytes.Clone(payload), 0))
			refused("another payload", types.ErrSignature)
			for _, tag := range tags {
				if tag != op.tag {
					sign(tag, w.ChainID, op.on, good.Sequence, payload)
					refused("kind "+string(tag), types.ErrSignature)
				}
			}
			op.proof.Method = types.MethodURL(op.on, "key-2")
			refused("a key that is not there", types.ErrUnknownKey)
			op.proof.Signature = good.Signature[:63]
			refused("a short signature", types.ErrProof)
			op.proof.Method = "key-1"
			refused("no DID URL", types.ErrInvalidDID)

			w.must(op.msg)
			err := w.deliver(op.msg)
			require.Error(t, err, "the same again")
			if name != "deactivate" {
				require.ErrorIs(t, err, types.ErrSequence)
			}
			w.CheckInvariants()
		})
	}
}

// TestOfAnotherChain: the registration of a device on one zone is none on another zone
// or on the same zone after a restart under another chain-id.
func TestRegistrationOfAnotherChain(t *testing.T) {
	w := newWorld(t)
	d := w.device(newSigner("sensor"))
	good := w.createMsg(d, d.document())
	again := newWorld(t, fixture.ChainID("farm-2"))
	again.payer = w.payer
	require.ErrorIs(t, again.deliver(good), types.ErrSignature)
	port := newWorld(t, fixture.Zone("port"))
	require.ErrorIs(t, port.deliver(good), types.ErrNamespace)
	w.must(good)
}

// TestAnybodyPays: a proof does not name who pays, so it cannot be hindered by taking it
// out of somebody's transaction: the same thing happens, and the thief pays.
func TestAnybodyPays(t *testing.T) {
	w := newWorld(t)
	d := w.device(newSigner("sensor"))
	msg := w.createMsg(d, d.document())
	thief := w.Accounts[1]
	msg.Payer = thief.Address.String()
	_, err := w.Deliver(thief, msg)
	require.NoError(t, err)
	msg.Payer = w.payer.Address.String()
	require.ErrorIs(t, w.deliver(msg), types.ErrExists)
}

// TestAKeyThatWasRotatedOut signs nothing any more, and neither does one of a version
// before for a controller.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	old := w.register("sensor")
	next := device{newSigner("next"), old.did}
	document := next.document()
	w.must(w.updateMsg(old, old.did, 1, document))
	require.ErrorIs(t, w.deliver(w.updateMsg(old, old.did, 2, document)), types.ErrSignature, "key-1 is another key now")
	document.VerificationMethods[0].Id = "key-2"
	w.must(w.updateMsg(next, old.did, 2, document))
	require.ErrorIs(t, w.deliver(w.updateMsg(next, old.did, 3, document)), types.ErrUnknownKey)

	document.VerificationMethods[0].Relationships = []types.Relationship{types.RELATIONSHIP_ASSERTION_METHOD}
	update := w.updateMsg(next, old.did, 3, document)
	require.ErrorIs(t, w.deliver(update), types.ErrController, "nobody could change it any more")
}

// TestP256 accepts either S, since secure elements give both, and secp256k1 the lower only.
func TestP256EitherS(t *testing.T) {
	for _, high := range []bool{false, true} {
		w := newWorld(t)
		d := w.device(newP256Signer(t, high))
		w.must(w.createMsg(d, d.document()))
		w.must(w.updateMsg(d, d.did, 1, d.document()))
	}
}

// TestControllers says whose keys count.
func TestControllers(t *testing.T) {
	w := newWorld(t)
	owner, sensor, stranger := w.register("owner"), w.register("sensor"), w.register("stranger")
	document := sensor.document()
	document.Controllers = []string{owner.did.String()}
	w.must(w.updateMsg(sensor, sensor.did, 1, document))
	require.ErrorIs(t, w.deliver(w.updateMsg(sensor, sensor.did, 2, document)), types.ErrController, "a DID with controllers is theirs, not its own")
	require.ErrorIs(t, w.deliver(w.updateMsg(stranger, sensor.did, 2, document)), types.ErrController)

	t.Run("the newest version of the controller counts", func(t *testing.T) {
		next := device{newSigner("owner's next"), owner.did}
		w.must(w.updateMsg(owner, owner.did, 1, next.document()))
		require.ErrorIs(t, w.deliver(w.updateMsg(owner, sensor.did, 2, document)), types.ErrSignature)
		w.must(w.updateMsg(next, sensor.did, 2, document))
		owner = next
	})
	t.Run("only keys with capabilityInvocation", func(t *testing.T) {
		limited := owner.document()
		limited.VerificationMethods = append(limited.VerificationMethods, types.VerificationMethod{
			Id: "log-in", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: stranger.public, Relationships: []types.Relationship{types.RELATIONSHIP_AUTHENTICATION},
		})
		w.must(w.updateMsg(owner, owner.did, 2, limited))
		msg := w.updateMsg(stranger, sensor.did, 3, document)
		msg.Proof.Method = types.MethodURL(owner.did, "log-in")
		require.ErrorIs(t, w.deliver(msg), types.ErrRelationship)
	})
	t.Run("not the controller of a controller", func(t *testing.T) {
		handed := owner.document()
		handed.Controllers = []string{stranger.did.String()}
		w.must(w.updateMsg(owner, owner.did, 3, handed))
		require.ErrorIs(t, w.deliver(w.updateMsg(stranger, sensor.did, 3, document)), types.ErrController)
		w.must(w.updateMsg(owner, sensor.did, 3, document)) // its own keys go on counting for what it controls
	})
	t.Run("not one that is deactivated", func(t *testing.T) {
		w.must(w.deactivateMsg(stranger, owner.did, 4))
		require.ErrorIs(t, w.deliver(w.updateMsg(owner, sensor.did, 4, document)), types.ErrDeactivated)
	})
	w.CheckInvariants()
}

// TestGasOfSignatures: each signature is charged by its type.
func TestGasOfSignatures(t *testing.T) {
	w := newWorld(t)
	params := types.DefaultParams()
	gas := func(d device) uint64 {
		ctx := w.Ctx().WithGasMeter(newGasMeter())
		proof := w.prove(d, "mesh/did/test/v1", d.did, 0, nil)
		require.NoError(t, w.keeper.CheckSignature(ctx, d.public, "mesh/did/test/v1", d.did, proof, nil))
		return ctx.GasMeter().GasConsumed()
	}
	ed, p256 := gas(w.device(newSigner("sensor"))), gas(w.device(newP256Signer(t, true)))
	require.Equal(t, params.GasP256-params.GasEd25519, p256-ed)
	require.Greater(t, ed, params.GasEd25519)
}

// TestDocumentSize: the parameter bounds documents, in bytes of protobuf.
func TestDocumentSize(t *testing.T) {
	w := newWorld(t)
	params := types.DefaultParams()
	params.MaxDocumentBytes = 256
	w.govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params})
	d := w.device(newSigner("sensor"))
	document := d.document()
	w.must(w.createMsg(d, document))
	for i := range 8 {
		document.Services = append(document.Services, types.Service{Id: string(rune('a' + i)), Type: "Web", Endpoints: []string{"https://a-long-name.farm.example/" + string(rune('a'+i))}})
	}
	require.ErrorIs(t, w.deliver(w.updateMsg(d, d.did, 1, document)), types.ErrDocumentSize)
}

// TestVersionsAreDropped: a DID keeps max_versions of its documents.
func TestVersionsAreDropped(t *testing.T) {
	w := newWorld(t)
	d := w.register("sensor")
	params := types.DefaultParams()
	for i := range uint64(5) {
		w.must(w.updateMsg(d, d.did, 1+i, d.document()))
	}
	params.MaxVersions = 2
	w.govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params})
	for i := range uint64(5) {
		w.must(w.updateMsg(d, d.did, 6+i, d.document()))
		w.CheckInvariants()
	}
	_, _, err := w.keeper.Resolve(w.Ctx(), d.did, 9, nil)
	require.ErrorIs(t, err, types.ErrVersion)
	_, metadata, err := w.keeper.Resolve(w.Ctx(), d.did, 10, nil)
	require.NoError(t, err)
	require.Zero(t, metadata.PreviousVersionId)
	_, _, err = w.keeper.Resolve(w.Ctx(), d.did, 0, &fixture.Start)
	require.ErrorIs(t, err, types.ErrVersion, "before the oldest that is stored")
}

// TestPayerWithoutMoney: nothing remains of a registration that is not paid.
func TestPayerWithoutMoney(t *testing.T) {
	w := newWorld(t)
	d := w.device(newSigner("sensor"))
	params := types.DefaultParams()
	params.CreateFee = params.CreateFee.MulRaw(1_000_000_000_000)
	w.govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params})
	require.ErrorIs(t, w.deliver(w.createMsg(d, d.document())), types.ErrFee)
	_, err := w.keeper.Record(w.Ctx(), d.did)
	require.ErrorIs(t, err, types.ErrNotFound)
	w.CheckInvariants()
}

// TestExportImport: what a chain exports it starts from, and goes on with the same
// sequences.
func TestExportImport(t *testing.T) {
	w := newWorld(t)
	maker := w.authority("maker", types.CERTIFICATE_KIND_DEVICE, types.CERTIFICATE_KIND_TEE)
	sensor, ended := w.register("sensor"), w.register("ended")
	w.must(w.issueMsg(maker, w.terms(1, sensor, types.CERTIFICATE_KIND_DEVICE), w.terms(9_000, ended, types.CERTIFICATE_KIND_DEVICE)))
	w.must(w.deactivateMsg(ended, ended.did, 1))
	w.must(w.updateMsg(sensor, sensor.did, 1, sensor.document()))
	op := w.operations(maker, sensor)["attest"]
	w.must(op.msg)

	exported, err := w.App.ExportAppStateAndValidators(false, nil, nil)
	require.NoError(t, err)
	before, err := w.keeper.ExportGenesis(w.Ctx())
	require.NoError(t, err)
	require.Len(t, before.StatusChunks, 1)
	require.Len(t, before.Attestations, 1)
	imported := w.Import(exported)
	imported.NextBlock()
	after, err := imported.App.DidKeeper.ExportGenesis(imported.Ctx())
	require.NoError(t, err)
	require.Equal(t, before, after)
	imported.CheckInvariants()
	n, err := imported.App.DidKeeper.Devices(imported.Ctx())
	require.NoError(t, err)
	require.Equal(t, uint64(1), n)
	require.NoError(t, imported.App.DidKeeper.Certify(imported.Ctx(), sensor.did, types.CERTIFICATE_KIND_DEVICE))
}
