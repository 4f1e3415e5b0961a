package relayer

import (
	"errors"
	"testing"
	"time"

	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	"github.com/stretchr/testify/require"
)

func TestOrderIsKept(t *testing.T) {
	w := testWorker(t)
	w.merge(scanResult{channels: [2]*channeltypes.Channel{{Ordering: channeltypes.ORDERED, State: channeltypes.OPEN}, {Ordering: channeltypes.ORDERED, State: channeltypes.OPEN}}})
	require.True(t, w.ordered, "the chain says so, whatever the configuration")
	for n := uint64(3); n > 0; n-- {
		w.note(0, fromA(channeltypes.EventTypeSendPacket, n, 90, now.Add(time.Hour)))
	}
	d := w.plan(1, now)
	require.True(t, d.ordered)
	require.Equal(t, []parcelID{{parcelRecv, 1}, {parcelRecv, 2}, {parcelRecv, 3}}, ids(d))

	// While one transaction is under way nothing follows it.
	w.sides[1].underWay = 1
	w.dispatch(1, time.Now())
	require.Empty(t, w.sides[1].jobs)
	w.sides[1].underWay = 0

	// A refused packet holds up all behind it.
	w.settle(outcome{to: 1, posted: true, failed: map[parcelID]error{{parcelRecv, 2}: errors.New("refused")}})
	require.Equal(t, []parcelID{{parcelRecv, 1}}, ids(w.plan(1, time.Now())))
	require.Len(t, w.plan(1, time.Now().Add(time.Minute)).parcels, 3)

	// So does one that has expired: it is timed out at home, which closes the channel.
	w = testWorker(t)
	w.ordered = true
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 1, 90, now))
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 2, 90, now.Add(time.Hour)))
	require.Empty(t, w.plan(1, now).parcels)
	require.Equal(t, []parcelID{{parcelTimeout, 1}}, ids(w.plan(0, now)))
}

func TestClosedChannelRefunds(t *testing.T) {
	w := testWorker(t)
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 1, 90, now.Add(time.Hour)))
	w.note(0, fromA(channeltypes.EventTypeWriteAck, 9, 90, now)) // not of this direction
	closed := &channeltypes.Channel{State: channeltypes.CLOSED}
	open := &channeltypes.Channel{State: channeltypes.OPEN}
	w.merge(scanResult{channels: [2]*channeltypes.Channel{open, closed}})
	require.Empty(t, w.plan(1, now).parcels, "nothing is received there any more")
	require.Empty(t, w.plan(0, now).parcels, "its being closed is proven by the next header")
	w.observe(news{side: 1, head: head{201, now}})
	require.Equal(t, []parcelID{{parcelClose, 1}}, ids(w.plan(0, now)))
	w.settle(outcome{to: 0, posted: true, done: []parcelID{{parcelClose, 1}}})
	require.Empty(t, w.sides[0].sent)
}

func TestNothingIsSentTwice(t *testing.T) {
	w := testWorker(t)
	for n := uint64(1); n <= 3; n++ {
		w.note(0, fromA(channeltypes.EventTypeSendPacket, n, 90, now.Add(time.Hour)))
	}
	w.dispatch(1, now)
	require.Len(t, (<-w.sides[1].jobs).parcels, 3)
	w.settle(outcome{to: 1, posted: true, txs: 1, open: []parcelID{{parcelRecv, 3}}})
	require.Equal(t, 1, w.sides[1].underWay)
	require.Equal(t, []parcelID{{parcelRecv, 3}}, ids(w.plan(1, now)), "the others are in a transaction that is under way")
	// The transaction was lost: all of it comes again.
	w.settle(outcome{to: 1, open: []parcelID{{parcelRecv, 1}, {parcelRecv, 2}}, err: errors.New("not included")})
	require.Zero(t, w.sides[1].underWay)
	require.Len(t, w.plan(1, now).parcels, 3)
}

func TestTransactionsUnderWayAreBounded(t *testing.T) {
	w := testWorker(t)
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 1, 90, now.Add(time.Hour)))
	w.sides[1].underWay = maxUnderWay
	w.dispatch(1, now)
	require.Empty(t, w.sides[1].jobs)
	w.sides[1].underWay--
	w.dispatch(1, now)
	require.Len(t, w.sides[1].jobs, 1)
}

func TestTheSlowerRelayerMakesWay(t *testing.T) {
	w := testWorker(t)
	s := w.sides[1]
	w.settle(outcome{to: 1, redundant: 3})
	require.GreaterOrEqual(t, s.yield, time.Second)
	first := s.yield
	w.settle(outcome{to: 1, redundant: 1})
	require.Greater(t, s.yield, first)
	for range 10 {
		w.settle(outcome{to: 1, redundant: 1})
	}
	require.Equal(t, maxYield, s.yield, "bounded, or packets would wait for a relayer that has died")
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 1, 90, now.Add(time.Hour)))
	seen := w.sides[0].sent[1].seen
	require.Empty(t, w.plan(1, seen.Add(maxYield-1)).parcels)
	require.Len(t, w.plan(1, seen.Add(maxYield)).parcels, 1, "the other one had its chance")
	for range 10 {
		w.settle(outcome{to: 1, done: []parcelID{{parcelRecv, 77}}})
	}
	require.Zero(t, s.yield, "nobody else is there")
}
