package transacket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// mail is the inbox of the sender.
func (c crossing) mail() []types.Transacket {
	c.t.Helper()
	response, err := types.NewQueryClient(c.from).Inbox(c.from.Ctx(), &types.QueryInboxRequest{Receiver: c.sender.String()})
	require.NoError(c.t, err)
	return response.Transackets
}

func TestReceiptComesHome(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		msg := c.message(40, "did it arrive?")
		msg.Envelope.Receipt = types.RECEIPT_PROCESSED
		packet := c.from.MustSend(c.sender, msg)
		require.Empty(t, c.mail())
		c.link.Relay(packet)
		mail := c.mail()
		require.Len(t, mail, 1)
		got := c.inbox(c.receiver)[0]
		require.Equal(t, got.Id, mail[0].Envelope.Thread)
		require.Equal(t, &types.TransacketAck{Height: uint64(got.Height), Time: got.Time}, mail[0].Receipt)
		require.Equal(t, c.receiver.String(), mail[0].From)
		require.True(t, mail[0].Payment.IsZero())
		event := fixture.Events[*types.EventAcknowledged](t, c.from.LastEvents())[0]
		require.Equal(t, mail[0].Number, event.Number)
		require.Empty(t, event.Lost)
		left, err := types.NewQueryClient(c.from).Packets(c.from.Ctx(), &types.QueryPacketsRequest{Channel: c.channel})
		require.NoError(t, err)
		require.Empty(t, left.Packets)
	})
}

// The sender's inbox fills up while the packet is under way: the place was kept.
// What was sent past this module has none, and its receipt is lost, not the callback.
func TestFullInboxNeverHoldsUpAnAcknowledgement(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		params := types.DefaultParams()
		params.MaxInbox = 2
		require.NoError(t, c.from.App.TransacketKeeper.Params.Set(c.from.Ctx(), params))
		msg := c.message(40, "reserved")
		msg.Envelope.Receipt = types.RECEIPT_DELIVERED
		reserved := c.from.MustSend(c.sender, msg)
		envelope := types.Inband([]byte("bare"))
		envelope.Receipt = types.RECEIPT_DELIVERED
		bareMsg := c.transfer(2, "")
		envelope.Deadline = bareMsg.TimeoutTimestamp
		var err error
		bareMsg.Memo, err = types.EncodeMemo(envelope)
		require.NoError(t, err)
		bare := c.from.SendBare(bareMsg)
		spam := &types.MsgSend{Sender: c.from.Accounts[2].String(), To: c.sender.String(), Payment: c.from.Native(1), Envelope: types.Inband([]byte("spam"))}
		_, err = c.from.Send(c.from.Accounts[2], []sdk.Msg{spam})
		require.NoError(t, err)
		_, err = c.from.Send(c.from.Accounts[2], []sdk.Msg{spam})
		require.ErrorIs(t, err, types.ErrInboxFull)

		c.link.Relay(bare)
		event := fixture.Events[*types.EventAcknowledged](t, c.from.LastEvents())[0]
		require.Contains(t, event.Lost, "inbox is full")
		c.link.Relay(reserved)
		require.Len(t, c.mail(), 2)
	})
}

func TestPriceNotMetRefunds(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		voucher := c.link.Voucher(c.from, c.from.Identity.NativeDenom())
		_, err := c.to.Send(c.receiver, []sdk.Msg{&types.MsgSetPrices{Account: c.receiver.String(), Prices: []types.Price{
			{TopicPrefix: "ads", Minimum: sdk.NewInt64Coin(voucher, 100)},
		}}})
		require.NoError(t, err)
		cheap := c.message(99, "buy!")
		cheap.Envelope.Topic = "ads/today"
		c.requireRefund(c.from.MustSend(c.sender, cheap), types.ErrPrice)
		dear := c.message(100, "buy!")
		dear.Envelope.Topic = "ads/today"
		c.link.Relay(c.from.MustSend(c.sender, dear))
		require.EqualValues(t, 100, c.received())
	})
}

// What another chain lets pass, this one refuses.
func TestForgedEnvelopesAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*types.Envelope)
		reason *errorsmod.Error
	}{
		"no deadline":            {func(e *types.Envelope) { e.Deadline = 0 }, types.ErrDeadline},
		"not the packet's":       {func(e *types.Envelope) { e.Deadline++ }, types.ErrDeadline},
		"origin of its own":      {func(e *types.Envelope) { e.Origin = &types.Origin{ChainId: "bank-1", Sender: "director"} }, types.ErrOrigin},
		"zone that is not there": {func(e *types.Envelope) { e.Zone = "nowhere" }, types.ErrZone},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrossing(t, true)
			msg := c.transfer(21, "")
			envelope := types.Inband([]byte("x"))
			envelope.Deadline = msg.TimeoutTimestamp
			test.change(&envelope)
			var err error
			msg.Memo, err = types.EncodeMemo(envelope)
			require.NoError(t, err)
			if envelope.Zone == "" {
				_, err = c.from.Send(c.sender, []sdk.Msg{msg})
				require.ErrorIs(t, err, test.reason, "refused by the sending chain")
			}
			packet := c.from.SendBare(msg)
			_, err = c.link.Receive(packet)
			require.NoError(t, err)
			require.False(t, succeeded(t, c.to.Ack(packet)))
			require.NoError(t, c.link.Acknowledge(packet))
			require.Zero(t, c.spent())
			c.CheckInvariants()
		})
	}
	c := newCrossing(t, true)
	msg := c.transfer(21, "")
	envelope := types.Inband([]byte("x"))
	envelope.Deadline = msg.TimeoutTimestamp
	var err error
	msg.Memo, err = types.EncodeMemo(envelope)
	require.NoError(t, err)
	msg.TimeoutHeight = clienttypes.NewHeight(1, 1_000_000)
	_, err = c.from.Send(c.sender, []sdk.Msg{msg})
	require.ErrorIs(t, err, types.ErrDeadline)
}

// The other chain is away for a day, and everything flows when it is back; what is
// past its deadline by then goes back.
func TestDeadlineOutlastsADay(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		hour := time.Hour
		hasty := c.message(5, "now or never")
		hasty.Timeout = &hour
		patient, late := c.send(7, "whenever"), c.from.MustSend(c.sender, hasty)
		c.Coordinator.IncrementTimeBy(24 * time.Hour)
		c.link.Relay(patient)
		_, err := c.link.Receive(late)
		require.ErrorIs(t, err, channeltypes.ErrTimeoutElapsed)
		require.NoError(t, c.link.Timeout(late))
		require.EqualValues(t, 7, c.spent())
		require.Len(t, c.inbox(c.receiver), 1)
	})
}

func TestDeadlineBeyondTheTrustingPeriod(t *testing.T) {
	c := newCrossing(t, true)
	params := types.DefaultParams()
	params.MaxTimeout = 300 * 24 * time.Hour
	require.NoError(t, c.from.App.TransacketKeeper.Params.Set(c.from.Ctx(), params))
	msg := c.message(5, "next year")
	year := 299 * 24 * time.Hour
	msg.Timeout = &year
	_, err := c.from.Send(c.sender, []sdk.Msg{msg})
	require.ErrorIs(t, err, types.ErrTrustingPeriod)
	require.Zero(t, c.spent())
}
