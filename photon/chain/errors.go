package chain

import "errors"

// What may be wrong with the view of a chain. Nothing is signed or sent on such a view, but
// for what is never wrong to send; see [Chain.Submit].
var (
	// ErrUnreachable: no endpoint gives an answer that can be used; the reasons are joined.
	ErrUnreachable = errors.New("no endpoint of the chain can be used")
	// ErrStale: the newest block is older than it may be, the chain halted or the endpoint lags.
	ErrStale = errors.New("the view of the chain is stale")
	// ErrContradiction: two endpoints say different things about the same height.
	ErrContradiction = errors.New("the endpoints of the chain contradict each other")
	// ErrClock: a header is from the future. This machine's clock is wrong, or the endpoint lies.
	ErrClock = errors.New("a header of the chain and this machine's clock disagree")
	// ErrWrongChain: an endpoint serves another chain.
	ErrWrongChain = errors.New("the endpoint serves another chain")
	// ErrUnverified: a header does not follow from the checkpoint by the validators' signatures.
	ErrUnverified = errors.New("the header is not signed by validators that the checkpoint vouches for")
)
