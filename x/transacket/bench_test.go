package transacket_test

import (
	"testing"
	"time"

	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// BenchmarkBlockOfDeliveries runs deliveries on one node as a block does, with all
// stores of the app and a commit after every thousand, but without the ante chain
// (no signatures).
func BenchmarkBlockOfDeliveries(b *testing.B) {
	const perBlock = 1000
	for name, receipt := range map[string]types.Receipt{"plain": types.RECEIPT_UNSPECIFIED, "receipt": types.RECEIPT_DELIVERED} {
		b.Run(name, func(b *testing.B) {
			f := fixture.New(b, fixture.Accounts(100))
			handler := f.App.MsgServiceRouter().Handler(&types.MsgSend{})
			state := f.App.NewUncachedContext(false, f.Ctx().BlockHeader())
			params := types.DefaultParams()
			params.MaxInbox = types.MaxMaxInbox
			if err := f.App.TransacketKeeper.Params.Set(state, params); err != nil {
				b.Fatal(err)
			}
			var gas uint64
			b.ResetTimer()
			started := time.Now()
			for i := range b.N {
				if i%perBlock == perBlock-1 {
					f.App.CommitMultiStore().Commit()
				}
				msg := &types.MsgSend{
					Sender: f.Accounts[i%100].String(), To: f.Accounts[(i*7+1)%100].String(), Payment: f.Native(1), Envelope: types.Inband([]byte(`{"moisture":0.21}`)),
				}
				msg.Envelope.Topic, msg.Envelope.Receipt = "soil/moisture", receipt
				ctx := state.WithGasMeter(storetypes.NewGasMeter(fixture.DefaultGas)).WithEventManager(sdk.NewEventManager())
				if _, err := handler(ctx, msg); err != nil {
					b.Fatal(err)
				}
				gas = ctx.GasMeter().GasConsumed()
			}
			b.ReportMetric(float64(b.N)/time.Since(started).Seconds(), "deliveries/s")
			b.ReportMetric(float64(gas), "gas/delivery")
		})
	}
}
