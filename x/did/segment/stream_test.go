package segment_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/segment"
)

// A stream of 10,000 segments over a lossy link, for every MAC, hash and key length:
// keys and MACs are those of the reference, and a receiver that checks keys and MACs by
// the package accepts exactly the segments that the reference accepts.
func TestLossyStreamAgreesWithTheReference(t *testing.T) {
	for _, c := range []struct {
		mac       segment.MAC
		hash      segment.Hash
		keyLength int
	}{
		{segment.HMACSHA256, segment.SHA256, 32},
		{segment.HMACSHA256, segment.SHA3, 16},
		{segment.AESCMAC, segment.SHA256, 16},
		{segment.AESCMAC, segment.SHA3, 24},
	} {
		t.Run(fmt.Sprintf("mac %d hash %d key %d", c.mac, c.hash, c.keyLength), func(t *testing.T) {
			t.Parallel()
			lossy(t, testSchema(c.mac, c.hash, c.keyLength, 10_000))
		})
	}
}

// sent is a segment as a receiver got it.
type sent struct {
	digest [32]byte
	mac    []byte
}

func lossy(t *testing.T, s *segment.Schema) {
	d, reference := newDevice(t, s)
	require.Equal(t, reference.keys[0], s.Root)
	random := rand.New(rand.NewPCG(1, uint64(s.MAC)<<8|uint64(s.Chain.KeyLength)))
	const gap = 100
	id := d.ID()
	received := make(map[uint32]sent)
	known, last := s.Root, uint32(0)
	var accepted, refused, lostKeys, longest int

	for i := uint32(1); i <= s.Life+s.Lag; i++ {
		now := s.Begin(i).Add(time.Duration(random.Int64N(int64(interval))))
		if i <= s.Life && random.IntN(10) > 0 { // the device sleeps through some intervals
			digest := sha256.Sum256(number(i))
			mac := make([]byte, s.MACLength)
			at, err := d.Sign(now, &digest, mac)
			require.NoError(t, err)
			require.Equal(t, i, at)
			require.Equal(t, refMAC(s, id, reference.keys[i], i, digest), mac, "mac %d", i)
			switch random.IntN(10) {
			case 0: // lost
			case 1: // damaged or forged on the way
				mac[random.IntN(len(mac))] ^= 1 << random.IntN(8)
				fallthrough
			default:
				received[i] = sent{digest, mac}
			}
		}
		if i <= s.Lag {
			continue
		}
		key := make([]byte, s.Chain.KeyLength)
		at, err := d.Disclose(now, key)
		require.NoError(t, err)
		require.Equal(t, i-s.Lag, at)
		require.Equal(t, reference.keys[at], key, "key %d", at)
		if random.IntN(3) > 0 && at < s.Life { // most keys are lost
			lostKeys++
			continue
		}
		require.NoError(t, s.Chain.Check(key, at, known, last, gap))
		longest = max(longest, int(at-last))
		for ; last < at; last++ {
			seg, ok := received[last+1]
			if !ok {
				continue
			}
			opened := append([]byte(nil), key...)
			s.Chain.Back(opened, at, last+1)
			want := string(refMAC(s, id, reference.keys[last+1], last+1, seg.digest)) == string(seg.mac)
			require.Equal(t, want, s.VerifySegment(&id, opened, last+1, &seg.digest, seg.mac))
			if want {
				accepted++
			} else {
				refused++
			}
		}
		known = key
	}
	require.Equal(t, s.Life, last)
	require.Greater(t, accepted, 6_000)
	require.Greater(t, refused, 500)
	require.Greater(t, lostKeys, 6_000)
	require.Greater(t, longest, 5)
}

// After set-up, signing and disclosing allocate nothing, with any MAC and hash.
func TestDeviceAllocatesNothing(t *testing.T) {
	for _, mac := range []segment.MAC{segment.HMACSHA256, segment.AESCMAC} {
		for _, h := range []segment.Hash{segment.SHA256, segment.SHA3} {
			d, _ := newDevice(t, testSchema(mac, h, 16, 10_000))
			i := uint32(0)
			require.Zero(t, testing.AllocsPerRun(5_000, func() { i++; signAndDisclose(t, d, i) }), "mac %d hash %d", mac, h)
		}
	}
}

var (
	benchDigest [32]byte
	benchMAC    [32]byte
	benchKey    [32]byte
)

func signAndDisclose(t testing.TB, d *segment.Device, i uint32) {
	now := d.Schema().Begin(i)
	if at, err := d.Sign(now, &benchDigest, benchMAC[:]); err != nil || at != i {
		t.Fatal(at, err)
	}
	if at, err := d.Disclose(now, benchKey[:]); i > d.Schema().Lag && (err != nil || at != i-d.Schema().Lag) {
		t.Fatal(at, err)
	}
}

// One interval of a device: a MAC, and the key of L intervals ago.
func BenchmarkDevice(b *testing.B) {
	for name, mac := range map[string]segment.MAC{"HMAC-SHA256": segment.HMACSHA256, "AES-CMAC": segment.AESCMAC} {
		b.Run(name, func(b *testing.B) {
			d, _ := newDevice(b, testSchema(mac, segment.SHA256, 16, segment.MaxLife/4))
			b.ReportAllocs()
			b.ResetTimer()
			for i := range min(b.N, segment.MaxLife/4) {
				signAndDisclose(b, d, uint32(i)+1)
			}
		})
	}
}

// What a reader pays per segment, and per key that was skipped.
func BenchmarkVerify(b *testing.B) {
	s := testSchema(segment.HMACSHA256, segment.SHA256, 32, 1_000)
	d, reference := newDevice(b, s)
	id := d.ID()
	mac := refMAC(s, id, reference.keys[5], 5, benchDigest)
	b.Run("segment", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !s.VerifySegment(&id, reference.keys[5], 5, &benchDigest, mac) {
				b.Fatal("refused")
			}
		}
	})
	b.Run("step", func(b *testing.B) {
		b.ReportAllocs()
		key := make([]byte, 32)
		for b.Loop() {
			s.Chain.Step(key, 7)
		}
	})
}
