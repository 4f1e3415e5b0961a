package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// Authenticate checks that a key of did itself, which is for that relationship in its
// newest document, signed an operation, and counts the operation: the same proof does
// not hold again. The payload is the canonical encoding of all that the operation says
// (types.Payload).
//
// It is for what a DID does in its own name: issue, attest, send data. Who may change
// its document is another question, see authorise. A DID of another zone can make
// assertions here with the key that its zone told of, while that is believed.
func (k Keeper) Authenticate(ctx context.Context, tag types.Tag, did types.DID, relationship types.Relationship, payload []byte, proof types.Proof) error {
	signer, fragment, err := proof.Validate()
	if err != nil {
		return err
	}
	if signer != did {
		return errorsmod.Wrapf(types.ErrProof, "proof.method %s: must be a key of %s", proof.Method, did)
	}
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return err
	}
	if did.Namespace != namespace {
		return k.authenticateVisitor(ctx, tag, did, relationship, payload, proof)
	}
	record, document, err := k.Active(ctx, did)
	if err != nil {
		return err
	}
	if err := k.checkProof(ctx, tag, did, record, &document, fragment, relationship, payload, proof); err != nil {
		return err
	}
	record.Sequence++
	return k.Records.Set(ctx, did.ID[:], record)
}

// authorise checks that a controller of did signed a change of its document, and
// returns the record to be changed and stored by the caller, with the sequence counted.
//
// Whose keys count: those with capabilityInvocation in the newest document of the
// controller that signed, as it is when the change is executed; who is a controller,
// the newest document of did says, as it is before the change. Controllers are asked
// directly: a controller of a controller has no say. One that is deactivated, or
// registered on another chain, cannot sign.
func (k Keeper) authorise(ctx context.Context, tag types.Tag, did types.DID, payload []byte, proof types.Proof) (types.Record, error) {
	signer, fragment, err := proof.Validate()
	if err != nil {
		return types.Record{}, err
	}
	record, document, err := k.Active(ctx, did)
	if err != nil {
		return record, err
	}
	if !document.ControlledBy(did, signer) {
		return record, errorsmod.Wrapf(types.ErrController, "proof.method %s: %s is controlled by %s", proof.Method, did, document.ControllersOf(did))
	}
	keys := &document
	if signer != did {
		_, controller, err := k.Active(ctx, signer)
		if err != nil {
			return record, errorsmod.Wrap(err, "controller")
		}
		keys = &controller
	}
	if err := k.checkProof(ctx, tag, did, record, keys, fragment, types.RELATIONSHIP_CAPABILITY_INVOCATION, payload, proof); err != nil {
		return record, err
	}
	record.Sequence++
	return record, nil
}

// checkProof checks the sequence, the key and the signature of an operation on did.
func (k Keeper) checkProof(
	ctx context.Context, tag types.Tag, did types.DID, record types.Record,
	keys *types.Document, fragment string, relationship types.Relationship, payload []byte, proof types.Proof,
) error {
	method, found := keys.Method(fragment)
	if !found {
		return errorsmod.Wrapf(types.ErrUnknownKey, "proof.method %s: the newest document has no such verification method", proof.Method)
	}
	if !method.For(relationship) {
		return errorsmod.Wrapf(types.ErrRelationship, "proof.method %s: must have %s", proof.Method, relationship.Property())
	}
	if proof.Sequence != record.Sequence {
		return errorsmod.Wrapf(types.ErrSequence, "proof.sequence %d: %s is at %d", proof.Sequence, did, record.Sequence)
	}
	return k.CheckSignature(ctx, method.PublicKey, tag, did, proof, payload)
}

// CheckSignature charges gas for a signature and checks it, and nothing else.
func (k Keeper) CheckSignature(ctx context.Context, key types.PublicKey, tag types.Tag, did types.DID, proof types.Proof, payload []byte) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	sdkCtx.GasMeter().ConsumeGas(params.SignatureGas(key.Type), "DID signature: "+key.Type.Name())
	if !key.Verify(types.SigningBytes(tag, sdkCtx.ChainID(), did, proof.Sequence, payload), proof.Signature) {
		return errorsmod.Wrapf(types.ErrSignature, "%s by %s: must be over %s, chain %s, %s, sequence %d and the whole payload of %d bytes",
			tag, proof.Method, tag, sdkCtx.ChainID(), did, proof.Sequence, len(payload))
	}
	return nil
}
