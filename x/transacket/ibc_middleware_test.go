package transacket_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v8/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v8/modules/core/exported"

	"github.com/meshchain/meshchain/x/transacket"
	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

var (
	chainTime = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	receiver  = sdk.AccAddress("receiver____________")
	blocked   = sdk.AccAddress("module______________")
	gov       = authtypes.NewModuleAddress("gov")
)

// stack is the middleware between a made-up core above and a made-up transfer
// below, on a real store. With two real chains it is tested elsewhere.
type stack struct {
	ctx    sdk.Context
	key    *storetypes.KVStoreKey
	keeper keeper.Keeper
	under  *transferApp
	ibc    transacket.IBCMiddleware
}

func newStack(t *testing.T) *stack {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(types.StoreKey, "money")
	ctx := testutil.DefaultContextWithKeys(keys, nil, nil).
		WithBlockHeader(cmtproto.Header{ChainID: "mesh-main-1", Height: 7, Time: chainTime}).WithChainID("mesh-main-1")
	cdc := moduletestutil.MakeTestEncodingConfig().Codec
	s := &stack{ctx: ctx, key: keys["money"], under: &transferApp{key: keys["money"]}}
	s.keeper = keeper.NewKeeper(cdc, runtime.NewKVStoreService(keys[types.StoreKey]), gov.String(), accounts{}, bank{}, channels{}, nil)
	require.NoError(t, s.keeper.InitGenesis(ctx, *types.DefaultGenesis()))
	s.ibc = transacket.NewIBCMiddleware(s.under, s.keeper)
	return s
}

// receive does what core does with a packet: an error leaves no state.
func (s *stack) receive(packet channeltypes.Packet) ibcexported.Acknowledgement {
	cached, write := s.ctx.CacheContext()
	ack := s.ibc.OnRecvPacket(cached, packet, nil)
	if ack == nil || ack.Success() {
		write()
	} else {
		s.ctx.EventManager().EmitEvents(cached.EventManager().Events())
	}
	return ack
}

func (s *stack) paid() bool { return s.ctx.KVStore(s.key).Has([]byte("paid")) }

func (s *stack) inbox(t *testing.T) []types.Transacket {
	t.Helper()
	response, err := keeper.NewQueryServerImpl(s.keeper).Inbox(s.ctx, &types.QueryInboxRequest{Receiver: receiver.String()})
	require.NoError(t, err)
	return response.Transackets
}

func incoming(denom, to, memo string) channeltypes.Packet {
	data := transfertypes.NewFungibleTokenPacketData(denom, "12", "farm1sensor", to, memo)
	return channeltypes.NewPacket(data.GetBytes(), 3, "transfer", "channel-9", "transfer", "channel-0", clienttypes.ZeroHeight(), deadline)
}

// outgoing is a packet of this chain, as core hands it back.
func outgoing(memo string) channeltypes.Packet {
	data := transfertypes.NewFungibleTokenPacketData("transfer/channel-2/uatom", "12", "mesh1alice", "farm1valve", memo)
	return channeltypes.NewPacket(data.GetBytes(), 3, "transfer", "channel-0", "transfer", "channel-9", clienttypes.ZeroHeight(), 1)
}

func errorOf(ack ibcexported.Acknowledgement) string {
	concrete := ack.(channeltypes.Acknowledgement)
	return concrete.GetError()
}

// deadline of every packet here, an hour from now.
var deadline = uint64(chainTime.Add(time.Hour).UnixNano())

func wet() types.Envelope {
	e := types.Inband([]byte("wet"))
	e.Deadline = deadline
	return e
}

func memo(t *testing.T) string {
	t.Helper()
	m, err := types.EncodeMemo(wet())
	require.NoError(t, err)
	return m
}

