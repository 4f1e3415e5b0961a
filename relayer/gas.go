package relayer

import (
	"sync"
)

const (
	// calibrated is the least number of messages of one kind in a transaction whose gas says what
	// one more costs: the fixed part of few messages would count too much.
	calibrated = 10
	// gasSlack is left above what was measured, beside the chain's gas adjustment.
	gasSlack = 200_000
)

// gasTable knows from transactions that were executed what a message of each kind costs on one
// chain, so that not every batch must be simulated: a simulation checks every proof once more.
// It is asked only for large batches of one kind; whatever does not fit is simulated.
type gasTable struct {
	mu  sync.Mutex
	per map[parcelKind]float64
}

func newGasTable() *gasTable { return &gasTable{per: map[parcelKind]float64{}} }

// onlyKind returns the kind of all messages, false if they differ or are few.
func onlyKind(ms []message) (parcelKind, bool) {
	if len(ms) < calibrated {
		return "", false
	}
	for _, m := range ms {
		if m.kind != ms[0].kind || m.tried {
			return "", false
		}
	}
	return ms[0].kind, true
}

// limit returns the gas to ask for, false if that must be simulated.
func (t *gasTable) limit(ms []message, adjustment float64) (uint64, bool) {
	kind, ok := onlyKind(ms)
	if !ok {
		return 0, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	per, ok := t.per[kind]
	if !ok {
		return 0, false
	}
	return uint64(per*float64(len(ms))*adjustment) + gasSlack, true
}

// learn takes in what a transaction used. Costs that rise count at once, costs that fall slowly.
func (t *gasTable) learn(ms []message, used int64) {
	kind, ok := onlyKind(ms)
	if !ok || used <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := float64(used) / float64(len(ms))
	if was, ok := t.per[kind]; ok && now < was {
		now = was + (now-was)/8
	}
	t.per[kind] = now
}

// forget makes the next batch of that kind be simulated.
func (t *gasTable) forget(ms []message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range ms {
		delete(t.per, m.kind)
	}
}
