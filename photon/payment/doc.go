// Package payment carries payments over several channels: it locks an amount in each of
// them under one hash, and the secret that opens the last lock opens all (hash time locked
// contracts, HTLC). It is pure, like the channel machine that it sits on:
//
//	commands = core.Apply(event, commands[:0])
//
// A Core is all that one node knows of such payments: as payer, which sends packets along
// routes, in parts if need be, and tries again where one failed; as mediator, which
// forwards for a fee; and as target, which reveals the secret once everything is there. It
// reads no clock and no disk, starts nothing, and says in commands what is to be done.
//
// # Crash safety
//
// A Core persists nothing but secrets. Which incoming lock an outgoing one belongs to
// follows from its payment id (a MAC over the incoming lock's name), and the channel
// machines keep the locks. What must never happen is that an outgoing lock is paid and its
// secret lost: SaveSecret comes before PayLock, without which the machine does not sign the
// batch that resolves the lock, and the store keeps the order. After a restart Restore looks
// at every lock that the machines have:
//
//	incoming  outgoing with its id       what is certain             what is done
//	pending   there, its secret known    it will be paid             reveal
//	pending   there, not decided         nothing                     wait for its end
//	pending   gone, secret saved         it was paid                 reveal
//	pending   gone, no secret saved      it was void, or never sent  dispose of
//	gone      any                        the payment is decided      nothing
package payment