func TestReceive(t *testing.T) {
	s := newStack(t)
	packet := incoming("ufarm", receiver.String(), memo(t))
	ack := s.receive(packet)

	receipt, err := (&types.TransacketAck{Height: 7, Time: chainTime}).Marshal()
	require.NoError(t, err)
	require.Equal(t, channeltypes.NewResultAcknowledgement(receipt), ack)
	require.True(t, s.paid())
	source := types.Source{ChainId: "farm-1", Channel: "channel-9", DestinationChannel: "channel-0", Sequence: 3}
	require.Equal(t, []types.Transacket{{
		Id: source.ID(), From: "farm1sensor", Source: source, To: receiver.String(), Envelope: wet(),
		Payment: sdk.NewInt64Coin(transfertypes.ParseDenomTrace("transfer/channel-0/ufarm").IBCDenom(), 12),
		Number:  1, Height: 7, Time: chainTime, Expires: chainTime.Add(30 * 24 * time.Hour),
	}}, s.inbox(t))
	// The bytes are state: every node must write the same.
	require.Equal(t, ack.Acknowledgement(), newStack(t).receive(packet).Acknowledgement())

	// Core never hands a packet down twice; if it did, it would be refused.
	require.Equal(t, "ABCI error: transacket/18: error handling packet: see events for details",
		errorOf(s.receive(packet)))
	require.Len(t, s.inbox(t), 1)
}

// The payment in the inbox is the coin that ICS-20 paid out.
func TestReceivedDenoms(t *testing.T) {
	hash := func(path string) string { return transfertypes.ParseDenomTrace(path).IBCDenom() }
	for denom, want := range map[string]string{
		"ufarm":                   hash("transfer/channel-0/ufarm"),
		"transfer/channel-9/usmt": "usmt",
		"transfer/channel-8/usmt": hash("transfer/channel-0/transfer/channel-8/usmt"),
		"transfer/channel-9/transfer/channel-5/uatom": hash("transfer/channel-5/uatom"),
		"transfer/channel-9/gamm/pool/1":              "gamm/pool/1",
		"gamm/pool/1":                                 hash("transfer/channel-0/gamm/pool/1"),
	} {
		s := newStack(t)
		require.True(t, s.receive(incoming(denom, receiver.String(), memo(t))).Success(), denom)
		require.Equal(t, "12"+want, s.inbox(t)[0].Payment.String())
	}
}

// Whatever fails, the acknowledgement is codespace and code, and neither message
// nor money remains.
func TestReceiveRefuses(t *testing.T) {
	good := memo(t)
	for name, c := range map[string]struct {
		packet  channeltypes.Packet
		prepare func(*stack)
		code    string
	}{
		"malformed":      {incoming("ufarm", receiver.String(), `{"transacket":"?"}`), nil, "transacket/5"},
		"another key":    {incoming("ufarm", receiver.String(), good[:len(good)-1]+`,"wasm":{}}`), nil, "transacket/5"},
		"wrong case":     {incoming("ufarm", receiver.String(), strings.Replace(good, "transacket", "Transacket", 1)), nil, "transacket/5"},
		"2049 bytes":     {incoming("ufarm", receiver.String(), good+strings.Repeat(" ", 2049-len(good))), nil, "transacket/5"},
		"empty message":  {incoming("ufarm", receiver.String(), `{"transacket":"CgA="}`), nil, "transacket/2"},
		"receiver":       {incoming("ufarm", "cosmos1x", good), nil, "transacket/7"},
		"module account": {incoming("ufarm", blocked.String(), good), nil, "transacket/7"},
		"sender": {func() channeltypes.Packet {
			p := incoming("ufarm", receiver.String(), good)
			p.Data = transfertypes.NewFungibleTokenPacketData("ufarm", "12", strings.Repeat("x", 129), receiver.String(), good).GetBytes()
			return p
		}(), nil, "transacket/8"},
		"full inbox": {incoming("ufarm", receiver.String(), good), func(s *stack) {
			params := types.DefaultParams()
			params.MaxInbox = 1
			require.NoError(t, s.keeper.Params.Set(s.ctx, params))
			first := incoming("ufarm", receiver.String(), good)
			first.Sequence = 1
			require.True(t, s.receive(first).Success())
			s.ctx.KVStore(s.key).Delete([]byte("paid"))
		}, "transacket/11"},
		"client without chain": {func() channeltypes.Packet {
			p := incoming("ufarm", receiver.String(), good)
			p.DestinationChannel = "channel-6"
			return p
		}(), nil, "transacket/15"},
		"unknown channel": {func() channeltypes.Packet {
			p := incoming("ufarm", receiver.String(), good)
			p.DestinationChannel = "channel-4"
			return p
		}(), nil, "transacket/15"},
		"asynchronous transfer": {incoming("ufarm", receiver.String(), good), func(s *stack) { s.under.async = true }, "transacket/16"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t)
			if c.prepare != nil {
				c.prepare(s)
			}
			before := len(s.inbox(t))
			ack := s.receive(c.packet)
			require.False(t, ack.Success())
			require.Equal(t, "ABCI error: "+c.code+": error handling packet: see events for details", errorOf(ack))
			require.Len(t, s.inbox(t), before)
			require.False(t, s.paid())
			events := s.ctx.EventManager().ABCIEvents()
			require.Equal(t, "mesh.transacket.v1.EventRefused", events[len(events)-1].Type)
		})
	}
}

