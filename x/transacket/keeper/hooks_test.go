package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// hook is code that a test gives.
type hook func(ctx sdk.Context, t types.Transacket) (types.HookResult, error)

func (h hook) OnTransacket(ctx context.Context, t types.Transacket) (types.HookResult, error) {
	return h(sdk.UnwrapSDKContext(ctx), t)
}

// choosy is a hook that wants one topic only.
type choosy struct {
	hook
	topic string
}

func (c choosy) Wants(_ context.Context, t types.Transacket) bool { return t.Envelope.Topic == c.topic }

func (w *world) use(k keeper.Keeper) {
	w.keeper = k
	w.server, w.query = keeper.NewMsgServerImpl(k), keeper.NewQueryServerImpl(k)
}

func processed() *types.MsgSend {
	msg := letter()
	msg.Envelope.Receipt = types.RECEIPT_PROCESSED
	return msg
}

func TestHooksRunInOrderUntilHandled(t *testing.T) {
	test := t
	w := newWorld(t)
	var seen []string
	see := func(name string, result types.HookResult) hook {
		return func(_ sdk.Context, t types.Transacket) (types.HookResult, error) {
			require.NotEmpty(test, t.Id)
			seen = append(seen, name)
			return result, nil
		}
	}
	w.use(w.keeper.WithHooks(
		see("first", types.HookResult{}),
		choosy{see("valve only", types.HookResult{Handled: true, Reply: []byte("opened")}), "valve"},
		see("second", types.HookResult{Reply: []byte("noted")}),
		see("third", types.HookResult{Reply: []byte("too late")}),
	))
	response, err := w.send(processed())
	require.NoError(t, err)
	require.Equal(t, []string{"first", "second", "third"}, seen)
	require.Equal(t, []byte("noted"), response.Reply)
	require.Equal(t, []byte("noted"), w.inbox(t, alice)[0].Receipt.Reply)
	require.Len(t, w.inbox(t, bob), 1)

	seen = nil
	msg := processed()
	msg.Envelope.Topic = "valve"
	response, err = w.send(msg)
	require.NoError(t, err)
	require.Equal(t, []string{"first", "valve only"}, seen)
	require.Equal(t, []byte("opened"), response.Reply)
	require.Zero(t, response.Number)
	require.Len(t, w.inbox(t, bob), 1, "what is handled is not stored")
	require.Equal(t, int64(20), w.balance(bob), "but paid")

	msg.Envelope.Receipt = types.RECEIPT_DELIVERED
	response, err = w.send(msg)
	require.NoError(t, err)
	require.Empty(t, response.Reply, "nobody asked for a reply")
	w.requireInvariants(t)
}

// Whatever goes wrong in a hook refuses the delivery; nothing of it remains.
func TestHookFailures(t *testing.T) {
	known := types.ErrTopic
	for name, c := range map[string]struct {
		hook hook
		kind error
		text string
	}{
		"error of a module": {func(sdk.Context, types.Transacket) (types.HookResult, error) { return types.HookResult{}, known }, known, ""},
		"error of nobody": {func(sdk.Context, types.Transacket) (types.HookResult, error) {
			return types.HookResult{}, errors.New("dry")
		}, types.ErrHook, "hook: dry"},
		"panic": {func(sdk.Context, types.Transacket) (types.HookResult, error) { panic("oops") }, types.ErrHook, "hook panicked"},
		"a reply of 257": {func(sdk.Context, types.Transacket) (types.HookResult, error) {
			return types.HookResult{Reply: make([]byte, 257)}, nil
		}, types.ErrHook, "replies with 257 bytes: at most 256"},
		"more gas than full": {func(ctx sdk.Context, _ types.Transacket) (types.HookResult, error) {
			ctx.GasMeter().ConsumeGas(1_000_001, "pump")
			return types.HookResult{}, nil
		}, types.ErrHook, "hook needs more than 1000000 gas (hook_gas_limit), in pump"},
		"gas overflow": {func(ctx sdk.Context, _ types.Transacket) (types.HookResult, error) {
			ctx.GasMeter().ConsumeGas(1, "x")
			ctx.GasMeter().ConsumeGas(1<<64-1, "pump")
			return types.HookResult{}, nil
		}, types.ErrHook, "hook"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.use(w.keeper.WithHooks(hook(func(ctx sdk.Context, tr types.Transacket) (types.HookResult, error) {
				require.NoError(t, w.bank.SendCoins(ctx, bob, account("thief"), sdk.NewCoins(tr.Payment)), "the payment is there")
				return c.hook(ctx, tr)
			})))
			_, err := w.send(processed())
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.text)
			require.Equal(t, int64(1_000_000), w.balance(alice))
			require.Zero(t, w.balance(account("thief")))
			require.Empty(t, w.inbox(t, bob))
			w.requireInvariants(t)
		})
	}
}

