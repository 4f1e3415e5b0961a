package transacket_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"

	ratelimittypes "github.com/cosmos/ibc-apps/modules/rate-limiting/v8/types"
	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

func TestFullInboxRefunds(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		params := types.DefaultParams()
		params.MaxInbox = 2
		require.NoError(t, c.to.App.TransacketKeeper.Params.Set(c.to.Ctx(), params))
		first, second, third := c.send(1, "a"), c.send(2, "b"), c.send(4, "c")
		c.link.Relay(first)
		c.link.Relay(second)

		_, err := c.link.Receive(third)
		require.NoError(t, err)
		require.Equal(t, channeltypes.NewErrorAcknowledgementWithCodespace(types.ErrInboxFull).Acknowledgement(), c.to.Ack(third))
		c.CheckInvariants()
		require.NoError(t, c.link.Acknowledge(third))
		require.EqualValues(t, 3, c.spent())
		require.EqualValues(t, 3, c.received())
		require.Len(t, c.inbox(c.receiver), 2)
		refunded := fixture.Events[*types.EventRefunded](t, c.from.LastEvents())
		require.Len(t, refunded, 1)
		require.Equal(t, types.REFUND_REASON_REFUSED, refunded[0].Reason)

		// Room again, and the next one is welcome.
		_, err = c.to.Send(c.receiver, []sdk.Msg{&types.MsgDelete{Receiver: c.receiver.String(), Numbers: []uint64{c.inbox(c.receiver)[0].Number}}})
		require.NoError(t, err)
		c.link.Relay(c.send(8, "d"))
		require.EqualValues(t, 11, c.received())
	})
}

func TestReceiversThatCannotReceive(t *testing.T) {
	// Why is ICS-20's affair; that it refuses, and what remains, is ours.
	for name, to := range map[string]string{
		"a module's account":    authtypes.NewModuleAddress(distrtypes.ModuleName).String(),
		"another chain's":       "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh",
		"no address whatsoever": "scarecrow",
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, c crossing) {
				msg := c.message(77, "hello?")
				msg.To = to
				packet := c.from.MustSend(c.sender, msg)
				_, err := c.link.Receive(packet)
				require.NoError(t, err)
				var ack channeltypes.Acknowledgement
				require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(c.to.Ack(packet), &ack))
				require.NotEmpty(t, ack.GetError())
				c.CheckInvariants()
				require.NoError(t, c.link.Acknowledge(packet))
				require.Zero(t, c.spent())
			})
		})
	}
}

// malformed are memos that claim to be a TransacKet's and are not, with what
// refuses them.
func malformed(t *testing.T) map[string]struct {
	memo   string
	reason *errorsmod.Error
} {
	t.Helper()
	encode := func(e types.Envelope) string {
		bz, err := e.Marshal()
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(bz)
	}
	good := encode(types.Inband([]byte("x")))
	memo := func(value string) string { return `{"transacket":"` + value + `"}` }
	return map[string]struct {
		memo   string
		reason *errorsmod.Error
	}{
		"an unknown key":      {`{"transacket":"` + good + `","forward":{}}`, types.ErrMemo},
		"a key given twice":   {`{"transacket":"` + good + `","transacket":"` + good + `"}`, types.ErrMemo},
		"another case":        {`{"Transacket":"` + good + `"}`, types.ErrMemo},
		"something behind it": {memo(good) + ` {}`, types.ErrMemo},
		"not a string":        {`{"transacket":{"wasm":{}}}`, types.ErrMemo},
		"cut off":             {`{"transacket":"` + good, types.ErrMemo},
		"not base64":          {memo("!!!!"), types.ErrMemo},
		"base64 of URLs":      {memo("--__"), types.ErrMemo},
		"oversize":            {memo(strings.Repeat("A", types.MaxMemo)), types.ErrMemo},
		"257 bytes":           {memo(encode(types.Inband(bytes.Repeat([]byte{1}, types.MaxInband+1)))), types.ErrBody},
		"no body":             {memo(""), types.ErrBody},
		"not the protobuf":    {memo(base64.StdEncoding.EncodeToString([]byte("hello"))), types.ErrMemo},
		"an unknown field":    {memo(base64.StdEncoding.EncodeToString(append([]byte("\x0a\x01x"), 0x50, 0x01))), types.ErrMemo},
		"a short hash":        {memo(encode(types.OutOfBandBody(types.OutOfBand{Sha256: []byte{1}, Size_: 1, MediaType: "a/b"}))), types.ErrBody},
		"a topic with blanks": {memo(encode(types.Envelope{Body: types.Inband([]byte("x")).Body, Topic: "soil moisture"})), types.ErrTopic},
	}
}

