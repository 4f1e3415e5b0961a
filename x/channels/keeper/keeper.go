// Package keeper holds payment channels and settles them.
package keeper

import (
	"context"
	"fmt"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Keys of the collections.
type (
	// PartiesKey is one participant, the other, and the channel.
	PartiesKey = collections.Triple[sdk.AccAddress, sdk.AccAddress, uint64]
	// ChangeKey is a channel key, the height of the last change, and the channel.
	ChangeKey = collections.Triple[[]byte, int64, uint64]
	// UnlockedKey is a channel, the sender of the locks, and whether they belong to
	// the sender's claim.
	UnlockedKey = collections.Triple[uint64, uint32, bool]
	// CollateralKey is guarantor, user and denom.
	CollateralKey = collections.Triple[sdk.AccAddress, sdk.AccAddress, string]
)

// Keeper is the state of the module, and what it needs of others.
type Keeper struct {
	authority    string
	account      types.AccountKeeper
	bank         types.BankKeeper
	distribution types.DistributionKeeper

	Schema collections.Schema
	// Params of the module.
	Params collections.Item[types.Params]
	// Instance tells this chain from its copies.
	Instance collections.Item[[]byte]
	// ClockNS is the channel clock in nanoseconds, so that blocks of less than a second
	// count too.
	ClockNS collections.Item[uint64]
	// LastTime is the header time of the last block, in Unix nanoseconds.
	LastTime collections.Item[int64]
	// Sequence is the id of the next channel.
	Sequence collections.Sequence
	// Channels that are not settled.
	Channels collections.Map[uint64, types.Channel]
	// ByParties finds channels by account; each is in it twice, once per participant.
	ByParties collections.KeySet[PartiesKey]
	// ByDeadline orders closed channels by the end of their update phase.
	ByDeadline collections.KeySet[collections.Pair[uint64, uint64]]
	// ByKey finds channels and records by channel key and last change.
	ByKey collections.KeySet[ChangeKey]
	// Ended remembers channels that paid out.
	Ended collections.Map[uint64, types.EndedChannel]
	// EndedExpiry orders them by when they are forgotten.
	EndedExpiry collections.KeySet[collections.Pair[uint64, uint64]]
	// Unlocked holds the locks that count, until settlement.
	Unlocked collections.Map[UnlockedKey, []byte]
	// Secrets by their hash.
	Secrets collections.Map[[]byte, types.Secret]
	// SecretExpiry orders them by when they are forgotten.
	SecretExpiry collections.KeySet[collections.Pair[uint64, []byte]]
	// UsedTerms are open terms that cannot be used again, by expiry and hash.
	UsedTerms collections.KeySet[collections.Pair[uint64, []byte]]
	// Credits by account and denom.
	Credits collections.Map[collections.Pair[sdk.AccAddress, string], types.Credit]
	// Collaterals of users with guarantors.
	Collaterals collections.Map[CollateralKey, types.Collateral]
}

// NewKeeper returns the keeper. It panics if the schema or the authority is wrong or
// the module account is missing, which are mistakes in the code that wires it.
func NewKeeper(
	cdc codec.BinaryCodec,
	storeService corestore.KVStoreService,
	authority string,
	account types.AccountKeeper,
	bank types.BankKeeper,
	distribution types.DistributionKeeper,
) Keeper {
	if _, err := account.AddressCodec().StringToBytes(authority); err != nil {
		panic(fmt.Errorf("x/%s: authority %q: %w", types.ModuleName, authority, err))
	}
	if account.GetModuleAddress(types.ModuleName) == nil {
		panic(fmt.Errorf("x/%s: the module account has not been set", types.ModuleName))
	}
	sb := collections.NewSchemaBuilder(storeService)
	address := sdk.AccAddressKey
	numbers := collections.PairKeyCodec(collections.Uint64Key, collections.Uint64Key)
	timed := collections.PairKeyCodec(collections.Uint64Key, collections.BytesKey)
	k := Keeper{
		authority:    authority,
		account:      account,
		bank:         bank,
		distribution: distribution,

		Params:   collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Instance: collections.NewItem(sb, types.InstancePrefix, "instance", collections.BytesValue),
		ClockNS:  collections.NewItem(sb, types.ClockPrefix, "clock_ns", collections.Uint64Value),
		LastTime: collections.NewItem(sb, types.LastTimePrefix, "last_time", collections.Int64Value),
		Sequence: collections.NewSequence(sb, types.SequencePrefix, "sequence"),
		Channels: collections.NewMap(sb, types.ChannelsPrefix, "channels", collections.Uint64Key, codec.CollValue[types.Channel](cdc)),
		ByParties: collections.NewKeySet(sb, types.ByPartiesPrefix, "channels_by_parties",
			collections.TripleKeyCodec(address, address, collections.Uint64Key)),
		ByDeadline: collections.NewKeySet(sb, types.ByDeadlinePrefix, "channels_by_deadline", numbers),
		ByKey: collections.NewKeySet(sb, types.ByKeyPrefix, "channels_by_key",
			collections.TripleKeyCodec(collections.BytesKey, collections.Int64Key, collections.Uint64Key)),
		Ended:       collections.NewMap(sb, types.EndedPrefix, "ended", collections.Uint64Key, codec.CollValue[types.EndedChannel](cdc)),
		EndedExpiry: collections.NewKeySet(sb, types.EndedExpiryPrefix, "ended_by_expiry", numbers),
		Unlocked: collections.NewMap(sb, types.UnlockedPrefix, "unlocked",
			collections.TripleKeyCodec(collections.Uint64Key, collections.Uint32Key, collections.BoolKey), collections.BytesValue),
		Secrets:      collections.NewMap(sb, types.SecretsPrefix, "secrets", collections.BytesKey, codec.CollValue[types.Secret](cdc)),
		SecretExpiry: collections.NewKeySet(sb, types.SecretExpiryPrefix, "secrets_by_expiry", timed),
		UsedTerms:    collections.NewKeySet(sb, types.UsedTermsPrefix, "used_terms", timed),
		Credits: collections.NewMap(sb, types.CreditsPrefix, "credits",
			collections.PairKeyCodec(address, collections.StringKey), codec.CollValue[types.Credit](cdc)),
		Collaterals: collections.NewMap(sb, types.CollateralsPrefix, "collaterals",
			collections.TripleKeyCodec(address, address, collections.StringKey), codec.CollValue[types.Collateral](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(fmt.Errorf("x/%s: schema: %w", types.ModuleName, err))
	}
	k.Schema = schema
	return k
}

// Authority is the account that may change the parameters.
func (k Keeper) Authority() string { return k.authority }

// Logger of the module.
func (k Keeper) Logger(ctx context.Context) log.Logger {
	return sdk.UnwrapSDKContext(ctx).Logger().With("module", "x/"+types.ModuleName)
}
