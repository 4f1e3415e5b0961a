package simulator

import (
	"context"
	"fmt"
	"time"

	"cosmossdk.io/log"
	"cosmossdk.io/math"
	"cosmossdk.io/store"
	storemetrics "cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/x/channels/keeper"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Periods of simulated chains, in seconds: as short as x/channels allows, so that a
// dispute is a hundred blocks.
const (
	Challenge      = 1_800
	unlockPeriod   = 60
	evidencePeriod = 60
	blockSeconds   = 10
	genesisTime    = 1_700_000_000
)

// Denom of all simulated channels.
const Denom = "usmt"

// Chain is a chain with nothing but the real x/channels, and a ledger.
type Chain struct {
	ID string
	// Refused is called for transactions that fail, if set.
	Refused func(msg sdk.Msg, err error)
	// Closed takes no transactions: they are lost.
	Closed bool
	// Halted makes no blocks.
	Halted bool
	// Blocks so far; block i has height i + 1.
	Blocks []Block

	ctx     sdk.Context
	keeper  keeper.Keeper
	msgs    types.MsgServer
	queries types.QueryServer
	bank    bank
	mempool []sdk.Msg
	supply  math.Int
}

// Block is what a follower sees of a block.
type Block struct {
	Events []chain.MachineEvent
	Header machine.Header
}

// NewChain returns a chain at its first block.
func NewChain(id string) (*Chain, error) {
	moduleKey, bankKey := storetypes.NewKVStoreKey(types.StoreKey), storetypes.NewKVStoreKey("bank")
	ms := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger(), storemetrics.NewNoOpMetrics())
	ms.MountStoreWithDB(moduleKey, storetypes.StoreTypeDB, dbm.NewMemDB())
	ms.MountStoreWithDB(bankKey, storetypes.StoreTypeDB, dbm.NewMemDB())
	if err := ms.LoadLatestVersion(); err != nil {
		return nil, err
	}
	registry := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(registry)
	b := bank{bankKey}
	k := keeper.NewKeeper(codec.NewProtoCodec(registry), runtime.NewKVStoreService(moduleKey),
		authtypes.NewModuleAddress("gov").String(), b, b, b)
	c := &Chain{
		ID: id, keeper: k, msgs: keeper.NewMsgServerImpl(k), queries: keeper.NewQueryServerImpl(k), bank: b, supply: math.ZeroInt(),
		ctx: sdk.NewContext(ms, cmtproto.Header{ChainID: id, Height: 1, Time: time.Unix(genesisTime, 0)}, false, log.NewNopLogger()),
	}
	genesis := types.DefaultGenesis()
	p := &genesis.Params
	p.MinChallenge, p.DefaultChallenge, p.UnlockPeriod, p.EvidencePeriod, p.RecoveryPeriod = Challenge, Challenge, unlockPeriod, evidencePeriod, 2*Challenge
	p.MinBond = types.NewUint128(10)
	return c, k.InitGenesis(c.ctx, *genesis)
}

// Fund gives an account coins.
func (c *Chain) Fund(addr sdk.AccAddress, amount int64) {
	c.bank.set(c.ctx, addr, Denom, c.bank.balance(c.ctx, addr, Denom).AddRaw(amount))
	c.supply = c.supply.AddRaw(amount)
}

// Balance of an account.
func (c *Chain) Balance(addr sdk.AccAddress) int64 { return c.bank.balance(c.ctx, addr, Denom).Int64() }

// Clock of the channels.
func (c *Chain) Clock() uint64 {
	clock, err := c.keeper.Clock(c.ctx)
	if err != nil {
		panic(err) // a chain without a clock is a broken simulator
	}
	return clock
}

// Domain of channels on the chain.
func (c *Chain) Domain() types.Hash {
	r, err := c.queries.Domain(c.ctx, &types.QueryDomainRequest{Denom: Denom})
	if err != nil {
		panic(err)
	}
	return types.Hash(r.Domain)
}

// Channel that has not ended, or nil.
func (c *Chain) Channel(id uint64) *types.Channel {
	r, err := c.queries.Channel(c.ctx, &types.QueryChannelRequest{ChannelId: id})
	if err != nil {
		return nil
	}
	return r.Channel
}

// Ended is the record of a channel that paid out, or nil.
func (c *Chain) Ended(id uint64) *types.EndedChannel {
	r, err := c.queries.Channel(c.ctx, &types.QueryChannelRequest{ChannelId: id})
	if err != nil {
		return nil
	}
	return r.Ended
}

