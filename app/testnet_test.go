package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/server"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
)

// A copy of a chain with several validators, one of them in jail, goes on with a
// single one on somebody's own machine.
func TestBecomeTestnet(t *testing.T) {
	for name, role := range roles {
		t.Run(name, func(t *testing.T) {
			f := fixture.New(t, role, fixture.Validators(3))
			alice, old := f.Accounts[0], f.Validators[0]
			for _, validator := range f.Validators {
				f.MustDeliver(alice, stakingtypes.NewMsgDelegate(alice.String(), validator.Address().String(), f.Native(1_000_000)))
			}
			f.MustDeliver(alice, stakingtypes.NewMsgUndelegate(alice.String(), f.Validators[1].Address().String(), f.Native(500_000)))
			require.NoError(t, f.App.StakingKeeper.Jail(f.Ctx(), f.Validators[2].ConsAddress()))
			f.NextBlocks(20)
			supply := f.App.BankKeeper.GetSupply(f.Ctx(), f.Identity.NativeDenom())

			mine := fixture.NewValidator("mine")
			key, err := cryptocodec.ToCmtPubKeyInterface(mine.Key.PubKey())
			require.NoError(t, err)
			testnet, err := app.TestnetFromOptions(simtestutil.AppOptionsMap{
				server.KeyNewOpAddr: mine.Operator.String(), server.KeyUserPubKey: key, server.KeyTriggerTestnetUpgrade: "rehearsal",
			})
			require.NoError(t, err)

			f.Reopen()
			require.NoError(t, f.App.BecomeTestnet(testnet))
			f.ReplaceValidators(mine)
			f.NextBlock()
			_, err = f.TryBlock()
			require.ErrorContains(t, err, `UPGRADE "rehearsal" NEEDED`, "on the second block")
			ran := false
			withUpgrades(t, app.Upgrade{Name: "rehearsal", Migrate: func(context.Context, *app.App) error { ran = true; return nil }})
			f.Reopen()
			f.NextBlocks(20)
			require.True(t, ran)
			f.CheckInvariants()

			bonded, err := f.App.StakingKeeper.GetBondedValidatorsByPower(f.Ctx())
			require.NoError(t, err)
			require.Len(t, bonded, 1)
			require.Equal(t, mine.Address().String(), bonded[0].OperatorAddress)
			require.Len(t, f.CurrentValidators().Validators, 1, "the app asks for no other")
			info, err := f.App.SlashingKeeper.GetValidatorSigningInfo(f.Ctx(), mine.ConsAddress())
			require.NoError(t, err)
			require.Zero(t, info.MissedBlocksCounter)

			// The operator has what it was given, staked or free, and governs in minutes.
			minted := f.App.BankKeeper.GetSupply(f.Ctx(), f.Identity.NativeDenom()).Sub(supply)
			require.True(t, minted.IsGTE(f.Native(2_000_000_000_000)))
			require.Equal(t, f.Native(1_000_000_000_000), f.Balance(mine.Operator, f.Identity.NativeDenom()))
			f.Validators = []*fixture.Validator{mine}
			params, err := f.App.GovKeeper.Params.Get(f.Ctx())
			require.NoError(t, err)
			require.LessOrEqual(t, *params.VotingPeriod, 5*time.Minute)
			require.NoError(t, f.Govern(&govv1.MsgUpdateParams{Authority: fixture.Authority(), Params: params}))

			// What was unbonding before pays out; the old validators let their stake go.
			f.MustDeliver(alice, stakingtypes.NewMsgUndelegate(alice.String(), old.Address().String(), f.Native(1)))
			f.Advance(app.UnbondingTime + time.Hour)
			f.NextBlocks(2)
			f.CheckInvariants()
		})
	}
}

func TestTestnetOptions(t *testing.T) {
	_, err := app.TestnetFromOptions(simtestutil.AppOptionsMap{server.KeyNewOpAddr: "cosmos1abc"})
	require.ErrorContains(t, err, `operator address "cosmos1abc"`)
	_, err = app.TestnetFromOptions(simtestutil.AppOptionsMap{server.KeyNewOpAddr: fixture.NewAccount("x").String(), server.KeyUserPubKey: "key"})
	require.ErrorContains(t, err, "consensus key")
}
