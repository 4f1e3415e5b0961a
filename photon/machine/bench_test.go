package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/x/channels/types"
)

// noSigner makes signatures of zeros, to measure everything else.
type noSigner struct{ key }

func (noSigner) Sign([]byte) (s protocol.Signature) { return s }

// connected returns two states that have said hello.
func connected(t testing.TB, config machine.Config) *situation {
	t.Helper()
	s := &situation{states: newStates(t, config)}
	for i := range s.disks {
		s.disks[i] = s.states[i].Image()
	}
	require.NoError(t, s.connect(true))
	for range 4 {
		for at := range 2 {
			if len(s.queues[at]) > 0 {
				require.NoError(t, s.deliver(at, -1))
			}
		}
	}
	require.True(t, s.states[0].Connected && s.states[1].Connected)
	return s
}

// BenchmarkBatch is everything that both machines do for one batch: sign, check,
// acknowledge, check. The entries are hashed elsewhere; see protocol.BenchmarkScan.
func BenchmarkBatch(b *testing.B) {
	s := connected(b, machine.DefaultConfig())
	sum := protocol.Summary{Count: 4_096, Direct: types.Uint128{}, Root: types.Hash{1}, Size: 1 << 18}
	var effects []machine.Effect
	b.ReportAllocs()
	for b.Loop() {
		var err error
		effects, err = s.states[0].Apply(machine.SendBatch{Summary: sum, Now: exploreNow}, keys[0], effects[:0])
		require.NoError(b, err)
		record := effects[0].(machine.Persist).Batch
		e := machine.ReceivedBatch{Proof: record.Pair.Proof, Signature: record.Pair.Signature, Previous: record.Previous, Summary: sum, Now: exploreNow}
		effects, err = s.states[1].Apply(e, keys[1], effects[:0])
		require.NoError(b, err)
		ack := effects[1].(machine.Send).Message
		effects, err = s.states[0].Apply(machine.Received{Message: ack, Now: exploreNow}, keys[0], effects[:0])
		require.NoError(b, err)
	}
}

// BenchmarkSendBatch is the machine alone: a batch without the time of its signature.
func BenchmarkSendBatch(b *testing.B) {
	config := machine.DefaultConfig()
	config.WindowBatches, config.WindowBytes = 1_024, 1<<30
	s := connected(b, config)
	start := s.states[0].Clone()
	sum := protocol.Summary{Count: 4_096, Root: types.Hash{1}, Size: 1 << 10}
	signer := noSigner{keys[0]}
	var effects []machine.Effect
	state := start.Clone()
	b.ReportAllocs()
	for b.Loop() {
		if len(state.Sent.InFlight) == 64 {
			state = start.Clone()
		}
		var err error
		effects, err = state.Apply(machine.SendBatch{Summary: sum, Now: exploreNow}, signer, effects[:0])
		require.NoError(b, err)
	}
}

// BenchmarkSave is one persisted state, with eight batches in flight.
func BenchmarkSave(b *testing.B) {
	s := connected(b, machine.DefaultConfig())
	for range 8 {
		_, err := s.states[0].Apply(machine.SendBatch{Summary: protocol.Summary{Count: 1, Root: types.Hash{1}}, Now: exploreNow}, keys[0], nil)
		require.NoError(b, err)
	}
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = s.states[0].Save(buffer[:0], nil)
	}
	b.ReportMetric(float64(len(buffer)), "bytes")
}
