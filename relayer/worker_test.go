package relayer

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/log"
	clienttypes "github.com/cosmos/ibc-go/v8/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"
	ibctm "github.com/cosmos/ibc-go/v8/modules/light-clients/07-tendermint"
	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
)

var (
	testPath = Path{
		A: End{ChainID: "main-1", ClientID: "07-tendermint-0", ConnectionID: "connection-0", PortID: "transfer", ChannelID: "channel-0"},
		B: End{ChainID: "farm-1", ClientID: "07-tendermint-5", ConnectionID: "connection-5", PortID: "transfer", ChannelID: "channel-7"},
	}
	now = time.Unix(1_800_000_000, 0)
)

func testWorker(t *testing.T) *worker {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Batch.MaxMsgs = 5
	w := newWorker(testPath, &Chain{id: "main-1", revision: 1}, &Chain{id: "farm-1", revision: 1}, cfg, log.NewNopLogger(), newMetrics())
	w.observe(news{side: 0, head: head{100, now}})
	w.observe(news{side: 1, head: head{200, now}})
	return w
}

// fromA is an event about the n-th packet that side A sent.
func fromA(kind string, n uint64, height int64, expires time.Time) packetEvent {
	p := channeltypes.NewPacket([]byte("x"), n, "transfer", "channel-0", "transfer", "channel-7", clienttypes.ZeroHeight(), uint64(expires.UnixNano()))
	return packetEvent{kind: kind, packet: packet{Packet: p, height: height, ack: []byte{1}}}
}

func ids(d delivery) (out []parcelID) {
	for _, p := range d.parcels {
		out = append(out, p.id())
	}
	return out
}

func TestPacketLife(t *testing.T) {
	w := testWorker(t)
	later := now.Add(time.Hour)
	w.observe(news{side: 0, head: head{100, now}, events: []packetEvent{fromA(channeltypes.EventTypeSendPacket, 1, 100, later)}})
	require.Equal(t, int64(101), w.plan(1, now).height, "block 100 is proven by header 101 only")
	w.observe(news{side: 0, head: head{101, now}})
	require.Equal(t, []parcelID{{parcelRecv, 1}}, ids(w.plan(1, now)))
	require.Equal(t, int64(101), w.plan(1, now).height)
	require.Empty(t, w.plan(0, now).parcels)

	// Received, by us or by somebody else; the acknowledgement goes back one header later.
	w.observe(news{side: 1, head: head{201, now}, events: []packetEvent{
		fromA(channeltypes.EventTypeRecvPacket, 1, 201, later), fromA(channeltypes.EventTypeWriteAck, 1, 201, later),
	}})
	require.Empty(t, w.plan(1, now).parcels)
	require.Equal(t, int64(202), w.plan(0, now).height)
	w.observe(news{side: 1, head: head{202, now}})
	require.Equal(t, []parcelID{{parcelAck, 1}}, ids(w.plan(0, now)))
	require.Equal(t, int64(202), w.plan(0, now).height)
	w.publish(now)
	require.Equal(t, int64(0), w.oldest[0].Load())
	require.Equal(t, int64(201), w.oldest[1].Load(), "a restart reads from here")

	w.observe(news{side: 0, head: head{103, now}, events: []packetEvent{fromA(channeltypes.EventTypeAcknowledgePacket, 1, 103, later)}})
	require.Empty(t, w.plan(0, now).parcels)
	w.publish(now)
	require.Zero(t, w.oldest[1].Load())
}

func TestTimeoutIsProvenByTheOtherSide(t *testing.T) {
	w := testWorker(t)
	deadline := now.Add(10 * time.Second)
	w.observe(news{side: 0, head: head{110, now}, events: []packetEvent{fromA(channeltypes.EventTypeSendPacket, 1, 100, deadline)}})
	require.Equal(t, []parcelID{{parcelRecv, 1}}, ids(w.plan(1, now)))
	// Time passes on A only: B may still take it.
	w.observe(news{side: 0, head: head{120, now.Add(time.Minute)}})
	require.Equal(t, []parcelID{{parcelRecv, 1}}, ids(w.plan(1, now)))
	require.Empty(t, w.plan(0, now).parcels)
	// Time passes on B: it must not, and A is told so.
	w.observe(news{side: 1, head: head{210, deadline}})
	require.Empty(t, w.plan(1, now).parcels)
	require.Equal(t, []parcelID{{parcelTimeout, 1}}, ids(w.plan(0, now)))
	w.settle(outcome{to: 0, done: []parcelID{{parcelTimeout, 1}}})
	require.Empty(t, w.plan(0, now).parcels)
	require.Empty(t, w.sides[0].sent)
}

func TestPlanIsBoundedAndInOrder(t *testing.T) {
	w := testWorker(t)
	for n := uint64(50); n > 0; n-- {
		w.note(0, fromA(channeltypes.EventTypeSendPacket, n, 90, now.Add(time.Hour)))
	}
	d := w.plan(1, now)
	require.Len(t, d.parcels, batchesAtOnce*5)
	for i, p := range d.parcels {
		require.Equal(t, uint64(i+1), p.Sequence)
	}
	// Another path's packet is not ours.
	foreign := fromA(channeltypes.EventTypeSendPacket, 99, 90, now)
	foreign.DestinationChannel = "channel-8"
	w.note(0, foreign)
	require.NotContains(t, w.sides[0].sent, uint64(99))
}

