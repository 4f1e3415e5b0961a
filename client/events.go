package client

import (
	abci "github.com/cometbft/cometbft/abci/types"
)

// Events of a transaction or a block, in order.
type Events []abci.Event

// Attr returns the value of key in the first event of the given type that has it, and whether
// there is one. Typed events carry their values as JSON, so strings come with their quotes.
func (e Events) Attr(eventType, key string) (string, bool) {
	for _, ev := range e {
		if ev.Type != eventType {
			continue
		}
		if v, ok := EventAttr(ev, key); ok {
			return v, true
		}
	}
	return "", false
}

// OfType returns the events of one type, in order.
func (e Events) OfType(eventType string) Events {
	var out Events
	for _, ev := range e {
		if ev.Type == eventType {
			out = append(out, ev)
		}
	}
	return out
}

// EventAttr returns the value of the first attribute with the key, and whether there is one.
func EventAttr(ev abci.Event, key string) (string, bool) {
	for _, a := range ev.Attributes {
		if a.Key == key {
			return a.Value, true
		}
	}
	return "", false
}
