package keeper_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func TestGenesisRoundTrip(t *testing.T) {
	w := newWorld(t)
	for sequence := range uint64(3) {
		a := arrival(sequence + 1)
		a.Envelope.Thread = a.Source.ID()
		_, err := w.keeper.Deliver(w.ctx, bob, a, nil)
		require.NoError(t, err)
	}
	_, err := w.send(letter())
	require.NoError(t, err)
	require.NoError(t, w.acknowledge(bob, 2))
	require.NoError(t, w.delete(bob, 1))

	require.NoError(t, w.setPrices(bob, price("", 1, denom)))
	require.NoError(t, w.register(bob, sum("x")))
	held := locked()
	held.Envelope.Receipt = types.RECEIPT_DELIVERED
	hold, err := w.send(held)
	require.NoError(t, err)
	w.outgoing(t)

	exported, err := w.keeper.ExportGenesis(w.ctx)
	require.NoError(t, err)
	require.NoError(t, exported.Validate())
	require.Equal(t, uint64(3), exported.NextSequence)
	require.Equal(t, uint64(6), exported.NextNumber)
	require.Len(t, exported.Transackets, 4)
	for _, part := range []int{len(exported.Prices), len(exported.Contents), len(exported.Held), len(exported.Packets)} {
		require.Equal(t, 1, part)
	}

	again := newWorld(t)
	again.fund(t, types.HoldAddress(), 10)
	require.NoError(t, again.keeper.InitGenesis(again.ctx, *exported))
	again.requireInvariants(t)
	require.Equal(t, w.inbox(t, bob), again.inbox(t, bob))
	second, err := again.keeper.ExportGenesis(again.ctx)
	require.NoError(t, err)
	require.Equal(t, exported, second)
	response, err := again.send(letter())
	require.NoError(t, err)
	require.Equal(t, uint64(3), response.Sequence)
	require.Equal(t, uint64(6), response.Number)
	require.NoError(t, again.claim(hold.Id, preimage))
	require.Equal(t, preimage, again.inbox(t, alice)[0].Receipt.Preimage, "in the place that was reserved")
	again.requireInvariants(t)
}

func TestGenesisRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*types.GenesisState)
		text   string
	}{
		"params":             {func(g *types.GenesisState) { g.Params.MaxBatch = 0 }, "params.max_batch 0"},
		"sequence":           {func(g *types.GenesisState) { g.NextSequence = 0 }, "next_sequence is 0"},
		"number":             {func(g *types.GenesisState) { g.NextNumber = 0 }, "next_number is 0"},
		"number not reached": {func(g *types.GenesisState) { g.NextNumber = 2 }, "transackets[1].number 2: must be 1 to next_number 2"},
		"sequence unreached": {func(g *types.GenesisState) { g.NextSequence = 1 }, "transackets[1].source.sequence 1: must be below next_sequence 1"},
		"id twice":           {func(g *types.GenesisState) { g.Transackets[1] = g.Transackets[0] }, "is there twice"},
		"number twice":       {func(g *types.GenesisState) { g.Transackets[1].Number = 1 }, "transackets[1].number 1 is there twice"},
		"id not derived":     {func(g *types.GenesisState) { g.Transackets[0].Id[0]++ }, "which the source gives"},
		"receiver":           {func(g *types.GenesisState) { g.Transackets[0].To = "bob" }, `to "bob"`},
		"expired on arrival": {func(g *types.GenesisState) { g.Transackets[0].Expires = g.Transackets[0].Time }, "expires"},
		"prices twice":       {func(g *types.GenesisState) { g.Prices = append(g.Prices, g.Prices[0]) }, "prices[1] is there twice"},
		"price":              {func(g *types.GenesisState) { g.Prices[0].Prices[0].Minimum.Amount = amount(0) }, "prices[0]"},
		"held twice":         {func(g *types.GenesisState) { g.Held = append(g.Held, g.Held[0]) }, "held[1] is there twice"},
		"held without lock":  {func(g *types.GenesisState) { g.Held[0].Transacket.Envelope.HashLock = nil }, "must be held, with a hash lock"},
		"content":            {func(g *types.GenesisState) { g.Contents[0].Size_ = 0 }, "contents[0]: size 0 and leaves 0"},
		"content twice":      {func(g *types.GenesisState) { g.Contents = append(g.Contents, g.Contents[0]) }, "contents[1] is there twice"},
		"plain packet":       {func(g *types.GenesisState) { g.Packets[0].Data = packet(denom, "1", "") }, "packets[0]"},
		"packet twice":       {func(g *types.GenesisState) { g.Packets = append(g.Packets, g.Packets[0]) }, "packets[1] is there twice"},
		"in flight":          {func(g *types.GenesisState) { g.InFlight = []types.InFlight{{}} }, "in_flight[0]"},
		"stranded":           {func(g *types.GenesisState) { g.Stranded = []types.Stranded{{Id: []byte{1}}} }, "stranded[0].id 01"},
		"body":               {func(g *types.GenesisState) { g.Transackets[0].Envelope = types.Envelope{} }, "envelope has no body"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
			require.NoError(t, err)
			_, err = w.send(letter())
			require.NoError(t, err)
			require.NoError(t, w.setPrices(bob, price("", 1, denom)))
			require.NoError(t, w.register(bob, sum("x")))
			_, err = w.send(locked())
			require.NoError(t, err)
			w.outgoing(t)
			genesis, err := w.keeper.ExportGenesis(w.ctx)
			require.NoError(t, err)
			require.NoError(t, genesis.Validate())
			c.change(genesis)
			require.ErrorContains(t, genesis.Validate(), c.text)
			require.ErrorContains(t, newWorld(t).keeper.InitGenesis(w.ctx, *genesis), c.text)
		})
	}
}

