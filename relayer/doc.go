// Package relayer carries IBC packets between chains: the messenger of Atmosphere, which links
// every zone to the main chain (whitepaper section 6.7).
//
// A [Path] is a pair of channel ends. [Link] opens one: light clients, connection and channel, each
// step taken only if the chains do not show it done, so that it can be repeated after any failure.
// A [Relayer] made by [New] serves any number of paths with [Relayer.Run]: it delivers packets,
// acknowledgements and time-outs, and keeps the light clients fresh.
//
// The chains hold the truth. Whatever is in memory here can be lost at any moment: at start, after
// an outage and on a timer, what is still to be relayed is read from the chains' state (pending.go).
// Events of new blocks only make it faster (poller.go).
//
// Goroutines own their data and talk over channels: one poller per chain; per path one worker that
// owns what is pending, one scanner, and one courier per direction that fetches proofs and sends.
// One account per chain is shared by all paths and orders their transactions.
//
// See README.md for guarantees, configuration, metrics and recovery.
package relayer
