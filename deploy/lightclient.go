package deploy

import (
	"context"
	"fmt"
	"time"

	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/relayer"
)

// lightClient is what a chain knows of another, as far as its life is concerned.
type lightClient struct {
	chainID  string // that it follows
	state    *ibctm.ClientState
	trusting time.Duration
	expires  time.Time
	frozen   bool
}

// level is 0 while all is well, 1 when it expires soon, 2 when it is dead.
func (l lightClient) level(now time.Time) float64 {
	left := l.expires.Sub(now)
	switch {
	case l.frozen || left <= 0:
		return 2
	case float64(left) < ExpiringBelow*float64(l.trusting):
		return 1
	}
	return 0
}

func readLightClient(ctx context.Context, on relayer.ChainConfig, id string) (lightClient, error) {
	c, err := dial(ctx, on.RPC, on.ChainID, "", nil, nil)
	if err != nil {
		return lightClient{}, err
	}
	return lightClientOf(ctx, c, id)
}

func lightClientOf(ctx context.Context, c *client.Client, id string) (lightClient, error) {
	q := clienttypes.NewQueryClient(c)
	res, err := q.ClientState(ctx, &clienttypes.QueryClientStateRequest{ClientId: id})
	if err != nil {
		return lightClient{}, fmt.Errorf("client %s on %s: %w", id, c.ChainID(), err)
	}
	state, err := clienttypes.UnpackClientState(res.ClientState)
	if err != nil {
		return lightClient{}, fmt.Errorf("client %s on %s: %w", id, c.ChainID(), err)
	}
	tm, ok := state.(*ibctm.ClientState)
	if !ok {
		return lightClient{}, fmt.Errorf("client %s on %s: is a %s client, want %s", id, c.ChainID(), state.ClientType(), ibctm.ModuleName)
	}
	consensus, err := q.ConsensusState(ctx, &clienttypes.QueryConsensusStateRequest{
		ClientId: id, RevisionNumber: tm.LatestHeight.RevisionNumber, RevisionHeight: tm.LatestHeight.RevisionHeight,
	})
	if err != nil {
		return lightClient{}, fmt.Errorf("client %s on %s at %s: %w", id, c.ChainID(), tm.LatestHeight, err)
	}
	unpacked, err := clienttypes.UnpackConsensusState(consensus.ConsensusState)
	if err != nil {
		return lightClient{}, fmt.Errorf("client %s on %s: %w", id, c.ChainID(), err)
	}
	newest, ok := unpacked.(*ibctm.ConsensusState)
	if !ok {
		return lightClient{}, fmt.Errorf("client %s on %s: consensus state %T", id, c.ChainID(), unpacked)
	}
	return lightClient{
		chainID: tm.ChainId, state: tm, trusting: tm.TrustingPeriod, expires: newest.Timestamp.Add(tm.TrustingPeriod), frozen: !tm.FrozenHeight.IsZero(),
	}, nil
}
