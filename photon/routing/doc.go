// Package routing knows which channels there are, what they charge and how likely they are
// to work, and finds routes for payments.
//
//	Graph    announcements that were verified, bounded and expiring
//	Gossip   what of them is heard, believed and passed on, within limits per peer
//	Memory   what payments taught: which direction carried how much, when
//	Router   the cheapest route that is likely to work, or why there is none
//	Service  routes for light nodes, for a price paid by TransacKets
//
// Nothing here reads a clock or a disk or starts anything; what a chain says about a
// channel comes in through an interface. A Router is a payment.Router.
package routing
