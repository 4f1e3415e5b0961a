package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// fleet is a field with sensors of one start.
func fleet(t *testing.T, n int, opts ...fixture.Option) (*field, []*sensor) {
	t.Helper()
	f := newField(t, opts...)
	start := f.terms().Start + 3_600_000
	var sensors []*sensor
	for i := range n {
		sensors = append(sensors, f.sensor(fmt.Sprint("sensor ", i), func(s *segment.Schema) { s.Start = start }))
	}
	return f, sensors
}

// used gas of a message in a context of its own, without the transaction around it.
func used(t testing.TB, ctx sdk.Context, send func(sdk.Context) error) uint64 {
	t.Helper()
	ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	require.NoError(t, send(ctx))
	return ctx.GasMeter().GasConsumed()
}

// What x/did/segment/README.md says that segments cost, per entry of a batch.
const (
	commitGas   = 11_400
	discloseGas = 10_200
	batchGas    = 14_500
)

// Gas per segment is what the README says, whatever the size of a batch, on a zone with
// certificates.
func TestGasPerSegment(t *testing.T) {
	f, sensors := fleet(t, 40)
	for round, n := range []int{1, 10, 40} {
		i := uint32(round + 1)
		f.at(sensors[0].stream.Begin(i))
		f.NextBlock()
		server := keeper.NewMsgServerImpl(f.keeper)
		commit := &types.MsgCommitSegments{Submitter: f.gateway.String()}
		disclose := &types.MsgDiscloseKeys{Discloser: f.gateway.String()}
		for _, s := range sensors[:n] {
			commit.Segments = append(commit.Segments, s.commit(i, "data"))
			disclose.Keys = append(disclose.Keys, s.key(1))
		}
		ctx, _ := f.Ctx().CacheContext()
		gas := used(t, ctx, func(ctx sdk.Context) error {
			_, err := server.CommitSegments(ctx, commit)
			return err
		})
		t.Logf("%d in a batch: %d gas to commit", n, gas)
		require.LessOrEqual(t, gas, uint64(batchGas+n*commitGas), "%d commits", n)
		require.GreaterOrEqual(t, gas, uint64(n*commitGas)*8/10, "%d commits: the README says too much", n)
		opened := used(t, ctx.WithBlockTime(sensors[0].stream.Release(1)).WithBlockHeight(ctx.BlockHeight()+3), func(ctx sdk.Context) error {
			_, err := server.DiscloseKeys(ctx, disclose)
			return err
		})
		t.Logf("%d in a batch: %d gas to disclose", n, opened)
		require.LessOrEqual(t, opened, uint64(batchGas+n*discloseGas), "%d disclosures", n)
		require.GreaterOrEqual(t, opened, uint64(n*discloseGas)*8/10, "%d disclosures: the README says too much", n)
	}
}
