package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// charge takes a fee from payer, in the native denom: one part is burnt, the rest goes
// to the fee collector. The burnt part is rounded up.
func (k Keeper) charge(ctx context.Context, payer string, fee sdkmath.Int) error {
	if fee.IsZero() {
		return nil
	}
	account, err := types.ParseAccount("payer", payer)
	if err != nil {
		return err
	}
	id, err := k.zones.Identity(ctx)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	denom := id.NativeDenom()
	burnt := params.BurnFraction.MulInt(fee).Ceil().TruncateInt()
	collected := fee.Sub(burnt)
	if err := k.bank.SendCoinsFromAccountToModule(ctx, account, types.ModuleName, sdk.NewCoins(sdk.NewCoin(denom, fee))); err != nil {
		return errorsmod.Wrapf(types.ErrFee, "payer %s: %s%s: %s", payer, fee, denom, err)
	}
	if burnt.IsPositive() {
		if err := k.bank.BurnCoins(ctx, types.ModuleName, sdk.NewCoins(sdk.NewCoin(denom, burnt))); err != nil {
			return err
		}
	}
	if collected.IsPositive() {
		coins := sdk.NewCoins(sdk.NewCoin(denom, collected))
		if err := k.bank.SendCoinsFromModuleToModule(ctx, types.ModuleName, authtypes.FeeCollectorName, coins); err != nil {
			return err
		}
	}
	total, err := k.Fees.Get(ctx)
	if err != nil {
		return err
	}
	total.Paid, total.Burnt, total.Collected = total.Paid.Add(fee), total.Burnt.Add(burnt), total.Collected.Add(collected)
	if err := k.Fees.Set(ctx, total); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventFeePaid{
		Payer: payer, Burnt: sdk.NewCoin(denom, burnt), Collected: sdk.NewCoin(denom, collected),
	})
}
