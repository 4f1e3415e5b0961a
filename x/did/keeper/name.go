package keeper

import (
	"context"
	"strings"

	"cosmossdk.io/core/address"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// names resolves the receivers of TransacKets: accounts, and DIDs of this chain.
type names struct {
	k         Keeper
	addresses address.Codec
}

// Names returns a resolver that knows accounts and DIDs, for x/transacket.
func (k Keeper) Names(addresses address.Codec) transackettypes.NameResolver {
	return names{k, addresses}
}

// Resolve implements transackettypes.NameResolver. A DID stands for the account of its
// first service of type TransacketInbox, a DID URL with a fragment for that of the
// service named; the document is the newest one.
func (n names) Resolve(ctx context.Context, name string) (sdk.AccAddress, error) {
	if !strings.HasPrefix(name, "did:") {
		return n.addresses.StringToBytes(name)
	}
	url, err := types.ParseDIDURL(name)
	if err != nil {
		return nil, err
	}
	if url.Path != "" || url.Query != "" {
		return nil, errorsmod.Wrapf(types.ErrNoAddress, "%s: must be a DID, maybe with the fragment of a service", name)
	}
	_, document, err := n.k.Active(ctx, url.DID)
	if err != nil {
		return nil, err
	}
	for i := range document.Services {
		service := &document.Services[i]
		if service.Type != types.ServiceTransacket || url.Fragment != "" && url.Fragment != service.Id {
			continue
		}
		account, found := strings.CutPrefix(service.Endpoints[0], types.SchemeTransacket)
		if !found {
			return nil, errorsmod.Wrapf(types.ErrNoAddress, "%s#%s: its endpoint must be %s and an account of this chain", url.DID, service.Id, types.SchemeTransacket)
		}
		return n.addresses.StringToBytes(account)
	}
	return nil, errorsmod.Wrapf(types.ErrNoAddress, "%s: must have a service of type %s", name, types.ServiceTransacket)
}
