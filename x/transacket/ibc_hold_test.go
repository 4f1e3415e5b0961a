package transacket_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

var preimage = bytes.Repeat([]byte{0x5e}, types.PreimageLength)

// locked is a message whose payment waits an hour for the preimage.
func (c crossing) locked(amount int64) *types.MsgSend {
	hash := sha256.Sum256(preimage)
	hour := time.Hour
	msg := c.message(amount, "against the key")
	msg.Envelope.HashLock, msg.Envelope.Receipt, msg.Timeout = hash[:], types.RECEIPT_DELIVERED, &hour
	return msg
}

// hold brings a locked payment to the other chain, and returns its packet and id.
func (c crossing) hold(msg *types.MsgSend) (channeltypes.Packet, []byte) {
	c.t.Helper()
	packet := c.from.MustSend(c.sender, msg)
	_, err := c.link.Receive(packet)
	require.NoError(c.t, err)
	require.Nil(c.t, c.to.Ack(packet), "acknowledged when the outcome is known")
	inbox := c.inbox(c.receiver)
	got := inbox[len(inbox)-1]
	require.True(c.t, got.Held)
	require.Zero(c.t, c.received())
	c.CheckInvariants()
	return packet, got.Id
}

// back is the other chain's end of the channel.
func (c crossing) back() string {
	if c.from == c.Main {
		return c.link.ZoneChannel()
	}
	return c.link.MainChannel()
}

func (c crossing) expire(id []byte) error {
	_, err := c.to.Send(c.to.Relayer(), []sdk.Msg{&types.MsgExpire{Signer: c.to.Relayer().String(), Id: id}})
	return err
}

func TestHashLockOverIBC(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		packet, id := c.hold(c.locked(700))
		claim := &types.MsgClaim{Signer: c.to.Relayer().String(), Id: id, Preimage: preimage}
		_, err := c.to.Send(c.to.Relayer(), []sdk.Msg{claim})
		require.NoError(t, err)
		require.EqualValues(t, 700, c.received())
		c.CheckInvariants()

		var ack channeltypes.Acknowledgement
		require.NoError(t, transfertypes.ModuleCdc.UnmarshalJSON(c.to.Ack(packet), &ack))
		receipt, err := types.DecodeAck(ack.GetResult())
		require.NoError(t, err)
		require.Equal(t, preimage, receipt.Preimage)
		require.NoError(t, c.link.Acknowledge(packet))
		require.EqualValues(t, 700, c.spent())
		mine, err := types.NewQueryClient(c.from).Inbox(c.from.Ctx(), &types.QueryInboxRequest{Receiver: c.sender.String()})
		require.NoError(t, err)
		require.Len(t, mine.Transackets, 1, "the key lies in the sender's inbox")
		require.Equal(t, &receipt, mine.Transackets[0].Receipt)
		require.Equal(t, id, mine.Transackets[0].Envelope.Thread)

		_, err = c.to.Send(c.to.Relayer(), []sdk.Msg{claim})
		require.ErrorIs(t, err, types.ErrNoHold)
		require.ErrorIs(t, c.expire(id), types.ErrNoHold)
		require.Equal(t, c.to.AppHash(), c.to.Replica().AppHash(), "two nodes write the same acknowledgement")
		require.Equal(t, c.from.AppHash(), c.from.Replica().AppHash())
	})
}

