package keeper_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/meshchain/meshchain/x/transacket/types"
)

func sum(text string) []byte {
	hash := sha256.Sum256([]byte(text))
	return hash[:]
}

func (w *world) register(of sdk.AccAddress, hash []byte) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.RegisterContent(ctx, &types.MsgRegisterContent{Owner: of.String(), Sha256: hash, Size_: 4, MediaType: "image/jpeg"})
		return err
	})
}

func TestContentIsRegisteredAndExpires(t *testing.T) {
	w := newWorld(t)
	w.setParams(t, func(p *types.Params) { p.ContentRetention = time.Hour; p.MaxPrunePerBlock = 1 })
	leaf := sum("leaf")
	require.NoError(t, w.register(bob, leaf))
	require.NoError(t, w.register(bob, sum("stone")))
	w.later(time.Minute)
	require.NoError(t, w.register(alice, leaf), "nobody occupies a hash")
	require.NoError(t, w.register(bob, leaf), "and again, for longer")

	found, err := w.query.Content(w.ctx, &types.QueryContentRequest{Sha256: hex.EncodeToString(leaf)})
	require.NoError(t, err)
	require.Len(t, found.Contents, 2)
	for _, c := range found.Contents {
		require.Equal(t, chainTime.Add(time.Minute+time.Hour), c.Expires)
		require.Equal(t, c.Owner == bob.String(), c.Time.Equal(chainTime), "the first time counts")
	}
	mine, err := w.query.ContentsOf(w.ctx, &types.QueryContentsOfRequest{Owner: bob.String(), Pagination: &query.PageRequest{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, mine.Contents, 1)
	mine, err = w.query.ContentsOf(w.ctx, &types.QueryContentsOfRequest{Owner: bob.String(), Pagination: &query.PageRequest{Key: mine.Pagination.NextKey}})
	require.NoError(t, err)
	require.Len(t, mine.Contents, 1)
	require.Empty(t, mine.Pagination.NextKey)
	w.requireInvariants(t)

	left := func(after time.Duration) (n int) {
		w.ctx = w.ctx.WithBlockTime(chainTime.Add(after))
		require.NoError(t, w.keeper.EndBlock(w.ctx))
		w.requireInvariants(t)
		for _, owner := range []sdk.AccAddress{alice, bob} {
			page, err := w.query.ContentsOf(w.ctx, &types.QueryContentsOfRequest{Owner: owner.String()})
			require.NoError(t, err)
			n += len(page.Contents)
		}
		return n
	}
	require.Equal(t, 2, left(time.Hour), "the stone is gone")
	require.Equal(t, hex.EncodeToString(sum("stone")), event[types.EventContentExpired](t, w.ctx).Sha256)
	require.Equal(t, 1, left(2*time.Hour), "one a block")
	require.Equal(t, 0, left(2*time.Hour))
}

func TestRootAndProofs(t *testing.T) {
	w := newWorld(t)
	for _, leaves := range []int{1, 2, 3, 7, 8, 13} {
		var contents [][]byte
		for i := range leaves {
			contents = append(contents, sum(fmt.Sprint("picture ", leaves, i)))
		}
		root := types.MerkleRoot(contents)
		require.NoError(t, w.do(func(ctx context.Context) error {
			_, err := w.server.RegisterRoot(ctx, &types.MsgRegisterRoot{Owner: bob.String(), Root: root, Leaves: uint64(leaves), MediaType: "image/jpeg"})
			return err
		}))
		for i, content := range contents {
			request := &types.QueryContentProofRequest{Root: hex.EncodeToString(root), Sha256: hex.EncodeToString(content), Index: uint64(i), Owner: bob.String()}
			for _, beside := range types.MerklePath(contents, i) {
				request.Path = append(request.Path, hex.EncodeToString(beside))
			}
			included := func() bool {
				response, err := w.query.ContentProof(w.ctx, request)
				require.NoError(t, err)
				require.Equal(t, uint64(leaves), response.Content.Leaves)
				return response.Included
			}
			require.True(t, included(), "%d of %d", i, leaves)
			request.Index++
			require.False(t, included(), "another index")
			request.Index--
			request.Path = append(request.Path, hex.EncodeToString(root))
			require.False(t, included(), "a path too long")
			request.Path = request.Path[:len(request.Path)-1]
			request.Sha256 = hex.EncodeToString(sum("forged"))
			require.False(t, included(), "another content")
			if len(request.Path) > 0 {
				request.Sha256, request.Path = hex.EncodeToString(content), request.Path[1:]
				require.False(t, included(), "a path too short")
			}
		}
	}
	_, err := w.query.ContentProof(w.ctx, &types.QueryContentProofRequest{Root: hex.EncodeToString(sum("x")), Sha256: hex.EncodeToString(sum("x")), Owner: bob.String()})
	require.Equal(t, codes.NotFound, status.Code(err))
	w.requireInvariants(t)
}

func TestContentRefuses(t *testing.T) {
	good := func() (*types.MsgRegisterContent, *types.MsgRegisterRoot) {
		return &types.MsgRegisterContent{Owner: bob.String(), Sha256: sum("x"), Size_: 1, MediaType: "a/b"},
			&types.MsgRegisterRoot{Owner: bob.String(), Root: sum("x"), Leaves: 1, MediaType: "a/b"}
	}
	for name, change := range map[string]func(*types.MsgRegisterContent, *types.MsgRegisterRoot){
		"short hash": func(c *types.MsgRegisterContent, r *types.MsgRegisterRoot) { c.Sha256, r.Root = []byte{1}, []byte{1} },
		"no size":    func(c *types.MsgRegisterContent, r *types.MsgRegisterRoot) { c.Size_, r.Leaves = 0, 0 },
		"media type": func(c *types.MsgRegisterContent, r *types.MsgRegisterRoot) { c.MediaType, r.MediaType = "jpeg", "jpeg" },
	} {
		w := newWorld(t)
		content, root := good()
		change(content, root)
		_, err := w.server.RegisterContent(w.ctx, content)
		require.ErrorIs(t, err, types.ErrContent, name)
		_, err = w.server.RegisterRoot(w.ctx, root)
		require.ErrorIs(t, err, types.ErrContent, name)
	}
}
