package segment_test

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha3"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/segment"
)

// stream is TESLA written apart from the package, from the formulas of its README: all
// keys lie in a list, MACs come from crypto/hmac and from AES-CMAC over crypto/aes with
// big integers. Nothing in it is fast or small.
type stream struct {
	schema *segment.Schema
	id     segment.ID
	keys   [][]byte // keys[t] is k_t
}

// newStream needs the seed at the next power of two, where the package's chains begin.
func newStream(s *segment.Schema, id segment.ID, seed []byte) *stream {
	end := 2
	for end < int(s.Life) {
		end *= 2
	}
	keys := make([][]byte, end+1)
	keys[end] = seed
	for t := end; t > 0; t-- {
		keys[t-1] = refStep(s, keys[t], uint32(t-1))
	}
	return &stream{schema: s, id: id, keys: keys}
}

func number(n uint32) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

func refStep(s *segment.Schema, key []byte, index uint32) []byte {
	h := sha256.New()
	if s.Chain.Hash == segment.SHA3 {
		h = sha3.New256()
	}
	h.Write(key)
	h.Write(number(index))
	h.Write(s.Chain.Salt)
	return h.Sum(nil)[:s.Chain.KeyLength]
}

func refHMAC(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

func refMAC(s *segment.Schema, id segment.ID, key []byte, t uint32, digest [32]byte) []byte {
	secret := refHMAC(key, []byte("mesh/did/mac-key/v1"))
	message := append([]byte("mesh/did/segment/v1"), id[:]...)
	message = append(message, number(t)...)
	message = append(message, digest[:]...)
	if s.MAC == segment.AESCMAC {
		return refCMAC(secret[:16], message)[:s.MACLength]
	}
	return refHMAC(secret, message)[:s.MACLength]
}

func refCMAC(key, message []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	encrypt := func(in *big.Int) *big.Int {
		var b [16]byte
		in.FillBytes(b[:])
		block.Encrypt(b[:], b[:])
		return new(big.Int).SetBytes(b[:])
	}
	double := func(in *big.Int) *big.Int {
		out := new(big.Int).Lsh(in, 1)
		if out.BitLen() > 128 {
			out.SetBit(out, 128, 0)
			out.Xor(out, big.NewInt(0x87))
		}
		return out
	}
	subkey := double(encrypt(new(big.Int)))
	if len(message) == 0 || len(message)%16 != 0 {
		subkey = double(subkey)
		message = append(append([]byte(nil), message...), 0x80)
		for len(message)%16 != 0 {
			message = append(message, 0)
		}
	}
	state := new(big.Int)
	for ; len(message) > 0; message = message[16:] {
		state.Xor(state, new(big.Int).SetBytes(message[:16]))
		if len(message) == 16 {
			state.Xor(state, subkey)
		}
		state = encrypt(state)
	}
	return state.FillBytes(make([]byte, 16))
}

const (
	interval = 10 * time.Second
	start    = 1_700_000_000_000
)

// testSchema is complete but for its root.
func testSchema(mac segment.MAC, h segment.Hash, keyLength int, life uint32) *segment.Schema {
	return &segment.Schema{
		MAC: mac, MACLength: 16, Chain: segment.Chain{Hash: h, KeyLength: keyLength, Salt: []byte("0123456789")},
		UnitBytes: 64, UnitsPerKey: 1, Life: life, Start: start, Interval: uint32(interval.Milliseconds()),
		Lag: 2, ClockError: 500, Window: 64, Submitters: [][]byte{[]byte("gateway-account-----")},
	}
}

func testSeed(keyLength int) []byte {
	seed := sha256.Sum256([]byte("seed of the tests"))
	return seed[:keyLength]
}

// newDevice completes the schema and begins its stream, here and in the reference.
func newDevice(t testing.TB, s *segment.Schema) (*segment.Device, *stream) {
	t.Helper()
	seed := testSeed(s.Chain.KeyLength)
	root, err := segment.Root(s.Chain, seed, s.Life)
	require.NoError(t, err)
	s.Root = root
	b, err := s.Bytes()
	require.NoError(t, err)
	id := segment.SchemaID(b)
	d, err := segment.NewDevice(s, id, seed)
	require.NoError(t, err)
	return d, newStream(s, id, seed)
}