// After the deadline the payment unwinds exactly, whether it was minted or released
// from escrow on arrival.
func TestHashLockExpiresOverIBC(t *testing.T) {
	for _, native := range []bool{true, false} {
		name := map[bool]string{true: "voucher is burned", false: "back in escrow"}[native]
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, c crossing) {
				msg := c.locked(300)
				if !native { // the sender has the other chain's money
					c.link.Relay(c.to.MustSend(c.to.Accounts[2], &types.MsgSend{
						Sender: c.to.Accounts[2].String(), To: c.sender.String(), Payment: c.to.Native(1000),
						Envelope: types.Inband([]byte("float")), Channel: c.back(),
					}))
					msg.Payment = sdk.NewInt64Coin(c.link.Voucher(c.to, c.to.Identity.NativeDenom()), 300)
				}
				before := c.from.Balance(c.sender, msg.Payment.Denom)
				packet, id := c.hold(msg)
				require.ErrorIs(t, c.expire(id), types.ErrNotDue)
				c.Coordinator.IncrementTimeBy(time.Hour)
				c.to.Block()
				require.NoError(t, c.expire(id))
				require.Equal(t, channeltypes.NewErrorAcknowledgementWithCodespace(types.ErrDeadline).Acknowledgement(), c.to.Ack(packet))
				require.Empty(t, c.inbox(c.receiver))
				require.True(t, c.to.App.BankKeeper.GetAllBalances(c.to.Ctx(), types.HoldAddress()).IsZero())
				c.CheckInvariants()
				require.NoError(t, c.link.Acknowledge(packet))
				require.Equal(t, before, c.from.Balance(c.sender, msg.Payment.Denom), "refunded to the last unit")
				c.CheckInvariants()
			})
		})
	}
}

// On a closed channel nothing can be acknowledged: a claim still pays, and what would
// go back is stranded until governance releases it.
func TestHashLockOnClosedChannel(t *testing.T) {
	c := newCrossing(t, true)
	_, claimed := c.hold(c.locked(200))
	_, stranded := c.hold(c.locked(100))
	keep := c.to.App.IBCKeeper.ChannelKeeper
	channel, found := keep.GetChannel(c.to.Ctx(), transfertypes.PortID, c.link.ZoneChannel())
	require.True(t, found)
	channel.State = channeltypes.CLOSED
	keep.SetChannel(c.to.Ctx(), transfertypes.PortID, c.link.ZoneChannel(), channel)

	_, err := c.to.Send(c.receiver, []sdk.Msg{&types.MsgClaim{Signer: c.receiver.String(), Id: claimed, Preimage: preimage}})
	require.NoError(t, err)
	require.EqualValues(t, 200, c.received())
	require.NotEmpty(t, fixture.Events[*types.EventClaimed](t, c.to.LastEvents())[0].Unacknowledged)

	c.Coordinator.IncrementTimeBy(time.Hour)
	c.to.Block()
	require.NoError(t, c.expire(stranded))
	listed, err := types.NewQueryClient(c.to).Stranded(c.to.Ctx(), &types.QueryStrandedRequest{})
	require.NoError(t, err)
	require.Len(t, listed.Stranded, 1)
	require.Equal(t, c.sender.String(), listed.Stranded[0].From)
	c.to.CheckInvariants()

	server := keeper.NewMsgServerImpl(c.to.App.TransacketKeeper)
	release := &types.MsgReleaseStranded{Authority: c.receiver.String(), Id: stranded, To: c.receiver.String()}
	_, err = server.ReleaseStranded(c.to.Ctx(), release)
	require.ErrorIs(t, err, types.ErrAuthority)
	release.Authority = fixture.Authority()
	_, err = server.ReleaseStranded(c.to.Ctx(), release)
	require.NoError(t, err)
	require.EqualValues(t, 300, c.received())
	c.CheckInvariants()
}

// What is held survives an export, with all that it needs to be settled.
func TestHoldsAreExported(t *testing.T) {
	c := newCrossing(t, false)
	_, id := c.hold(c.locked(5))
	exported, err := c.to.App.TransacketKeeper.ExportGenesis(c.to.Ctx())
	require.NoError(t, err)
	require.NoError(t, exported.Validate())
	require.Equal(t, hex.EncodeToString(id), exported.Held[0].Transacket.IDHex())
	require.NotNil(t, exported.Held[0].Packet)
	sent, err := c.from.App.TransacketKeeper.ExportGenesis(c.from.Ctx())
	require.NoError(t, err)
	require.Len(t, sent.Packets, 1)
	bz, err := c.to.App.AppCodec().MarshalJSON(exported)
	require.NoError(t, err)
	var again types.GenesisState
	require.NoError(t, c.to.App.AppCodec().UnmarshalJSON(bz, &again))
	require.NoError(t, again.Validate())
	same, err := c.to.App.AppCodec().MarshalJSON(&again)
	require.NoError(t, err)
	require.Equal(t, string(bz), string(same))
}