func TestQueryInbox(t *testing.T) {
	w := newWorld(t)
	for sequence := range uint64(5) {
		a := arrival(sequence + 1)
		a.Envelope.Topic = []string{"soil", "valve"}[sequence%2]
		_, err := w.keeper.Deliver(w.ctx, bob, a, nil)
		require.NoError(t, err)
		_, err = w.keeper.Deliver(w.ctx, alice, arrival(100+sequence), nil)
		require.NoError(t, err)
	}
	require.NoError(t, w.acknowledge(bob, 1, 3))
	ask := func(req types.QueryInboxRequest) *types.QueryInboxResponse {
		req.Receiver = bob.String()
		response, err := w.query.Inbox(w.ctx, &req)
		require.NoError(t, err)
		require.Equal(t, uint64(5), response.Size_)
		return response
	}
	require.Equal(t, []uint64{1, 3, 5, 7, 9}, numbers(ask(types.QueryInboxRequest{}).Transackets))
	require.Equal(t, []uint64{5, 7, 9}, numbers(ask(types.QueryInboxRequest{Unread: true}).Transackets))
	require.Equal(t, []uint64{3, 7}, numbers(ask(types.QueryInboxRequest{Topic: "valve"}).Transackets))
	require.Equal(t, []uint64{7}, numbers(ask(types.QueryInboxRequest{Topic: "valve", Unread: true}).Transackets))

	first := ask(types.QueryInboxRequest{Pagination: &query.PageRequest{Limit: 2, CountTotal: true}})
	require.Equal(t, []uint64{1, 3}, numbers(first.Transackets))
	require.Equal(t, uint64(5), first.Pagination.Total)
	second := ask(types.QueryInboxRequest{Pagination: &query.PageRequest{Limit: 3, Key: first.Pagination.NextKey}})
	require.Equal(t, []uint64{5, 7, 9}, numbers(second.Transackets))
	require.Empty(t, second.Pagination.NextKey)

	for name, bad := range map[string]*types.QueryInboxRequest{
		"nothing":  nil,
		"receiver": {Receiver: "bob"},
		"topic":    {Receiver: bob.String(), Topic: "SOIL"},
		"limit":    {Receiver: bob.String(), Pagination: &query.PageRequest{Limit: keeper.MaxPage + 1}},
	} {
		_, err := w.query.Inbox(w.ctx, bad)
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
	}
}

func TestQueryTransacketAndThread(t *testing.T) {
	w := newWorld(t)
	root, err := w.keeper.Deliver(w.ctx, bob, arrival(1), nil)
	require.NoError(t, err)
	for sequence := range uint64(3) {
		a := arrival(10 + sequence)
		a.Envelope.Thread = root.Id
		_, err := w.keeper.Deliver(w.ctx, alice, a, nil)
		require.NoError(t, err)
	}
	for _, id := range []string{hex.EncodeToString(root.Id), fmt.Sprintf("%X", root.Id), base64.StdEncoding.EncodeToString(root.Id)} {
		got, err := w.query.Transacket(w.ctx, &types.QueryTransacketRequest{Id: id})
		require.NoError(t, err)
		require.Equal(t, root.Transacket, got.Transacket)
		thread, err := w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: id})
		require.NoError(t, err)
		require.Equal(t, []uint64{2, 3, 4}, numbers(thread.Transackets))
	}
	page, err := w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: hex.EncodeToString(root.Id), Pagination: &query.PageRequest{Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, []uint64{2, 3}, numbers(page.Transackets))
	page, err = w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: hex.EncodeToString(root.Id), Pagination: &query.PageRequest{Key: page.Pagination.NextKey}})
	require.NoError(t, err)
	require.Equal(t, []uint64{4}, numbers(page.Transackets))

	_, err = w.query.Transacket(w.ctx, &types.QueryTransacketRequest{Id: hex.EncodeToString(make([]byte, 32))})
	require.Equal(t, codes.NotFound, status.Code(err))
	for _, id := range []string{"", "xyz", "00", hex.EncodeToString(make([]byte, 33))} {
		_, err = w.query.Transacket(w.ctx, &types.QueryTransacketRequest{Id: id})
		require.Equal(t, codes.InvalidArgument, status.Code(err), id)
		_, err = w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: id})
		require.Equal(t, codes.InvalidArgument, status.Code(err), id)
	}
	for name, bad := range map[string]*query.PageRequest{
		"limit": {Limit: keeper.MaxPage + 1}, "offset": {Offset: 1}, "total": {CountTotal: true},
	} {
		_, err = w.query.Thread(w.ctx, &types.QueryThreadRequest{Id: hex.EncodeToString(root.Id), Pagination: bad})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
	}
}