func TestReceiveKeepsTransfersOwnRefusal(t *testing.T) {
	s := newStack(t)
	s.under.refuse = transfertypes.ErrReceiveDisabled
	require.Equal(t, channeltypes.NewErrorAcknowledgement(transfertypes.ErrReceiveDisabled),
		s.receive(incoming("ufarm", receiver.String(), memo(t))))
	require.Empty(t, s.inbox(t))
}

func TestReceiveOverLocalhost(t *testing.T) {
	s := newStack(t)
	packet := incoming("ufarm", receiver.String(), memo(t))
	packet.DestinationChannel = "channel-1"
	require.True(t, s.receive(packet).Success())
	require.Equal(t, "mesh-main-1", s.inbox(t)[0].Source.ChainId)
}

func TestPlainTransfersPassUntouched(t *testing.T) {
	for _, data := range [][]byte{
		incoming("ufarm", receiver.String(), "").Data,
		incoming("ufarm", receiver.String(), "rent").Data,
		incoming("ufarm", receiver.String(), `{"wasm":{"transacket":"?"}}`).Data,
		incoming("ufarm", receiver.String(), strings.Repeat("x", 5000)).Data,
		[]byte("not ICS-20"),
	} {
		s := newStack(t)
		packet := incoming("", "", "")
		packet.Data = data
		require.Equal(t, channeltypes.NewResultAcknowledgement([]byte{1}), s.receive(packet))
		require.Empty(t, s.inbox(t))

		require.NoError(t, s.ibc.OnAcknowledgementPacket(s.ctx, packet, []byte("as it is"), nil))
		require.Equal(t, "as it is", string(s.under.acknowledged))
		require.NoError(t, s.ibc.OnTimeoutPacket(s.ctx, packet, nil))
		require.True(t, s.under.timedOut)
		require.Empty(t, s.ctx.EventManager().Events())
	}
}

func (s *stack) last(t *testing.T) any {
	t.Helper()
	events := s.ctx.EventManager().ABCIEvents()
	require.Len(t, events, 1)
	event, err := sdk.ParseTypedEvent(events[0])
	require.NoError(t, err)
	return event
}

func sentID() string {
	return hex.EncodeToString(types.Source{ChainId: "mesh-main-1", Channel: "channel-0", DestinationChannel: "channel-9", Sequence: 3}.ID())
}

