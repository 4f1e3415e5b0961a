package mesh

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctesting "github.com/cosmos/ibc-go/v8/testing"

	"github.com/meshchain/meshchain/testutil/fixture"
)

// Chain is a fixture that ibc-go's testing package can drive.
type Chain struct {
	*fixture.Fixture
	// Test is ibc-go's view of the chain. Produce blocks through it or through
	// Send, not through the fixture, or light clients lose sight of the chain.
	Test *ibctesting.TestChain
	// Sent are all packets that the chain ever sent, in order.
	Sent []channeltypes.Packet
	// Last is what the last block did.
	Last *abci.ResponseFinalizeBlock

	t    *testing.T
	acks map[delivery][]byte // acknowledgements written by this chain
}

// delivery names a packet on the chain that receives it.
type delivery struct {
	channel  string
	sequence uint64
}

// start makes a chain and commits its first blocks.
func (m *Mesh) start(role fixture.Option, opts []fixture.Option) *Chain {
	m.t.Helper()
	opts = append([]fixture.Option{role, owned(), fixture.Validators(2), fixture.Accounts(5)}, opts...)
	c := &Chain{Fixture: fixture.New(m.t, opts...), t: m.t, acks: make(map[delivery][]byte)}
	signers := make(map[string]cmttypes.PrivValidator)
	for _, validator := range c.Validators {
		key := cmted25519.PrivKey(validator.Key.Bytes())
		signers[key.PubKey().Address().String()] = cmttypes.NewMockPVWithParams(key, false, false)
	}
	c.Test = &ibctesting.TestChain{
		TB: m.t, Coordinator: m.Coordinator, ChainID: c.ChainID, App: &testingApp{App: c.App, chain: c},
		QueryServer: c.App.IBCKeeper, TxConfig: c.App.TxConfig(), Codec: c.App.AppCodec(),
		Vals: c.CurrentValidators().Copy(), NextVals: c.CurrentValidators().Copy(), Signers: signers,
		SenderPrivKey: c.Relayer().Key, SenderAccount: c.App.AccountKeeper.GetAccount(c.Ctx(), c.Relayer().Address),
		SendMsgsOverride: func(msgs ...sdk.Msg) (*abci.ExecTxResult, error) { return c.Send(c.Relayer(), msgs) },
	}
	m.Coordinator.Chains[c.ChainID] = c.Test
	m.Coordinator.IncrementTime()
	c.nextHeader()
	c.Test.NextBlock()
	m.Coordinator.IncrementTime()
	return c
}

// Relayer is the account that pays for relaying.
func (c *Chain) Relayer() *fixture.Account { return c.Accounts[len(c.Accounts)-1] }

// Block runs a block with those transactions.
func (c *Chain) Block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.t.Helper()
	c.Test.Coordinator.UpdateTimeForChain(c.Test)
	response, err := c.Test.App.FinalizeBlock(&abci.RequestFinalizeBlock{
		Height: c.Test.CurrentHeader.Height, Time: c.Test.CurrentHeader.Time, Txs: txs,
	})
	require.NoError(c.t, err)
	c.commit(response)
	c.Test.Coordinator.IncrementTime()
	return response
}

// Send runs a block with one transaction of that account. The error is the
// transaction's, and can be compared with registered errors.
func (c *Chain) Send(by *fixture.Account, msgs []sdk.Msg, opts ...fixture.TxOption) (*abci.ExecTxResult, error) {
	c.t.Helper()
	return fixture.Result(c.Block(c.Sign(by, msgs, opts...)).TxResults[0])
}

// MustSend sends one message, which must succeed and send one packet.
func (c *Chain) MustSend(by *fixture.Account, msg sdk.Msg) channeltypes.Packet {
	c.t.Helper()
	before := len(c.Sent)
	_, err := c.Send(by, []sdk.Msg{msg})
	require.NoError(c.t, err)
	require.Len(c.t, c.Sent, before+1, "%s sends a packet", sdk.MsgTypeURL(msg))
	return c.Sent[before]
}

// commit follows ibctesting.TestChain, which keeps it to itself.
func (c *Chain) commit(response *abci.ResponseFinalizeBlock) {
	c.t.Helper()
	_, err := c.Test.App.Commit()
	require.NoError(c.t, err)
	c.Test.LastHeader = c.Test.CurrentTMClientHeader()
	c.Test.Vals = c.Test.NextVals
	c.Test.NextVals = ibctesting.ApplyValSetChanges(c.t, c.Test.Vals, response.ValidatorUpdates)
	c.Test.Vals.IncrementProposerPriority(1)
	c.nextHeader()
}

func (c *Chain) nextHeader() {
	c.Test.CurrentHeader = cmtproto.Header{
		ChainID: c.ChainID, Height: c.Height() + 1, AppHash: c.AppHash(), Time: c.Test.Coordinator.CurrentTime,
		ValidatorsHash: c.Test.Vals.Hash(), NextValidatorsHash: c.Test.NextVals.Hash(), ProposerAddress: c.Test.Vals.Proposer.Address,
	}
}

// observe keeps the packets and acknowledgements that events report.
func (c *Chain) observe(events []abci.Event) {
	for i := range events {
		event := events[i : i+1]
		switch events[i].Type {
		case channeltypes.EventTypeSendPacket:
			packet, err := ibctesting.ParsePacketFromEvents(event)
			require.NoError(c.t, err)
			c.Sent = append(c.Sent, packet)
		case channeltypes.EventTypeWriteAck:
			ack, err := ibctesting.ParseAckFromEvents(event)
			require.NoError(c.t, err)
			// The attributes are those of a sent packet.
			event[0].Type = channeltypes.EventTypeSendPacket
			packet, err := ibctesting.ParsePacketFromEvents(event)
			event[0].Type = channeltypes.EventTypeWriteAck
			require.NoError(c.t, err)
			c.acks[delivery{packet.DestinationChannel, packet.Sequence}] = ack
		}
	}
}

// Observe keeps the packets and acknowledgements of what a test did past the blocks,
// for a relayer to find.
func (c *Chain) Observe(events []abci.Event) { c.observe(events) }

// LastEvents are the events of the transactions in the last block.
func (c *Chain) LastEvents() []abci.Event {
	var events []abci.Event
	for _, result := range c.Last.TxResults {
		events = append(events, result.Events...)
	}
	return events
}

// Ack returns what this chain acknowledged for a packet, nil if it did not.
func (c *Chain) Ack(packet channeltypes.Packet) []byte {
	return c.acks[delivery{packet.DestinationChannel, packet.Sequence}]
}

// SendBare sends an ICS-20 transfer past the middleware that would check its
// memo, as a chain that runs other code can.
func (c *Chain) SendBare(msg *transfertypes.MsgTransfer) channeltypes.Packet {
	c.t.Helper()
	bare := c.App.TransferKeeper
	bare.WithICS4Wrapper(c.App.IBCKeeper.ChannelKeeper)
	ctx := c.Test.GetContext().WithEventManager(sdk.NewEventManager())
	_, err := bare.Transfer(ctx, msg)
	require.NoError(c.t, err)
	before := len(c.Sent)
	c.observe(ctx.EventManager().ABCIEvents())
	require.Len(c.t, c.Sent, before+1)
	c.Test.Coordinator.CommitBlock(c.Test)
	return c.Sent[before]
}

// Replica opens another node of the chain and repeats every block so far.
func (c *Chain) Replica(opts ...fixture.Option) *fixture.Fixture {
	c.t.Helper()
	replica := c.Fixture.Replica(opts...)
	for _, block := range c.Blocks {
		replica.Apply(block)
	}
	return replica
}
