package app

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/cometbft/cometbft/crypto"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/spf13/cast"

	"cosmossdk.io/math"
	upgradetypes "cosmossdk.io/x/upgrade/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// Testnet says who runs a copy of a chain's state on their own machine.
type Testnet struct {
	// Operator receives funds and becomes the only validator.
	Operator sdk.AccAddress
	// Key is the consensus key of the node.
	Key crypto.PubKey
	// Upgrade names an upgrade to run on the second block; empty for none.
	Upgrade string
}

// TestnetFromOptions reads what `in-place-testnet` puts into the options.
func TestnetFromOptions(opts servertypes.AppOptions) (Testnet, error) {
	operator, err := sdk.AccAddressFromBech32(cast.ToString(opts.Get(server.KeyNewOpAddr)))
	if err != nil {
		return Testnet{}, fmt.Errorf("operator address %q: must be an account address mesh1…: %w", opts.Get(server.KeyNewOpAddr), err)
	}
	key, ok := opts.Get(server.KeyUserPubKey).(crypto.PubKey)
	if !ok {
		return Testnet{}, fmt.Errorf("consensus key: got %T", opts.Get(server.KeyUserPubKey))
	}
	return Testnet{Operator: operator, Key: key, Upgrade: cast.ToString(opts.Get(server.KeyTriggerTestnetUpgrade))}, nil
}

// testnetStake is what the only validator of a testnet bonds, in the native denom.
const testnetStake = 1_000_000_000_000

// BecomeTestnet changes the newest state so that the operator alone is the
// validator set, has tokens, and governance decides in minutes. The supply of
// the native denom grows by what the operator gets: a testnet's tokens are not
// the live chain's.
func (app *App) BecomeTestnet(t Testnet) error {
	ctx := app.NewUncachedContext(true, cmtproto.Header{Height: app.LastBlockHeight()})
	if err := app.replaceValidators(ctx, t); err != nil {
		return fmt.Errorf("validator set: %w", err)
	}
	if err := app.quickenGovernance(ctx); err != nil {
		return fmt.Errorf("governance: %w", err)
	}
	// What was signed for channels of the live chain must be void on the copy.
	instance := sha256.Sum256(slices.Concat([]byte("mesh/fork/v1"), t.Key.Bytes(), app.LastCommitID().Hash))
	if err := app.ChannelsKeeper.Fork(ctx, instance); err != nil {
		return fmt.Errorf("payment channels: %w", err)
	}
	if t.Upgrade == "" {
		return nil
	}
	return app.UpgradeKeeper.ScheduleUpgrade(ctx, upgradetypes.Plan{Name: t.Upgrade, Height: app.LastBlockHeight() + 2})
}

func (app *App) replaceValidators(ctx sdk.Context, t Testnet) error {
	denom, err := app.StakingKeeper.BondDenom(ctx)
	if err != nil {
		return err
	}
	stake := sdk.NewInt64Coin(denom, testnetStake)
	funds := sdk.NewCoins(stake.Add(stake))
	if err := app.BankKeeper.MintCoins(ctx, minttypes.ModuleName, funds); err != nil {
		return err
	}
	if err := app.BankKeeper.SendCoinsFromModuleToAccount(ctx, minttypes.ModuleName, t.Operator, funds); err != nil {
		return err
	}
	// The old validators keep their delegations but lose their power: out of
	// the power index, they unbond in the next block.
	err = app.eachValidator(ctx, func(_ sdk.ValAddress, old stakingtypes.Validator) error {
		if old.Jailed {
			return nil
		}
		address, err := old.GetConsAddr()
		if err != nil {
			return err
		}
		return app.StakingKeeper.Jail(ctx, address)
	})
	if err != nil {
		return err
	}
	key := &ed25519.PubKey{Key: t.Key.Bytes()}
	packed, err := codectypes.NewAnyWithValue(key)
	if err != nil {
		return err
	}
	operator := sdk.ValAddress(t.Operator)
	validator, err := stakingtypes.NewValidator(operator.String(), key, stakingtypes.Description{Moniker: "testnet"})
	if err != nil {
		return err
	}
	validator.ConsensusPubkey = packed
	validator.MinSelfDelegation = math.OneInt()
	if err := app.StakingKeeper.SetValidator(ctx, validator); err != nil {
		return err
	}
	if err := app.StakingKeeper.SetValidatorByConsAddr(ctx, validator); err != nil {
		return err
	}
	if err := app.StakingKeeper.SetNewValidatorByPowerIndex(ctx, validator); err != nil {
		return err
	}
	if err := app.StakingKeeper.Hooks().AfterValidatorCreated(ctx, operator); err != nil {
		return err
	}
	if _, err := app.StakingKeeper.Delegate(ctx, t.Operator, stake.Amount, stakingtypes.Unbonded, validator, true); err != nil {
		return err
	}
	if _, err := app.StakingKeeper.ApplyAndReturnValidatorSetUpdates(ctx); err != nil {
		return err
	}
	address := sdk.ConsAddress(t.Key.Address())
	info := slashingtypes.NewValidatorSigningInfo(address, app.LastBlockHeight(), 0, time.Unix(0, 0), false, 0)
	if err := app.SlashingKeeper.SetValidatorSigningInfo(ctx, address, info); err != nil {
		return err
	}
	return app.DistrKeeper.SetValidatorOutstandingRewards(ctx, operator, distrtypes.ValidatorOutstandingRewards{Rewards: sdk.DecCoins{}})
}

func (app *App) quickenGovernance(ctx sdk.Context) error {
	params, err := app.GovKeeper.Params.Get(ctx)
	if err != nil {
		return err
	}
	voting, expedited := 2*time.Minute, time.Minute
	params.VotingPeriod, params.ExpeditedVotingPeriod = &voting, &expedited
	return app.GovKeeper.Params.Set(ctx, params)
}
