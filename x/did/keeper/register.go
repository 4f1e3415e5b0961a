package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// create registers a DID. Its identifier is the hash of the key that signs, so nobody
// can take another's, and what is signed names the chain and the document.
func (k Keeper) create(ctx context.Context, msg *types.MsgCreateDid) error {
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return err
	}
	if err := k.Local(ctx, did); err != nil {
		return err
	}
	if known, err := k.Records.Has(ctx, did.ID[:]); err != nil || known {
		if err == nil {
			err = errorsmod.Wrapf(types.ErrExists, "%s: a DID is registered once, also if it is deactivated", did)
		}
		return err
	}
	payload, params, err := k.documentPayload(ctx, &msg.Document)
	if err != nil {
		return err
	}
	first := msg.Document.VerificationMethods[0].PublicKey
	if err := k.CheckSignature(ctx, first, types.TagCreate, did, msg.Proof, payload); err != nil {
		return err
	}
	if err := k.charge(ctx, msg.Payer, params.CreateFee); err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	now := sdkCtx.BlockTime().UTC()
	record := types.Record{Sequence: 1, Oldest: 1, Created: now}
	if err := k.addVersion(ctx, did, &record, types.DocumentVersion{Document: msg.Document, Time: now}); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventCreated{Did: msg.Did, Payer: msg.Payer})
}

// update replaces the document of a DID.
func (k Keeper) update(ctx context.Context, msg *types.MsgUpdateDid) (uint64, error) {
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return 0, err
	}
	payload, params, err := k.documentPayload(ctx, &msg.Document)
	if err != nil {
		return 0, err
	}
	record, err := k.authorise(ctx, types.TagUpdate, did, payload, msg.Proof)
	if err != nil {
		return 0, err
	}
	if err := k.charge(ctx, msg.Payer, params.UpdateFee); err != nil {
		return 0, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	if err := k.addVersion(ctx, did, &record, types.DocumentVersion{Document: msg.Document, Time: sdkCtx.BlockTime().UTC()}); err != nil {
		return 0, err
	}
	return record.Version, sdkCtx.EventManager().EmitTypedEvent(&types.EventUpdated{
		Did: msg.Did, Version: record.Version, Method: msg.Proof.Method, Payer: msg.Payer,
	})
}

// deactivate ends a DID. Its record stays, and so do its documents: what was signed
// before can be checked after. Its certificates are revoked.
func (k Keeper) deactivate(ctx context.Context, msg *types.MsgDeactivateDid) error {
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return err
	}
	record, err := k.authorise(ctx, types.TagDeactivate, did, nil, msg.Proof)
	if err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	now := sdkCtx.BlockTime().UTC()
	record.Deactivated = &now
	if err := k.Records.Set(ctx, did.ID[:], record); err != nil {
		return err
	}
	if err := k.revokeAll(ctx, did); err != nil {
		return err
	}
	return sdkCtx.EventManager().EmitTypedEvent(&types.EventDeactivated{Did: msg.Did, Method: msg.Proof.Method, Payer: msg.Payer})
}

// documentPayload returns the signed bytes of a document, if it is not too large.
func (k Keeper) documentPayload(ctx context.Context, document *types.Document) ([]byte, types.Params, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, params, err
	}
	payload, err := types.Payload(document)
	if err != nil {
		return nil, params, err
	}
	if n := len(payload); n > int(params.MaxDocumentBytes) {
		return nil, params, errorsmod.Wrapf(types.ErrDocumentSize, "document has %d bytes: at most %d (max_document_bytes)", n, params.MaxDocumentBytes)
	}
	return payload, params, nil
}
