package keeper

import (
	"context"

	"cosmossdk.io/core/address"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// bech32Only knows no names: a receiver is written as its address.
type bech32Only struct{ addresses address.Codec }

// Resolve implements types.NameResolver.
func (r bech32Only) Resolve(_ context.Context, name string) (sdk.AccAddress, error) {
	return r.addresses.StringToBytes(name)
}

// Resolve returns the account of this chain that a sender means.
func (k Keeper) Resolve(ctx context.Context, name string) (sdk.AccAddress, error) {
	to, err := k.resolver.Resolve(ctx, name)
	if err != nil {
		return nil, errorsmod.Wrapf(types.ErrReceiver, "to %.80q: must be an account of this chain (for another chain name the channel): %s", name, err)
	}
	return to, nil
}
