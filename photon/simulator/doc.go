// Package simulator runs payment nodes without a disk, a network or a clock: channel
// machines, a chain with the real keeper of x/channels, links that lose, delay, repeat
// and reorder, and crashes before and after every durable write, all out of one seed.
// What a run did is repeated by its seed to the last byte.
//
// A World holds chains and nodes and moves time. Invariants are checked while it runs
// (no two proofs for a nonce, silence after agreements and closes) and when a channel
// ends (nobody honest is paid less than x/channels promises, coins are conserved).
// Adversaries are nodes whose owner uses their key as it likes.
package simulator
