package transacket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/mesh"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// crossing is a main chain and a zone, seen in one direction.
type crossing struct {
	*mesh.Mesh
	t        *testing.T
	link     *mesh.Link
	from, to *mesh.Chain
	// channel is the end of the link that from sends through.
	channel string
	// sender lives on from, receiver on to.
	sender, receiver *fixture.Account
}

// bothWays runs a test from the main chain to a zone and from a zone to the main
// chain, and checks afterwards that no token came or went.
func bothWays(t *testing.T, test func(t *testing.T, c crossing)) {
	t.Helper()
	for _, direction := range []string{"main to zone", "zone to main"} {
		t.Run(direction, func(t *testing.T) {
			c := newCrossing(t, direction == "main to zone")
			test(t, c)
			c.CheckInvariants()
		})
	}
}

func newCrossing(t *testing.T, fromMain bool, opts ...fixture.Option) crossing {
	t.Helper()
	m := mesh.New(t, []string{"farm"}, opts...)
	c := crossing{Mesh: m, t: t, link: m.Link("farm")}
	if fromMain {
		c.from, c.to, c.channel = m.Main, m.Zones["farm"], c.link.MainChannel()
	} else {
		c.from, c.to, c.channel = m.Zones["farm"], m.Main, c.link.ZoneChannel()
	}
	c.sender, c.receiver = c.from.Accounts[0], c.to.Accounts[1]
	return c
}

// message is a TransacKet with a payment in the sending chain's own denom.
func (c crossing) message(amount int64, text string) *types.MsgSend {
	return &types.MsgSend{
		Sender: c.sender.String(), To: c.receiver.String(), Payment: c.from.Native(amount),
		Envelope: types.Inband([]byte(text)), Channel: c.channel,
	}
}

// send sends it.
func (c crossing) send(amount int64, text string) channeltypes.Packet {
	c.t.Helper()
	return c.from.MustSend(c.sender, c.message(amount, text))
}

// transfer is a plain ICS-20 transfer with that memo.
func (c crossing) transfer(amount int64, memo string) *transfertypes.MsgTransfer {
	timeout := c.from.Test.CurrentHeader.Time.Add(time.Hour).UnixNano()
	return transfertypes.NewMsgTransfer(transfertypes.PortID, c.channel, c.from.Native(amount),
		c.sender.String(), c.receiver.String(), clienttypes.ZeroHeight(), uint64(timeout), memo)
}

// inbox of an account on the receiving chain.
func (c crossing) inbox(of *fixture.Account) []types.Transacket {
	c.t.Helper()
	response, err := types.NewQueryClient(c.to).Inbox(c.to.Ctx(), &types.QueryInboxRequest{Receiver: of.String()})
	require.NoError(c.t, err)
	return response.Transackets
}

// spent is what the sender has less than at genesis.
func (c crossing) spent() int64 {
	denom := c.from.Identity.NativeDenom()
	return fixture.Balance - c.from.Balance(c.sender, denom).Amount.Int64()
}

// received is what the receiver got of the sending chain's denom.
func (c crossing) received() int64 {
	return c.to.Balance(c.receiver, c.link.Voucher(c.from, c.from.Identity.NativeDenom())).Amount.Int64()
}

// requireRefund relays a packet and requires that the other chain refuses it
// with that error and that nothing is left of it but the fees.
func (c crossing) requireRefund(packet channeltypes.Packet, reason *errorsmod.Error) {
	c.t.Helper()
	before := c.spent()
	var data transfertypes.FungibleTokenPacketData
	require.NoError(c.t, transfertypes.ModuleCdc.UnmarshalJSON(packet.Data, &data))
	amount, err := sdk.ParseCoinNormalized(data.Amount + data.Denom)
	require.NoError(c.t, err)

	_, err = c.link.Receive(packet)
	require.NoError(c.t, err, "a refusal is an acknowledgement, not a failed transaction")
	require.Equal(c.t, channeltypes.NewErrorAcknowledgementWithCodespace(reason).Acknowledgement(), c.to.Ack(packet))
	c.CheckInvariants()
	require.NoError(c.t, c.link.Acknowledge(packet))

	require.Equal(c.t, before-amount.Amount.Int64(), c.spent(), "refunded to the last unit")
	require.Zero(c.t, c.received())
	require.Empty(c.t, c.inbox(c.receiver))
	require.Nil(c.t, c.link.Source(packet), "the packet is done with")
	c.CheckInvariants()
}
