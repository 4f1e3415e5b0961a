package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// batch is what the entries of one message have in common.
type batch struct {
	params    types.DataParams
	now       time.Time
	height    int64
	namespace string
	// certificates tells whether devices of this chain must have one. The main chain has
	// none for devices (000 §8.1.2).
	certificates bool

	refused []types.Refusal
	// first is the error of the first entry that was refused.
	first error
	// devices and issuers that were asked for, and what is wrong with them.
	devices map[string]error
	issuers map[uint32]error
}

func (k Keeper) newBatch(ctx context.Context) (*batch, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	identity, err := k.zones.Identity(ctx)
	if err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	return &batch{
		params: params.Data, now: sdkCtx.BlockTime(), height: sdkCtx.BlockHeight(),
		namespace: types.NamespaceOf(identity), certificates: params.Data.RequireCertificate && !identity.IsMain(),
		devices: make(map[string]error), issuers: make(map[uint32]error),
	}, nil
}

// device refuses data of a device that is deactivated, or has no certificate that holds
// now. It asks once per device and message.
func (k Keeper) device(ctx context.Context, b *batch, schema *types.Schema) error {
	known, found := b.devices[schema.Did]
	if found {
		return known
	}
	err := k.checkDevice(ctx, b, schema)
	b.devices[schema.Did] = err
	return err
}

func (k Keeper) checkDevice(ctx context.Context, b *batch, schema *types.Schema) error {
	did, err := types.ParseDID(schema.Did)
	if err != nil {
		return err
	}
	if did.Namespace != b.namespace {
		return k.Certify(ctx, did, types.CERTIFICATE_KIND_DEVICE)
	}
	record, err := k.Records.Get(ctx, did.ID[:])
	switch {
	case errors.Is(err, collections.ErrNotFound):
		return errorsmod.Wrapf(types.ErrNotFound, "%s", did)
	case err != nil:
		return err
	case record.Deactivated != nil:
		return errorsmod.Wrapf(types.ErrDeactivated, "%s: since %s", did, record.Deactivated)
	case !b.certificates:
		return nil
	}
	// The certificate that the schema was registered with is found without a search.
	if holds, err := k.holdsStill(ctx, b, schema); err != nil || holds {
		return err
	}
	return k.Certify(ctx, did, types.CERTIFICATE_KIND_DEVICE)
}

// holdsStill tells whether the certificate that a schema was registered with holds. Its
// subject is known to be active.
func (k Keeper) holdsStill(ctx context.Context, b *batch, schema *types.Schema) (bool, error) {
	if schema.Authority == 0 {
		return false, nil
	}
	c, err := k.Certificates.Get(ctx, collections.Join(schema.Authority, schema.Serial))
	if errors.Is(err, collections.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if c.Terms.Subject != schema.Did || c.Terms.Kind != types.CERTIFICATE_KIND_DEVICE || c.HoldsAt(b.now) != nil {
		return false, nil
	}
	why, asked := b.issuers[c.Authority]
	if !asked {
		why = k.Holds(ctx, c)
		b.issuers[c.Authority] = why
	}
	return why == nil, nil
}

// certificateOf returns the certificate that a device of this chain has now, for its new
// schema; zero if it needs none.
func (k Keeper) certificateOf(ctx context.Context, b *batch, did types.DID) (authority uint32, serial uint64, err error) {
	if did.Namespace != b.namespace || !b.certificates {
		return 0, 0, nil
	}
	c, found, reason, err := k.best(ctx, did, types.CERTIFICATE_KIND_DEVICE)
	if err != nil || !found || reason != nil {
		return 0, 0, err
	}
	return c.Authority, c.Terms.Serial, nil
}
