package chain

import (
	"fmt"
	"slices"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/meshchain/meshchain/x/channels/types"
)

const eventPrefix = "mesh.channels.v1.Event"

// Event is something that happened to a channel, or a secret that got on record.
type Event struct {
	// Height of the block.
	Height int64
	// Message is one of x/channels' typed events, or a [types.Change]: the present state of a
	// channel whose events were missed.
	Message proto.Message
}

// decodeEvents returns x/channels' events in order. A malformed one is an error: the node that
// sends it is not to be used for this block.
func decodeEvents(events []abci.Event, height int64) ([]Event, error) {
	var out []Event
	for _, ev := range events {
		if !strings.HasPrefix(ev.Type, eventPrefix) {
			continue
		}
		// The chain adds an attribute for the index of the message, which no field has.
		known := ev.Attributes[:0:0]
		for _, a := range ev.Attributes {
			if a.Key != "msg_index" {
				known = append(known, a)
			}
		}
		message, err := parseTyped(abci.Event{Type: ev.Type, Attributes: known})
		if err != nil {
			return nil, fmt.Errorf("event %s of block %d: %w", ev.Type, height, err)
		}
		out = append(out, Event{Height: height, Message: message})
	}
	return out, nil
}

// parseTyped keeps a node that sends nonsense from ending the process: the SDK's parser
// panics on some.
func parseTyped(ev abci.Event) (m proto.Message, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it is malformed: %v", r)
		}
	}()
	return sdk.ParseTypedEvent(ev)
}

// channelOf returns the id of the channel that an event is about; 0 for one that is about none.
func channelOf(m proto.Message) uint64 {
	if c, ok := m.(interface{ GetChannelId() uint64 }); ok {
		return c.GetChannelId()
	}
	if m, ok := m.(*types.Change); ok {
		if m.Channel != nil {
			return m.Channel.Id
		}
		if m.Ended != nil {
			return m.Ended.Id
		}
	}
	return 0
}

// sameEvents tells whether two endpoints say the same of a block.
func sameEvents(a, b []Event) bool {
	return slices.EqualFunc(a, b, func(a, b Event) bool {
		return proto.MessageName(a.Message) == proto.MessageName(b.Message) && proto.Equal(a.Message, b.Message)
	})
}
