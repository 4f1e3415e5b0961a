package protocol

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/channels/types"
)

// samples has one message of each kind, with every optional part.
func samples() []Message {
	place := types.Place{Domain: types.Hash{1, 2, 3}, Channel: 7, Epoch: 3}
	id := IDOf(place)
	proof := types.BalanceProof{Place: place, Sender: 1, Nonce: 9, Transferred: types.NewUint128(5)}.Bytes()
	var pair Pair
	copy(pair.Proof[:], proof)
	pair.Signature[0], pair.Ack[0] = 1, 2
	hello := &Reestablish{Acked: 5, Reply: true, HasPair: true, Pair: pair}
	copy(hello.Signed[:], types.Reestablish{Place: place, Nonce: 4}.Bytes())
	dispose := &Dispose{Reason: ReasonExpiry, Failure: []byte("no")}
	copy(dispose.Signed[:], types.DisposalOf{Place: place, LockID: 1}.Bytes())
	entries := types.Entry{Amount: types.NewUint128(5), Kind: types.EntryDirect, Data: []byte("12.5 C")}.AppendTo(nil)
	entries = (&Op{Kind: types.EntryLock, LockID: 1, Amount: types.NewUint128(2), Expiry: 99}).AppendTo(entries)
	entries = (&Op{Kind: types.EntryResolve, LockID: 1, Amount: types.NewUint128(2)}).AppendTo(entries)
	entries = (&Op{Kind: types.EntryRemove, LockID: 2}).AppendTo(entries)
	return append([]Message{
		Hello{Version: Version, Features: FeatureMediate | FeatureSwap, Challenge: types.Hash{4}, Agent: "photond 1"},
		hello,
		&Reestablish{Signed: hello.Signed},
		&Batch{Proof: proof, Signature: pair.Signature[:], Count: 4, Delta: types.NewUint128(7), Entries: entries, Packets: AppendPacket(nil, 1, []byte("onion"))},
		Ack{Place: place, Sender: 1, Nonce: 9},
		dispose,
		Reveal{Place: place, LockID: 3, Secret: types.Hash{8}},
		&OpenRequest{},
		OpenConsent{Terms: types.Hash{9}},
		Draft{Agreement: AgreeWithdraw, Signed: types.Withdraw{Rotate: types.NoRotation}.Bytes()},
		Draft{Agreement: AgreeClose, Signed: types.CooperativeClose{}.Bytes()},
		Consent{ID: id, Subject: types.Hash{1}},
		Refuse{ID: id, Code: RefuseLocks, Text: "later"},
		PleaseClose{Place: place, Agreement: AgreeClose},
		Ping{Number: 1},
		Pong{Number: 2},
		Fault{ID: id, Code: FaultStep, Text: "why"},
	}, routingSamples()...)
}

// TestRoundTrip: what is encoded is read back as it was, and nothing else is: every
// shorter frame and every longer one is refused.
func TestRoundTrip(t *testing.T) {
	seen := map[Kind]bool{}
	for _, m := range samples() {
		seen[m.Kind()] = true
		frame := Append(nil, m)
		got, err := Parse(frame)
		require.NoError(t, err, "%T", m)
		require.Equal(t, m, got)
		for n := range frame {
			_, err := Parse(frame[:n])
			require.Error(t, err, "%T cut to %d of %d bytes", m, n, len(frame))
		}
		_, err = Parse(append(frame, 0))
		require.ErrorIs(t, err, ErrMalformed, "%T with a byte more", m)
	}
	for kind := range decoders {
		require.Equal(t, decoders[kind] != nil, seen[Kind(kind)], "sample of kind %d", kind) //nolint:gosec // below 256
	}
}

// TestForeignVersion: another version is told apart from garbage.
func TestForeignVersion(t *testing.T) {
	_, err := Parse(Append(nil, Hello{Version: Version + 1}))
	require.ErrorIs(t, err, ErrVersion)
	_, err = Parse([]byte{255, 1, 2})
	require.ErrorIs(t, err, ErrKind)
	_, err = Parse(make([]byte, MaxMessage+1))
	require.ErrorIs(t, err, ErrTooLarge)
}

// FuzzParse: no bytes make a decoder panic, what it takes it encodes to the same bytes,
// and a batch that is taken can be scanned without harm.
func FuzzParse(f *testing.F) {
	for _, m := range samples() {
		f.Add(Append(nil, m))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := Parse(frame)
		if err != nil {
			return
		}
		again := Append(nil, m)
		if reason := lenient(m); !reason && !bytes.Equal(frame, again) {
			t.Fatalf("%T: %x is read as %x", m, frame, again)
		}
		ChannelOf(m)
		if b, ok := m.(*Batch); ok {
			var s Scanner
			if _, err := s.Scan(b.Entries, b.Count); err == nil {
				_ = EachPacket(b.Packets, func(uint64, []byte) error { return nil })
			}
		}
	})
}

// lenient tells whether a message has codes of a later version, which are read as
// unspecified.
func lenient(m Message) bool {
	switch m := m.(type) {
	case *Dispose:
		return m.Reason == ReasonUnspecified
	case Refuse:
		return m.Code == RefuseUnspecified
	}
	return false
}

// FuzzScan: entries from a stranger never panic, and the sums of those that are taken
// are those of types.ParseEntry.
func FuzzScan(f *testing.F) {
	for _, m := range samples() {
		if b, ok := m.(*Batch); ok {
			f.Add(b.Entries, b.Count)
		}
	}
	f.Fuzz(func(t *testing.T, entries []byte, count uint32) {
		var s Scanner
		sum, err := s.Scan(entries, count)
		if err != nil {
			return
		}
		var direct types.Uint128
		var leaves []types.Hash
		for rest := entries; len(rest) > 0; {
			e, after, err := types.ParseEntry(rest)
			if err != nil {
				t.Fatalf("Scan took what ParseEntry refuses: %s", err)
			}
			if e.Kind <= types.EntryReference {
				direct, _ = direct.Add(e.Amount)
			}
			leaves = append(leaves, types.LeafHash(rest[:len(rest)-len(after)]))
			rest = after
		}
		if int(count) != len(leaves) || direct != sum.Direct || types.BatchRoot(leaves) != sum.Root {
			t.Fatalf("%d entries of %s: Scan says %d of %s", len(leaves), direct, sum.Count, sum.Direct)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	const count = 4_096
	var entries []byte
	for range count {
		entries = types.Entry{Amount: types.NewUint128(5), Kind: types.EntryDirect, Data: make([]byte, 32)}.AppendTo(entries)
	}
	var s Scanner
	b.ReportAllocs()
	b.SetBytes(int64(len(entries)))
	for b.Loop() {
		if _, err := s.Scan(entries, count); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/payment")
}
