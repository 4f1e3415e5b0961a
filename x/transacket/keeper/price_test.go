package keeper_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

func price(prefix string, amount int64, denom string) types.Price {
	return types.Price{TopicPrefix: prefix, Minimum: sdk.NewInt64Coin(denom, amount)}
}

func (w *world) setPrices(of sdk.AccAddress, prices ...types.Price) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.SetPrices(ctx, &types.MsgSetPrices{Account: of.String(), Prices: prices})
		return err
	})
}

func TestPrices(t *testing.T) {
	w := newWorld(t)
	prices := []types.Price{price("", 5, denom), price("soil", 20, denom), price("soil", 1, "umesh"), price("soil/moisture", 2, denom)}
	require.NoError(t, w.setPrices(bob, prices...))
	require.Equal(t, prices, event[types.EventPricesSet](t, w.ctx).Prices)
	posted, err := w.query.Prices(w.ctx, &types.QueryPricesRequest{Account: bob.String()})
	require.NoError(t, err)
	require.Equal(t, prices, posted.Prices)

	for _, c := range []struct {
		topic string
		pays  int64
		due   string // what is asked, if it is refused
	}{
		{"", 5, ""},
		{"", 4, "5usmt"},
		{"valve", 4, "5usmt"},
		{"soil", 20, ""},
		{"soil", 19, "20usmt or 1umesh"},
		{"soil/ph", 19, "20usmt or 1umesh"},
		{"soilless", 19, "20usmt or 1umesh"},
		{"soil/moisture", 2, ""},
		{"soil/moisture", 1, "2usmt"},
		{"soil/moisture/deep", 2, ""},
		{"soi", 5, ""},
	} {
		msg := letter()
		msg.Envelope.Topic, msg.Payment = c.topic, sdk.NewInt64Coin(denom, c.pays)
		inbox := w.inbox(t, bob)
		gas := w.ctx.GasMeter().GasConsumed()
		_, err := w.send(msg)
		if c.due == "" {
			require.NoError(t, err, c)
			continue
		}
		require.ErrorIs(t, err, types.ErrPrice)
		require.ErrorContains(t, err, "asks for at least "+c.due)
		require.Equal(t, inbox, w.inbox(t, bob))
		require.Less(t, w.ctx.GasMeter().GasConsumed()-gas, uint64(20_000), "refused before anything is written")
	}

	// Another denom is an alternative where it is posted, and only there.
	list := types.PriceList{Account: bob.String(), Prices: prices}
	require.NoError(t, list.Check("soil", sdk.NewInt64Coin("umesh", 1)))
	require.ErrorIs(t, list.Check("soil/moisture", sdk.NewInt64Coin("umesh", 1000)), types.ErrPrice)

	require.NoError(t, w.setPrices(bob))
	found, err := w.keeper.Prices.Has(w.ctx, bob)
	require.NoError(t, err)
	require.False(t, found, "no prices, no state")
	msg := letter()
	msg.Payment.Amount = amount(1)
	_, err = w.send(msg)
	require.NoError(t, err)
	w.requireInvariants(t)
}

func TestPriceOfArrivals(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.setPrices(bob, price("", 2, denom)))
	_, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.ErrorIs(t, err, types.ErrPrice)
	_, err = w.keeper.Deliver(w.ctx, alice, arrival(1), nil)
	require.NoError(t, err, "a price is its account's alone")
}

func TestSetPricesRefuses(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.MaxPrices = 2 })
	require.NoError(t, w.setPrices(bob, price("", 1, denom), price("a", 1, denom)))
	for name, c := range map[string]struct {
		prices []types.Price
		text   string
	}{
		"too many":      {[]types.Price{price("", 1, denom), price("a", 1, denom), price("b", 1, denom)}, "prices has 3 entries: at most 2 (max_prices)"},
		"far too many":  {make([]types.Price, types.MaxMaxPrices+1), "prices has 101 entries"},
		"zero":          {[]types.Price{{TopicPrefix: "a", Minimum: sdk.Coin{Denom: denom, Amount: amount(0)}}}, "prices[0].minimum 0usmt"},
		"no coin":       {[]types.Price{{TopicPrefix: "a"}}, "prices[0].minimum"},
		"prefix":        {[]types.Price{price("A", 1, denom)}, `prices[0].topic_prefix "A"`},
		"prefix length": {[]types.Price{price(string(bytes.Repeat([]byte("a"), types.MaxTopic+1)), 1, denom)}, "prices[0].topic_prefix"},
		"twice":         {[]types.Price{price("a", 1, denom), price("a", 2, denom)}, `prices[1] is the second for topic prefix "a" in usmt`},
	} {
		err := w.setPrices(bob, c.prices...)
		require.ErrorIs(t, err, types.ErrPriceList, name)
		require.ErrorContains(t, err, c.text, name)
	}
	posted, err := w.query.Prices(w.ctx, &types.QueryPricesRequest{Account: bob.String()})
	require.NoError(t, err)
	require.Len(t, posted.Prices, 2)
}
