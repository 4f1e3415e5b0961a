package types

import errorsmod "cosmossdk.io/errors"

// Errors of x/zones. Codes are part of the interface: never renumber them.
var (
	ErrInvalidRole    = errorsmod.Register(ModuleName, 2, "invalid role")
	ErrInvalidZone    = errorsmod.Register(ModuleName, 3, "invalid zone name")
	ErrNoIdentity     = errorsmod.Register(ModuleName, 4, "the chain has no identity")
	ErrMainOnly       = errorsmod.Register(ModuleName, 5, "message is for the main chain only")
	ErrForeignDenom   = errorsmod.Register(ModuleName, 6, "denom is native to another chain")
	ErrInvalidChainID = errorsmod.Register(ModuleName, 7, "chain-id does not fit the role")
)
