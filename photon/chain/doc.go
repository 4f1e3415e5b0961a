// Package chain is what a payment node needs of one chain: a view of it that cannot be
// stale or contradictory unnoticed, the events of its own channels without gaps, the
// channel clock, and transactions that are sent until they are in a block.
//
// Several endpoints are asked at once. Headers are verified from a checkpoint by the
// validators' signatures, so that an endpoint can withhold but not invent; what two
// endpoints say about the same height is compared.
//
//	view       which endpoint is right, and how far the chain is
//	follower   what happened to the channels of some keys
//	submitter  messages to transactions
package chain
