package node

import (
	"context"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Service is what an interface for people and programs needs of a node. *Node is it.
type Service interface {
	// ID of the node, as text: 12D3Koo...
	ID() string
	// Addresses that others can dial, with the identity at the end.
	Addresses() []string
	// Accepting returns nil while payments are taken, or why not (a full disk).
	Accepting() error
	// Counters since the start.
	Counters() Counters

	// Channels lists all channels that did not end.
	Channels() []Channel
	// Channel returns one, or ErrNoChannel.
	Channel(id protocol.ChannelID) (Channel, error)
	// Do runs an event on a channel's machine (machine.Agree, machine.Close, machine.Reveal,
	// machine.Dispose ...) and returns its error: nil says that it began, and is durable.
	Do(ctx context.Context, id protocol.ChannelID, event machine.Event) error
	// Watch calls notice for everything that machines tell, in order per channel, until stop
	// is called. It must not block.
	Watch(notice func(protocol.ChannelID, machine.Notice)) (stop func())

	// Stream opens a stream of direct payments in a channel.
	Stream(id protocol.ChannelID) (*Stream, error)
	// AddOps queues operations on locks (with a packet for each new lock, by index of ops)
	// for the next batch. A new lock gets its id when it is signed; done is told the id, or
	// why it was not signed. It must not block.
	AddOps(id protocol.ChannelID, ops []protocol.Op, packets [][]byte, done func(ids []uint64, err error)) error

	// Receive calls take for batches of the peer from a nonce on, as they lie in the log,
	// and goes on with new ones until ctx ends or take returns an error. What retention
	// dropped is left out.
	Receive(ctx context.Context, id protocol.ChannelID, from uint64, take func(Batch) error) error
	// History lists batches of a channel with a nonce below before (0: the newest), newest
	// first, own and the peer's apart.
	History(id protocol.ChannelID, epoch uint64, sender uint8, before uint64, limit int) ([]Batch, error)
	// Receipt proves one payment. ErrUnacknowledged while the receiver has not signed,
	// store.ErrDropped if retention took the batch.
	Receipt(name PaymentName) (types.Receipt, error)

	// Peers that are connected or have channels.
	Peers() []Peer
	// Faults of peers that can be proven, the newest of each channel and code.
	Faults() ([]Fault, error)
	// Connect dials a node, /ip4/1.2.3.4/tcp/9735/p2p/12D3Koo..., and returns its id when
	// both said hello.
	Connect(ctx context.Context, address string) (id string, err error)
	// RequestOpen asks a connected peer to sign terms, and returns its signature.
	RequestOpen(ctx context.Context, peer string, terms types.OpenTerms) (protocol.Signature, error)
	// Handle takes messages of other kinds (32 and above) from peers. take must not block
	// long; an error scores the peer.
	Handle(kinds [2]protocol.Kind, take func(peer string, kind protocol.Kind, body []byte) error)
	// SendTo sends a message to a connected peer, or returns ErrNotConnected.
	SendTo(peer string, m protocol.Message) error

	// ChainEvent gives what happened on a chain, in its order: a channel's event (a Snapshot
	// of an unknown channel makes it one of this node's, if account and key are its own), or,
	// with channel 0, one that concerns all of the chain's channels (Header,
	// SecretRegistered). It returns when it is applied.
	ChainEvent(ctx context.Context, chainID string, channel uint64, event machine.Event) error
	// ChainHeight is the last header that was applied and is durable; 0 for none. A follower
	// starts there.
	ChainHeight(chainID string) int64
}

// PaymentName is where a payment stands. It is unique for ever.
type PaymentName struct {
	Channel protocol.ChannelID
	Epoch   uint64
	Sender  uint8
	Nonce   uint64
	Index   uint32
}

// Channel as it is now.
type Channel struct {
	// ChainID of its chain.
	ChainID string
	// State is a copy.
	State *machine.State
	// Peer is the other node, empty while it is not known.
	Peer string
	// Queued payments that are not signed yet, and bytes of them.
	Queued uint64
}

// Batch of payments as the log has it.
type Batch struct {
	Channel protocol.ChannelID
	Epoch   uint64
	Sender  uint8
	Nonce   uint64
	Count   uint32
	Delta   types.Uint128
	// Acknowledged by the receiver's signature.
	Acknowledged bool
	// Time when this node signed or took it, Unix seconds.
	Time uint64
	// Entries in the encoding of x/channels; nil if retention dropped them.
	Entries []byte
	// Packets of the batch, as protocol.EachPacket reads them.
	Packets []byte
}

// Peer is another node.
type Peer struct {
	ID        string
	Addresses []string
	Connected bool
	// Agent is the program that it says it is.
	Agent string
	// Features that it offers.
	Features protocol.Features
	// Score of misbehaviour: at 100 it is refused for a while.
	Score uint32
	// Channels with it.
	Channels []protocol.ChannelID
}

// Counters since the start of the process.
type Counters struct {
	// Sent payments that were signed, Acknowledged ones of them, and Received ones.
	Sent, Acknowledged, Received uint64
	// Batches signed and received.
	BatchesSent, BatchesReceived uint64
	// LogBytes written to the log, Flushes of it.
	LogBytes, Flushes uint64
	// DiskBytes that log and state take.
	DiskBytes uint64
}

// Progress of a stream. Payments count from the first that Send took.
type Progress struct {
	// Accepted payments: they wait, or are signed.
	Accepted uint64
	// Acknowledged payments have the receiver's signature and are durable on both sides.
	Acknowledged uint64
	// Last names the newest acknowledged payment.
	Last PaymentName
	// Err is why the stream goes on no more; what was accepted may still be
	// acknowledged, and the history says so.
	Err error
}
