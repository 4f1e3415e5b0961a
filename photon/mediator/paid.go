package mediator

import "encoding/binary"

// maxPaid bounds requests of others that this node remembers to have paid.
const maxPaid = 65_536

// Pays notes, durably before anything that is paid after it, that this node pays a request
// of another, until the request expires; false if it did before, or remembers too many.
// The target takes a payment with a lock once and needs no help; a direct payment it
// cannot refuse.
func (m *Mediator) Pays(id [16]byte, expiry uint64) bool {
	m.working.Lock()
	_, before := m.paid[id]
	full := len(m.paid) >= maxPaid
	if !before && !full {
		m.paid[id] = expiry
	}
	m.working.Unlock()
	if before || full {
		return false
	}
	m.node.Keep(paidName(id), binary.BigEndian.AppendUint64(nil, expiry))
	return true
}

// Paid tells whether this node paid a request of another.
func (m *Mediator) Paid(id [16]byte) bool {
	m.working.Lock()
	defer m.working.Unlock()
	_, ok := m.paid[id]
	return ok
}

// forgetPaid forgets requests that nobody may pay any more.
func (m *Mediator) forgetPaid() {
	m.working.Lock()
	var gone [][16]byte
	for id, expiry := range m.paid {
		if m.now() > expiry+paidGrace {
			gone = append(gone, id)
			delete(m.paid, id)
		}
	}
	m.working.Unlock()
	for _, id := range gone {
		m.node.Keep(paidName(id), nil)
	}
}

// paidGrace lets clocks differ, in seconds.
const paidGrace = 600

func paidName(id [16]byte) []byte { return append([]byte{keptPaid}, id[:]...) }
