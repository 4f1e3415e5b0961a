package keeper

import (
	"context"
	"encoding/json"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

func (k Keeper) isContract(ctx context.Context, to sdk.AccAddress) bool {
	return k.contracts != nil && k.contracts.HasContractInfo(ctx, to)
}

// caller is the account that calls a contract for the sender: on this chain the
// sender, who signed; from another chain an account that the channel and the sender
// make, see types.CallerAddress.
func caller(t types.Transacket) (sdk.AccAddress, error) {
	if t.Source.Local() {
		return sdk.AccAddressFromBech32(t.From)
	}
	return types.CallerAddress(t), nil
}

// call executes a contract with the body as its message and the payment attached.
func (k Keeper) call(ctx sdk.Context, contract sdk.AccAddress, t types.Transacket) (types.HookResult, error) {
	if t.Envelope.Locked() {
		return types.HookResult{}, errorsmod.Wrapf(types.ErrHashLock, "envelope.hash_lock: must be absent for contract %s, which is paid when it is called", contract)
	}
	message := t.Envelope.GetInband()
	if !json.Valid(message) {
		return types.HookResult{}, errorsmod.Wrapf(types.ErrBody, "envelope.inband: must be the JSON message that contract %s is called with", contract)
	}
	from, err := caller(t)
	if err != nil {
		return types.HookResult{}, err
	}
	data, err := k.contracts.Execute(ctx, contract, from, message, sdk.NewCoins(t.Payment))
	return types.HookResult{Handled: true, Reply: data}, err
}
