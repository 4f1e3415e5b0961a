package keeper_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	localhost "github.com/cosmos/ibc-go/v8/modules/light-clients/09-localhost"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	"github.com/meshchain/meshchain/x/zones"
	"github.com/meshchain/meshchain/x/zones/keeper"
	"github.com/meshchain/meshchain/x/zones/types"
)

var (
	gov       = sdk.AccAddress(address.Module("gov"))
	alice     = sdk.AccAddress(bytes.Repeat([]byte{1}, 20))
	mallory   = sdk.AccAddress(bytes.Repeat([]byte{2}, 20))
	chainTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	bond      = types.DefaultParams().Bond
	hash      = bytes.Repeat([]byte{7}, types.HashLength)
)

// bank is balances by account; the module's own under its name.
type bank map[string]sdk.Coins

func (b bank) move(from, to string, coins sdk.Coins) error {
	rest, negative := b[from].SafeSub(coins...)
	if negative {
		return fmt.Errorf("%s has %s only", from, b[from])
	}
	b[from], b[to] = rest, b[to].Add(coins...)
	return nil
}

func (b bank) GetAllBalances(_ context.Context, a sdk.AccAddress) sdk.Coins { return b[a.String()] }
func (b bank) SpendableCoins(_ context.Context, a sdk.AccAddress) sdk.Coins { return b[a.String()] }
func (b bank) SendCoinsFromAccountToModule(_ context.Context, from sdk.AccAddress, to string, c sdk.Coins) error {
	return b.move(from.String(), authtypes.NewModuleAddress(to).String(), c)
}

func (b bank) SendCoinsFromModuleToAccount(_ context.Context, from string, to sdk.AccAddress, c sdk.Coins) error {
	return b.move(authtypes.NewModuleAddress(from).String(), to.String(), c)
}

func (b bank) SendCoinsFromModuleToModule(_ context.Context, from, to string, c sdk.Coins) error {
	return b.move(authtypes.NewModuleAddress(from).String(), authtypes.NewModuleAddress(to).String(), c)
}

type accounts struct{}

func (accounts) GetModuleAddress(name string) sdk.AccAddress {
	return authtypes.NewModuleAddress(name)
}
func (accounts) GetAccount(context.Context, sdk.AccAddress) sdk.AccountI { return nil }

// ibc is a set of channels, each with a client.
type ibc struct {
	channels map[string]channeltypes.Channel
	clients  map[string]ibcexported.ClientState
	of       map[string]string // client of a connection
	status   map[string]ibcexported.Status
	seen     map[string]time.Time
}

func (i *ibc) GetChannel(_ sdk.Context, port, id string) (channeltypes.Channel, bool) {
	end, found := i.channels[id]
	return end, found && port == transfertypes.PortID
}

func (i *ibc) GetChannelClientState(_ sdk.Context, _, id string) (string, ibcexported.ClientState, error) {
	client := i.of[i.channels[id].ConnectionHops[0]]
	return client, i.clients[client], nil
}

func (i *ibc) GetClientState(_ sdk.Context, id string) (ibcexported.ClientState, bool) {
	state, found := i.clients[id]
	return state, found
}

func (i *ibc) GetClientStatus(_ sdk.Context, _ ibcexported.ClientState, id string) ibcexported.Status {
	return i.status[id]
}

func (i *ibc) GetLatestClientConsensusState(_ sdk.Context, id string) (ibcexported.ConsensusState, bool) {
	seen, found := i.seen[id]
	return &ibctm.ConsensusState{Timestamp: seen}, found
}

// open adds channel-n over connection-n and client 07-tendermint-n to that chain.
func (i *ibc) open(n int, chainID string) string {
	channel, connection, client := fmt.Sprintf("channel-%d", n), fmt.Sprintf("connection-%d", n), fmt.Sprintf("07-tendermint-%d", n)
	i.channels[channel] = channeltypes.Channel{
		State: channeltypes.OPEN, Ordering: channeltypes.UNORDERED, ConnectionHops: []string{connection},
		Counterparty: channeltypes.NewCounterparty(transfertypes.PortID, "channel-0"),
	}
	i.of[connection] = client
	i.clients[client] = &ibctm.ClientState{ChainId: chainID, TrustingPeriod: 14 * 24 * time.Hour, LatestHeight: clienttypes.NewHeight(1, 1000)}
	i.status[client] = ibcexported.Active
	i.seen[client] = chainTime
	return channel
}

// change edits a channel.
func (i *ibc) change(id string, edit func(*channeltypes.Channel)) {
	end := i.channels[id]
	edit(&end)
	i.channels[id] = end
}

func (i *ibc) local(n int) {
	i.clients[fmt.Sprintf("07-tendermint-%d", n)] = &localhost.ClientState{}
}

// outbox takes what MsgAnnounce sends.
type outbox struct {
	transackettypes.MsgServer
	sent []*transackettypes.MsgSend
}

func (o *outbox) Send(_ context.Context, msg *transackettypes.MsgSend) (*transackettypes.MsgSendResponse, error) {
	o.sent = append(o.sent, msg)
	return &transackettypes.MsgSendResponse{Sequence: uint64(len(o.sent))}, msg.ValidateBasic()
}

func (o *outbox) Deliveries(context.Context) (uint64, error) { return 42, nil }

