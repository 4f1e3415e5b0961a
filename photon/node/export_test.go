package node

import (
	"context"
	"errors"
)

// Sweep does at once what is otherwise done every few seconds.
func (n *Node) Sweep() error {
	return errors.Join(n.refresh(context.Background()), n.sweepAll(context.Background()))
}
