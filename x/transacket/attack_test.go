package transacket_test

import (
	"crypto/sha256"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"
	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// rename is what a chain does to its light client elsewhere by an upgrade that it
// commits to: the new chain-id is its own choice (ICS-7, upgrade path).
func rename(t *testing.T, on *mesh.Chain, client, chainID string) {
	t.Helper()
	keeper := on.App.IBCKeeper.ClientKeeper
	state, found := keeper.GetClientState(on.Ctx(), client)
	require.True(t, found)
	renamed := *state.(*ibctm.ClientState)
	renamed.ChainId = chainID
	keeper.SetClientState(on.Ctx(), client, &renamed)
}

// A zone that was registered honestly upgrades its client to the chain-id of another
// zone. The main chain must not attest that what it sends is from there.
func TestAttackOriginFromARenamedZone(t *testing.T) {
	w := newTriangle(t)
	for _, c := range []struct {
		chainID string
		honest  bool
	}{{"port-1", false}, {"mesh-main-1", false}, {"farm2-1", false}, {"farm-2", true}} {
		packet := w.send(w.message(7, "open the gate"))
		receive := w.farm.ReceiveMsg(packet)
		rename(t, w.Main, w.farm.Path.EndpointA.ClientID, c.chainID)
		sent := len(w.Main.Sent)
		_, err := w.Main.Send(w.Main.Relayer(), []sdk.Msg{receive})
		require.NoError(t, err)
		rename(t, w.Main, w.farm.Path.EndpointA.ClientID, "farm-1")
		if !c.honest {
			require.Equal(t, string(refusal(types.ErrOrigin)), string(w.Main.Ack(packet)), c.chainID)
			require.Len(t, w.Main.Sent, sent)
			require.NoError(t, w.farm.Acknowledge(packet))
			w.check()
			continue
		}
		require.Len(t, w.Main.Sent, sent+1, "a zone may go on as its next revision")
		w.port.Relay(w.Main.Sent[sent])
		require.NoError(t, w.farm.Acknowledge(packet))
		arrived := inbox(t, w.port.Zone, w.bob)
		require.Equal(t, c.chainID, arrived[len(arrived)-1].Envelope.Origin.ChainId)
		w.check()
	}
}

// limited limits a denom on a channel of the main chain to one percent of its supply
// in either direction, and returns that percent.
func limited(t *testing.T, main *mesh.Chain, denom, channel string) int64 {
	t.Helper()
	limit := ratelimittypes.NewMsgAddRateLimit(denom, channel, sdkmath.NewInt(1), sdkmath.NewInt(1), 24)
	require.NoError(t, main.App.RateLimitKeeper.AddRateLimit(main.Ctx(), limit))
	main.Test.Coordinator.CommitBlock(main.Test)
	return main.App.BankKeeper.GetSupply(main.Ctx(), denom).Amount.QuoRaw(100).Int64()
}

func flow(t *testing.T, main *mesh.Chain, denom, channel string) sdkmath.Int {
	t.Helper()
	limit, found := main.App.RateLimitKeeper.GetRateLimit(main.Ctx(), denom, channel)
	require.True(t, found)
	return limit.Flow.Inflow.Sub(limit.Flow.Outflow)
}

// What comes in under a hash lock and is declined has gone out again: else anybody
// could raise the net inflow for nothing, until nothing may come in any more, or
// until as much may leave as a thief likes.
func TestAttackRateLimitByDecliningPayments(t *testing.T) {
	c := newCrossing(t, false)
	c.link.Relay(c.send(1_000_000, "float"))
	denom := c.link.Voucher(c.from, "ufarm")
	percent := limited(t, c.Main, denom, c.back())

	for range 3 { // each time four fifths of what may come in
		packet, id := c.heldBy(c.receiver, percent*4/5)
		_, err := c.to.Send(c.receiver, []sdk.Msg{&types.MsgExpire{Signer: c.receiver.String(), Id: id}})
		require.NoError(t, err)
		require.NoError(t, c.link.Acknowledge(packet))
		require.True(t, flow(t, c.Main, denom, c.back()).IsZero())
		c.CheckInvariants()
	}

	// The thief can take away one percent, not more.
	take := func(amount int64) error {
		msg := &types.MsgSend{Sender: c.receiver.String(), To: c.sender.String(), Payment: sdk.NewInt64Coin(denom, amount), Envelope: types.Inband([]byte("x")), Channel: c.back()}
		_, err := c.Main.Send(c.receiver, []sdk.Msg{msg})
		return err
	}
	require.ErrorIs(t, take(percent+1), ratelimittypes.ErrQuotaExceeded)
	require.NoError(t, take(percent))
	require.ErrorIs(t, take(1), ratelimittypes.ErrQuotaExceeded)
}

// heldBy brings a locked payment to an account whose balance does not matter.
func (c crossing) heldBy(receiver *fixture.Account, amount int64) (channeltypes.Packet, []byte) {
	c.t.Helper()
	msg := c.locked(amount)
	msg.To = receiver.String()
	packet := c.from.MustSend(c.sender, msg)
	_, err := c.link.Receive(packet)
	require.NoError(c.t, err)
	require.Nil(c.t, c.to.Ack(packet))
	holds, err := types.NewQueryClient(c.to).Holds(c.to.Ctx(), &types.QueryHoldsRequest{Receiver: receiver.String()})
	require.NoError(c.t, err)
	require.Len(c.t, holds.Holds, 1)
	return packet, holds.Holds[0].Transacket.Id
}

// The same with a second hop that is known to fail.
func TestAttackRateLimitByFailingSecondHops(t *testing.T) {
	w := newTriangle(t)
	w.farm.Relay(w.farm.Zone.MustSend(w.alice, w.transfer(w.farm, w.farm.Zone, w.farm.Zone.Native(1_000_000))))
	denom := w.farm.Voucher(w.farm.Zone, "ufarm")
	percent := limited(t, w.Main, denom, w.farm.MainChannel())
	limited(t, w.Main, denom, w.port.MainChannel())
	for range 3 {
		msg := w.message(percent*4/5, "to nobody")
		msg.To = "nobody"
		first, second := w.firstHop(msg)
		w.port.Relay(second)
		require.NoError(t, w.farm.Acknowledge(first))
		require.True(t, flow(t, w.Main, denom, w.farm.MainChannel()).IsZero(), "first hop")
		require.True(t, flow(t, w.Main, denom, w.port.MainChannel()).IsZero(), "second hop")
		w.check()
	}
}

// A chain that anybody can start sends worthless tokens under hash locks that never
// end, so that nobody can sell anything to its victim any more.
func TestAttackLocksThatNeverEnd(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		params, err := c.to.App.TransacketKeeper.Params.Get(c.to.Ctx())
		require.NoError(t, err)
		now := c.to.Test.CurrentHeader.Time
		hash := sha256.Sum256(preimage)
		for _, deadline := range []uint64{math.MaxUint64, math.MaxInt64, uint64(now.Add(2 * params.MaxTimeout).UnixNano())} {
			envelope := types.Inband([]byte("for ever"))
			envelope.Deadline, envelope.HashLock = deadline, hash[:]
			memo, err := types.EncodeMemo(envelope)
			require.NoError(t, err)
			msg := c.transfer(1, memo)
			msg.TimeoutTimestamp = deadline
			c.requireRefund(c.from.SendBare(msg), types.ErrDeadline)
		}
	})
}

