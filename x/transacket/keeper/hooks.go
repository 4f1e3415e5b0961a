package keeper

import (
	errorsmod "cosmossdk.io/errors"
	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/types"
)

// HookGasMargin is the gas that a delivery needs after its hook: the inbox entry and
// the acknowledgement.
const HookGasMargin = 100_000

// process lets the receiver's code see a TransacKet that is paid. A contract is
// called; otherwise the hooks run in order until one handles it. The reply is that
// of the first hook that gives one, if the sender asked for it.
func (k Keeper) process(ctx sdk.Context, params types.Params, to sdk.AccAddress, t types.Transacket) (types.HookResult, error) {
	var result types.HookResult
	run := func(name string, code func(ctx sdk.Context) (types.HookResult, error)) error {
		got, err := k.contain(ctx, params.HookGasLimit, name, code)
		if err != nil {
			return err
		}
		result.Handled = got.Handled
		if t.Envelope.Receipt != types.RECEIPT_PROCESSED {
			return nil // nobody asked
		}
		if n := len(got.Reply); n > types.MaxReply {
			return errorsmod.Wrapf(types.ErrHook, "%s replies with %d bytes: at most %d", name, n, types.MaxReply)
		}
		if len(result.Reply) == 0 {
			result.Reply = got.Reply
		}
		return nil
	}

	if k.isContract(ctx, to) {
		return result, run("contract", func(ctx sdk.Context) (types.HookResult, error) { return k.call(ctx, to, t) })
	}
	for _, hook := range k.hooks {
		if selective, ok := hook.(types.SelectiveHooks); ok && !selective.Wants(ctx, t) {
			continue
		}
		err := run("hook", func(ctx sdk.Context) (types.HookResult, error) { return hook.OnTransacket(ctx, t) })
		if err != nil || result.Handled {
			return result, err
		}
	}
	return result, nil
}

// contain runs code in a cached context with the whole of a gas limit of its own.
//
// If the transaction has less left than the limit and a margin, the transaction runs
// out of gas: it reverts, and a packet can be relayed again. So it does not depend
// on the gas that a relayer brings what the code does, and only code that needs more
// than its limit is refused. A simulated transaction is charged the whole limit,
// as it is what the real one has to bring.
func (k Keeper) contain(ctx sdk.Context, limit uint64, name string, code func(sdk.Context) (types.HookResult, error)) (types.HookResult, error) {
	outer := ctx.GasMeter()
	if outer.GasRemaining() < limit+HookGasMargin {
		outer.ConsumeGas(limit+HookGasMargin, "TransacKet: hook_gas_limit and margin must be left") // panics
	}
	cached, write := ctx.CacheContext()
	inner := storetypes.NewGasMeter(limit)
	result, err := k.recovered(cached.WithGasMeter(inner), limit, name, code)
	outer.ConsumeGas(inner.GasConsumedToLimit(), "TransacKet "+name)
	if ctx.ExecMode() == sdk.ExecModeSimulate {
		outer.ConsumeGas(inner.GasRemaining()+HookGasMargin, "TransacKet "+name+": what must be left")
	}
	if err != nil {
		return types.HookResult{}, err
	}
	write()
	return result, nil
}

// recovered turns panics into errors: the code must not stop the block, and it
// cannot mean the gas of the transaction, as it has a meter of its own.
func (k Keeper) recovered(ctx sdk.Context, limit uint64, name string, code func(sdk.Context) (types.HookResult, error)) (result types.HookResult, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case storetypes.ErrorOutOfGas:
			err = errorsmod.Wrapf(types.ErrHook, "%s needs more than %d gas (hook_gas_limit), in %s", name, limit, cause.Descriptor)
		default:
			k.Logger(ctx).Error("hook panicked", "hook", name, "cause", cause)
			err = errorsmod.Wrapf(types.ErrHook, "%s panicked", name)
		}
	}()
	if result, err = code(ctx); err == nil {
		return result, nil
	}
	if codespace, _, _ := errorsmod.ABCIInfo(err, false); codespace == errorsmod.UndefinedCodespace {
		err = errorsmod.Wrapf(types.ErrHook, "%s: %s", name, err)
	}
	return types.HookResult{}, err
}
