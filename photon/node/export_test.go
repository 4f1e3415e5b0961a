package node

import "errors"

// Sweep does at once what is otherwise done every few seconds.
func (n *Node) Sweep() error { return errors.Join(n.refresh(), n.sweepAll()) }