func TestHookKeepsEventsAndState(t *testing.T) {
	w := newWorld(t)
	w.use(w.keeper.WithHooks(hook(func(ctx sdk.Context, tr types.Transacket) (types.HookResult, error) {
		ctx.EventManager().EmitEvent(sdk.NewEvent("pumped"))
		return types.HookResult{}, w.bank.SendCoins(ctx, bob, account("carol"), sdk.NewCoins(tr.Payment))
	})))
	_, err := w.send(processed())
	require.NoError(t, err)
	require.Equal(t, int64(10), w.balance(account("carol")))
	var found bool
	for _, e := range w.ctx.EventManager().Events() {
		found = found || e.Type == "pumped"
	}
	require.True(t, found)
}

// With less gas than the hook may use, the transaction runs out of gas before the
// hook runs, so the gas that a relayer brings never decides what becomes of it.
func TestHookNeedsItsWholeLimit(t *testing.T) {
	const used = 500_000
	runs := 0
	w := newWorld(t)
	w.use(w.keeper.WithHooks(hook(func(ctx sdk.Context, _ types.Transacket) (types.HookResult, error) {
		runs++
		require.Equal(t, uint64(1_000_000), ctx.GasMeter().Limit())
		ctx.GasMeter().ConsumeGas(used, "pump")
		return types.HookResult{}, nil
	})))
	deliver := func(gas uint64) (consumed uint64, err any) {
		cached, _ := w.ctx.CacheContext()
		meter := storetypes.NewGasMeter(gas)
		defer func() { err = recover() }()
		_, deliverErr := w.keeper.Deliver(cached.WithGasMeter(meter), bob, arrival(1), nil)
		require.NoError(t, deliverErr)
		return meter.GasConsumed(), nil
	}
	for gas := uint64(100_000); gas < 1_000_000+keeper.HookGasMargin; gas += 100_000 {
		_, err := deliver(gas)
		require.IsType(t, storetypes.ErrorOutOfGas{}, err)
	}
	require.Zero(t, runs)
	consumed, err := deliver(1_300_000)
	require.Nil(t, err)
	require.Equal(t, 1, runs)
	require.Greater(t, consumed, uint64(used))
	require.Less(t, consumed, uint64(used+200_000), "it is charged for what it uses")

	// A simulation tells the gas that the transaction has to bring.
	w.ctx = w.ctx.WithExecMode(sdk.ExecModeSimulate)
	consumed, err = deliver(3_000_000)
	require.Nil(t, err)
	w.ctx = w.ctx.WithExecMode(sdk.ExecModeFinalize)
	_, err = deliver(consumed)
	require.Nil(t, err)
}

// contracts is a machine with one contract, which notes its calls.
type contracts struct {
	w     *world
	at    sdk.AccAddress
	calls []string
	data  []byte
	fail  error
}

func (c *contracts) HasContractInfo(_ context.Context, a sdk.AccAddress) bool { return a.Equals(c.at) }

func (c *contracts) Execute(ctx sdk.Context, contract, caller sdk.AccAddress, msg []byte, funds sdk.Coins) ([]byte, error) {
	c.calls = append(c.calls, caller.String()+" "+string(msg)+" "+funds.String())
	if err := c.w.bank.SendCoins(ctx, caller, contract, funds); err != nil {
		return nil, err
	}
	return c.data, c.fail
}

