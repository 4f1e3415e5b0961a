// Package keeper holds the state of x/zones.
package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones/types"
)

// Keeper knows what this chain is, which zones there are and how to reach them.
type Keeper struct {
	authority string
	account   types.AccountKeeper
	bank      types.BankKeeper
	channel   types.ChannelKeeper
	client    types.ClientKeeper
	sender    transackettypes.MsgServer
	stats     Statistics
	census    Census

	Schema collections.Schema

	// identity is written once, at genesis.
	identity collections.Item[types.Identity]
	// Params of the registry.
	Params collections.Item[types.Params]
	// Registration numbers registrations; the nonce is made of it.
	Registration collections.Sequence
	// Zones by name.
	Zones collections.Map[string, types.Zone]
	// Channels of active and retired zones: channel → name.
	Channels collections.Map[string, string]
	// Clients of active and retired zones: client → name.
	Clients collections.Map[string, string]
	// Deadlines of pending and retired zones, the next one first.
	Deadlines collections.KeySet[collections.Pair[time.Time, string]]
	// Refunds that owners can claim.
	Refunds collections.Map[sdk.AccAddress, types.Refund]

	// Owner of this zone, as its genesis names it; on a zone only.
	Owner collections.Item[string]
	// Hub that this zone believes; on a zone only.
	hub collections.Item[types.Hub]
}

// Statistics is what a zone tells of itself in a heartbeat.
type Statistics interface {
	// Deliveries counts the TransacKets delivered since genesis.
	Deliveries(ctx context.Context) (uint64, error)
}

// Census knows certificates: it counts a zone's devices for its heartbeat, and checks the
// nodes that the registry lists.
type Census interface {
	// Devices with a valid certificate.
	Devices(ctx context.Context) (uint64, error)
	// CertifyNode returns nil if a DID of that zone has a node certificate that holds.
	CertifyNode(ctx context.Context, zone, did string) error
}

// NewKeeper lays out the module's state. It is complete but for what comes later in
// the wiring, see WithIBC and WithTransackets. It panics if the schema is wrong,
// which is a programming error.
func NewKeeper(cdc codec.BinaryCodec, storeService corestore.KVStoreService, authority string, account types.AccountKeeper, bank types.BankKeeper) Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		authority: authority,
		account:   account,
		bank:      bank,

		identity:     collections.NewItem(sb, types.IdentityPrefix, "identity", codec.CollValue[types.Identity](cdc)),
		Params:       collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Registration: collections.NewSequence(sb, types.RegistrationPrefix, "registration"),
		Zones:        collections.NewMap(sb, types.ZonesPrefix, "zones", collections.StringKey, codec.CollValue[types.Zone](cdc)),
		Channels:     collections.NewMap(sb, types.ChannelsPrefix, "zones_by_channel", collections.StringKey, collections.StringValue),
		Clients:      collections.NewMap(sb, types.ClientsPrefix, "zones_by_client", collections.StringKey, collections.StringValue),
		Deadlines:    collections.NewKeySet(sb, types.DeadlinesPrefix, "zones_by_deadline", collections.PairKeyCodec(sdk.TimeKey, collections.StringKey)),
		Refunds:      collections.NewMap(sb, types.RefundsPrefix, "refunds", sdk.AccAddressKey, codec.CollValue[types.Refund](cdc)),
		Owner:        collections.NewItem(sb, types.OwnerPrefix, "owner", collections.StringValue),
		hub:          collections.NewItem(sb, types.HubPrefix, "hub", codec.CollValue[types.Hub](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("x/%s: schema: %w", types.ModuleName, err)) // two collections share a prefix
	}
	k.Schema = schema
	return k
}

// WithIBC returns a copy of the keeper that sees channels and light clients, which
// are built after it because the role of the chain is asked for before.
func (k Keeper) WithIBC(channel types.ChannelKeeper, client types.ClientKeeper) Keeper {
	k.channel, k.client = channel, client
	return k
}

// WithTransackets returns a copy of the keeper that can announce: sender sends
// TransacKets, stats counts them. x/transacket is built with the copy before this
// one, since it asks the registry for routes.
func (k Keeper) WithTransackets(sender transackettypes.MsgServer, stats Statistics) Keeper {
	k.sender, k.stats = sender, stats
	return k
}

// WithCensus returns a copy of the keeper whose heartbeats count devices, and whose
// registry checks the certificates of nodes.
func (k Keeper) WithCensus(census Census) Keeper {
	k.census = census
	return k
}

// Authority is the account that governs the registry.
func (k Keeper) Authority() string { return k.authority }

// Identity returns the role and name of this chain; ErrNoIdentity before genesis.
func (k Keeper) Identity(ctx context.Context) (types.Identity, error) {
	id, err := k.identity.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return id, types.ErrNoIdentity
	}
	return id, err
}

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
