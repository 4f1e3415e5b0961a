// Package keeper holds the inboxes of x/transacket and what fills them.
package keeper

import (
	"context"
	"fmt"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/indexes"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// EntryKey is the place of a TransacKet: its receiver and its number.
type EntryKey = collections.Pair[sdk.AccAddress, uint64]

// Keeper is the state of the module, and what it needs of others.
type Keeper struct {
	authority string
	account   types.AccountKeeper
	bank      types.BankKeeper
	channel   types.ChannelKeeper
	ics4      porttypes.ICS4Wrapper
	transfer  types.TransferKeeper

	Schema collections.Schema
	// Params of the module.
	Params collections.Item[types.Params]
	// Sequence of the next TransacKet sent on this chain.
	Sequence collections.Sequence
	// Number of the next delivery, over all inboxes.
	Number collections.Sequence
	// Inbox holds the delivered TransacKets by receiver and number.
	Inbox *collections.IndexedMap[EntryKey, types.Transacket, InboxIndexes]
	// Size counts each inbox that is not empty.
	Size collections.Map[sdk.AccAddress, uint64]
}

// InboxIndexes find TransacKets without their receiver.
type InboxIndexes struct {
	// ID is unique.
	ID *indexes.Unique[[]byte, EntryKey, types.Transacket]
	// Thread holds only those that answer another.
	Thread *ThreadIndex
	// Expiry orders them by the time from which they may be pruned.
	Expiry *indexes.Multi[time.Time, EntryKey, types.Transacket]
}

// IndexesList implements collections.Indexes.
func (i InboxIndexes) IndexesList() []collections.Index[EntryKey, types.Transacket] {
	return []collections.Index[EntryKey, types.Transacket]{i.ID, i.Thread, i.Expiry}
}

// NewKeeper returns a keeper that sends packets down to ics4. It is complete but
// for the way back up, see WithTransferKeeper. It panics if the schema or the
// authority is wrong, which is a mistake in the code that wires it.
func NewKeeper(
	cdc codec.BinaryCodec,
	storeService corestore.KVStoreService,
	authority string,
	account types.AccountKeeper,
	bank types.BankKeeper,
	channel types.ChannelKeeper,
	ics4 porttypes.ICS4Wrapper,
) Keeper {
	if _, err := account.AddressCodec().StringToBytes(authority); err != nil {
		panic(fmt.Errorf("x/%s: authority %q: %w", types.ModuleName, authority, err))
	}
	sb := collections.NewSchemaBuilder(storeService)
	entryKey := collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint64Key)
	k := Keeper{
		authority: authority,
		account:   account,
		bank:      bank,
		channel:   channel,
		ics4:      ics4,

		Params:   collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Sequence: collections.NewSequence(sb, types.SequencePrefix, "sequence"),
		Number:   collections.NewSequence(sb, types.NumberPrefix, "number"),
		Inbox: collections.NewIndexedMap(sb, types.InboxPrefix, "inbox", entryKey, codec.CollValue[types.Transacket](cdc),
			InboxIndexes{
				ID: indexes.NewUnique(sb, types.IDIndexPrefix, "inbox_by_id", collections.BytesKey, entryKey,
					func(_ EntryKey, t types.Transacket) ([]byte, error) { return t.Id, nil }),
				Thread: newThreadIndex(sb, entryKey),
				Expiry: indexes.NewMulti(sb, types.ExpiryIndexPrefix, "inbox_by_expiry", sdk.TimeKey, entryKey,
					func(_ EntryKey, t types.Transacket) (time.Time, error) { return t.Expires, nil }),
			}),
		Size: collections.NewMap(sb, types.SizePrefix, "size", sdk.AccAddressKey, collections.Uint64Value),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("x/%s: schema: %w", types.ModuleName, err))
	}
	k.Schema = schema
	return k
}

// WithTransferKeeper returns a copy of the keeper whose MsgSend reaches other
// chains.
//
// The two keepers need each other: transfer sends its packets through ours, and
// our MsgSend asks transfer to send one. The first direction needs nothing of the
// second, so nothing has to be set behind anybody's back: build ours, give it to
// transfer, and go on with the copy:
//
//	k := keeper.NewKeeper(…, rateLimit)
//	transfer := transferkeeper.NewKeeper(…, k, …)
//	k = k.WithTransferKeeper(transfer)
func (k Keeper) WithTransferKeeper(transfer types.TransferKeeper) Keeper {
	k.transfer = transfer
	return k
}

// Authority is the account that may change the parameters.
func (k Keeper) Authority() string { return k.authority }

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
