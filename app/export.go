package app

import (
	"encoding/json"
	"fmt"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// ExportAppStateAndValidators writes the state as a genesis. With forZeroHeight
// the new chain starts at height 0: rewards are paid out and everything that
// counts in heights is reset. Validators that are not in jailAllowed (if it
// names any) are jailed.
func (app *App) ExportAppStateAndValidators(forZeroHeight bool, jailAllowed, modules []string) (servertypes.ExportedApp, error) {
	ctx := app.NewContextLegacy(true, cmtproto.Header{Height: app.LastBlockHeight()})
	height := app.LastBlockHeight() + 1 // the height at which the new chain calls InitChain
	if forZeroHeight {
		height = 0
		if err := app.prepareZeroHeight(ctx, jailAllowed); err != nil {
			return servertypes.ExportedApp{}, fmt.Errorf("prepare for height zero: %w", err)
		}
	}
	genesis, err := app.ModuleManager.ExportGenesisForModules(ctx, app.cdc, modules)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	state, err := json.MarshalIndent(genesis, "", "  ")
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	validators, err := staking.WriteValidators(ctx, app.StakingKeeper)
	return servertypes.ExportedApp{
		AppState:        state,
		Validators:      validators,
		Height:          height,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, err
}

// prepareZeroHeight settles what is owed and rewrites what counts in heights.
func (app *App) prepareZeroHeight(ctx sdk.Context, jailAllowed []string) error {
	allowed := make(map[string]bool, len(jailAllowed))
	for _, operator := range jailAllowed {
		if _, err := app.StakingKeeper.ValidatorAddressCodec().StringToBytes(operator); err != nil {
			return fmt.Errorf("jail-allowed address %q: %w", operator, err)
		}
		allowed[operator] = true
	}
	if err := app.CheckInvariants(ctx); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return app.payRewards(ctx) },
		func() error { return app.restartDistribution(ctx.WithBlockHeight(0)) },
		func() error { return app.resetUnbonding(ctx) },
		func() error { return app.resetValidators(ctx, allowed) },
		func() error { return app.resetSigningInfos(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// payRewards pays commission and rewards out: their accounting restarts.
func (app *App) payRewards(ctx sdk.Context) error {
	err := app.eachValidator(ctx, func(operator sdk.ValAddress, _ stakingtypes.Validator) error {
		commission, err := app.DistrKeeper.GetValidatorAccumulatedCommission(ctx, operator)
		if err != nil || commission.Commission.IsZero() {
			return err
		}
		_, err = app.DistrKeeper.WithdrawValidatorCommission(ctx, operator)
		return err
	})
	if err != nil {
		return err
	}
	err = app.eachDelegation(ctx, func(delegator sdk.AccAddress, operator sdk.ValAddress) error {
		_, err := app.DistrKeeper.WithdrawDelegationRewards(ctx, delegator, operator)
		return err
	})
	if err != nil {
		return err
	}
	app.DistrKeeper.DeleteAllValidatorSlashEvents(ctx)
	app.DistrKeeper.DeleteAllValidatorHistoricalRewards(ctx)
	return nil
}

// restartDistribution registers every validator and delegation anew; fractions
// that no withdrawal could pay go to the community pool.
func (app *App) restartDistribution(ctx sdk.Context) error {
	err := app.eachValidator(ctx, func(operator sdk.ValAddress, _ stakingtypes.Validator) error {
		scraps, err := app.DistrKeeper.GetValidatorOutstandingRewardsCoins(ctx, operator)
		if err != nil {
			return err
		}
		pool, err := app.DistrKeeper.FeePool.Get(ctx)
		if err != nil {
			return err
		}
		pool.CommunityPool = pool.CommunityPool.Add(scraps...)
		if err := app.DistrKeeper.FeePool.Set(ctx, pool); err != nil {
			return err
		}
		return app.DistrKeeper.Hooks().AfterValidatorCreated(ctx, operator)
	})
	if err != nil {
		return err
	}
	return app.eachDelegation(ctx, func(delegator sdk.AccAddress, operator sdk.ValAddress) error {
		if err := app.DistrKeeper.Hooks().BeforeDelegationCreated(ctx, delegator, operator); err != nil {
			return err
		}
		return app.DistrKeeper.Hooks().AfterDelegationModified(ctx, delegator, operator)
	})
}

func (app *App) resetUnbonding(ctx sdk.Context) error {
	var redelegations []stakingtypes.Redelegation
	if err := app.StakingKeeper.IterateRedelegations(ctx, func(_ int64, red stakingtypes.Redelegation) bool {
		redelegations = append(redelegations, red)
		return false
	}); err != nil {
		return err
	}
	for _, red := range redelegations {
		for i := range red.Entries {
			red.Entries[i].CreationHeight = 0
		}
		if err := app.StakingKeeper.SetRedelegation(ctx, red); err != nil {
			return err
		}
	}
	var unbondings []stakingtypes.UnbondingDelegation
	if err := app.StakingKeeper.IterateUnbondingDelegations(ctx, func(_ int64, ubd stakingtypes.UnbondingDelegation) bool {
		unbondings = append(unbondings, ubd)
		return false
	}); err != nil {
		return err
	}
	for _, ubd := range unbondings {
		for i := range ubd.Entries {
			ubd.Entries[i].CreationHeight = 0
		}
		if err := app.StakingKeeper.SetUnbondingDelegation(ctx, ubd); err != nil {
			return err
		}
	}
	return nil
}

func (app *App) resetValidators(ctx sdk.Context, allowed map[string]bool) error {
	err := app.eachValidator(ctx, func(_ sdk.ValAddress, validator stakingtypes.Validator) error {
		validator.UnbondingHeight = 0
		if len(allowed) > 0 && !allowed[validator.OperatorAddress] && !validator.Jailed {
			// The power index must not hold jailed validators, or staking panics below.
			if err := app.StakingKeeper.DeleteValidatorByPowerIndex(ctx, validator); err != nil {
				return err
			}
			validator.Jailed = true
		}
		return app.StakingKeeper.SetValidator(ctx, validator)
	})
	if err != nil {
		return err
	}
	_, err = app.StakingKeeper.ApplyAndReturnValidatorSetUpdates(ctx)
	return err
}

func (app *App) resetSigningInfos(ctx sdk.Context) error {
	infos := make(map[string]slashingtypes.ValidatorSigningInfo)
	var order []sdk.ConsAddress
	if err := app.SlashingKeeper.IterateValidatorSigningInfos(ctx, func(addr sdk.ConsAddress, info slashingtypes.ValidatorSigningInfo) bool {
		order = append(order, addr)
		infos[addr.String()] = info
		return false
	}); err != nil {
		return err
	}
	for _, addr := range order {
		info := infos[addr.String()]
		info.StartHeight = 0
		if err := app.SlashingKeeper.SetValidatorSigningInfo(ctx, addr, info); err != nil {
			return err
		}
	}
	return nil
}

// eachValidator visits a copy of the list, so that visit may write.
func (app *App) eachValidator(ctx sdk.Context, visit func(sdk.ValAddress, stakingtypes.Validator) error) error {
	validators, err := app.StakingKeeper.GetAllValidators(ctx)
	if err != nil {
		return err
	}
	for _, validator := range validators {
		operator, err := app.StakingKeeper.ValidatorAddressCodec().StringToBytes(validator.OperatorAddress)
		if err != nil {
			return err
		}
		if err := visit(operator, validator); err != nil {
			return fmt.Errorf("validator %s: %w", validator.OperatorAddress, err)
		}
	}
	return nil
}

// eachDelegation visits a copy of the list, so that visit may write.
func (app *App) eachDelegation(ctx sdk.Context, visit func(sdk.AccAddress, sdk.ValAddress) error) error {
	delegations, err := app.StakingKeeper.GetAllDelegations(ctx)
	if err != nil {
		return err
	}
	for _, delegation := range delegations {
		operator, err := app.StakingKeeper.ValidatorAddressCodec().StringToBytes(delegation.ValidatorAddress)
		if err != nil {
			return err
		}
		delegator, err := app.AccountKeeper.AddressCodec().StringToBytes(delegation.DelegatorAddress)
		if err != nil {
			return err
		}
		if err := visit(delegator, operator); err != nil {
			return fmt.Errorf("delegation of %s to %s: %w", delegation.DelegatorAddress, delegation.ValidatorAddress, err)
		}
	}
	return nil
}
