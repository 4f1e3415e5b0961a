package transacket_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func TestDeliveryOverIBC(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		result, err := c.from.Send(c.sender, []sdk.Msg{c.message(700, "38.4 %")})
		require.NoError(t, err)
		var sent types.MsgSendResponse
		require.NoError(t, c.from.Response(result, &sent))
		packet := c.from.Sent[len(c.from.Sent)-1]
		require.Equal(t, sent.Sequence, packet.Sequence)
		require.EqualValues(t, 700, c.spent())
		c.CheckInvariants()

		_, err = c.link.Receive(packet)
		require.NoError(t, err)
		inbox := c.inbox(c.receiver)
		require.Len(t, inbox, 1)
		got := inbox[0]
		require.Equal(t, sent.Id, got.Id, "one id on both chains")
		require.Equal(t, c.sender.String(), got.From)
		require.Equal(t, []byte("38.4 %"), got.Envelope.GetInband())
		require.Equal(t, types.Source{
			ChainId: c.from.ChainID, Channel: packet.SourceChannel, DestinationChannel: packet.DestinationChannel, Sequence: packet.Sequence,
		}, got.Source)
		require.Equal(t, sdk.NewInt64Coin(c.link.Voucher(c.from, c.from.Identity.NativeDenom()), 700), got.Payment)
		require.Equal(t, c.to.Height(), got.Height)
		require.EqualValues(t, 700, c.received())
		c.CheckInvariants()

		var ack channeltypes.Acknowledgement
		require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(c.to.Ack(packet), &ack))
		receipt, err := types.DecodeAck(ack.GetResult())
		require.NoError(t, err)
		require.Equal(t, types.TransacketAck{Height: uint64(got.Height), Time: got.Time}, receipt)

		require.NoError(t, c.link.Acknowledge(packet))
		acknowledged := fixture.Events[*types.EventAcknowledged](t, c.from.LastEvents())
		require.Len(t, acknowledged, 1)
		require.Equal(t, hex.EncodeToString(sent.Id), acknowledged[0].Id)
		require.Equal(t, &receipt, acknowledged[0].Receipt)
		require.EqualValues(t, 700, c.spent(), "delivered is paid")
	})
}

// What was paid to the other chain comes back as the payment of an answer, and
// nothing is left of the voucher.
func TestRoundTripUnwindsTheVoucher(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		c.link.Relay(c.send(900, "moisture 12 %"))
		question := c.inbox(c.receiver)[0]

		answer := &types.MsgSend{
			Sender: c.receiver.String(), To: c.sender.String(), Payment: question.Payment, Channel: question.Source.DestinationChannel,
			Envelope: types.Envelope{Body: &types.Envelope_Inband{Inband: []byte("valve on")}, Topic: "valve", Thread: question.Id},
		}
		c.link.Relay(c.to.MustSend(c.receiver, answer))

		require.Zero(t, c.spent())
		require.Zero(t, c.received())
		require.True(t, c.to.App.BankKeeper.GetSupply(c.to.Ctx(), question.Payment.Denom).IsZero(), "all vouchers are burned")
		thread, err := types.NewQueryClient(c.from).Thread(c.from.Ctx(), &types.QueryThreadRequest{Id: question.IDHex()})
		require.NoError(t, err)
		require.Len(t, thread.Transackets, 1)
		require.Equal(t, c.from.Native(900), thread.Transackets[0].Payment, "home again under its own name")
	})
}

func TestTimeoutRefunds(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		msg := c.message(333, "too late")
		timeout := time.Minute
		msg.Timeout = &timeout
		packet := c.from.MustSend(c.sender, msg)
		require.Error(t, c.link.Timeout(packet), "not before its time")
		require.EqualValues(t, 333, c.spent())

		c.Coordinator.IncrementTimeBy(2 * time.Minute)
		_, err := c.link.Receive(packet)
		require.ErrorIs(t, err, channeltypes.ErrTimeoutElapsed)
		require.NoError(t, c.link.Timeout(packet))
		require.Zero(t, c.spent())
		require.Empty(t, c.inbox(c.receiver))
		refunded := fixture.Events[*types.EventRefunded](t, c.from.LastEvents())
		require.Len(t, refunded, 1)
		require.Equal(t, types.REFUND_REASON_TIMEOUT, refunded[0].Reason)
		require.Equal(t, c.from.Native(333), refunded[0].Payment)
	})
}

// A relayer that brings everything twice, or keeps old packets, changes nothing.
func TestReplayDoesNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		packet := c.send(50, "once")
		receive := c.link.ReceiveMsg(packet) // its proof stays valid
		c.link.Relay(packet)
		inbox, ack := c.inbox(c.receiver), c.to.Ack(packet)

		for range 2 {
			_, err := c.to.Send(c.to.Relayer(), []sdk.Msg{receive})
			require.NoError(t, err)
			require.Equal(t, inbox, c.inbox(c.receiver))
			require.Equal(t, ack, c.to.Ack(packet))
			require.EqualValues(t, 50, c.received())

			require.NoError(t, c.link.AcknowledgeFrom(c.from, packet, ack))
			require.NoError(t, c.link.AcknowledgeFrom(c.from, packet, channeltypes.NewErrorAcknowledgement(types.ErrInboxFull).Acknowledgement()),
				"an acknowledged packet cannot be refunded")
			require.EqualValues(t, 50, c.spent())
			require.Empty(t, fixture.Events[*types.EventRefunded](t, c.from.LastEvents()))
		}
	})
}

// A relayer that pays too little gas gets a failed transaction; the packet
// waits. At no gas limit is the sender refused for it.
func TestTooLittleGasCanBeRelayedAgain(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		packet := c.send(10, "expensive")
		failures := 0
		for gas := uint64(60_000); ; gas += 10_000 {
			require.Less(t, gas, uint64(1_000_000))
			_, err := c.link.Receive(packet, fixture.Gas(gas))
			if err == nil {
				break
			}
			failures++
			require.ErrorContains(t, err, "out of gas")
			require.Nil(t, c.to.Ack(packet))
			require.Empty(t, c.inbox(c.receiver))
			require.NotNil(t, c.link.Source(packet), "still waiting")
		}
		require.Greater(t, failures, 3, "the limits were too generous to test anything")
		require.NoError(t, c.link.Acknowledge(packet))
		require.EqualValues(t, 10, c.received())
		require.Len(t, c.inbox(c.receiver), 1)
	})
}
