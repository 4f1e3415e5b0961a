package demo

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/client"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// ledger is kept from the events of every block of both chains, as an auditor
// would: the accounts that send and receive have no say in it, except for the
// moment at which they handed a TransacKet in.
type ledger struct {
	mu     sync.Mutex
	lives  map[string]*life
	chains map[string]*chainLedger // by chain-id
	faults []string                // things that must not happen, in words
}

// life is what became of one TransacKet. Zero times are events not seen.
type life struct {
	id      string
	chain   string // chain-id it was sent on
	from    string
	to      string
	payment sdk.Coin // as it left the sender

	submitted    time.Time // when the sender handed it in
	sent         time.Time // from here on: when its block was seen
	delivered    time.Time
	credited     sdk.Coin // as the receiver got it
	acknowledged time.Time
	refunded     time.Time
	reason       string // of the refund
}

// chainLedger is what the blocks of one chain moved, beside TransacKets.
type chainLedger struct {
	height int64 // newest block seen
	blocks int64
	txs    int
	failed int                  // transactions that were included and failed
	fees   map[string]sdk.Coins // by payer
	minted sdk.Coins
	burned sdk.Coins
}

func newLedger(chainIDs ...string) *ledger {
	l := &ledger{lives: map[string]*life{}, chains: map[string]*chainLedger{}}
	for _, id := range chainIDs {
		l.chains[id] = &chainLedger{fees: map[string]sdk.Coins{}}
	}
	return l
}

// block enters one block. It must get every block of a chain, once, in order.
func (l *ledger) block(chainID string, height int64, txs []*abci.ExecTxResult, rest []abci.Event, seen time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chains[chainID]
	c.height = height
	c.blocks++
	for _, tx := range txs {
		c.txs++
		if tx.Code != abci.CodeTypeOK {
			c.failed++ // its events are those of the ante chain: the fee
		}
		for _, ev := range tx.Events {
			l.event(chainID, c, ev, seen)
		}
	}
	for _, ev := range rest {
		l.event(chainID, c, ev, seen)
	}
}

func (l *ledger) event(chainID string, c *chainLedger, ev abci.Event, seen time.Time) {
	switch {
	case ev.Type == sdk.EventTypeTx:
		payer, ok := client.EventAttr(ev, sdk.AttributeKeyFeePayer)
		if fee, hasFee := client.EventAttr(ev, sdk.AttributeKeyFee); ok && hasFee {
			c.fees[payer] = c.fees[payer].Add(l.coins(ev.Type, fee)...)
		}
	case ev.Type == banktypes.EventTypeCoinMint:
		if amount, ok := client.EventAttr(ev, sdk.AttributeKeyAmount); ok {
			c.minted = c.minted.Add(l.coins(ev.Type, amount)...)
		}
	case ev.Type == banktypes.EventTypeCoinBurn:
		if amount, ok := client.EventAttr(ev, sdk.AttributeKeyAmount); ok {
			c.burned = c.burned.Add(l.coins(ev.Type, amount)...)
		}
	case strings.HasPrefix(ev.Type, "mesh.transacket.v1.Event"):
		l.transacket(chainID, ev, seen)
	}
}

func (l *ledger) coins(event, text string) sdk.Coins {
	coins, err := sdk.ParseCoinsNormalized(text)
	if err != nil {
		l.fault("event %s with amount %q: %v", event, text, err)
	}
	return coins
}

// transacket enters one typed event of x/transacket.
func (l *ledger) transacket(chainID string, ev abci.Event, seen time.Time) {
	msg, err := parseTyped(ev)
	if err != nil {
		l.fault("event %s on %s: %v", ev.Type, chainID, err)
		return
	}
	switch e := msg.(type) {
	case *transackettypes.EventSent:
		t := l.life(e.Id)
		l.once(&t.sent, seen, t, "sent")
		t.chain, t.from, t.to, t.payment = chainID, e.From, e.To, e.Payment
	case *transackettypes.EventDelivered:
		t := l.life(e.Id)
		l.once(&t.delivered, seen, t, "delivered")
		t.credited = e.Payment
	case *transackettypes.EventAcknowledged:
		t := l.life(e.Id)
		l.once(&t.acknowledged, seen, t, "acknowledged")
		if e.Receipt == nil {
			l.fault("TransacKet %s: acknowledged without a receipt: %s", short(e.Id), e.Defect)
		}
	case *transackettypes.EventRefunded:
		t := l.life(e.Id)
		l.once(&t.refunded, seen, t, "refunded")
		t.reason = strings.TrimSpace(e.Reason.String() + " " + e.Error)
	}
}

// submitted notes when a sender handed a TransacKet in.
func (l *ledger) submitted(id []byte, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.life(hex.EncodeToString(id)).submitted = at
}

func (l *ledger) life(id string) *life {
	t, ok := l.lives[id]
	if !ok {
		t = &life{id: id}
		l.lives[id] = t
	}
	return t
}

func (l *ledger) once(when *time.Time, seen time.Time, t *life, what string) {
	if !when.IsZero() {
		l.fault("TransacKet %s: %s twice", short(t.id), what)
	}
	*when = seen
}

func (l *ledger) fault(format string, args ...any) {
	if len(l.faults) < maxFaults {
		l.faults = append(l.faults, fmt.Sprintf(format, args...))
	}
}

// counts are the TransacKets sent on one chain, by how far they got.
type counts struct {
	Sent         int `json:"sent"`
	Delivered    int `json:"delivered"`
	Acknowledged int `json:"acknowledged"`
	Refunded     int `json:"refunded"`
}

// settled tells whether nothing is under way any more.
func (c counts) settled() bool { return c.Sent == c.Acknowledged+c.Refunded }

// count counts what was sent on a chain.
func (l *ledger) count(chainID string) counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	var c counts
	for _, t := range l.lives {
		if t.chain != chainID {
			continue
		}
		c.Sent++
		if !t.delivered.IsZero() {
			c.Delivered++
		}
		if !t.acknowledged.IsZero() {
			c.Acknowledged++
		}
		if !t.refunded.IsZero() {
			c.Refunded++
		}
	}
	return c
}

// parseTyped decodes a typed event. The SDK adds attributes of its own that are
// no JSON and must go first.
func parseTyped(ev abci.Event) (any, error) {
	clean := abci.Event{Type: ev.Type}
	for _, a := range ev.Attributes {
		if a.Key != "mode" && a.Key != "msg_index" {
			clean.Attributes = append(clean.Attributes, a)
		}
	}
	return sdk.ParseTypedEvent(clean)
}

// short abbreviates an id.
func short(id string) string { return id[:min(len(id), 12)] }
