package keeper_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/log"
	sdkmath "cosmossdk.io/math"
	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	capabilitytypes "github.com/cosmos/ibc-go/modules/capability/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

const denom = "usmt"

var (
	chainTime = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	alice     = account("alice")
	bob       = account("bob")
	module    = authtypes.NewModuleAddress(minttypes.ModuleName) // blocked
	gov       = authtypes.NewModuleAddress("gov")
)

func account(name string) sdk.AccAddress {
	return sdk.AccAddress(append([]byte(name), make([]byte, 20-len(name))...))
}

// world is the keeper on real stores with real accounts and balances. Only IBC
// around it is made up: see channels and wire.
type world struct {
	ctx    sdk.Context
	keeper keeper.Keeper
	server types.MsgServer
	query  types.QueryServer
	bank   bankkeeper.BaseKeeper
	wire   *wire
}

func newWorld(t testing.TB) *world {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, types.StoreKey)
	ctx := testutil.DefaultContextWithKeys(keys, storetypes.NewTransientStoreKeys(), nil).
		WithBlockHeader(cmtproto.Header{ChainID: "mesh-main-1", Height: 7, Time: chainTime}).
		WithChainID("mesh-main-1")
	encoding := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, bank.AppModuleBasic{})
	types.RegisterInterfaces(encoding.InterfaceRegistry)
	prefix := sdk.GetConfig().GetBech32AccountAddrPrefix()
	accounts := authkeeper.NewAccountKeeper(encoding.Codec, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		map[string][]string{minttypes.ModuleName: {authtypes.Minter}}, address.NewBech32Codec(prefix), prefix, gov.String())
	require.NoError(t, accounts.Params.Set(ctx, authtypes.DefaultParams()))
	bank := bankkeeper.NewBaseKeeper(encoding.Codec, runtime.NewKVStoreService(keys[banktypes.StoreKey]), accounts,
		map[string]bool{module.String(): true}, gov.String(), log.NewNopLogger())
	require.NoError(t, bank.SetParams(ctx, banktypes.DefaultParams()))

	w := &world{ctx: ctx, bank: bank, wire: &wire{}}
	w.keeper = keeper.NewKeeper(encoding.Codec, runtime.NewKVStoreService(keys[types.StoreKey]), gov.String(), accounts, bank, channels{}, w.wire)
	// As in the app: transfer takes the keeper, and the keeper goes on with transfer.
	w.keeper = w.keeper.WithTransferKeeper(transfer{w.keeper})
	w.server, w.query = keeper.NewMsgServerImpl(w.keeper), keeper.NewQueryServerImpl(w.keeper)
	require.NoError(t, w.keeper.InitGenesis(ctx, *types.DefaultGenesis()))
	w.fund(t, alice, 1_000_000)
	return w
}

func (w *world) fund(t testing.TB, to sdk.AccAddress, amount int64) {
	t.Helper()
	coins := sdk.NewCoins(sdk.NewInt64Coin(denom, amount))
	require.NoError(t, w.bank.MintCoins(w.ctx, minttypes.ModuleName, coins))
	require.NoError(t, w.bank.SendCoinsFromModuleToAccount(w.ctx, minttypes.ModuleName, to, coins))
}

func (w *world) balance(of sdk.AccAddress) int64 {
	return w.bank.GetBalance(w.ctx, of, denom).Amount.Int64()
}

// do runs a message as a transaction does: an error leaves no state.
func (w *world) do(run func(ctx context.Context) error) error {
	cached, write := w.ctx.CacheContext()
	err := run(cached)
	if err == nil {
		write()
	}
	return err
}

func (w *world) send(msg *types.MsgSend) (response *types.MsgSendResponse, err error) {
	err = w.do(func(ctx context.Context) error {
		response, err = w.server.Send(ctx, msg)
		return err
	})
	return response, err
}

func (w *world) delete(of sdk.AccAddress, numbers ...uint64) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.Delete(ctx, &types.MsgDelete{Receiver: of.String(), Numbers: numbers})
		return err
	})
}

func (w *world) acknowledge(of sdk.AccAddress, numbers ...uint64) error {
	return w.do(func(ctx context.Context) error {
		_, err := w.server.Acknowledge(ctx, &types.MsgAcknowledge{Receiver: of.String(), Numbers: numbers})
		return err
	})
}

func (w *world) inbox(t testing.TB, of sdk.AccAddress) []types.Transacket {
	t.Helper()
	response, err := w.query.Inbox(w.ctx, &types.QueryInboxRequest{Receiver: of.String()})
	require.NoError(t, err)
	return response.Transackets
}