func TestMemoryIsBounded(t *testing.T) {
	w := testWorker(t)
	for n := uint64(1); n <= maxHeld+10; n++ {
		w.note(0, fromA(channeltypes.EventTypeSendPacket, n, 90, now.Add(time.Hour)))
	}
	require.Len(t, w.sides[0].sent, maxHeld)
	require.True(t, w.overflow)
	w.nextScan = now.Add(time.Hour)
	w.scan(now)
	require.Empty(t, w.scans)
	for n := uint64(1); n <= maxHeld*3/4; n++ {
		w.note(1, fromA(channeltypes.EventTypeRecvPacket, n, 201, now))
	}
	w.scan(now)
	require.Len(t, w.scans, 1, "what did not fit is looked for when there is room")
	require.Len(t, (<-w.scans).sent[0], maxHeld-maxHeld*3/4)
}

func TestRefusedPacketIsPutAside(t *testing.T) {
	w := testWorker(t)
	for n := uint64(1); n <= 2; n++ {
		w.note(0, fromA(channeltypes.EventTypeSendPacket, n, 90, now.Add(time.Hour)))
	}
	w.settle(outcome{to: 1, failed: map[parcelID]error{{parcelRecv, 1}: errors.New("refused")}})
	require.Equal(t, []parcelID{{parcelRecv, 2}}, ids(w.plan(1, time.Now())))
	require.Len(t, w.plan(1, time.Now().Add(time.Minute)).parcels, 2)
}

func TestFailedDeliveryPausesOneDirection(t *testing.T) {
	w := testWorker(t)
	w.note(0, fromA(channeltypes.EventTypeSendPacket, 1, 90, now.Add(time.Hour)))
	w.settle(outcome{to: 1, posted: true, err: errors.New("away")})
	w.dispatch(1, time.Now())
	require.Empty(t, w.sides[1].jobs)
	w.dispatch(1, time.Now().Add(maxPause))
	require.Len(t, w.sides[1].jobs, 1)
	require.True(t, w.sides[1].busy)
	w.dispatch(1, time.Now().Add(maxPause))
	require.Len(t, w.sides[1].jobs, 1, "one delivery at a time")
	// A chain that is back is tried at once.
	w.settle(outcome{to: 1, posted: true, err: errors.New("away")})
	w.observe(news{side: 0, head: head{101, now}, gap: true})
	require.True(t, w.sides[1].retry.IsZero())
}

func TestRefreshWellBeforeExpiry(t *testing.T) {
	w := testWorker(t)
	w.sides[1].client = &lightClient{state: &ibctm.ClientState{TrustingPeriod: 3 * time.Hour}, newest: &ibctm.ConsensusState{Timestamp: now}}
	require.False(t, w.plan(1, now.Add(59*time.Minute)).refresh)
	require.True(t, w.plan(1, now.Add(61*time.Minute)).refresh)
	require.NoError(t, w.sides[1].client.usable(now.Add(179*time.Minute)))
	require.ErrorIs(t, w.sides[1].client.usable(now.Add(3*time.Hour)), ErrClientDead)
	w.sides[1].client.state.FrozenHeight = clienttypes.NewHeight(1, 1)
	require.ErrorIs(t, w.sides[1].client.usable(now), ErrClientDead)
}

func TestPack(t *testing.T) {
	c := &courier{batch: BatchConfig{MaxMsgs: 3, MaxBytes: 100}}
	sizes := func(s ...int) (out []message) {
		for _, n := range s {
			out = append(out, message{size: n})
		}
		return out
	}
	require.Equal(t, 3, c.pack(sizes(1, 1, 1, 1)))
	require.Equal(t, 2, c.pack(sizes(50, 50, 1)))
	require.Equal(t, 1, c.pack(sizes(500, 1)), "at least one")
	require.Equal(t, 2, c.pack(sizes(1, 2)))
}

func TestJudge(t *testing.T) {
	c := &courier{}
	refusal := func(stage, codespace string, code uint32, log string) error {
		return &client.TxError{Stage: stage, Codespace: codespace, Code: code, Log: log}
	}
	for name, tc := range map[string]struct {
		err     error
		n       int
		updated bool
		bad     int
		want    verdict
	}{
		"node away":             {errors.New("connection refused"), 5, true, 0, verdictRetry},
		"not included":          {client.ErrNotIncluded, 5, true, 0, verdictRetry},
		"all redundant":         {refusal("check", "channel", channeltypes.ErrRedundantTx.ABCICode(), "packet messages are redundant"), 5, true, 0, verdictRedundant},
		"third of five":         {refusal("simulate", "channel", 40, "failed to execute message; message index: 3: timeout elapsed"), 5, true, 2, verdictMessage},
		"third, no update":      {refusal("simulate", "channel", 40, "failed to execute message; message index: 2: timeout elapsed"), 5, false, 2, verdictMessage},
		"the update":            {refusal("simulate", "client", 9, "failed to execute message; message index: 0: expired"), 5, true, 0, verdictRetry},
		"index out of range":    {refusal("simulate", "channel", 40, "message index: 77: ?"), 5, true, 0, verdictRetry},
		"index out of integers": {refusal("simulate", "channel", 40, "message index: 99999999999999999999: ?"), 5, true, 0, verdictRetry},
		"ante, several":         {refusal("check", "channel", 40, "receive packet verification failed: timeout elapsed"), 5, true, 0, verdictSplit},
		"ante, one":             {refusal("check", "channel", 40, "receive packet verification failed: timeout elapsed"), 1, true, 0, verdictMessage},
		"no money":              {refusal("check", "sdk", 5, "insufficient funds"), 5, true, 0, verdictRetry},
		"too large":             {refusal("check", "sdk", 21, "tx too large"), 5, true, 0, verdictSplit},
		"too much gas":          {errTooMuchGas, 5, true, 0, verdictSplit},
		"out of gas in block":   {refusal("deliver", "sdk", 11, "out of gas"), 5, true, 0, verdictRetry},
	} {
		t.Run(name, func(t *testing.T) {
			bad, got := c.judge(tc.err, tc.n, tc.updated)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.bad, bad)
		})
	}
}