// Secret that is on record for a hash.
func (c *Chain) Secret(hash types.Hash) (machine.SecretRegistered, bool) {
	r, err := c.queries.Secret(c.ctx, &types.QuerySecretRequest{Hash: fmt.Sprintf("%x", hash)})
	if err != nil {
		return machine.SecretRegistered{}, false
	}
	return machine.SecretRegistered{Secret: types.Hash(r.Secret.Secret), At: r.Secret.RegisteredAt}, true
}

// Deliver runs a message as a transaction at once: a failed one leaves no state.
func (c *Chain) Deliver(msg sdk.Msg) error {
	cached, write := c.ctx.CacheContext()
	err := c.handle(cached, msg)
	if err == nil {
		write()
	}
	return err
}

func (c *Chain) handle(ctx context.Context, msg sdk.Msg) (err error) {
	switch m := msg.(type) {
	case *types.MsgOpenChannel:
		_, err = c.msgs.OpenChannel(ctx, m)
	case *types.MsgDeposit:
		_, err = c.msgs.Deposit(ctx, m)
	case *types.MsgWithdraw:
		_, err = c.msgs.Withdraw(ctx, m)
	case *types.MsgCooperativeClose:
		_, err = c.msgs.CooperativeClose(ctx, m)
	case *types.MsgClose:
		_, err = c.msgs.Close(ctx, m)
	case *types.MsgUpdateBalanceProof:
		_, err = c.msgs.UpdateBalanceProof(ctx, m)
	case *types.MsgRegisterSecrets:
		_, err = c.msgs.RegisterSecrets(ctx, m)
	case *types.MsgUnlock:
		_, err = c.msgs.Unlock(ctx, m)
	case *types.MsgShowDisposals:
		_, err = c.msgs.ShowDisposals(ctx, m)
	case *types.MsgSettle:
		_, err = c.msgs.Settle(ctx, m)
	default:
		err = fmt.Errorf("message %T", msg)
	}
	return err
}

// Submit puts a message into the next block.
func (c *Chain) Submit(msg sdk.Msg) {
	if !c.Closed {
		c.mempool = append(c.mempool, msg)
	}
}

// Block runs what was submitted and begins the next block, seconds later.
func (c *Chain) Block(seconds uint64) (Block, error) {
	for _, msg := range c.mempool {
		// Several nodes submit the same; the later ones fail, as on a chain.
		if err := c.Deliver(msg); err != nil && c.Refused != nil {
			c.Refused(msg, err)
		}
	}
	c.mempool = nil
	if err := c.keeper.EndBlock(c.ctx); err != nil {
		return Block{}, err
	}
	height := c.ctx.BlockHeight()
	out := Block{Header: machine.Header{Height: height, Clock: c.Clock(), Time: uint64(c.ctx.BlockTime().Unix())}} //nolint:gosec // after 1970
	for _, ev := range c.ctx.EventManager().Events() {
		message, err := sdk.ParseTypedEvent(abci.Event(ev))
		if err != nil {
			continue // of the SDK
		}
		converted, ok, err := chain.Event{Height: height, Message: message}.Machine()
		if err != nil {
			return out, err
		}
		if ok {
			out.Events = append(out.Events, converted)
		}
	}
	c.Blocks = append(c.Blocks, out)
	c.ctx = c.ctx.WithBlockHeight(height + 1).WithBlockTime(c.ctx.BlockTime().Add(time.Duration(seconds) * time.Second)). //nolint:gosec // small
																WithEventManager(sdk.NewEventManager())
	return out, c.keeper.BeginBlock(c.ctx)
}

// Check runs the invariants of the module, and that no coin was made or lost.
func (c *Chain) Check() error {
	sum := math.ZeroInt()
	store := c.ctx.KVStore(c.bank.key)
	it := store.Iterator(nil, nil)
	for ; it.Valid(); it.Next() {
		amount, _ := math.NewIntFromString(string(it.Value()))
		sum = sum.Add(amount)
	}
	if err := it.Close(); err != nil {
		return err
	}
	if !sum.Equal(c.supply) {
		return fmt.Errorf("balances sum up to %s: must be %s", sum, c.supply)
	}

	for _, invariant := range c.keeper.Invariants() {
		if err := invariant.Check(c.ctx); err != nil {
			return fmt.Errorf("invariant %s: %w", invariant.Name, err)
		}
	}
	return nil
}