// world is the module with fakes around it.
type world struct {
	t      *testing.T
	ctx    sdk.Context
	keeper keeper.Keeper
	msg    types.MsgServer
	query  types.QueryServer
	module zones.AppModule
	codec  moduletestutil.TestEncodingConfig
	bank   bank
	ibc    *ibc
	outbox *outbox
}

// newWorld is a chain before genesis.
func newWorld(t *testing.T) *world {
	t.Helper()
	key := storetypes.NewKVStoreKey(types.StoreKey)
	w := &world{
		t: t, codec: moduletestutil.MakeTestEncodingConfig(), outbox: &outbox{},
		bank: bank{alice.String(): sdk.NewCoins(sdk.NewInt64Coin("usmt", 1_000_000_000)), mallory.String(): sdk.NewCoins(sdk.NewInt64Coin("usmt", 1_000_000_000))},
		ibc: &ibc{
			channels: map[string]channeltypes.Channel{}, clients: map[string]ibcexported.ClientState{}, of: map[string]string{},
			status: map[string]ibcexported.Status{}, seen: map[string]time.Time{},
		},
	}
	w.keeper = keeper.NewKeeper(w.codec.Codec, runtime.NewKVStoreService(key), gov.String(), accounts{}, w.bank).
		WithIBC(w.ibc, w.ibc).WithTransackets(w.outbox, w.outbox)
	w.msg, w.query = keeper.NewMsgServerImpl(w.keeper), keeper.NewQueryServer(w.keeper)
	w.module = zones.NewAppModule(w.codec.Codec, w.keeper, accounts{}, w.bank)
	ctx := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("transient")).Ctx
	w.ctx = ctx.WithBlockTime(chainTime).WithChainID("mesh-main-1").WithBlockHeight(9)
	return w
}

// newMain is a main chain with channel-0 to farm-1.
func newMain(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, w.keeper.InitGenesis(w.ctx, *types.DefaultGenesis()))
	w.ibc.open(0, "farm-1")
	return w
}

// newZone is the zone farm, owned by alice, with channel-0 to the main chain.
func newZone(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	genesis := *types.DefaultGenesis()
	genesis.Identity, genesis.Owner = types.ZoneIdentity("farm"), alice.String()
	require.NoError(t, w.keeper.InitGenesis(w.ctx, genesis))
	w.ctx = w.ctx.WithChainID("farm-1")
	w.ibc.open(0, "mesh-main-1")
	return w
}

func (w *world) later(d time.Duration) { w.ctx = w.ctx.WithBlockTime(w.ctx.BlockTime().Add(d)) }

func registration(owner sdk.AccAddress) *types.MsgRegisterZone {
	return &types.MsgRegisterZone{
		Owner: owner.String(), Name: "farm", ChainId: "farm-1", GenesisHash: hash, Bond: bond, ChannelId: "channel-0", Area: "eu/de", Level: 3,
		Endpoints: []types.Endpoint{{Kind: "rpc", Address: "http://farm.example:26657"}},
	}
}

// register reserves farm for an owner and returns its nonce.
func (w *world) register(owner sdk.AccAddress) []byte {
	w.t.Helper()
	response, err := w.msg.RegisterZone(w.ctx, registration(owner))
	require.NoError(w.t, err)
	w.requireInvariants()
	return response.Nonce
}

// transacket is what arrives at the registry from a zone.
func transacket(topic string, body proto.Message) transackettypes.Transacket {
	bz, err := proto.Marshal(body)
	if err != nil {
		panic(err)
	}
	envelope := transackettypes.Inband(bz)
	envelope.Topic = topic
	return transackettypes.Transacket{
		From: types.RegistryAddress().String(), To: types.RegistryAddress().String(), Envelope: envelope, Payment: sdk.NewInt64Coin("ibc/ufarm", 1),
		Source: transackettypes.Source{ChainId: "farm-1", Channel: "channel-0", DestinationChannel: "channel-0", Sequence: 1},
	}
}

// deliver runs the hook as x/transacket does: nothing stays of what it refuses.
func (w *world) deliver(t transackettypes.Transacket) error {
	w.t.Helper()
	cached, write := w.ctx.CacheContext()
	result, err := w.keeper.Hooks().OnTransacket(cached, t)
	if err == nil {
		require.True(w.t, result.Handled)
		write()
	}
	w.requireInvariants()
	return err
}

func activation(nonce []byte) *types.Activation {
	return &types.Activation{Nonce: nonce, Name: "farm", Owner: alice.String(), GenesisHash: hash}
}

// activate registers and activates farm for alice.
func (w *world) activate() {
	w.t.Helper()
	require.NoError(w.t, w.deliver(transacket(types.TopicActivate, activation(w.register(alice)))))
}

func (w *world) zone(name string) types.ZoneInfo {
	w.t.Helper()
	response, err := w.query.Zone(w.ctx, &types.QueryZoneRequest{Name: name})
	require.NoError(w.t, err)
	return response.Zone
}

func (w *world) requireInvariants() {
	w.t.Helper()
	for _, invariant := range w.keeper.Invariants() {
		require.NoError(w.t, invariant.Check(w.ctx), invariant.Name)
	}
}

func (w *world) balance(of sdk.AccAddress) int64 {
	return w.bank[of.String()].AmountOf("usmt").Int64()
}
