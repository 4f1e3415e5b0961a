package app

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	circuitkeeper "cosmossdk.io/x/circuit/keeper"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"

	zoneskeeper "github.com/meshchain/meshchain/x/zones/keeper"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// What differs between the two roles. Everything else is the same code, the
// same stores and the same wiring; New runs before state is known, so a
// difference is either genesis state or a check at run time.
//
//	                  main                        zone
//	native denoms     usmt, umesh                 u<zone>               genesis.go
//	inflation         7–20 % a year               none                  genesis.go
//	historical info   10,000 blocks               1,000 blocks          genesis.go
//	rate limits       by governance               messages refused      here
//
// mainOnlyMessages are refused on a zone however they get there: in a
// transaction, nested in authz, from governance, from an interchain account
// or from a contract.
var mainOnlyMessages = map[string]bool{
	sdk.MsgTypeURL(&ratelimittypes.MsgAddRateLimit{}):    true,
	sdk.MsgTypeURL(&ratelimittypes.MsgUpdateRateLimit{}): true,
	sdk.MsgTypeURL(&ratelimittypes.MsgRemoveRateLimit{}): true,
	sdk.MsgTypeURL(&ratelimittypes.MsgResetRateLimit{}):  true,
}

// messageGuard decides which messages may run. The message router asks it for
// every message, nested ones included, and the ante chain for every outer one.
type messageGuard struct {
	circuit *circuitkeeper.Keeper
	zones   zoneskeeper.Keeper
}

// IsAllowed implements baseapp.CircuitBreaker. A refusal is an error that says
// who refused, so that the caller never sees a bare "not allowed".
func (g messageGuard) IsAllowed(ctx context.Context, typeURL string) (bool, error) {
	if mainOnlyMessages[typeURL] {
		id, err := g.zones.Identity(ctx)
		if err != nil {
			return false, err
		}
		if !id.IsMain() {
			return false, errorsmod.Wrapf(zonestypes.ErrMainOnly, "%s on zone %s", typeURL, id.Zone)
		}
	}
	allowed, err := g.circuit.IsAllowed(ctx, typeURL)
	if err != nil {
		return false, err
	}
	if !allowed {
		return false, errorsmod.Wrapf(sdkerrors.ErrUnauthorized,
			"%s is disabled by x/circuit; governance can enable it with MsgResetCircuitBreaker", typeURL)
	}
	return true, nil
}
