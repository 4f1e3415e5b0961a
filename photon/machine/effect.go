package machine

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Effect is something that the node must do. Effects are carried out in their order.
type Effect interface{ effect() }

// Persist makes the state durable: State.AppendTo as it is after Apply, and the batch.
// Nothing that comes after it may happen before.
type Persist struct {
	Point PersistPoint
	// Batch belongs to the log, in PersistSent and PersistReceived; else nil.
	Batch *BatchRecord
	// Ack belongs to the log, in PersistAcked; else nil.
	Ack *AckRecord
}

// AckRecord is the peer's acknowledgement of one own batch: the log adds it to what it
// has of that batch.
type AckRecord struct {
	Epoch, Nonce uint64
	Signature    protocol.Signature
}

// BatchRecord is what the log keeps of a batch, beside its entries and packets. With
// the acknowledgement it is what every receipt of the batch needs.
type BatchRecord struct {
	// Own batch of this node, or one of the peer.
	Own   bool
	Epoch uint64
	Nonce uint64
	// Previous head.
	Previous types.Hash
	Count    uint32
	Delta    types.Uint128
	// Pair is the proof with its signature and, for a batch of the peer, the
	// acknowledgement of this node.
	Pair protocol.Pair
}

// Send sends a message to the peer, if it is connected; otherwise it is dropped, and
// re-establish brings back what matters.
type Send struct{ Message protocol.Message }

// Early is an effect that waits for nothing, not even for what earlier steps have to persist: of a
// secret that becomes known, so that it goes to where the payment came from without a disk on its
// way. Who passes a secret on claims and promises nothing; after a crash the peer shows it again,
// and no lock is paid before its secret is durable.
type Early struct{ Effect Effect }

// SendSigned sends the batch of the event SendBatch: the node adds entries and packets
// to the record that the Persist before it named.
type SendSigned struct{ Record *BatchRecord }

// Resend sends own batches again, out of the log: all with a nonce above After, up to
// and including UpTo, in order, before any new one.
type Resend struct{ Epoch, After, UpTo uint64 }

// ResendAcks sends acknowledgements of the peer's batches again, out of the log.
type ResendAcks struct{ Epoch, After, UpTo uint64 }

// Deliver gives the entries of the batch of the event ReceivedBatch to who is paid.
type Deliver struct{ Nonce uint64 }

// Acknowledged tells that own batches up to and including Nonce have the peer's word
// and are on its disk.
type Acknowledged struct{ Epoch, Nonce uint64 }

// Want says that there are locks to resolve or to remove: the next batch should have
// the entries that State.Wanted lists.
type Want struct{}

// Submit sends a transaction. The node retries while it cannot reach a chain; the
// machine asks again when it sees that nothing came of it.
type Submit struct{ Action Action }

// Hangup ends the session: the node ends or re-establishes the connection, after the
// next header at the earliest if Retry is set, and scores the peer if not.
type Hangup struct {
	Code  protocol.FaultCode
	Text  string
	Retry bool
}

// Notify tells people and the layers above.
type Notify struct{ Notice Notice }

// Forget lets the node delete everything of the channel but its history.
type Forget struct{}

func (Persist) effect()      {}
func (Send) effect()         {}
func (Early) effect()        {}
func (SendSigned) effect()   {}
func (Resend) effect()       {}
func (ResendAcks) effect()   {}
func (Deliver) effect()      {}
func (Acknowledged) effect() {}
func (Want) effect()         {}
func (Submit) effect()       {}
func (Hangup) effect()       {}
func (Notify) effect()       {}
func (Forget) effect()       {}

// PersistPoint names why the state must be durable. ../simulator/testdata/persist.md has
// the table of all, with what must not happen before; TestPersistTable makes it out of
// what machines do.
type PersistPoint uint8

// Persist points.
const (
	// PersistSent: an own batch was signed.
	PersistSent PersistPoint = iota + 1
	// PersistReceived: a batch of the peer is taken, and acknowledged.
	PersistReceived
	// PersistAcked: own batches are acknowledged.
	PersistAcked
	// PersistSecret: the secret of a lock is known.
	PersistSecret
	// PersistDisposing: this node gives up a received lock.
	PersistDisposing
	// PersistDisposed: the peer gave up a lock.
	PersistDisposed
	// PersistConsent: this node signs an agreement.
	PersistConsent
	// PersistAgreed: both signatures are there.
	PersistAgreed
	// PersistVoid: an agreement or a close is certain not to come.
	PersistVoid
	// PersistClosing: this node closes and signs nothing more.
	PersistClosing
	// PersistRestored: the store is older than what was signed.
	PersistRestored
	// PersistBroken: the peer took an illegal step, with the evidence.
	PersistBroken
	// PersistChain: the chain changed the channel.
	PersistChain
	lastPersistPoint
)
