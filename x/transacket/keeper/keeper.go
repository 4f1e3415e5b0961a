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

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
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
	scoped    types.ScopedKeeper
	contracts types.ContractKeeper
	resolver  types.NameResolver
	hooks     []types.TransacketHooks
	zones     types.ZonesKeeper
	limits    types.RateLimits

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
	// Reserved counts the places in an inbox that wait for receipts.
	Reserved collections.Map[sdk.AccAddress, uint64]
	// Prices of the accounts that posted some.
	Prices collections.Map[sdk.AccAddress, types.PriceList]
	// Held are the payments under hash locks, by id.
	Held *collections.IndexedMap[[]byte, types.Held, HeldIndexes]
	// HeldSize counts them by receiver.
	HeldSize collections.Map[sdk.AccAddress, uint64]
	// Contents is the index of content stored elsewhere, by hash and owner.
	Contents *collections.IndexedMap[ContentKey, types.Content, ContentIndexes]
	// Packets that left with a TransacKet and are not yet acknowledged.
	Packets collections.Map[PacketKey, channeltypes.Packet]
	// InFlight is what is being passed on, by channel and sequence of the second hop.
	InFlight collections.Map[PacketKey, types.InFlight]
	// Stranded are payments that could not go back, by id.
	Stranded collections.Map[[]byte, types.Stranded]
}

// PacketKey is a channel of this chain and the sequence of what left through it.
type PacketKey = collections.Pair[string, uint64]

// ContentKey is the SHA-256 of a content, or a Merkle root, and an owner.
type ContentKey = collections.Pair[[]byte, sdk.AccAddress]

// HeldIndexes find holds without their id.
type HeldIndexes struct {
	// Receiver of the payment.
	Receiver *Index[sdk.AccAddress, []byte, types.Held]
	// Deadline in Unix nanoseconds, from which it may go back.
	Deadline *Index[uint64, []byte, types.Held]
}

// IndexesList implements collections.Indexes.
func (i HeldIndexes) IndexesList() []collections.Index[[]byte, types.Held] {
	return []collections.Index[[]byte, types.Held]{i.Receiver, i.Deadline}
}

// ContentIndexes find contents without their hash.
type ContentIndexes struct {
	// Owner who registered it.
	Owner *indexes.ReversePair[[]byte, sdk.AccAddress, types.Content]
	// Expiry orders them by the time of their removal.
	Expiry *indexes.Multi[time.Time, ContentKey, types.Content]
}

// IndexesList implements collections.Indexes.
func (i ContentIndexes) IndexesList() []collections.Index[ContentKey, types.Content] {
	return []collections.Index[ContentKey, types.Content]{i.Owner, i.Expiry}
}

