package types

import errorsmod "cosmossdk.io/errors"

// Errors of x/did; README.md tells for each what would be right. Codes travel in IBC
// error acknowledgements, which are state: never renumber them. 2 to 59 are those of
// identities and certificates, 60 and above those of data authentication.
var (
	ErrInvalidDID    = errorsmod.Register(ModuleName, 2, "invalid DID")
	ErrMethod        = errorsmod.Register(ModuleName, 3, "DID of another method")
	ErrNamespace     = errorsmod.Register(ModuleName, 4, "DID of another chain")
	ErrInvalidDIDURL = errorsmod.Register(ModuleName, 5, "invalid DID URL")
	ErrKey           = errorsmod.Register(ModuleName, 6, "invalid key")
	ErrKeyType       = errorsmod.Register(ModuleName, 7, "key type is not supported")
	ErrDocument      = errorsmod.Register(ModuleName, 8, "invalid document")
	ErrDocumentSize  = errorsmod.Register(ModuleName, 9, "document is too large")
	ErrFragment      = errorsmod.Register(ModuleName, 10, "invalid fragment")
	ErrDuplicate     = errorsmod.Register(ModuleName, 11, "fragment is used twice")
	ErrService       = errorsmod.Register(ModuleName, 12, "invalid service")
	ErrController    = errorsmod.Register(ModuleName, 13, "invalid controller")
	ErrRelationship  = errorsmod.Register(ModuleName, 14, "invalid verification relationship")
	ErrIdentifier    = errorsmod.Register(ModuleName, 15, "identifier is not that of the first key")
	ErrExists        = errorsmod.Register(ModuleName, 16, "DID is registered already")
	ErrNotFound      = errorsmod.Register(ModuleName, 17, "DID is not registered")
	ErrDeactivated   = errorsmod.Register(ModuleName, 18, "DID is deactivated")
	ErrVersion       = errorsmod.Register(ModuleName, 19, "no such version")
	ErrProof         = errorsmod.Register(ModuleName, 20, "invalid proof")
	ErrUnknownKey    = errorsmod.Register(ModuleName, 21, "key is not in the document")
	ErrSequence      = errorsmod.Register(ModuleName, 22, "wrong sequence")
	ErrSignature     = errorsmod.Register(ModuleName, 23, "signature does not verify")
	ErrFee           = errorsmod.Register(ModuleName, 24, "fee cannot be paid")
	ErrAccount       = errorsmod.Register(ModuleName, 25, "invalid account")
	ErrAuthority     = errorsmod.Register(ModuleName, 26, "not the authority")
	ErrInvalidParams = errorsmod.Register(ModuleName, 27, "invalid params")
	ErrGenesis       = errorsmod.Register(ModuleName, 28, "invalid genesis")
)