func TestAcknowledged(t *testing.T) {
	canonical := `{"result":"AQ=="}`
	receipt := types.TransacketAck{Height: 41, Time: chainTime}
	bz, err := receipt.Marshal()
	require.NoError(t, err)

	s := newStack(t)
	require.NoError(t, s.ibc.OnAcknowledgementPacket(s.ctx, outgoing(memo(t)), channeltypes.NewResultAcknowledgement(bz).Acknowledgement(), nil))
	require.Equal(t, canonical, string(s.under.acknowledged))
	require.Equal(t, &types.EventAcknowledged{Id: sentID(), From: "mesh1alice", Channel: "channel-0", Sequence: 3, Receipt: &receipt}, s.last(t))

	// A result that is no receipt is cleared all the same, as the payment is gone.
	for _, result := range [][]byte{{1}, []byte("receipt"), append(bz, 0)} {
		s := newStack(t)
		require.NoError(t, s.ibc.OnAcknowledgementPacket(s.ctx, outgoing(memo(t)), channeltypes.NewResultAcknowledgement(result).Acknowledgement(), nil))
		require.Equal(t, canonical, string(s.under.acknowledged))
		event := s.last(t).(*types.EventAcknowledged)
		require.Nil(t, event.Receipt)
		require.NotEmpty(t, event.Defect)
	}
}

func TestRefunded(t *testing.T) {
	voucher := sdk.NewInt64Coin(transfertypes.ParseDenomTrace("transfer/channel-2/uatom").IBCDenom(), 12)
	want := types.EventRefunded{Id: sentID(), From: "mesh1alice", Payment: voucher, Channel: "channel-0", Sequence: 3}

	s := newStack(t)
	ack := channeltypes.NewErrorAcknowledgementWithCodespace(types.ErrInboxFull)
	require.NoError(t, s.ibc.OnAcknowledgementPacket(s.ctx, outgoing(memo(t)), ack.Acknowledgement(), nil))
	require.Equal(t, ack.Acknowledgement(), s.under.acknowledged)
	refused := want
	refused.Reason, refused.Error = types.REFUND_REASON_REFUSED, ack.GetError()
	require.Equal(t, &refused, s.last(t))

	s = newStack(t)
	require.NoError(t, s.ibc.OnTimeoutPacket(s.ctx, outgoing(memo(t)), nil))
	require.True(t, s.under.timedOut)
	late := want
	late.Reason = types.REFUND_REASON_TIMEOUT
	require.Equal(t, &late, s.last(t))

	// Only transfer's own failure stops a refund.
	s = newStack(t)
	s.under.fail = errors.New("escrow is corrupt")
	require.ErrorIs(t, s.ibc.OnTimeoutPacket(s.ctx, outgoing(memo(t)), nil), s.under.fail)
	require.ErrorIs(t, s.ibc.OnAcknowledgementPacket(s.ctx, outgoing(memo(t)), ack.Acknowledgement(), nil), s.under.fail)
	require.Empty(t, s.ctx.EventManager().Events())
}

// An acknowledgement that can be read in two ways is refused before anybody reads
// it, always with the same words.
func TestAmbiguousAcknowledgements(t *testing.T) {
	for _, bz := range []string{
		``, `{}`, `null`, `"AQ=="`, `{"result":"AQ=="} `, ` {"result":"AQ=="}`, `{"result":"AQ==","error":"x"}`, `{"error":"x","result":"AQ=="}`,
		`{"error":"x","error":"x"}`, `{"result":"AQ"}`, `{"Result":"AQ=="}`, `{"result":"AQ==","more":1}`, `{"result":1,"error":2}`,
	} {
		texts := map[string]bool{}
		for range 50 {
			s := newStack(t)
			for _, app := range []porttypes.IBCModule{s.ibc, transacket.NewAckGuard(s.under)} {
				err := app.OnAcknowledgementPacket(s.ctx, outgoing(memo(t)), []byte(bz), nil)
				require.ErrorIs(t, err, types.ErrAck, bz)
				texts[err.Error()] = true
			}
			require.Nil(t, s.under.acknowledged)
			require.Empty(t, s.ctx.EventManager().Events())
		}
		require.Len(t, texts, 1, bz)
	}
	s := newStack(t)
	good := channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
	require.NoError(t, transacket.NewAckGuard(s.under).OnAcknowledgementPacket(s.ctx, outgoing(""), good, nil))
	require.Equal(t, good, s.under.acknowledged)
}