// InboxIndexes find TransacKets without their receiver.
type InboxIndexes struct {
	// ID is unique.
	ID *indexes.Unique[[]byte, EntryKey, types.Transacket]
	// Thread holds only those that answer another.
	Thread *Index[[]byte, EntryKey, types.Transacket]
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
	contentKey := collections.PairKeyCodec(collections.BytesKey, sdk.AccAddressKey)
	packetKey := collections.PairKeyCodec(collections.StringKey, collections.Uint64Key)
	k := Keeper{
		authority: authority,
		account:   account,
		bank:      bank,
		channel:   channel,
		ics4:      ics4,
		resolver:  bech32Only{account.AddressCodec()},

		Params:   collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Sequence: collections.NewSequence(sb, types.SequencePrefix, "sequence"),
		Number:   collections.NewSequence(sb, types.NumberPrefix, "number"),
		Inbox: collections.NewIndexedMap(sb, types.InboxPrefix, "inbox", entryKey, codec.CollValue[types.Transacket](cdc),
			InboxIndexes{
				ID: indexes.NewUnique(sb, types.IDIndexPrefix, "inbox_by_id", collections.BytesKey, entryKey,
					func(_ EntryKey, t types.Transacket) ([]byte, error) { return t.Id, nil }),
				Thread: newIndex(sb, types.ThreadIndexPrefix, "inbox_by_thread", collections.BytesKey, entryKey,
					func(t types.Transacket) ([]byte, bool, error) {
						return t.Envelope.Thread, len(t.Envelope.Thread) > 0, nil
					}),
				Expiry: indexes.NewMulti(sb, types.ExpiryIndexPrefix, "inbox_by_expiry", sdk.TimeKey, entryKey,
					func(_ EntryKey, t types.Transacket) (time.Time, error) { return t.Expires, nil }),
			}),
		Size:     collections.NewMap(sb, types.SizePrefix, "size", sdk.AccAddressKey, collections.Uint64Value),
		Reserved: collections.NewMap(sb, types.ReservedPrefix, "reserved", sdk.AccAddressKey, collections.Uint64Value),
		Prices:   collections.NewMap(sb, types.PricesPrefix, "prices", sdk.AccAddressKey, codec.CollValue[types.PriceList](cdc)),
		Held: collections.NewIndexedMap(sb, types.HeldPrefix, "held", collections.BytesKey, codec.CollValue[types.Held](cdc),
			HeldIndexes{
				Receiver: newIndex(sb, types.HeldReceiverIndexPrefix, "held_by_receiver", sdk.AccAddressKey, collections.BytesKey,
					func(h types.Held) (sdk.AccAddress, bool, error) {
						to, err := sdk.AccAddressFromBech32(h.Transacket.To)
						return to, err == nil, err
					}),
				Deadline: newIndex(sb, types.HeldDeadlineIndexPrefix, "held_by_deadline", collections.Uint64Key, collections.BytesKey,
					func(h types.Held) (uint64, bool, error) { return h.Transacket.Envelope.Deadline, true, nil }),
			}),
		HeldSize: collections.NewMap(sb, types.HeldSizePrefix, "held_size", sdk.AccAddressKey, collections.Uint64Value),
		Contents: collections.NewIndexedMap(sb, types.ContentPrefix, "contents", contentKey, codec.CollValue[types.Content](cdc),
			ContentIndexes{
				Owner: indexes.NewReversePair[types.Content](sb, types.ContentOwnerIndexPrefix, "contents_by_owner", contentKey),
				Expiry: indexes.NewMulti(sb, types.ContentExpiryPrefix, "contents_by_expiry", sdk.TimeKey, contentKey,
					func(_ ContentKey, c types.Content) (time.Time, error) { return c.Expires, nil }),
			}),
		Packets:  collections.NewMap(sb, types.PacketsPrefix, "packets", packetKey, codec.CollValue[channeltypes.Packet](cdc)),
		InFlight: collections.NewMap(sb, types.InFlightPrefix, "in_flight", packetKey, codec.CollValue[types.InFlight](cdc)),
		Stranded: collections.NewMap(sb, types.StrandedPrefix, "stranded", collections.BytesKey, codec.CollValue[types.Stranded](cdc)),
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

// WithScopedKeeper returns a copy that can write acknowledgements later than the
// packet came in: it knows the capabilities of the transfer channels.
func (k Keeper) WithScopedKeeper(scoped types.ScopedKeeper) Keeper {
	k.scoped = scoped
	return k
}

// WithContracts returns a copy whose deliveries call contracts.
func (k Keeper) WithContracts(contracts types.ContractKeeper) Keeper {
	k.contracts = contracts
	return k
}

// WithNameResolver returns a copy that accepts more than addresses as receivers.
func (k Keeper) WithNameResolver(resolver types.NameResolver) Keeper {
	k.resolver = resolver
	return k
}

// WithHooks returns a copy whose deliveries are seen by these hooks, in this order.
func (k Keeper) WithHooks(hooks ...types.TransacketHooks) Keeper {
	k.hooks = hooks
	return k
}

// WithZones returns a copy that knows the registry of zones: it passes TransacKets
// on between zones, or sends them there through the hub. transfer must be given this
// copy, as its packets are checked against it.
func (k Keeper) WithZones(zones types.ZonesKeeper) Keeper {
	k.zones = zones
	return k
}

// WithRateLimits returns a copy that tells the rate limits what goes back by an
// acknowledgement later than its packet came in.
func (k Keeper) WithRateLimits(limits types.RateLimits) Keeper {
	k.limits = limits
	return k
}

// Authority is the account that may change the parameters.
func (k Keeper) Authority() string { return k.authority }

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
