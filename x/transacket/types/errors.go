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

	ErrPrice          = errorsmod.Register(ModuleName, 20, "payment is below the price")
	ErrPriceList      = errorsmod.Register(ModuleName, 21, "invalid price list")
	ErrDeadline       = errorsmod.Register(ModuleName, 22, "invalid deadline")
	ErrTrustingPeriod = errorsmod.Register(ModuleName, 23, "deadline is beyond half the trusting period")
	ErrReceipt        = errorsmod.Register(ModuleName, 24, "receipt has no way back")
	ErrUnknownThread  = errorsmod.Register(ModuleName, 25, "no such thread")
	ErrHook           = errorsmod.Register(ModuleName, 26, "the receiver's code failed")
	ErrHashLock       = errorsmod.Register(ModuleName, 27, "invalid hash lock")
	ErrPreimage       = errorsmod.Register(ModuleName, 28, "wrong preimage")
	ErrMaxHeld        = errorsmod.Register(ModuleName, 29, "too many payments are held")
	ErrNotDue         = errorsmod.Register(ModuleName, 30, "hash lock is not over")
	ErrNoHold         = errorsmod.Register(ModuleName, 31, "no such hold")
	ErrContent        = errorsmod.Register(ModuleName, 32, "invalid content")
	ErrZone           = errorsmod.Register(ModuleName, 33, "zone cannot be reached")
	ErrOrigin         = errorsmod.Register(ModuleName, 34, "origin is not attested")
)