// A malformed envelope in a valid transfer never leaves its chain, and if the
// chain lets it go, the other one refuses it as a whole.
func TestMalformedEnvelopesAreRefusedOnBothSides(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		for name, test := range malformed(t) {
			t.Run(name, func(t *testing.T) {
				c := c
				c.t = t
				msg := c.transfer(21, test.memo)
				_, err := c.from.Send(c.sender, []sdk.Msg{msg})
				require.ErrorIs(t, err, test.reason, "refused by the sending chain")
				require.Zero(t, c.spent())

				packet := c.from.SendBare(msg)
				require.EqualValues(t, 21, c.spent())
				c.requireRefund(packet, test.reason)
			})
		}
	})
}

func TestPlainTransfersPass(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		var sum int64
		for i, memo := range []string{
			"", "thank you", "{", `{"forward":{"receiver":"x"}}`, `{"wasm":{"transacket":"not at the top"}}`, `["transacket"]`,
			`"transacket"`, strings.Repeat("x", types.MaxMemo+1), `{"note":"` + strings.Repeat("x", types.MaxMemo) + `"}`,
		} {
			amount := int64(1) << i
			ack := c.link.Relay(c.from.MustSend(c.sender, c.transfer(amount, memo)))
			require.Equal(t, channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement(), ack, "memo %.40q", memo)
			sum += amount
			require.Equal(t, sum, c.received())
		}
		require.Equal(t, sum, c.spent())
		require.Empty(t, c.inbox(c.receiver), "no TransacKet among them")
	})
}

// Governance limits what the main chain takes from a zone within an hour.
func TestRateLimitRefunds(t *testing.T) {
	c := newCrossing(t, false)
	c.link.Relay(c.send(1000, "before there is a limit")) // a supply that percentages can be of
	voucher := c.link.Voucher(c.from, "ufarm")
	ctx := c.Main.Ctx()
	require.NoError(t, c.Main.App.RateLimitKeeper.AddRateLimit(ctx, ratelimittypes.NewMsgAddRateLimit(
		voucher, c.link.MainChannel(), sdkmath.NewInt(10), sdkmath.NewInt(10), 24)))

	c.link.Relay(c.send(100, "ten per cent are welcome"))
	require.EqualValues(t, 1100, c.received())
	packet := c.send(1, "one unit too many")
	ack := c.link.Relay(packet)
	require.Equal(t, channeltypes.NewErrorAcknowledgement(ratelimittypes.ErrQuotaExceeded).Acknowledgement(), ack)
	require.EqualValues(t, 1100, c.spent())
	require.EqualValues(t, 1100, c.received())
	require.Len(t, c.inbox(c.receiver), 2)
	c.CheckInvariants()
}

// It limits as well what leaves; what is refused over there does not count.
func TestRateLimitOfWhatLeaves(t *testing.T) {
	c := newCrossing(t, true)
	limit := ratelimittypes.NewMsgAddRateLimit("usmt", c.channel, sdkmath.NewInt(1), sdkmath.NewInt(0), 24)
	require.NoError(t, c.Main.App.RateLimitKeeper.AddRateLimit(c.Main.Ctx(), limit))
	rate, found := c.Main.App.RateLimitKeeper.GetRateLimit(c.Main.Ctx(), "usmt", c.channel)
	require.True(t, found)
	most := rate.Flow.ChannelValue.QuoRaw(100).Int64()

	_, err := c.from.Send(c.sender, []sdk.Msg{c.message(most+1, "too much")})
	require.ErrorIs(t, err, ratelimittypes.ErrQuotaExceeded)
	require.Zero(t, c.spent())

	msg := c.message(most, "all at once")
	msg.To = "scarecrow"
	packet := c.from.MustSend(c.sender, msg)
	_, err = c.from.Send(c.sender, []sdk.Msg{c.message(1, "nothing left")})
	require.ErrorIs(t, err, ratelimittypes.ErrQuotaExceeded)
	c.link.Relay(packet)
	require.Zero(t, c.spent())
	c.link.Relay(c.send(most, "refused ones do not count"))
	require.Equal(t, most, c.received())
	c.CheckInvariants()
}
