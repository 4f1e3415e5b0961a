package types

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
)

// HookResult is what a hook made of a TransacKet.
type HookResult struct {
	// Handled tells that the TransacKet is consumed: it is not put into the inbox.
	Handled bool
	// Reply goes back to the sender if it asked for RECEIPT_PROCESSED, up to 256
	// bytes.
	Reply []byte
}

// TransacketHooks is code that sees each TransacKet when it is delivered, before it
// is put into the inbox. The payment is with the receiver already, or held.
//
// The context is a cache: nothing remains of a hook that fails. It has a gas meter
// of its own, with the whole of the parameter hook_gas_limit. An error, a panic, or
// more gas than that refuses the delivery; the block goes on.
type TransacketHooks interface {
	OnTransacket(ctx context.Context, t Transacket) (HookResult, error)
}

// SelectiveHooks is for hooks that need only some TransacKets. The transaction must
// then have the gas for the hook only if it wants to see the one at hand. Wants
// must be cheap; it is charged to the transaction.
type SelectiveHooks interface {
	TransacketHooks
	Wants(ctx context.Context, t Transacket) bool
}

// AnswerHooks is for hooks that asked something by a TransacKet to another chain, and
// are told what became of it.
type AnswerHooks interface {
	TransacketHooks
	// Asked tells whether the hook waits for the fate of that packet. It must be cheap.
	Asked(ctx context.Context, channel string, sequence uint64) bool
	// OnAnswer is called once: with the receipt if the packet was delivered (whose reply
	// is there only for RECEIPT_PROCESSED), with nil if it was refused, has timed out, or
	// was acknowledged with something else; then the payment is settled already. It runs
	// as OnTransacket does. An error undoes what it did and is logged; it does not hold
	// up the packet.
	OnAnswer(ctx context.Context, channel string, sequence uint64, receipt *TransacketAck) error
}

// NameResolver turns the receiver that a sender wrote into an account.
type NameResolver interface {
	Resolve(ctx context.Context, name string) (sdk.AccAddress, error)
}

// HoldAddress is the account of all payments that are held or stranded. It is no
// module account, as ICS-20 must be able to pay it.
func HoldAddress() sdk.AccAddress { return address.Module(ModuleName, []byte("hold")) }

// ForwarderAddress is the account through which the main chain passes on
// TransacKets between zones. It has the same bytes on every chain.
func ForwarderAddress() sdk.AccAddress { return address.Module(ModuleName, []byte("forward")) }

// CallerAddress is the account that calls contracts of this chain for a sender on
// another one. Each sender has one for each channel that leads here, so that nobody
// else, on whatever chain, can call as this sender:
//
//	address.Module("transacket", "caller", channel, sender)
//
// in the terms of ADR-028, and for an attested origin on that channel
//
//	address.Module("transacket", "caller", channel, chain-id, sender)
func CallerAddress(t Transacket) sdk.AccAddress {
	keys := [][]byte{[]byte("caller"), []byte(t.Source.DestinationChannel)}
	if origin := t.Envelope.Origin; origin != nil {
		return address.Module(ModuleName, append(keys, []byte(origin.ChainId), []byte(origin.Sender))...)
	}
	return address.Module(ModuleName, append(keys, []byte(t.From))...)
}
