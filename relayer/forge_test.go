package relayer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
)

// forger signs headers that a chain of one validator does not have, with the validator's key.
type forger struct {
	*peer
	key *privval.FilePV
}

func newForger(p *peer) forger {
	config := filepath.Join(p.chain.Nodes[0].Home, "config")
	return forger{p, privval.LoadFilePVEmptyState(filepath.Join(config, "priv_validator_key.json"), "")}
}

// header changes the true header of a height and signs the result.
func (f forger) header(ctx context.Context, height int64, change func(*cmttypes.Header)) (*cmttypes.SignedHeader, error) {
	honest, err := f.c.RPC.Commit(ctx, &height)
	if err != nil {
		return nil, err
	}
	header := *honest.Header
	change(&header)
	id := cmttypes.BlockID{Hash: header.Hash(), PartSetHeader: honest.Commit.BlockID.PartSetHeader}
	vote := &cmtproto.Vote{
		Type: cmtproto.PrecommitType, Height: height, Round: honest.Commit.Round, BlockID: id.ToProto(), Timestamp: header.Time,
		ValidatorAddress: f.key.Key.Address,
	}
	sig, err := f.key.Key.PrivKey.Sign(cmttypes.VoteSignBytes(header.ChainID, vote))
	if err != nil {
		return nil, err
	}
	return &cmttypes.SignedHeader{Header: &header, Commit: &cmttypes.Commit{
		Height: height, Round: vote.Round, BlockID: id,
		Signatures: []cmttypes.CommitSig{{BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: f.key.Key.Address, Timestamp: header.Time, Signature: sig}},
	}}, nil
}

// serve makes a proxy show forged headers.
func (f forger) serve(ctx context.Context, change func(*cmttypes.Header)) *fault {
	return &fault{result: func(method string, params, result map[string]any) {
		height, err := strconv.ParseInt(fmt.Sprint(params["height"]), 10, 64)
		if method != "commit" || err != nil {
			return
		}
		forged, err := f.header(ctx, height, change)
		if err != nil {
			return
		}
		bz, err := cmtjson.Marshal(forged)
		var v any
		if err == nil && json.Unmarshal(bz, &v) == nil {
			result["signed_header"] = v
		}
	}}
}

func otherHistory(h *cmttypes.Header) { h.AppHash = make([]byte, 32) }

// status of the light client that p holds.
func (p *peer) clientStatus(ctx context.Context, t *testing.T) string {
	t.Helper()
	r, err := clienttypes.NewQueryClient(p.c).ClientStatus(ctx, &clienttypes.QueryClientStatusRequest{ClientId: p.end.ClientID})
	require.NoError(t, err)
	return r.Status
}

// TestForgedHeaders has a validator whose clock is wrong, one that signs two histories and shows each
// to somebody else, and one that deceives the light client on the other chain.
func TestForgedHeaders(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	fast := localnet.Spec{BlockTime: 300 * time.Millisecond}
	w := newWorld(ctx, t, fast, fast)
	w.link(ctx, t)
	a, b := w.a, w.b
	front := newProxy(t, w.cfg.Chains[0].RPC)

	t.Run("a chain whose clock is an hour ahead", func(t *testing.T) {
		cfg := w.cfg
		cfg.Chains = append(cfg.Chains[:0:0], w.cfg.Chains...)
		cfg.Chains[0].RPC = front.URL
		front.spoil(newForger(a).serve(ctx, func(h *cmttypes.Header) { h.Time = h.Time.Add(time.Hour) }))
		r := relay(t, cfg)
		a.send(ctx, t, b, 2)
		require.Eventually(t, func() bool { return r.log.contains("kind=clock_skew") }, 20*time.Second, 100*time.Millisecond, "the log does not say why")
		open, err := a.open(ctx)
		require.NoError(t, err)
		require.Equal(t, 2, open, "a header from the future was taken")
		front.spoil(nil)
		t.Logf("clock set: all packets ended %s later", a.finished(ctx, t))
		require.Equal(t, "Active", b.clientStatus(ctx, t))
		r.stop()
	})

	t.Run("two nodes show two histories", func(t *testing.T) {
		cfg := w.cfg
		cfg.Chains = append(cfg.Chains[:0:0], w.cfg.Chains...)
		cfg.Chains[0].BackupRPC = front.URL
		r := relay(t, cfg)
		a.send(ctx, t, b, 1)
		a.finished(ctx, t)
		require.Equal(t, "Active", b.clientStatus(ctx, t), "two honest nodes were taken for liars")
		front.spoil(newForger(a).serve(ctx, otherHistory))
		require.Eventually(t, func() bool { return b.clientStatus(ctx, t) == "Frozen" }, 20*time.Second, 100*time.Millisecond)
		require.Equal(t, 1.0, r.metric(t, "relayer_misbehaviour_total"))
		require.True(t, r.log.contains("misbehaviour was proven"))
		r.stop()
		front.spoil(nil)
	})

	t.Run("a light client is deceived", func(t *testing.T) {
		r := relay(t, w.cfg) // the client on the zone is frozen, the one on the main chain is alive
		require.Equal(t, "Active", a.clientStatus(ctx, t))
		state, err := clienttypes.NewQueryClient(a.c).ConsensusStateHeights(ctx, &clienttypes.QueryConsensusStateHeightsRequest{ClientId: a.end.ClientID})
		require.NoError(t, err)
		trusted := state.ConsensusStateHeights[len(state.ConsensusStateHeights)-1]
		height, err := b.c.Height(ctx)
		require.NoError(t, err)
		forged, err := newForger(b).header(ctx, height, otherHistory)
		require.NoError(t, err)
		res, err := b.c.RPC.Validators(ctx, &height, nil, nil)
		require.NoError(t, err)
		vals, err := cmttypes.NewValidatorSet(res.Validators).ToProto()
		require.NoError(t, err)
		msg, err := clienttypes.NewMsgUpdateClient(a.end.ClientID, &ibctm.Header{
			SignedHeader: forged.ToProto(), ValidatorSet: vals, TrustedHeight: trusted, TrustedValidators: vals,
		}, a.user.Address())
		require.NoError(t, err)
		_, err = a.user.Send(ctx, msg)
		require.NoError(t, err, "the forgery is not good enough for this test")
		require.Eventually(t, func() bool { return a.clientStatus(ctx, t) == "Frozen" }, 20*time.Second, 100*time.Millisecond)
		require.True(t, r.log.contains("shown a header that its chain does not have"))
		r.stop()
	})
}
