package types

import errorsmod "cosmossdk.io/errors"

// Errors of x/transacket; README.md tells for each what would be right. Codes
// travel in IBC error acknowledgements, which are state: never renumber them.
var (
	ErrBody      = errorsmod.Register(ModuleName, 2, "invalid body")
	ErrTopic     = errorsmod.Register(ModuleName, 3, "invalid topic")
	ErrThread    = errorsmod.Register(ModuleName, 4, "invalid thread")
	ErrMemo      = errorsmod.Register(ModuleName, 5, "invalid memo")
	ErrPayment   = errorsmod.Register(ModuleName, 6, "invalid payment")
	ErrReceiver  = errorsmod.Register(ModuleName, 7, "invalid receiver")
	ErrSender    = errorsmod.Register(ModuleName, 8, "invalid sender")
	ErrChannel   = errorsmod.Register(ModuleName, 9, "invalid channel")
	ErrTimeout   = errorsmod.Register(ModuleName, 10, "invalid timeout")
	ErrInboxFull = errorsmod.Register(ModuleName, 11, "inbox is full")
	ErrNotFound  = errorsmod.Register(ModuleName, 12, "no such TransacKet")
	ErrParams    = errorsmod.Register(ModuleName, 13, "invalid params")
	ErrAuthority = errorsmod.Register(ModuleName, 14, "not the authority")
	ErrSource    = errorsmod.Register(ModuleName, 15, "source chain is not known")
	ErrAck       = errorsmod.Register(ModuleName, 16, "invalid acknowledgement")
	ErrBatch     = errorsmod.Register(ModuleName, 17, "invalid batch of numbers")
	ErrDuplicate = errorsmod.Register(ModuleName, 18, "TransacKet is already here")
	ErrGenesis   = errorsmod.Register(ModuleName, 19, "invalid genesis")
)
