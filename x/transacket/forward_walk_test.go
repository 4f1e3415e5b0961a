package transacket_test

import (
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// walk does random things on three chains: sends of every kind, and relaying in any
// order, late or never.
type walk struct {
	*triangle
	r *rand.Rand
	// done counts what happened, by kind.
	done map[string]int
}

// TestRandomWalkConservesEveryToken checks after every tenth step, and after the dust
// has settled, that no token of any chain came or went.
func TestRandomWalkConservesEveryToken(t *testing.T) {
	steps := 1_000
	if testing.Short() {
		steps = 150
	}
	const seed = 7
	w := &walk{triangle: newTriangle(t), r: rand.New(rand.NewSource(seed)), done: make(map[string]int)}
	total := w.total()
	for step := range steps {
		w.step()
		if step%10 == 0 {
			w.check()
		}
	}
	w.check()
	w.settle()
	w.check()
	require.Empty(t, w.inFlight())
	require.Equal(t, total, w.total(), "native tokens of all chains")
	for _, kind := range []string{"forwarded", "delivered across", "refused across", "timed out", "sent", "plain"} {
		require.Positive(t, w.done[kind], "%s: %v", kind, w.done)
	}
	t.Logf("seed %d, %d steps: %v", seed, steps, w.done)
}

func (w *walk) chains() []*mesh.Chain { return []*mesh.Chain{w.Main, w.farm.Zone, w.port.Zone} }
func (w *walk) links() []*mesh.Link   { return []*mesh.Link{w.farm, w.port} }

// total is the supply of what each chain issues itself.
func (w *walk) total() sdk.Coins {
	sum := sdk.NewCoins()
	for i, denom := range []string{"umesh", "ufarm", "uport"} { // usmt is minted as rewards
		sum = sum.Add(w.chains()[i].App.BankKeeper.GetSupply(w.chains()[i].Ctx(), denom))
	}
	return sum
}

func (w *walk) step() {
	w.t.Helper()
	switch chance := w.r.Intn(100); {
	case chance < 30:
		w.sendSomething()
	case chance < 97:
		w.relaySomething(w.links()[w.r.Intn(2)])
	default:
		w.Coordinator.IncrementTimeBy(time.Duration(w.r.Intn(40)) * time.Minute)
		for _, chain := range w.chains() {
			w.Coordinator.CommitBlock(chain.Test)
		}
		for _, link := range w.links() {
			require.NoError(w.t, link.Path.EndpointA.UpdateClient())
			require.NoError(w.t, link.Path.EndpointB.UpdateClient())
		}
	}
}

// sendSomething sends a random coin of a random account somewhere.
func (w *walk) sendSomething() {
	w.t.Helper()
	from := w.chains()[w.r.Intn(3)]
	by, to := from.Accounts[w.r.Intn(3)], from.Accounts[w.r.Intn(3)].String()
	coins := from.App.BankKeeper.SpendableCoins(from.Ctx(), by.Address)
	if coins.Empty() {
		return
	}
	coin := coins[w.r.Intn(len(coins))]
	coin.Amount = coin.Amount.QuoRaw(int64(1 + w.r.Intn(5)))
	coin.Amount = sdkmath.MinInt(coin.Amount, sdkmath.NewInt(int64(1+w.r.Intn(1_000))))
	if !coin.IsPositive() {
		return
	}
	if w.r.Intn(6) == 0 {
		to = "nobody"
	}
	timeout := time.Duration(10+w.r.Intn(60)) * time.Minute
	channel := w.farm.ZoneChannel()
	switch from {
	case w.Main:
		channel = w.links()[w.r.Intn(2)].MainChannel()
	case w.port.Zone:
		channel = w.port.ZoneChannel()
	}
	if w.r.Intn(5) == 0 {
		msg := crossing{Mesh: w.Mesh, t: w.t, from: from, channel: channel, sender: by, receiver: by}.transfer(0, "")
		msg.Token, msg.Receiver = coin, to
		w.try(from, by, msg, "plain")
		return
	}
	envelope := types.Inband([]byte("step"))
	envelope.Receipt = types.Receipt(w.r.Intn(3))
	msg := &types.MsgSend{Sender: by.String(), To: to, Payment: coin, Envelope: envelope, Timeout: &timeout}
	switch w.r.Intn(4) {
	case 0:
		msg.Channel = channel
	default:
		msg.Envelope.Zone = []string{"farm", "port", "mine"}[w.r.Intn(3)]
	}
	w.try(from, by, msg, "sent")
}

func (w *walk) try(from *mesh.Chain, by *fixture.Account, msg sdk.Msg, kind string) {
	w.t.Helper()
	if _, err := from.Send(by, []sdk.Msg{msg}); err != nil {
		kind = "not sent"
	}
	w.done[kind]++
}

// relaySomething takes the next step of a random packet of the link.
func (w *walk) relaySomething(link *mesh.Link) {
	w.t.Helper()
	packets := link.Open()
	if len(packets) == 0 {
		return
	}
	w.relay(link, packets[w.r.Intn(len(packets))])
}

// relay receives a packet, or times it out, or acknowledges it, whatever is next.
// It returns false if the packet has to wait.
func (w *walk) relay(link *mesh.Link, packet channeltypes.Packet) bool {
	w.t.Helper()
	source := link.Source(packet)
	to := w.Main
	if source == w.Main {
		to = link.Zone
	}
	_, received := to.App.IBCKeeper.ChannelKeeper.GetPacketReceipt(to.Ctx(), packet.DestinationPort, packet.DestinationChannel, packet.Sequence)
	forwarded := source == w.Main && w.sender(packet) == types.ForwarderAddress().String()
	switch ack := to.Ack(packet); {
	case ack != nil:
		require.NoError(w.t, link.Acknowledge(packet))
		switch {
		case forwarded && succeeded(w.t, ack):
			w.done["delivered across"]++
		case forwarded:
			w.done["refused across"]++
		default:
			w.done["acknowledged"]++
		}
	case received:
		return false // passed on, and not yet answered
	case uint64(to.Test.LastHeader.Header.Time.UnixNano()) >= packet.TimeoutTimestamp:
		require.NoError(w.t, link.Timeout(packet))
		w.done["timed out"]++
	case uint64(w.Coordinator.CurrentTime.Add(time.Minute).UnixNano()) >= packet.TimeoutTimestamp:
		w.Coordinator.IncrementTimeBy(2 * time.Minute)
		w.Coordinator.CommitBlock(to.Test)
	default:
		before := len(w.inFlight())
		_, err := link.Receive(packet)
		require.NoError(w.t, err)
		if len(w.inFlight()) > before {
			w.done["forwarded"]++
		}
	}
	return true
}

func (w *walk) sender(packet channeltypes.Packet) string {
	var data transfertypes.FungibleTokenPacketData
	require.NoError(w.t, transfertypes.ModuleCdc.UnmarshalJSON(packet.Data, &data))
	return data.Sender
}

// settle relays until nothing is open.
func (w *walk) settle() {
	w.t.Helper()
	for moved := true; moved; {
		moved = false
		for _, link := range w.links() {
			for _, packet := range link.Open() {
				moved = w.relay(link, packet) || moved
			}
		}
	}
	for _, link := range w.links() {
		require.Empty(w.t, link.Open())
	}
}
