package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/channels/types"
)

func ids(channels []types.Channel) (out []uint64) {
	for _, ch := range channels {
		out = append(out, ch.Id)
	}
	return out
}

func TestListChannels(t *testing.T) {
	f := newFixture(t)
	for _, partner := range []party{f.b, f.c, f.b} {
		f.pass(1)
		must(f, f.msgs.OpenChannel, f.openMsg(f.a, partner, sdk.NewInt64Coin(denom, 10)))
	}
	f.close(3, 0, nil, nil)
	for name, c := range map[string]struct {
		request types.QueryChannelsRequest
		want    []uint64
	}{
		"all":                {types.QueryChannelsRequest{}, []uint64{1, 2, 3}},
		"participant":        {types.QueryChannelsRequest{Participant: f.c.text()}, []uint64{2}},
		"participant opener": {types.QueryChannelsRequest{Participant: f.a.text(), Pagination: &query.PageRequest{Limit: 10}}, nil},
		"partner":            {types.QueryChannelsRequest{Participant: f.b.text(), Partner: f.a.text()}, []uint64{1, 3}},
		"not that partner":   {types.QueryChannelsRequest{Participant: f.b.text(), Partner: f.c.text()}, []uint64{}},
		"open":               {types.QueryChannelsRequest{Phase: types.PHASE_OPEN}, []uint64{1, 2}},
		"in update":          {types.QueryChannelsRequest{Participant: f.b.text(), Phase: types.PHASE_UPDATE}, []uint64{3}},
		"in unlock":          {types.QueryChannelsRequest{Phase: types.PHASE_UNLOCK}, []uint64{}},
	} {
		response, err := f.queries.Channels(f.ctx, &c.request)
		require.NoError(t, err, name)
		if c.want == nil {
			require.ElementsMatch(t, []uint64{1, 2, 3}, ids(response.Channels), name) // by partner, then id
			continue
		}
		require.ElementsMatch(t, c.want, ids(response.Channels), name)
	}
	first, err := f.queries.Channels(f.ctx, &types.QueryChannelsRequest{Participant: f.a.text(), Pagination: &query.PageRequest{Limit: 2}})
	require.NoError(t, err)
	second, err := f.queries.Channels(f.ctx, &types.QueryChannelsRequest{Participant: f.a.text(), Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	require.NoError(t, err)
	require.ElementsMatch(t, []uint64{1, 2, 3}, append(ids(first.Channels), ids(second.Channels)...))

	for _, bad := range []types.QueryChannelsRequest{
		{Partner: f.a.text()}, {Participant: "x"}, {Pagination: &query.PageRequest{Limit: 201}}, {Pagination: &query.PageRequest{Offset: 1}},
	} {
		_, err := f.queries.Channels(f.ctx, &bad)
		require.Error(t, err)
	}
}

func TestDeadlines(t *testing.T) {
	f := newFixture(t)
	for range 3 {
		f.pass(1)
		f.open(10, 0)
	}
	f.close(3, 0, nil, nil)
	f.pass(10)
	f.close(1, 0, nil, nil)
	response, err := f.queries.Deadlines(f.ctx, &types.QueryDeadlinesRequest{})
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 1}, ids(response.Channels))
	f.settle(3)
	response, err = f.queries.Deadlines(f.ctx, &types.QueryDeadlinesRequest{})
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, ids(response.Channels))
}

// TestChanges: a node that was away learns everything that concerns its keys, ends
// included, page by page.
func TestChanges(t *testing.T) {
	f := newFixture(t)
	key := func(p party) string { return hex.EncodeToString(p.key.Key) }
	for range 3 {
		f.pass(1)
		f.open(10, 0)
	}
	f.pass(1)
	since := f.ctx.BlockHeight()
	must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.a.text(), ChannelId: 1, Participant: 0, Total: types.NewUint128(11)})
	f.pass(1)
	must(f, f.msgs.CooperativeClose, f.cooperativeMsg(types.CooperativeClose{Balances: f.balances(2, [2]uint64{}, [2]uint64{10, 0})}))

	all, err := f.queries.Changes(f.ctx, &types.QueryChangesRequest{Keys: []string{key(f.a)}, Since: since})
	require.NoError(t, err)
	require.Len(t, all.Changes, 2, "the third channel has not changed")
	require.Equal(t, uint64(1), all.Changes[0].Channel.Id)
	require.Equal(t, since, all.Changes[0].Height)
	require.Equal(t, uint64(2), all.Changes[1].Ended.Id)
	require.Equal(t, f.ctx.BlockHeight(), all.Height)

	var paged []types.Change
	request := &types.QueryChangesRequest{Keys: []string{key(f.c), key(f.a), key(f.b)}, Limit: 1}
	for {
		page, err := f.queries.Changes(f.ctx, request)
		require.NoError(t, err)
		paged = append(paged, page.Changes...)
		if request.Cursor = page.Cursor; len(page.Cursor) == 0 {
			break
		}
	}
	require.Len(t, paged, 6, "three of each key")
	for _, bad := range []types.QueryChangesRequest{
		{}, {Keys: []string{"xy"}}, {Keys: make([]string, 65)}, {Keys: []string{key(f.a)}, Limit: 201}, {Keys: []string{key(f.a)}, Cursor: []byte{1}},
	} {
		_, err := f.queries.Changes(f.ctx, &bad)
		require.Error(t, err)
	}
}

func TestSecretQuery(t *testing.T) {
	f := newFixture(t)
	f.reveal(7)
	hash := sum(secret(7))
	response, err := f.queries.Secret(f.ctx, &types.QuerySecretRequest{Hash: hex.EncodeToString(hash[:])})
	require.NoError(t, err)
	require.Equal(t, secret(7), response.Secret.Secret)
	require.Equal(t, f.clock(), response.Secret.RegisteredAt)
	_, err = f.queries.Secret(f.ctx, &types.QuerySecretRequest{Hash: "00"})
	require.ErrorContains(t, err, "must be 64 hexadecimal digits")
}
