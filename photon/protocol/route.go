package protocol

import (
	"encoding/binary"
	"fmt"

	"github.com/meshchain/meshchain/x/channels/types"
)

// Bounds of routes.
const (
	// MaxHops of a route, the last one included. Locks live at most challenge − reveal, and
	// each hop takes one reveal period: with the shortest challenge there is time for 3.
	MaxHops = 6
	// MaxRoutes in one answer.
	MaxRoutes = 4
)

// RouteHop is one channel of a route.
type RouteHop struct {
	// ID of the channel, and Side that pays into it.
	ID   ChannelID
	Side uint8
	// To is the node at the other end, and PacketKey its key.
	To        NodeID
	PacketKey [32]byte
	Policy
}

func (h *RouteHop) appendTo(b []byte) []byte {
	b = append(appendChannelID(b, h.ID), h.Side)
	b = append(append(b, h.To[:]...), h.PacketKey[:]...)
	b = binary.BigEndian.AppendUint32(h.FeeBase.AppendTo(b), h.FeeRate)
	b = h.Max.AppendTo(h.Min.AppendTo(b))
	b = binary.BigEndian.AppendUint32(b, h.Delta)
	return binary.BigEndian.AppendUint16(b, h.Slots)
}

func (r *reader) hop() RouteHop {
	h := RouteHop{ID: r.channelID(), Side: r.side("side"), To: r.node("to"), PacketKey: r.hash("packet key")}
	h.FeeBase, h.FeeRate = r.amount("fee base"), r.uint32("fee rate")
	h.Min, h.Max = r.amount("min"), r.amount("max")
	h.Delta, h.Slots = r.uint32("delta"), r.uint16("slots")
	return h
}

// PaymentName names one payment that the sender of a message made to its receiver.
type PaymentName struct {
	ID ChannelID
	// Epoch and Nonce of the batch, and Index of the entry.
	Epoch, Nonce uint64
	Index        uint32
}

// RouteRequest asks a path-finding service for routes.
type RouteRequest struct {
	// Number of the request; the answer has it.
	Number uint64
	// From and To of the route.
	From, To NodeID
	// Domain that the payment arrives in, and Amount that arrives.
	Domain types.Hash
	Amount types.Uint128
	// MaxFee of the whole route, in what is paid.
	MaxFee types.Uint128
	// Paid names the payment of the service's price; zero if it is free.
	Paid PaymentName
}

// Kind implements Message.
func (RouteRequest) Kind() Kind { return KindRouteRequest }

// AppendTo implements Message:
//
//	number 8 | from 32 | to 32 | domain 32 | amount 16 | max fee 16
//	| paid: domain 32 | channel 8 | epoch 8 | nonce 8 | index 4
func (m RouteRequest) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, m.Number)
	b = append(append(append(b, m.From[:]...), m.To[:]...), m.Domain[:]...)
	b = m.MaxFee.AppendTo(m.Amount.AppendTo(b))
	b = binary.BigEndian.AppendUint64(appendChannelID(b, m.Paid.ID), m.Paid.Epoch)
	b = binary.BigEndian.AppendUint64(b, m.Paid.Nonce)
	return binary.BigEndian.AppendUint32(b, m.Paid.Index)
}

// ParseRouteRequest reads a body.
func ParseRouteRequest(b []byte) (m RouteRequest, err error) {
	r := reader{message: "route request", b: b}
	m = RouteRequest{
		Number: r.uint64("number"), From: r.node("from"), To: r.node("to"), Domain: r.hash("domain"),
		Amount: r.amount("amount"), MaxFee: r.amount("max fee"),
		Paid: PaymentName{ID: r.channelID(), Epoch: r.uint64("epoch"), Nonce: r.uint64("nonce"), Index: r.uint32("index")},
	}
	return m, r.done()
}

// Routes answers a RouteRequest: the best route first, or none and the reason.
type Routes struct {
	Number uint64
	Routes [][]RouteHop
	// Target as it announced itself, if there is a route: its signature tells the asker that the
	// packet key is the target's, and not that of somebody who wants to be paid instead.
	Target *AnnounceNode
	// Reason for people if there is no route: capacity, fee cap, offline, hops, price.
	Reason string
}

// Kind implements Message.
func (*Routes) Kind() Kind { return KindRoutes }

// AppendTo implements Message:
//
//	number 8 | count 1 | (hops 1 | hop 167 × hops) × count | length 2 | target
//	| length 2 | reason
func (m *Routes) AppendTo(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, m.Number)
	b = append(b, byte(min(len(m.Routes), MaxRoutes)))
	for _, route := range m.Routes[:min(len(m.Routes), MaxRoutes)] {
		route = route[:min(len(route), MaxHops)]
		b = append(b, byte(len(route)))
		for i := range route {
			b = route[i].appendTo(b)
		}
	}
	var target []byte
	if m.Target != nil {
		target = m.Target.AppendTo(nil)
	}
	b = appendText(b, string(target), maxAnnounceNode)
	return appendText(b, m.Reason, MaxFaultText)
}

// ParseRoutes reads a body. It checks form, not truth.
func ParseRoutes(b []byte) (*Routes, error) {
	r := reader{message: "routes", b: b}
	m := &Routes{Number: r.uint64("number")}
	count := int(r.uint8("count"))
	if count > MaxRoutes {
		return nil, fmt.Errorf("%w: routes: %d: must be at most %d", ErrTooLarge, count, MaxRoutes)
	}
	for range count {
		hops := int(r.uint8("hops"))
		if hops > MaxHops {
			return nil, fmt.Errorf("%w: routes: %d hops: must be at most %d", ErrTooLarge, hops, MaxHops)
		}
		route := make([]RouteHop, 0, hops)
		for range hops {
			route = append(route, r.hop())
		}
		m.Routes = append(m.Routes, route)
	}
	target := r.text("target", maxAnnounceNode)
	m.Reason = r.text("reason", MaxFaultText)
	if err := r.done(); err != nil || target == "" {
		return m, err
	}
	var err error
	m.Target, err = ParseAnnounceNode([]byte(target))
	return m, err
}
