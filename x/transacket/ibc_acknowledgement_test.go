package transacket_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctesting "github.com/cosmos/ibc-go/v8/testing"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// Nodes that process the same packets write the same acknowledgements, byte by
// byte, whether they deliver or refuse.
func TestAcknowledgementsAreTheSameOnEveryNode(t *testing.T) {
	bothWays(t, func(t *testing.T, c crossing) {
		packets := []channeltypes.Packet{c.send(5, "fine"), c.from.MustSend(c.sender, c.transfer(6, "plain"))}
		msg := c.message(7, "nobody")
		msg.To = "scarecrow"
		packets = append(packets, c.from.MustSend(c.sender, msg))
		for _, name := range []string{"not base64", "257 bytes", "an unknown field"} {
			packets = append(packets, c.from.SendBare(c.transfer(8, malformed(t)[name].memo)))
		}
		for _, packet := range packets {
			_, err := c.link.Receive(packet)
			require.NoError(t, err)
		}

		before := runtime.GOMAXPROCS(0)
		defer runtime.GOMAXPROCS(before)
		for _, processors := range []int{1, 3} {
			runtime.GOMAXPROCS(processors)
			node := c.to.Fixture.Replica()
			var acks [][]byte
			for _, block := range c.to.Blocks {
				for _, result := range node.Apply(block).TxResults {
					if ack, err := ibctesting.ParseAckFromEvents(result.Events); err == nil {
						acks = append(acks, ack)
					}
				}
			}
			require.Equal(t, c.to.AppHash(), node.AppHash())
			require.Len(t, acks, len(packets))
			for i, packet := range packets {
				require.Equal(t, c.to.Ack(packet), acks[i])
			}
		}
		c.link.RelayAll()
		require.EqualValues(t, 11, c.spent())
		require.EqualValues(t, 11, c.received())
	})
}

// writeAck makes the receiving chain acknowledge with any bytes, as a chain that
// runs other code can. It keeps the payment.
func (c crossing) writeAck(packet channeltypes.Packet, ack []byte) {
	channel := c.to.App.IBCKeeper.ChannelKeeper
	channel.SetPacketReceipt(c.to.Ctx(), packet.DestinationPort, packet.DestinationChannel, packet.Sequence)
	channel.SetPacketAcknowledgement(c.to.Ctx(), packet.DestinationPort, packet.DestinationChannel, packet.Sequence, channeltypes.CommitAcknowledgement(ack))
	c.Coordinator.CommitBlock(c.to.Test)
}

// An acknowledgement that can be read in two ways would split the chain; it is
// refused before anything reads it, and the payment stays in flight.
func TestAmbiguousAcknowledgementsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		ack     string
		refuses *errorsmod.Error
	}{
		"result and error": {`{"result":"AQ==","error":"refused"}`, channeltypes.ErrInvalidAcknowledgement},
		"error and result": {`{"error":"refused","result":"AQ=="}`, channeltypes.ErrInvalidAcknowledgement},
		"result twice":     {`{"result":"AQ==","result":"Ag=="}`, channeltypes.ErrInvalidAcknowledgement},
		"with a blank":     {`{"result": "AQ=="}`, channeltypes.ErrInvalidAcknowledgement},
		// Core lets these pass, since they are not its own kind of acknowledgement.
		"neither":  {`{}`, types.ErrAck},
		"not JSON": {`1`, types.ErrAck},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrossing(t, true)
			plain := c.from.MustSend(c.sender, c.transfer(1, ""))
			packet := c.send(2, "hello")
			for _, p := range []channeltypes.Packet{plain, packet} {
				c.writeAck(p, []byte(test.ack))
				require.ErrorIs(t, c.link.AcknowledgeWith(p, []byte(test.ack)), test.refuses)
				require.NotNil(t, c.link.Source(p))
			}
			require.EqualValues(t, 3, c.spent())
			c.Main.CheckInvariants()
		})
	}
}

// A chain that knows no TransacKets takes the payment and says so with ICS-20's
// own result: paid, but without a receipt.
func TestResultWithoutReceipt(t *testing.T) {
	c := newCrossing(t, true)
	packet := c.send(40, "hello")
	ack := channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
	c.writeAck(packet, ack)
	require.NoError(t, c.link.AcknowledgeWith(packet, ack))
	require.EqualValues(t, 40, c.spent())
	events := fixture.Events[*types.EventAcknowledged](t, c.from.LastEvents())
	require.Len(t, events, 1)
	require.Nil(t, events[0].Receipt)
	require.NotEmpty(t, events[0].Defect)
	require.Equal(t, c.from.Native(40).String(), c.from.App.BankKeeper.GetAllBalances(c.from.Ctx(),
		transfertypes.GetEscrowAddress(transfertypes.PortID, c.channel)).String())
}
