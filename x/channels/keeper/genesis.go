package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// InitGenesis writes a validated genesis state. Without an instance it draws one.
func (k Keeper) InitGenesis(ctx context.Context, genesis types.GenesisState) error {
	if err := genesis.Validate(); err != nil {
		return err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	k.account.GetModuleAccount(ctx, types.ModuleName) // creates it
	if len(genesis.Instance) == 0 {
		instance := types.DrawInstance(sdkCtx.ChainID(), sdkCtx.BlockTime())
		genesis.Instance = instance[:]
	}
	if err := k.Params.Set(ctx, genesis.Params); err != nil {
		return err
	}
	if err := k.Instance.Set(ctx, genesis.Instance); err != nil {
		return err
	}
	if err := k.ClockNS.Set(ctx, genesis.ClockNs); err != nil {
		return err
	}
	if err := k.Sequence.Set(ctx, genesis.NextChannelId); err != nil {
		return err
	}
	for i := range genesis.Channels {
		if err := k.insert(ctx, &genesis.Channels[i]); err != nil {
			return err
		}
	}
	for _, u := range genesis.Unlocked {
		if err := k.Unlocked.Set(ctx, collections.Join3(u.ChannelId, u.Sender, u.Claim), u.Locks); err != nil {
			return err
		}
	}
	for _, secret := range genesis.Secrets {
		if err := k.setSecret(ctx, secret); err != nil {
			return err
		}
	}
	for _, used := range genesis.UsedTerms {
		if err := k.UsedTerms.Set(ctx, collections.Join(used.ValidUntil, used.Hash)); err != nil {
			return err
		}
	}
	return k.initAccounts(ctx, genesis)
}

func (k Keeper) initAccounts(ctx context.Context, genesis types.GenesisState) error {
	for _, credit := range genesis.Credits {
		account, err := types.ParseAccount("account", credit.Account)
		if err != nil {
			return err
		}
		if err := k.Credits.Set(ctx, collections.Join(account, credit.Amount.Denom), credit); err != nil {
			return err
		}
	}
	for _, c := range genesis.Collaterals {
		guarantor, err := types.ParseAccount("guarantor", c.Guarantor)
		if err != nil {
			return err
		}
		user, err := types.ParseAccount("user", c.User)
		if err != nil {
			return err
		}
		if err := k.Collaterals.Set(ctx, collections.Join3(guarantor, user, c.Denom), c); err != nil {
			return err
		}
	}
	for _, record := range genesis.Ended {
		if err := k.remember(ctx, record, genesis.Params); err != nil {
			return err
		}
	}
	return nil
}

// remember writes the record of a channel that ended, with its index entries.
func (k Keeper) remember(ctx context.Context, record types.EndedChannel, params types.Params) error {
	for _, key := range record.Keys {
		if err := k.ByKey.Set(ctx, collections.Join3(key.Key, record.EndedHeight, record.Id)); err != nil {
			return err
		}
	}
	if err := k.EndedExpiry.Set(ctx, collections.Join(record.EndedAt+params.Retention, record.Id)); err != nil {
		return err
	}
	return k.Ended.Set(ctx, record.Id, record)
}

// ExportGenesis returns the whole state. The time of the last block is not part of it:
// the first block after an import advances the clock by nothing.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var g types.GenesisState
	var err error
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if g.Instance, err = k.Instance.Get(ctx); err != nil {
		return nil, err
	}
	if g.ClockNs, err = k.ClockNS.Get(ctx); err != nil {
		return nil, err
	}
	if g.NextChannelId, err = k.Sequence.Peek(ctx); err != nil {
		return nil, err
	}
	if g.Channels, err = values(ctx, k.Channels); err != nil {
		return nil, err
	}
	err = k.Unlocked.Walk(ctx, nil, func(key UnlockedKey, locks []byte) (bool, error) {
		g.Unlocked = append(g.Unlocked, types.UnlockedLocks{ChannelId: key.K1(), Sender: key.K2(), Claim: key.K3(), Locks: locks})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if g.Secrets, err = values(ctx, k.Secrets); err != nil {
		return nil, err
	}
	if g.Credits, err = values(ctx, k.Credits); err != nil {
		return nil, err
	}
	if g.Collaterals, err = values(ctx, k.Collaterals); err != nil {
		return nil, err
	}
	if g.Ended, err = values(ctx, k.Ended); err != nil {
		return nil, err
	}
	err = k.UsedTerms.Walk(ctx, nil, func(key collections.Pair[uint64, []byte]) (bool, error) {
		g.UsedTerms = append(g.UsedTerms, types.UsedTerms{ValidUntil: key.K1(), Hash: key.K2()})
		return false, nil
	})
	return &g, err
}

func values[K, V any](ctx context.Context, m collections.Map[K, V]) (all []V, err error) {
	err = m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		all = append(all, v)
		return false, nil
	})
	return all, err
}

// Fork makes this chain another instance than the one its state came from, for a copy
// that is run for testing: signatures made there must be void here. Every channel gets
// the new domain, so that what was signed before is void on the copy, too.
func (k Keeper) Fork(ctx context.Context, instance types.Hash) error {
	if err := k.Instance.Set(ctx, instance[:]); err != nil {
		return err
	}
	channels, err := values(ctx, k.Channels)
	if err != nil {
		return err
	}
	for i := range channels {
		domain, err := k.domain(ctx, channels[i].Denom)
		if err != nil {
			return err
		}
		channels[i].Domain = domain[:]
		if err := k.Channels.Set(ctx, channels[i].Id, channels[i]); err != nil {
			return err
		}
	}
	return nil
}
