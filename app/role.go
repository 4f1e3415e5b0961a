package app

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	circuitkeeper "cosmossdk.io/x/circuit/keeper"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
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
//	zones             the registry                messages refused      here
//	hub               messages refused            pins it, announces    here
//	forwarding        between zones               TransacKets refused   x/transacket
//
// mainOnlyMessages are refused on a zone however they get there: in a
// transaction, nested in authz, from governance, from an interchain account
// or from a contract.
var mainOnlyMessages = map[string]bool{
	sdk.MsgTypeURL(&ratelimittypes.MsgAddRateLimit{}):    true,
	sdk.MsgTypeURL(&ratelimittypes.MsgUpdateRateLimit{}): true,
	sdk.MsgTypeURL(&ratelimittypes.MsgRemoveRateLimit{}): true,
	sdk.MsgTypeURL(&ratelimittypes.MsgResetRateLimit{}):  true,
	sdk.MsgTypeURL(&zonestypes.MsgRegisterZone{}):        true,
	sdk.MsgTypeURL(&zonestypes.MsgUpdateZone{}):          true,
	sdk.MsgTypeURL(&zonestypes.MsgRetireZone{}):          true,
	sdk.MsgTypeURL(&zonestypes.MsgClaimBond{}):           true,
	sdk.MsgTypeURL(&zonestypes.MsgUpdateParams{}):        true,

	sdk.MsgTypeURL(&transackettypes.MsgAbandonInFlight{}): true,
}

// zoneOnlyMessages are refused on the main chain in the same way.
var zoneOnlyMessages = map[string]bool{
	sdk.MsgTypeURL(&zonestypes.MsgPinHub{}):   true,
	sdk.MsgTypeURL(&zonestypes.MsgAnnounce{}): true,
}

// messageGuard decides which messages may run. The message router asks it for
// every message, nested ones included, and the ante chain for every outer one.
type messageGuard struct {
	circuit *circuitkeeper.Keeper
	zones   zoneskeeper.Keeper
}

func (app *App) guard() messageGuard {
	return messageGuard{circuit: &app.CircuitKeeper, zones: app.ZonesKeeper}
}

// IsAllowed implements baseapp.CircuitBreaker. A refusal is an error that says
// who refused, so that the caller never sees a bare "not allowed".
func (g messageGuard) IsAllowed(ctx context.Context, typeURL string) (bool, error) {
	if mainOnlyMessages[typeURL] || zoneOnlyMessages[typeURL] {
		id, err := g.zones.Identity(ctx)
		switch {
		case err != nil:
			return false, err
		case mainOnlyMessages[typeURL] && !id.IsMain():
			return false, errorsmod.Wrapf(zonestypes.ErrMainOnly, "%s on zone %s", typeURL, id.Zone)
		case zoneOnlyMessages[typeURL] && id.IsMain():
			return false, errorsmod.Wrapf(zonestypes.ErrZoneOnly, "%s on the main chain", typeURL)
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