func TestContractIsCalled(t *testing.T) {
	w := newWorld(t)
	machine := &contracts{w: w, at: account("contract"), data: []byte("done")}
	w.use(w.keeper.WithContracts(machine))
	msg := processed()
	msg.To, msg.Envelope.Body = machine.at.String(), types.Inband([]byte(`{"release":{}}`)).Body
	response, err := w.send(msg)
	require.NoError(t, err)
	require.Equal(t, []byte("done"), response.Reply)
	require.Equal(t, []string{alice.String() + ` {"release":{}} 10usmt`}, machine.calls, "on this chain the sender, who signed, calls")
	require.Equal(t, int64(10), w.balance(machine.at))
	require.Empty(t, w.inbox(t, machine.at))

	// From another chain the caller is made of channel and sender.
	a := arrival(1)
	a.Envelope = types.Inband([]byte(`{}`))
	caller := types.CallerAddress(a)
	payee, err := w.keeper.Payee(w.ctx, machine.at, a)
	require.NoError(t, err)
	require.Equal(t, caller, payee)
	w.fund(t, caller, 1)
	_, err = w.keeper.Deliver(w.ctx, machine.at, a, nil)
	require.NoError(t, err)
	require.Equal(t, caller.String()+" {} 1usmt", machine.calls[1])

	for name, change := range map[string]func(*types.Transacket){
		"sender":  func(t *types.Transacket) { t.From = "sensor2" },
		"channel": func(t *types.Transacket) { t.Source.DestinationChannel = "channel-1" },
		"origin":  func(t *types.Transacket) { t.Envelope.Origin = &types.Origin{ChainId: "port-1", Sender: t.From} },
	} {
		other := a
		change(&other)
		require.False(t, caller.Equals(types.CallerAddress(other)), name)
	}
	// Only the channel and the sender count, so a chain cannot choose it by its name.
	same := a
	same.Source.ChainId, same.Source.Channel, same.Source.Sequence = "evil-1", "channel-77", 9
	require.True(t, caller.Equals(types.CallerAddress(same)))
	w.requireInvariants(t)
}

func TestContractRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*types.MsgSend, *contracts)
		kind   error
	}{
		"no JSON": {func(m *types.MsgSend, _ *contracts) { m.Envelope.Body = types.Inband([]byte("{")).Body }, types.ErrBody},
		"out of band": {func(m *types.MsgSend, _ *contracts) {
			m.Envelope.Body = types.OutOfBandBody(types.OutOfBand{Sha256: bytes.Repeat([]byte{1}, 32), Size_: 1, MediaType: "a/b"}).Body
		}, types.ErrBody},
		"hash lock": {func(m *types.MsgSend, _ *contracts) {
			l := locked()
			m.Envelope.HashLock, m.Timeout = l.Envelope.HashLock, l.Timeout
		}, types.ErrHashLock},
		"failure":    {func(_ *types.MsgSend, c *contracts) { c.fail = errors.New("no") }, types.ErrHook},
		"long reply": {func(_ *types.MsgSend, c *contracts) { c.data = make([]byte, 257) }, types.ErrHook},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			machine := &contracts{w: w, at: account("contract")}
			w.use(w.keeper.WithContracts(machine))
			msg := processed()
			msg.To, msg.Envelope.Body = machine.at.String(), types.Inband([]byte(`{}`)).Body
			c.change(msg, machine)
			_, err := w.send(msg)
			require.ErrorIs(t, err, c.kind)
			require.Equal(t, int64(1_000_000), w.balance(alice))
			w.requireInvariants(t)
		})
	}
}

// names is a resolver that knows one name.
type names map[string]sdk.AccAddress

func (n names) Resolve(_ context.Context, name string) (sdk.AccAddress, error) {
	if to, found := n[name]; found {
		return to, nil
	}
	return nil, errors.New("nobody has this name")
}

func TestReceiverByName(t *testing.T) {
	w := newWorld(t)
	w.use(w.keeper.WithNameResolver(names{"did:mesh:bob": bob}))
	msg := letter()
	msg.To = "did:mesh:bob"
	_, err := w.send(msg)
	require.NoError(t, err)
	require.Equal(t, bob.String(), w.inbox(t, bob)[0].To)
	msg.To = "did:mesh:nobody"
	_, err = w.send(msg)
	require.ErrorIs(t, err, types.ErrReceiver)
	require.ErrorContains(t, err, "nobody has this name")
}
