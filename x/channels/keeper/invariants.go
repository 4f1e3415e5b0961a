package keeper

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Invariant is a named property of the state that always holds. Checking walks the
// whole state: run it in tests and simulations, not in blocks.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants of the module, for the app's registry.
func (k Keeper) Invariants() []Invariant {
	return []Invariant{
		{"balance", k.balanceHolds},
		{"channels", k.channelsHold},
		{"indexes", k.indexesHold},
		{"guarantees", k.guaranteesHold},
	}
}

// Liabilities is what the module owes: deposits, bonds, collateral and credits.
func (k Keeper) Liabilities(ctx context.Context) (sdk.Coins, error) {
	sums := make(map[string]*big.Int)
	var denoms []string
	add := func(denom string, amount *big.Int) {
		if sums[denom] == nil {
			sums[denom] = new(big.Int)
			denoms = append(denoms, denom)
		}
		sums[denom].Add(sums[denom], amount)
	}
	err := k.Channels.Walk(ctx, nil, func(_ uint64, ch types.Channel) (bool, error) {
		for _, p := range ch.Participants {
			add(ch.Denom, p.Deposit.Big())
		}
		if ch.Dispute != nil {
			add(ch.Denom, ch.Dispute.Bond.Big())
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	credits, err := values(ctx, k.Credits)
	if err != nil {
		return nil, err
	}
	for _, credit := range credits {
		add(credit.Amount.Denom, credit.Amount.Amount.BigInt())
	}
	collaterals, err := values(ctx, k.Collaterals)
	if err != nil {
		return nil, err
	}
	for _, c := range collaterals {
		add(c.Denom, c.Amount.Big())
	}
	total := sdk.NewCoins()
	for _, denom := range denoms {
		if sums[denom].BitLen() > math.MaxBitLen {
			return nil, fmt.Errorf("liabilities in %s: %d bits", denom, sums[denom].BitLen())
		}
		total = total.Add(sdk.NewCoin(denom, math.NewIntFromBigInt(sums[denom])))
	}
	return total, nil
}

// balanceHolds: the module account holds what the module owes, and nothing else.
func (k Keeper) balanceHolds(ctx context.Context) error {
	owed, err := k.Liabilities(ctx)
	if err != nil {
		return err
	}
	if held := k.bank.GetAllBalances(ctx, k.account.GetModuleAddress(types.ModuleName)); !held.Equal(owed) {
		return fmt.Errorf("the module account holds %s; deposits, bonds, collateral and credits are %s", held, owed)
	}
	return nil
}

// channelsHold: every channel is well-formed, below the next id and not ended.
func (k Keeper) channelsHold(ctx context.Context) error {
	next, err := k.Sequence.Peek(ctx)
	if err != nil {
		return err
	}
	return k.Channels.Walk(ctx, nil, func(id uint64, ch types.Channel) (bool, error) {
		if err := ch.Validate(); err != nil {
			return true, err
		}
		ended, err := k.Ended.Has(ctx, id)
		if err != nil || ended || id != ch.Id || id >= next {
			return true, fmt.Errorf("channel %d lies at %d, ended %t, next id %d: %w", ch.Id, id, ended, next, orMismatch(err))
		}
		return false, nil
	})
}

// indexesHold: every channel and record is found by what it is indexed by, and the
// indexes hold nothing else.
func (k Keeper) indexesHold(ctx context.Context) error {
	want := make(map[string]int)
	expect := func(set string, found bool, err error) error {
		want[set]++
		if err != nil || !found {
			return fmt.Errorf("%s: entry is missing: %w", set, orMismatch(err))
		}
		return nil
	}
	err := k.Channels.Walk(ctx, nil, func(id uint64, ch types.Channel) (bool, error) {
		parties, err := parties(&ch)
		if err != nil {
			return true, err
		}
		for i, p := range ch.Participants {
			found, err := k.ByParties.Has(ctx, collections.Join3(parties[i], parties[1-i], id))
			if err := expect("by_parties", found, err); err != nil {
				return true, err
			}
			found, err = k.ByKey.Has(ctx, collections.Join3(p.Key.Key, ch.ChangedHeight, id))
			if err := expect("by_key", found, err); err != nil {
				return true, err
			}
		}
		if ch.Dispute != nil {
			found, err := k.ByDeadline.Has(ctx, collections.Join(ch.Dispute.UpdateUntil, id))
			if err := expect("by_deadline", found, err); err != nil {
				return true, err
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.Ended.Walk(ctx, nil, func(id uint64, record types.EndedChannel) (bool, error) {
		want["ended_expiry"]++
		for _, key := range record.Keys {
			found, err := k.ByKey.Has(ctx, collections.Join3(key.Key, record.EndedHeight, id))
			if err := expect("by_key", found, err); err != nil {
				return true, err
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	secrets, err := values(ctx, k.Secrets)
	if err != nil {
		return err
	}
	want["secret_expiry"] = len(secrets)
	for _, set := range []struct {
		name  string
		count func(context.Context) (int, error)
	}{
		{"by_parties", counter(k.ByParties)},
		{"by_key", counter(k.ByKey)},
		{"by_deadline", counter(k.ByDeadline)},
		{"ended_expiry", counter(k.EndedExpiry)},
		{"secret_expiry", counter(k.SecretExpiry)},
	} {
		if got, err := set.count(ctx); err != nil || got != want[set.name] {
			return fmt.Errorf("%s has %d entries, must have %d: %w", set.name, got, want[set.name], orMismatch(err))
		}
	}
	return nil
}

func counter[K any](set collections.KeySet[K]) func(context.Context) (int, error) {
	return func(ctx context.Context) (n int, err error) {
		err = set.Walk(ctx, nil, func(K) (bool, error) { n++; return false, nil })
		return n, err
	}
}

// guaranteesHold: what guarantors have in channels is what their accounts say.
func (k Keeper) guaranteesHold(ctx context.Context) error {
	g, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	return g.Validate()
}

var errMismatch = errors.New("index and entry differ")

func orMismatch(err error) error {
	if err != nil {
		return err
	}
	return errMismatch
}
