package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/types"
)

func TestLifeOfADid(t *testing.T) {
	for name, role := range map[string]fixture.Option{"main": fixture.Main(), "zone": fixture.Zone("farm")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, role)
			d := w.device(newSigner("sensor"))
			document := d.document()
			w.must(w.createMsg(d, document))
			created := w.Time

			got, metadata, err := w.keeper.Resolve(w.Ctx(), d.did, 0, nil)
			require.NoError(t, err)
			require.Equal(t, document, got)
			require.Equal(t, uint64(1), metadata.VersionId)
			require.Equal(t, uint64(1), metadata.Sequence)
			require.Nil(t, metadata.Updated)
			require.ErrorIs(t, w.deliver(w.createMsg(d, document)), types.ErrExists)

			w.Advance(time.Hour)
			document.Services = []types.Service{{Id: "inbox", Type: "Web", Endpoints: []string{"https://farm.example/"}}}
			w.must(w.updateMsg(d, d.did, 1, document))
			got, metadata, err = w.keeper.Resolve(w.Ctx(), d.did, 0, nil)
			require.NoError(t, err)
			require.Equal(t, document, got)
			require.Equal(t, uint64(2), metadata.VersionId)
			require.Equal(t, uint64(1), metadata.PreviousVersionId)

			_, metadata, err = w.keeper.Resolve(w.Ctx(), d.did, 0, &created)
			require.NoError(t, err)
			require.Equal(t, uint64(1), metadata.VersionId)
			require.Equal(t, uint64(2), metadata.NextVersionId)

			w.must(w.deactivateMsg(d, d.did, 2))
			_, metadata, err = w.keeper.Resolve(w.Ctx(), d.did, 0, nil)
			require.NoError(t, err)
			require.True(t, metadata.Deactivated)
			require.ErrorIs(t, w.deliver(w.updateMsg(d, d.did, 3, document)), types.ErrDeactivated)
			require.ErrorIs(t, w.deliver(w.deactivateMsg(d, d.did, 3)), types.ErrDeactivated)
			require.ErrorIs(t, w.deliver(w.createMsg(d, d.document())), types.ErrExists)
			w.CheckInvariants()
		})
	}
}

func TestFeeIsSharedAndPaidByThePayer(t *testing.T) {
	w := newWorld(t)
	before, supply := w.Balance(w.payer, w.Identity.NativeDenom()), w.App.BankKeeper.GetSupply(w.Ctx(), w.Identity.NativeDenom())
	w.register("sensor")
	params := types.DefaultParams()
	fees, err := w.keeper.Fees.Get(w.Ctx())
	require.NoError(t, err)
	require.Equal(t, params.CreateFee, fees.Paid)
	require.Equal(t, sdkmath.NewInt(50_000), fees.Burnt)
	require.Equal(t, sdkmath.NewInt(50_000), fees.Collected)
	after := w.Balance(w.payer, w.Identity.NativeDenom())
	require.True(t, before.Sub(after).Amount.GTE(params.CreateFee), "%s %s", before, after)
	require.Equal(t, supply.Sub(sdk.NewCoin(supply.Denom, fees.Burnt)), w.App.BankKeeper.GetSupply(w.Ctx(), supply.Denom))
	w.CheckInvariants()
}
