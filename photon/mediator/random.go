package mediator

import "crypto/rand"

// newID draws a payment id.
func newID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // never fails, crypto/rand says
	return id
}
