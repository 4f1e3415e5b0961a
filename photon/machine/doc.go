// Package machine is the core of a payment node: one pure state machine per channel.
//
//	effects, err := state.Apply(event, signer, effects[:0])
//
// Apply reads no clock, no disk and no random source, starts nothing and keeps nothing
// of its arguments: what it needs comes in the event, what is to be done comes back as
// effects in the order in which they must happen. The same events give the same
// effects, which is what the simulator and the explorer rely on.
//
// An error means that the node asked for what cannot be done now: the state is as it
// was and there are no effects. What a peer or a chain does wrong is no error but
// effects (a Fault is sent, a Notice tells).
//
// Signing. The channel key comes in as a Signer, a pure function of the message, and
// signatures are made and checked inside of Apply. As an effect, a signature would
// come back later as an event, and each would need a state of waiting for it that can
// crash: a third more states for nothing, as a signature costs 30 µs and a batch has
// one. Both key types sign deterministically, so a machine that is replayed signs the
// same bytes.
//
// Durability. Persist comes before Send, Submit and Deliver in the slice: when an
// effect is carried out, all Persist effects before it must be on disk. A node may
// run many events, write all that is to be persisted at once, and release the other
// effects afterwards, in order. What is written is the state itself (State.AppendTo),
// with the batch if there is one. Every persist point has a name: PersistPoint.
package machine
