package payment

import (
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Link is what the Core needs to know of a channel of its node, now.
type Link struct {
	ID protocol.ChannelID
	// Side of this node.
	Side uint8
	// Peer at the other end.
	Peer protocol.NodeID
	// Chain that the channel is on.
	Chain string
	Epoch uint64
	// Available to send.
	Available types.Uint128
	// Pending own locks.
	Pending int
	// Clock of the chain and Time of its newest header (Unix seconds).
	Clock, Time uint64
	// Deadline is the latest expiry of a new own lock.
	Deadline uint64
	// Err is why nothing can be sent now; nil if it can.
	Err error
}

// Links are the channels of a node. The Core asks while an event is applied; answers must
// not change meanwhile.
type Links interface {
	// Link returns a channel; not ok if the node has no such channel.
	Link(id protocol.ChannelID) (link Link, ok bool)
	// To returns the channels with a peer in a domain, in a fixed order.
	To(peer protocol.NodeID, domain types.Hash) []protocol.ChannelID
	// Slots that the peer takes in a channel; 0 if it did not say.
	Slots(id protocol.ChannelID) int
	// Announcement is this node's newest announcement of the channel; nil if there is none.
	Announcement(id protocol.ChannelID) *protocol.AnnounceChannel
}

// Query asks a Router for one route.
type Query struct {
	// From and To are the ends of the route.
	From, To protocol.NodeID
	// Domain of all its channels.
	Domain types.Hash
	// Amount that arrives, and MaxFee on top of it.
	Amount, MaxFee types.Uint128
	// MaxHops of the route, at least 1.
	MaxHops int
	// Local tells what can be sent in the node's own channels: routes leave only through
	// channels that it takes, up to the amount that it returns. Nil lets all through.
	Local func(id protocol.ChannelID) (types.Uint128, bool)
	// Taken of edges by other parts of the payment.
	Taken map[Edge]types.Uint128
	// Now in Unix seconds.
	Now uint64
}

// Route is a way through channels: the first hop leaves From, the last one ends at To.
type Route []protocol.RouteHop

// Fee of sending an amount that arrives along the route.
func (r Route) Fee(amount types.Uint128) (types.Uint128, error) {
	amounts, _, err := locks(r, amount, 0)
	if err != nil {
		return types.Uint128{}, err
	}
	fee, _ := amounts[0].Sub(amount)
	return fee, nil
}

// Edge is one direction of a channel.
type Edge struct {
	Channel protocol.ChannelID
	Side    uint8
}

// Router finds routes and learns from what became of payments.
type Router interface {
	// Route returns the cheapest route that is likely to work, or an error that says why
	// there is none: capacity, fee cap, offline or hops.
	Route(q Query) (Route, error)
	// Succeeded tells that an amount went through these edges.
	Succeeded(edges []Edge, amounts []types.Uint128, now uint64)
	// Failed tells that an edge did not carry an amount, and why.
	Failed(edge Edge, amount types.Uint128, reason protocol.Reason, now uint64)
	// Update takes an announcement that came with a failure.
	Update(a *protocol.AnnounceChannel, now uint64)
	// Mediators returns peers that swap, which the node has a channel in domain with; in a
	// fixed order.
	Mediators(domain types.Hash) []protocol.NodeID
	// OwnChannel returns a channel of this node in a domain.
	OwnChannel(domain types.Hash) (protocol.ChannelID, bool)
}
