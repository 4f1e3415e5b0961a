package transacket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// triangle is a main chain with two registered zones.
type triangle struct {
	*mesh.Mesh
	t          *testing.T
	farm, port *mesh.Link
	// alice lives on the farm, bob in the port.
	alice, bob *fixture.Account
	// denom is what alice pays with, see route.
	denom string
}

func newTriangle(t *testing.T, opts ...fixture.Option) *triangle {
	t.Helper()
	m := mesh.New(t, []string{"farm", "port"}, opts...)
	m.Register("farm", "port")
	w := &triangle{Mesh: m, t: t, farm: m.Link("farm"), port: m.Link("port"), denom: "ufarm"}
	w.alice, w.bob = w.farm.Zone.Accounts[1], w.port.Zone.Accounts[2]
	w.CheckInvariants()
	return w
}

// route is a way in which value crosses the main chain: whose token it is decides
// what the main chain does with it on either hop.
type route struct {
	name string
	// fund makes sure that alice has the token on the farm, and names it.
	fund func(w *triangle) (denom string)
	// unwraps tells whether the first hop releases escrow on the main chain, rather
	// than mint; burns, whether the second burns there, rather than escrow.
	unwraps, burns bool
}

// routes are all combinations there are. What is minted on the first hop carries the
// first channel's name in its path, so it could be burned on the second only if that
// were the same channel, which would be a loop.
var routes = []route{
	{"minted, escrowed", func(*triangle) string { return "ufarm" }, false, false},
	{"released, escrowed", func(w *triangle) string { return w.carry("usmt") }, true, false},
	{"released, burned", func(w *triangle) string {
		w.port.Relay(w.port.Zone.MustSend(w.alice, w.transfer(w.port, w.port.Zone, w.port.Zone.Native(100_000))))
		return w.carry(w.port.Voucher(w.port.Zone, "uport"))
	}, true, true},
	{"minted with a longer path, escrowed", func(w *triangle) string {
		second := w.Reconnect("farm") // another channel between the same chains
		second.Relay(w.Main.MustSend(w.alice, w.transfer(second, w.Main, w.Main.Native(100_000))))
		return second.Voucher(w.Main, "usmt")
	}, false, false},
}

// carry brings a token of the main chain to alice on the farm.
func (w *triangle) carry(denom string) string {
	w.farm.Relay(w.Main.MustSend(w.alice, w.transfer(w.farm, w.Main, sdk.NewInt64Coin(denom, 100_000))))
	return w.farm.Voucher(w.Main, denom)
}

// transfer is alice's, to herself on the other chain.
func (w *triangle) transfer(link *mesh.Link, from *mesh.Chain, coin sdk.Coin) *transfertypes.MsgTransfer {
	channel := link.ZoneChannel()
	if from == link.Main {
		channel = link.MainChannel()
	}
	msg := crossing{Mesh: w.Mesh, t: w.t, from: from, channel: channel, sender: w.alice, receiver: w.alice}.transfer(0, "")
	msg.Token = coin
	return msg
}

// everyRoute runs a test for every combination, and checks at the end that no token
// came or went.
func everyRoute(t *testing.T, test func(t *testing.T, w *triangle, r route), opts ...fixture.Option) {
	t.Helper()
	for _, r := range routes {
		t.Run(r.name, func(t *testing.T) {
			w := newTriangle(t, opts...)
			w.denom = r.fund(w)
			w.CheckInvariants()
			test(t, w, r)
		})
	}
}

// message is a TransacKet of alice to bob by the name of his zone.
func (w *triangle) message(amount int64, text string) *types.MsgSend {
	envelope := types.Inband([]byte(text))
	envelope.Zone, envelope.Receipt = "port", types.RECEIPT_PROCESSED
	return &types.MsgSend{Sender: w.alice.String(), To: w.bob.String(), Payment: sdk.NewInt64Coin(w.denom, amount), Envelope: envelope}
}

// has is what alice has of the token.
func (w *triangle) has() int64 { return w.farm.Zone.Balance(w.alice, w.denom).Amount.Int64() }

// stuck is what the forwarder has of all tokens: nothing between transactions.
func (w *triangle) stuck() sdk.Coins {
	return w.Main.App.BankKeeper.GetAllBalances(w.Main.Ctx(), types.ForwarderAddress())
}

// send is the first hop's packet.
func (w *triangle) send(msg *types.MsgSend) channeltypes.Packet {
	w.t.Helper()
	return w.farm.Zone.MustSend(w.alice, msg)
}

// firstHop sends and brings the packet to the main chain, which passes it on.
func (w *triangle) firstHop(msg *types.MsgSend) (first, second channeltypes.Packet) {
	w.t.Helper()
	first = w.send(msg)
	before, flights := len(w.Main.Sent), len(w.inFlight())
	_, err := w.farm.Receive(first)
	require.NoError(w.t, err)
	require.Len(w.t, w.Main.Sent, before+1, "passed on: %s", w.Main.Ack(first))
	require.Nil(w.t, w.Main.Ack(first), "acknowledged later")
	require.Len(w.t, w.inFlight(), flights+1)
	w.check()
	return first, w.Main.Sent[before]
}

// check is to be called after every step.
func (w *triangle) check() {
	w.t.Helper()
	require.Empty(w.t, w.stuck())
	w.CheckInvariants()
}

// inbox of an account.
func inbox(t *testing.T, c *mesh.Chain, of *fixture.Account) []types.Transacket {
	t.Helper()
	response, err := types.NewQueryClient(c).Inbox(c.Ctx(), &types.QueryInboxRequest{Receiver: of.String()})
	require.NoError(t, err)
	return response.Transackets
}

// inFlight is what the main chain is passing on.
func (w *triangle) inFlight() []types.InFlight {
	w.t.Helper()
	response, err := types.NewQueryClient(w.Main).InFlight(w.Main.Ctx(), &types.QueryInFlightRequest{})
	require.NoError(w.t, err)
	return response.InFlight
}

// refusal is the acknowledgement of an error.
func refusal(reason *errorsmod.Error) []byte {
	return channeltypes.NewErrorAcknowledgementWithCodespace(reason).Acknowledgement()
}
