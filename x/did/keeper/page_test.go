package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/types"
)

// A page costs no more than its entries: what would walk a collection without a bound is refused.
func TestPagesGoByKey(t *testing.T) {
	w := newWorld(t)
	server := keeper.NewQueryServer(w.keeper)
	for name, page := range map[string]*query.PageRequest{"offset": {Offset: 1 << 40}, "total": {CountTotal: true}} {
		_, err := server.Dids(w.Ctx(), &types.QueryDidsRequest{Pagination: page})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
		_, err = server.Authorities(w.Ctx(), &types.QueryAuthoritiesRequest{Pagination: page})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
		_, err = server.Schemas(w.Ctx(), &types.QuerySchemasRequest{Did: types.DID{Namespace: "farm"}.String(), Pagination: page})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
	}
	_, err := server.Dids(w.Ctx(), &types.QueryDidsRequest{})
	require.NoError(t, err)
}