// What is paid to an account that only the module spends from would be lost.
func TestAttackOwnAccountsReceiveNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		for _, account := range []sdk.AccAddress{types.HoldAddress(), types.ForwarderAddress()} {
			here := c.message(5, "lost")
			here.To, here.Channel = account.String(), ""
			_, err := c.from.Send(c.sender, []sdk.Msg{here})
			require.ErrorIs(t, err, types.ErrReceiver)
			there := c.message(5, "lost")
			there.To = account.String()
			c.requireRefund(c.from.MustSend(c.sender, there), types.ErrReceiver)
		}
	})
}

// A zone answers a second hop with so many bytes that the first could hardly be
// acknowledged with them.
func TestAttackOversizedResult(t *testing.T) {
	testAttackResult(t, strings.Repeat("x", 100_000))
}

// Or with none at all, which rate limiting takes for an error of the relayer, so that
// neither hop could ever be acknowledged.
func TestAttackEmptyResult(t *testing.T) { testAttackResult(t, "") }

func testAttackResult(t *testing.T, result string) {
	t.Helper()
	w := newTriangle(t)
	first, second := w.firstHop(w.message(9, "short answers please"))
	bz := channeltypes.NewResultAcknowledgement([]byte(result)).Acknowledgement()
	channel := w.port.Zone.App.IBCKeeper.ChannelKeeper
	channel.SetPacketReceipt(w.port.Zone.Ctx(), second.DestinationPort, second.DestinationChannel, second.Sequence)
	channel.SetPacketAcknowledgement(w.port.Zone.Ctx(), second.DestinationPort, second.DestinationChannel, second.Sequence, channeltypes.CommitAcknowledgement(bz))
	w.Coordinator.CommitBlock(w.port.Zone.Test)
	require.NoError(t, w.port.AcknowledgeWith(second, bz))
	require.Equal(t, `{"result":"AQ=="}`, string(w.Main.Ack(first)))
	require.NoError(t, w.farm.Acknowledge(first))
	require.Empty(t, w.inFlight())
}

