package demo

import (
	"encoding/hex"
	"fmt"
	"sync"

	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// receipts collects what senders find in their inboxes as the receipts for what they
// sent.
type receipts struct {
	mu   sync.Mutex
	seen map[string]bool // by id of the TransacKet
}

func newReceipts() *receipts { return &receipts{seen: map[string]bool{}} }

// take tells whether an entry of an inbox is a receipt, and notes it. A receipt
// without a block, or the second for one TransacKet, is an error.
func (r *receipts) take(t transackettypes.Transacket) (bool, error) {
	if t.Receipt == nil {
		return false, nil
	}
	id := hex.EncodeToString(t.Envelope.Thread)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case t.Receipt.Height == 0:
		return true, fmt.Errorf("receipt for TransacKet %s names no block", short(id))
	case r.seen[id]:
		return true, fmt.Errorf("receipt for TransacKet %s: is here twice", short(id))
	}
	r.seen[id] = true
	return true, nil
}

func (r *receipts) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// compare says which receipts the chains filed and nobody found, and the other way
// around.
func (r *receipts) compare(l *ledger) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	var faults []string
	for id, t := range l.lives {
		if t.receipt && !r.seen[id] {
			faults = append(faults, fmt.Sprintf("TransacKet %s from %s: its receipt was filed, the sender did not find it", short(id), t.from))
		}
	}
	for id := range r.seen {
		if t, ok := l.lives[id]; !ok || !t.receipt {
			faults = append(faults, fmt.Sprintf("TransacKet %s: its sender found a receipt, none was filed", short(id)))
		}
	}
	return faults[:min(len(faults), maxFaults)]
}