func (w *world) setParams(t testing.TB, change func(*types.Params)) {
	t.Helper()
	params, err := w.keeper.Params.Get(w.ctx)
	require.NoError(t, err)
	change(&params)
	_, err = w.server.UpdateParams(w.ctx, &types.MsgUpdateParams{Authority: gov.String(), Params: params})
	require.NoError(t, err)
}

func (w *world) requireInvariants(t testing.TB) {
	t.Helper()
	for _, invariant := range w.keeper.Invariants() {
		require.NoError(t, invariant.Check(w.ctx), invariant.Name)
	}
}

// letter is a valid message from alice to bob on this chain.
func letter() *types.MsgSend {
	return &types.MsgSend{
		Sender: alice.String(), To: bob.String(), Payment: sdk.NewInt64Coin(denom, 10), Envelope: types.Inband([]byte("hello")),
	}
}

// channels knows transfer channel-0, whose other end is channel-9 of chain farm-1.
type channels struct{}

func (channels) GetChannel(_ sdk.Context, port, channel string) (channeltypes.Channel, bool) {
	if port != transfertypes.PortID || channel != "channel-0" {
		return channeltypes.Channel{}, false
	}
	return channeltypes.Channel{Counterparty: channeltypes.NewCounterparty(transfertypes.PortID, "channel-9")}, true
}

func (channels) GetChannelClientState(_ sdk.Context, _, channel string) (string, ibcexported.ClientState, error) {
	if channel != "channel-0" {
		return "", nil, channeltypes.ErrChannelNotFound
	}
	return "07-tendermint-0", &ibctm.ClientState{ChainId: "farm-1", TrustingPeriod: 15 * 24 * time.Hour}, nil
}

// wire takes the place of rate limiting and core: it numbers what is sent.
type wire struct {
	sent     [][]byte
	timeouts []uint64
	fail     error
}

func (w *wire) SendPacket(_ sdk.Context, _ *capabilitytypes.Capability, _, _ string, _ clienttypes.Height, timeout uint64, data []byte) (uint64, error) {
	if w.fail != nil {
		return 0, w.fail
	}
	w.sent, w.timeouts = append(w.sent, data), append(w.timeouts, timeout)
	return uint64(len(w.sent)), nil
}

func (*wire) WriteAcknowledgement(sdk.Context, *capabilitytypes.Capability, ibcexported.PacketI, ibcexported.Acknowledgement) error {
	return errors.New("not here")
}

func (*wire) GetAppVersion(sdk.Context, string, string) (string, bool) {
	return transfertypes.Version, true
}

// transfer makes a packet of a MsgTransfer; what it does with the money is tested
// with the real one and two chains.
type transfer struct{ keeper keeper.Keeper }

func (transfer) GetTotalEscrowForDenom(_ sdk.Context, denom string) sdk.Coin {
	return sdk.NewInt64Coin(denom, 0)
}
func (transfer) SetTotalEscrowForDenom(sdk.Context, sdk.Coin) {}

func (transfer) OnTimeoutPacket(sdk.Context, channeltypes.Packet, transfertypes.FungibleTokenPacketData) error {
	return nil
}

func (tr transfer) Transfer(ctx context.Context, msg *transfertypes.MsgTransfer) (*transfertypes.MsgTransferResponse, error) {
	data := transfertypes.NewFungibleTokenPacketData(msg.Token.Denom, msg.Token.Amount.String(), msg.Sender, msg.Receiver, msg.Memo)
	sequence, err := tr.keeper.SendPacket(sdk.UnwrapSDKContext(ctx), nil, msg.SourcePort, msg.SourceChannel, msg.TimeoutHeight, msg.TimeoutTimestamp, data.GetBytes())
	return &transfertypes.MsgTransferResponse{Sequence: sequence}, err
}

// event returns the last typed event of the kind, and fails if there is none.
func event[T any, P interface {
	*T
	Reset()
	String() string
	ProtoMessage()
}](t testing.TB, ctx sdk.Context) P {
	t.Helper()
	events := ctx.EventManager().ABCIEvents()
	for i := len(events) - 1; i >= 0; i-- {
		if parsed, err := sdk.ParseTypedEvent(events[i]); err == nil {
			if found, ok := parsed.(P); ok {
				return found
			}
		}
	}
	var none P
	t.Fatalf("no %T in %d events", none, len(events))
	return nil
}

func amount(n int64) sdkmath.Int { return sdkmath.NewInt(n) }
