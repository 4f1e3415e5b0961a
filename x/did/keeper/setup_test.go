package keeper_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/types"
)

// world is a zone with subjects that have keys but no accounts.
type world struct {
	t *testing.T
	*fixture.Fixture
	keeper keeper.Keeper
	payer  *fixture.Account
}

func newWorld(t *testing.T, opts ...fixture.Option) *world {
	t.Helper()
	f := fixture.New(t, append([]fixture.Option{fixture.Zone("farm")}, opts...)...)
	return &world{t: t, Fixture: f, keeper: f.App.DidKeeper, payer: f.Accounts[0]}
}

// deliver sends a message of the payer in a transaction of its own.
func (w *world) deliver(msg sdk.Msg) error {
	_, err := w.Deliver(w.payer, msg)
	return err
}

// must is deliver without a failure.
func (w *world) must(msg sdk.Msg) {
	w.t.Helper()
	require.NoError(w.t, w.deliver(msg))
}

// signer signs, as the secure element of a device does.
type signer struct {
	public types.PublicKey
	sign   func(message []byte) []byte
}

// newSigner makes a key of Ed25519 from a name; the same name gives the same key.
func newSigner(name string) signer {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	return signer{types.Ed25519Key(private.Public().(ed25519.PublicKey)), func(message []byte) []byte { return ed25519.Sign(private, message) }}
}

// newP256Signer makes a key as secure elements have it; high chooses which of the two
// valid S it gives.
func newP256Signer(t *testing.T, high bool) signer {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return signer{types.P256Key(&private.PublicKey), func(message []byte) []byte {
		hash := sha256.Sum256(message)
		r, s, err := ecdsa.Sign(rand.Reader, private, hash[:])
		require.NoError(t, err)
		n := elliptic.P256().Params().N
		if isHigh := s.Cmp(new(big.Int).Rsh(n, 1)) > 0; isHigh != high {
			s.Sub(n, s)
		}
		signature := make([]byte, types.SignatureLength)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature
	}}
}

// device is a subject with one key.
type device struct {
	signer
	did types.DID
}

func (w *world) device(s signer) device {
	w.t.Helper()
	namespace, err := w.keeper.Namespace(w.Ctx())
	require.NoError(w.t, err)
	did, err := types.NewDID(namespace, s.public)
	require.NoError(w.t, err)
	return device{s, did}
}

// document has the key of the device for everything that it can do.
func (d device) document() types.Document {
	return types.Document{VerificationMethods: []types.VerificationMethod{{
		Id: "key-1", Format: types.KEY_FORMAT_MULTIKEY, PublicKey: d.public, Relationships: types.SigningRelationships(),
	}}}
}

// prove signs an operation on a DID with the key of the device.
func (w *world) prove(d device, tag types.Tag, on types.DID, sequence uint64, part types.SigningPayload) types.Proof {
	w.t.Helper()
	var payload []byte
	if part != nil {
		var err error
		payload, err = types.Payload(part)
		require.NoError(w.t, err)
	}
	return types.Proof{
		Method: types.MethodURL(d.did, "key-1"), Sequence: sequence,
		Signature: d.sign(types.SigningBytes(tag, w.ChainID, on, sequence, payload)),
	}
}

func (w *world) createMsg(d device, document types.Document) *types.MsgCreateDid {
	msg := &types.MsgCreateDid{Payer: w.payer.Address.String(), Did: d.did.String(), Document: document}
	msg.Proof = w.prove(d, types.TagCreate, d.did, 0, &msg.Document)
	return msg
}

func (w *world) updateMsg(by device, on types.DID, sequence uint64, document types.Document) *types.MsgUpdateDid {
	msg := &types.MsgUpdateDid{Payer: w.payer.Address.String(), Did: on.String(), Document: document}
	msg.Proof = w.prove(by, types.TagUpdate, on, sequence, &msg.Document)
	return msg
}

func (w *world) deactivateMsg(by device, on types.DID, sequence uint64) *types.MsgDeactivateDid {
	msg := &types.MsgDeactivateDid{Payer: w.payer.Address.String(), Did: on.String()}
	msg.Proof = w.prove(by, types.TagDeactivate, on, sequence, nil)
	return msg
}

// register creates the DID of a new device with an Ed25519 key.
func (w *world) register(name string) device {
	w.t.Helper()
	d := w.device(newSigner(name))
	w.must(w.createMsg(d, d.document()))
	return d
}

// govern runs a message by a proposal.
func (w *world) govern(msg sdk.Msg) {
	w.t.Helper()
	require.NoError(w.t, w.Govern(msg))
}

func newGasMeter() storetypes.GasMeter { return storetypes.NewGasMeter(10_000_000) }
