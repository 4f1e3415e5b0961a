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
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// ledger is kept from the events of every block of all chains, as an auditor
// would: the accounts that send and receive have no say in it, except for the
// moment at which they handed a TransacKet in.
type ledger struct {
	mu     sync.Mutex
	lives  map[string]*life
	chains map[string]*chainLedger // by chain-id
	faults []string                // things that must not happen, in words
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
	bonds  []bond
}

// bond is what a registration of a zone has put with the registry.
type bond struct {
	owner  string
	amount sdk.Coin
}

func newLedger() *ledger {
	return &ledger{lives: map[string]*life{}, chains: map[string]*chainLedger{}}
}

// open begins the books of a chain.
func (l *ledger) open(chainID string) {
	l.chains[chainID] = &chainLedger{fees: map[string]sdk.Coins{}}
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
	case strings.HasPrefix(ev.Type, "mesh.transacket.v1.Event"), strings.HasPrefix(ev.Type, "mesh.zones.v1.Event"):
		l.typed(chainID, c, ev, seen)
	}
}

func (l *ledger) coins(event, text string) sdk.Coins {
	coins, err := sdk.ParseCoinsNormalized(text)
	if err != nil {
		l.fault("event %s with amount %q: %v", event, text, err)
	}
	return coins
}

// typed enters one event of x/transacket or x/zones.
func (l *ledger) typed(chainID string, c *chainLedger, ev abci.Event, seen time.Time) {
	msg, err := parseTyped(ev)
	if err != nil {
		l.fault("event %s on %s: %v", ev.Type, chainID, err)
		return
	}
	switch e := msg.(type) {
	case *transackettypes.EventSent:
		t := l.life(e.Id)
		l.once(&t.sent, seen, t, "sent")
		t.chain, t.channel, t.sequence, t.topic = chainID, e.Channel, e.Sequence, e.Topic
		t.from, t.to, t.payment = e.From, e.To, e.Payment
	case *transackettypes.EventDelivered:
		t := l.life(e.Id)
		l.once(&t.delivered, seen, t, "delivered")
		t.credited = e.Payment
	case *transackettypes.EventAcknowledged:
		t := l.life(e.Id)
		l.once(&t.acknowledged, seen, t, "acknowledged")
		t.receipt = e.Number > 0
		if e.Receipt == nil {
			l.fault("TransacKet %s: acknowledged without a receipt: %s", short(e.Id), e.Defect)
		}
		if e.Lost != "" {
			l.fault("TransacKet %s: its receipt is lost: %s", short(e.Id), e.Lost)
		}
	case *transackettypes.EventRefunded:
		t := l.life(e.Id)
		l.once(&t.refunded, seen, t, "refunded")
		t.reason = strings.TrimSpace(e.Reason.String() + " " + e.Error)
	case *transackettypes.EventForwarded:
		l.forwarded(chainID, e, seen)
	case *transackettypes.EventForwardSettled:
		if e.Error != "" { // what had arrived has gone back
			t := l.life(e.Id)
			t.delivered, t.next = time.Time{}, nil
		}
		if e.Unacknowledged != "" {
			l.fault("TransacKet %s: %s cannot tell where it came from what became of it: %s", short(e.Id), chainID, e.Unacknowledged)
		}
	case *zonestypes.EventZoneRegistered:
		c.bonds = append(c.bonds, bond{owner: e.Owner, amount: e.Bond})
	}
}

// forwarded enters that the main chain passed a TransacKet on: the forwarder was
// credited with it and sent the second hop.
func (l *ledger) forwarded(chainID string, e *transackettypes.EventForwarded, seen time.Time) {
	t := l.life(e.Id)
	l.once(&t.delivered, seen, t, "passed on")
	t.credited, t.to = e.Payment, forwarder()
	for _, other := range l.lives {
		if other.chain == chainID && other.channel == e.Channel && other.sequence == e.Sequence {
			t.next = other
			return
		}
	}
	l.fault("TransacKet %s: passed on by %s as packet %d of %s, which was never sent", short(e.Id), chainID, e.Sequence, e.Channel)
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

// count counts the TransacKets of a flow.
func (l *ledger) count(f flow) counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	var c counts
	for _, t := range l.lives {
		if f.has(t) {
			c.add(t)
		}
	}
	return c
}

// total counts all TransacKets of all chains.
func (l *ledger) total() counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	var c counts
	for _, t := range l.lives {
		c.add(t)
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
