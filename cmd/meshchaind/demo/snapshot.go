package demo

import (
	"context"
	"fmt"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
)

const (
	// holdersPage and maxHolders bound what a snapshot reads.
	holdersPage = 200
	maxHolders  = 20_000
)

// snapshot is every balance of one chain after one block.
type snapshot struct {
	height   int64
	supply   sdk.Coins
	balances map[string]sdk.Coins // by address
}

// takeSnapshot asks the bank for the supply and, denom by denom, for everybody
// who holds any of it, all at one height.
func takeSnapshot(ctx context.Context, chain *client.Client, height int64) (*snapshot, error) {
	s := &snapshot{height: height, balances: map[string]sdk.Coins{}}
	bank := banktypes.NewQueryClient(chain)
	at := client.AtHeight(ctx, height)
	err := retry(ctx, func() error {
		res, err := bank.TotalSupply(at, &banktypes.QueryTotalSupplyRequest{Pagination: &query.PageRequest{Limit: holdersPage}})
		if err != nil {
			return err
		}
		if len(res.Pagination.GetNextKey()) > 0 {
			return fmt.Errorf("more than %d denoms", holdersPage)
		}
		s.supply = res.Supply
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("supply of %s at %d: %w", chain.ChainID(), height, err)
	}
	for _, coin := range s.supply {
		if err := s.addHolders(at, bank, coin.Denom); err != nil {
			return nil, fmt.Errorf("holders of %s on %s at %d: %w", coin.Denom, chain.ChainID(), height, err)
		}
	}
	return s, nil
}

func (s *snapshot) addHolders(ctx context.Context, bank banktypes.QueryClient, denom string) error {
	var next []byte
	for read := 0; read < maxHolders; read += holdersPage {
		var res *banktypes.QueryDenomOwnersResponse
		err := retry(ctx, func() error {
			var err error
			res, err = bank.DenomOwners(ctx, &banktypes.QueryDenomOwnersRequest{
				Denom: denom, Pagination: &query.PageRequest{Key: next, Limit: holdersPage},
			})
			return err
		})
		if err != nil {
			return err
		}
		for _, owner := range res.DenomOwners {
			s.balances[owner.Address] = s.balances[owner.Address].Add(owner.Balance)
		}
		if next = res.Pagination.GetNextKey(); len(next) == 0 {
			return nil
		}
	}
	return fmt.Errorf("more than %d holders", maxHolders)
}

// of returns what an address holds of a denom.
func (s *snapshot) of(address, denom string) math.Int { return s.balances[address].AmountOf(denom) }

// sum returns the total of all balances.
func (s *snapshot) sum() sdk.Coins {
	total := sdk.NewCoins()
	for _, coins := range s.balances {
		total = total.Add(coins...)
	}
	return total
}
