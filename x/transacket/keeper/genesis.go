package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// InitGenesis writes a validated genesis state.
func (k Keeper) InitGenesis(ctx context.Context, genesis types.GenesisState) error {
	if err := genesis.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, genesis.Params); err != nil {
		return err
	}
	if err := k.Sequence.Set(ctx, genesis.NextSequence); err != nil {
		return err
	}
	if err := k.Number.Set(ctx, genesis.NextNumber); err != nil {
		return err
	}
	for _, t := range genesis.Transackets {
		to, err := sdk.AccAddressFromBech32(t.To)
		if err != nil {
			return err
		}
		size, err := count(ctx, k.Size, to)
		if err != nil {
			return err
		}
		if err := k.insert(ctx, to, t, size); err != nil {
			return err
		}
	}
	return k.initRest(ctx, genesis)
}

// initRest writes what is not in inboxes.
func (k Keeper) initRest(ctx context.Context, genesis types.GenesisState) error {
	for _, list := range genesis.Prices {
		account, err := sdk.AccAddressFromBech32(list.Account)
		if err != nil {
			return err
		}
		if err := k.Prices.Set(ctx, account, list); err != nil {
			return err
		}
	}
	for _, held := range genesis.Held {
		to, err := sdk.AccAddressFromBech32(held.Transacket.To)
		if err != nil {
			return err
		}
		if err := k.hold(ctx, to, held); err != nil {
			return err
		}
	}
	for _, content := range genesis.Contents {
		owner, err := sdk.AccAddressFromBech32(content.Owner)
		if err != nil {
			return err
		}
		if err := k.Contents.Set(ctx, collections.Join(content.Sha256, owner), content); err != nil {
			return err
		}
	}
	for _, packet := range genesis.Packets {
		if err := k.Packets.Set(ctx, collections.Join(packet.SourceChannel, packet.Sequence), packet); err != nil {
			return err
		}
	}
	for _, flight := range genesis.InFlight {
		if err := k.InFlight.Set(ctx, collections.Join(flight.Channel, flight.Sequence), flight); err != nil {
			return err
		}
	}
	for _, stranded := range genesis.Stranded {
		if err := k.Stranded.Set(ctx, stranded.Id, stranded); err != nil {
			return err
		}
	}
	reserved, err := genesis.Reservations()
	if err != nil {
		return err
	}
	for _, r := range reserved {
		if err := k.Reserved.Set(ctx, r.Sender, r.Count); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var genesis types.GenesisState
	var err error
	if genesis.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if genesis.NextSequence, err = k.Sequence.Peek(ctx); err != nil {
		return nil, err
	}
	if genesis.NextNumber, err = k.Number.Peek(ctx); err != nil {
		return nil, err
	}
	err = k.Inbox.Walk(ctx, nil, func(_ EntryKey, t types.Transacket) (bool, error) {
		genesis.Transackets = append(genesis.Transackets, t)
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if genesis.Prices, err = values(ctx, k.Prices); err != nil {
		return nil, err
	}
	if genesis.Held, err = values(ctx, k.Held); err != nil {
		return nil, err
	}
	if genesis.Contents, err = values(ctx, k.Contents); err != nil {
		return nil, err
	}
	if genesis.Packets, err = values(ctx, k.Packets); err != nil {
		return nil, err
	}
	if genesis.InFlight, err = values(ctx, k.InFlight); err != nil {
		return nil, err
	}
	genesis.Stranded, err = values(ctx, k.Stranded)
	return &genesis, err
}

// walker is a collection of any kind.
type walker[K, V any] interface {
	Walk(ctx context.Context, ranger collections.Ranger[K], do func(K, V) (bool, error)) error
}

// values returns all values of a collection, in the order of their keys.
func values[K, V any](ctx context.Context, from walker[K, V]) (all []V, err error) {
	err = from.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		all = append(all, v)
		return false, nil
	})
	return all, err
}
