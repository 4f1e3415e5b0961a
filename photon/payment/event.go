package payment

import (
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Event is what happens to a Core.
type Event interface{ event() }

// Received is machine.NoticeLockAdded with the packet that came with the lock.
type Received struct {
	Channel protocol.ChannelID
	Lock    machine.PendingLock
	// Packet as received; the Core checks it against the lock.
	Packet []byte
}

// Noticed is any other notice of a channel's machine. Those that say nothing about locks
// are ignored.
type Noticed struct {
	Channel protocol.ChannelID
	Notice  machine.Notice
}

// Locked tells that the batch with a lock that was asked for is signed.
type Locked struct {
	Channel   protocol.ChannelID
	PaymentID [16]byte
	// Name of the lock's entry; zero if it is not known.
	Name Name
}

// Name is where the entry of an own lock stands in its channel.
type Name struct {
	Channel      protocol.ChannelID
	Epoch, Nonce uint64
	Index        uint32
}

// NotLocked tells that a lock that was asked for is in no batch and will be in none.
type NotLocked struct {
	Channel   protocol.ChannelID
	PaymentID [16]byte
	// Err is the machine's reason.
	Err error
}

// Pay starts a payment. Finished answers it, later or at once.
type Pay struct{ Order Order }

// Expect tells of a payment request of this node that payments may come for.
type Expect struct{ Request Request }

// Quoted is a peer's answer to AskQuote.
type Quoted struct{ Quote protocol.Quote }

// QuoteAsked is a peer's question for a rate.
type QuoteAsked struct {
	Peer    protocol.NodeID
	Request protocol.QuoteRequest
}

// Tick tells the time; once a second is enough.
type Tick struct{}

// Restore is the first event of a run: all locks of all channels, and what the store has.
type Restore struct {
	Channels []ChannelLocks
	// Secrets that were saved.
	Secrets [][types.SecretLength]byte
	// Requests that were saved.
	Requests []Request
}

// ChannelLocks are the locks of one channel.
type ChannelLocks struct {
	Channel protocol.ChannelID
	Epoch   uint64
	// Sent are State.Sent.Locks, Gone State.Sent.Gone, Received State.Received.Locks.
	Sent     []*machine.PendingLock
	Gone     []*machine.GoneLock
	Received []*machine.PendingLock
}

func (Received) event()   {}
func (Noticed) event()    {}
func (Locked) event()     {}
func (NotLocked) event()  {}
func (Pay) event()        {}
func (Expect) event()     {}
func (Quoted) event()     {}
func (QuoteAsked) event() {}
func (Tick) event()       {}
func (Restore) event()    {}

// Command is something that the node must do, in the order of the commands.
type Command interface{ command() }

// AddLock asks for a lock in the next batch. The node answers with Locked or NotLocked; it
// must not sign after Until.
type AddLock struct {
	Channel   protocol.ChannelID
	PaymentID [16]byte
	Amount    types.Uint128
	Hash      types.Hash
	// Expiry by the channel clock.
	Expiry uint64
	Packet []byte
	// Until in Unix seconds.
	Until uint64
}

// Reveal is machine.Reveal for a received lock.
type Reveal struct {
	Channel protocol.ChannelID
	LockID  uint64
	Secret  [types.SecretLength]byte
}

// Dispose is machine.Dispose for a received lock.
type Dispose struct {
	Channel protocol.ChannelID
	LockID  uint64
	Reason  protocol.Reason
	Failure []byte
}

// Pass is machine.Pass for a received lock: the secret goes on before it is saved. Reveal follows.
type Pass struct {
	Channel protocol.ChannelID
	LockID  uint64
	Secret  [types.SecretLength]byte
}

// PayLock is machine.Pay for an own lock: its secret is known, and was saved if a received
// lock depends on it.
type PayLock struct {
	Channel protocol.ChannelID
	LockID  uint64
}

// SaveSecret makes a secret durable. The store must get it before the commands after it are
// carried out, so that it is on disk before anything that they lead to; nobody has to wait
// for the disk.
type SaveSecret struct {
	Hash   types.Hash
	Secret [types.SecretLength]byte
}

// DropSecret forgets a saved secret: no lock needs it any more.
type DropSecret struct{ Hash types.Hash }

// SaveRequest makes a payment request durable, with what is paid; DropRequest forgets it.
type SaveRequest struct{ Request Request }

// DropRequest forgets a request that expired.
type DropRequest struct{ Hash types.Hash }

// RegisterSecret puts a secret on record at the chain of a channel: it got known on
// another chain, whose lock counts already.
type RegisterSecret struct {
	Channel protocol.ChannelID
	Secret  [types.SecretLength]byte
	// Until is the expiry of the lock by the clock of that chain.
	Until uint64
}

// AskQuote asks a connected mediator; the answer comes back as Quoted.
type AskQuote struct {
	Peer    protocol.NodeID
	Request protocol.QuoteRequest
}

// AnswerQuote sends a quote that the node must sign before.
type AnswerQuote struct {
	Peer  protocol.NodeID
	Quote protocol.Quote
}

// Arrived tells the target that a payment is complete: its secret is out.
type Arrived struct {
	// ID that the payer gave it.
	ID   [16]byte
	Hash types.Hash
	// Domain that it arrived in.
	Domain types.Hash
	Amount types.Uint128
	Data   []byte
	// Requested tells that it pays a request of this node.
	Requested bool
}

// Finished answers Pay. The payment is decided: paid if Err is nil, else nothing was paid.
type Finished struct {
	ID     [16]byte
	Secret [types.SecretLength]byte
	// Amount that arrived, and Fee on top of it, in what was paid; for a swap Fee is all that was paid.
	Amount, Fee types.Uint128
	// Parts that it was sent in, and Attempts until it was there.
	Parts, Attempts int
	// Hops of the last part: the nodes after this one.
	Hops []protocol.NodeID
	// Order as it was carried out, with ID and Hash; nil if nothing was paid. Requested tells that the
	// hash was the target's.
	Order     *Order
	Requested bool
	// Names of the own locks that paid it.
	Names []Name
	// Quote that was asked for, of an order that asks for nothing else.
	Quote *protocol.Quote
	Err   error
}

// Forwarded tells that a mediated payment was paid on both sides.
type Forwarded struct {
	In, Out protocol.ChannelID
	// AmountIn and AmountOut, in what each channel holds.
	AmountIn, AmountOut types.Uint128
}

// Lost tells that an outgoing lock was paid while the incoming one is gone. It cannot
// happen while chains and clocks keep what the margins allow for.
type Lost struct {
	In     LockRef
	Out    protocol.ChannelID
	Amount types.Uint128
}

func (AddLock) command()        {}
func (Reveal) command()         {}
func (Pass) command()           {}
func (PayLock) command()        {}
func (Dispose) command()        {}
func (SaveSecret) command()     {}
func (DropSecret) command()     {}
func (SaveRequest) command()    {}
func (DropRequest) command()    {}
func (RegisterSecret) command() {}
func (AskQuote) command()       {}
func (AnswerQuote) command()    {}
func (Arrived) command()        {}
func (Finished) command()       {}
func (Forwarded) command()      {}
func (Lost) command()           {}
