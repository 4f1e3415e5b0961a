package types

import errorsmod "cosmossdk.io/errors"

// Errors of x/zones; README.md tells for each what would be right. Codes travel in
// IBC error acknowledgements, which are state: never renumber them.
var (
	ErrInvalidRole    = errorsmod.Register(ModuleName, 2, "invalid role")
	ErrInvalidZone    = errorsmod.Register(ModuleName, 3, "invalid zone name")
	ErrNoIdentity     = errorsmod.Register(ModuleName, 4, "the chain has no identity")
	ErrMainOnly       = errorsmod.Register(ModuleName, 5, "message is for the main chain only")
	ErrForeignDenom   = errorsmod.Register(ModuleName, 6, "denom is native to another chain")
	ErrInvalidChainID = errorsmod.Register(ModuleName, 7, "chain-id does not fit the role")

	ErrZoneOnly      = errorsmod.Register(ModuleName, 8, "message is for zones only")
	ErrUnknownZone   = errorsmod.Register(ModuleName, 9, "zone is not in the registry")
	ErrNameTaken     = errorsmod.Register(ModuleName, 10, "zone name is taken")
	ErrNotOwner      = errorsmod.Register(ModuleName, 11, "not the owner")
	ErrAuthority     = errorsmod.Register(ModuleName, 12, "not the authority")
	ErrStatus        = errorsmod.Register(ModuleName, 13, "zone has another status")
	ErrPending       = errorsmod.Register(ModuleName, 14, "zone is not active yet")
	ErrStale         = errorsmod.Register(ModuleName, 15, "zone is stale")
	ErrRetired       = errorsmod.Register(ModuleName, 16, "zone is retired")
	ErrBond          = errorsmod.Register(ModuleName, 17, "invalid bond")
	ErrDescription   = errorsmod.Register(ModuleName, 18, "invalid description of a zone")
	ErrChannel       = errorsmod.Register(ModuleName, 19, "invalid channel")
	ErrChannelTaken  = errorsmod.Register(ModuleName, 20, "channel or client belongs to another zone")
	ErrAnnouncement  = errorsmod.Register(ModuleName, 21, "invalid announcement")
	ErrNotFromZone   = errorsmod.Register(ModuleName, 22, "announcement does not come from the zone itself")
	ErrNonce         = errorsmod.Register(ModuleName, 23, "nonce does not fit the registration")
	ErrHub           = errorsmod.Register(ModuleName, 24, "invalid hub")
	ErrNoHub         = errorsmod.Register(ModuleName, 25, "no hub is pinned")
	ErrNothingToPay  = errorsmod.Register(ModuleName, 26, "nothing to claim")
	ErrInvalidParams = errorsmod.Register(ModuleName, 27, "invalid params")
	ErrGenesis       = errorsmod.Register(ModuleName, 28, "invalid genesis")
	ErrNode          = errorsmod.Register(ModuleName, 29, "node is not certified by its zone")
)
