package demo

import (
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// life is what became of one TransacKet. Zero times are events not seen.
type life struct {
	id       string
	chain    string // chain-id it was sent on
	channel  string // it left through, on that chain
	sequence uint64
	topic    string
	from     string
	to       string   // who is credited: of one that is passed on, the forwarder
	payment  sdk.Coin // as it left the sender

	submitted    time.Time // when the sender handed it in
	sent         time.Time // from here on: when its block was seen
	delivered    time.Time // or passed on
	credited     sdk.Coin  // as the receiver got it
	next         *life     // second hop, if the main chain passed it on
	acknowledged time.Time
	receipt      bool // lies in the sender's inbox
	refunded     time.Time
	reason       string // of the refund
}

// arrival is when the receiver got it, on whichever chain.
func (t *life) arrival() time.Time {
	if t.next != nil {
		return t.next.delivered
	}
	return t.delivered
}

// underway tells whether its payment has left and arrived nowhere.
func (t *life) underway() bool {
	return !t.sent.IsZero() && t.delivered.IsZero() && t.refunded.IsZero()
}

// counts are the TransacKets of one direction, by how far they got.
type counts struct {
	Sent         int `json:"sent"`
	Delivered    int `json:"delivered"`
	Acknowledged int `json:"acknowledged"`
	// Receipts in the senders' inboxes.
	Receipts int `json:"receipts"`
	Refunded int `json:"refunded"`
}

// settled tells whether nothing is under way any more.
func (c counts) settled() bool { return c.Sent == c.Acknowledged+c.Refunded }

func (c *counts) add(t *life) {
	for counter, reached := range map[*int]bool{
		&c.Sent: !t.sent.IsZero(), &c.Delivered: !t.arrival().IsZero(), &c.Acknowledged: !t.acknowledged.IsZero(),
		&c.Receipts: t.receipt, &c.Refunded: !t.refunded.IsZero(),
	} {
		if reached {
			*counter++
		}
	}
}

// flow selects the TransacKets sent on one chain with one topic; an empty topic
// selects all of the chain.
type flow struct{ chain, topic string }

func (f flow) has(t *life) bool {
	return t.chain == f.chain && (f.topic == "" || t.topic == f.topic)
}