// Whoever stops the execution of contracts in an emergency stops it for TransacKets.
func TestAttackContractsBehindTheCircuitBreaker(t *testing.T) {
	c := newCrossing(t, true, openWasm)
	safe := c.safe(c.caller(c.sender), c.receiver)
	url := sdk.MsgTypeURL(&wasmtypes.MsgExecuteContract{})
	require.NoError(t, c.to.App.CircuitKeeper.DisableList.Set(c.to.Ctx(), url))
	c.Coordinator.CommitBlock(c.to.Test)
	packet := c.call(safe, c.sender, `{"release":{}}`)
	_, err := c.link.Receive(packet)
	require.NoError(t, err)
	require.False(t, succeeded(t, c.to.Ack(packet)))
	require.NoError(t, c.link.Acknowledge(packet))
	require.Zero(t, c.received())
	require.Zero(t, c.spent())
	c.CheckInvariants()
}

// An address has two spellings in bech32, and both sign. State knows only one: else a
// registration could break the invariants, and with them every export for height zero.
func TestAttackAddressesInCapitals(t *testing.T) {
	c := newCrossing(t, true)
	loud, hash := strings.ToUpper(c.sender.String()), sha256.Sum256(preimage)
	here := c.message(5, "loud")
	here.Sender, here.Channel, here.To, here.Envelope.Receipt = loud, "", strings.ToUpper(c.from.Accounts[1].String()), types.RECEIPT_DELIVERED
	there := c.locked(7)
	there.Sender, there.To = loud, strings.ToUpper(there.To)
	_, err := c.from.Send(c.sender, []sdk.Msg{
		&types.MsgRegisterContent{Owner: loud, Sha256: hash[:], Size_: 1, MediaType: "text/plain"},
		&types.MsgSetPrices{Account: loud, Prices: []types.Price{{Minimum: c.from.Native(1)}}},
		here, there,
	})
	require.NoError(t, err)
	c.CheckInvariants()
	packet := c.from.Sent[len(c.from.Sent)-1]
	_, err = c.link.Receive(packet)
	require.NoError(t, err)
	c.CheckInvariants()
	content, err := types.NewQueryClient(c.from).ContentsOf(c.from.Ctx(), &types.QueryContentsOfRequest{Owner: loud})
	require.NoError(t, err)
	require.Equal(t, c.sender.String(), content.Contents[0].Owner)
	require.Equal(t, c.sender.String(), inbox(t, c.to, c.receiver)[0].From)
	_, err = c.from.App.ExportAppStateAndValidators(true, nil, nil)
	require.NoError(t, err)
}
