package keeper_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

const (
	second   = time.Second
	interval = 10 * second
)

// field is a world with a gateway and a stranger, who have accounts.
type field struct {
	*world
	gateway, stranger *fixture.Account
	maker             device
	serial            uint64
}

func newField(t *testing.T, opts ...fixture.Option) *field {
	t.Helper()
	w := newWorld(t, opts...)
	f := &field{world: w, gateway: w.Accounts[1], stranger: w.Accounts[2]}
	if !w.Identity.IsMain() {
		f.maker = w.authority("maker", types.CERTIFICATE_KIND_DEVICE)
	}
	return f
}

// certified registers a device and lets its maker certify it.
func (f *field) certified(name string) device {
	f.t.Helper()
	d := f.register(name)
	if !f.Identity.IsMain() {
		f.serial++
		f.must(f.issueMsg(f.maker, f.world.terms(f.serial, d, types.CERTIFICATE_KIND_DEVICE)))
	}
	return d
}

// sensor is a device with a stream.
type sensor struct {
	device
	stream *segment.Schema
	id     segment.ID
	seed   []byte
	// keys[t] is k_t.
	keys [][]byte
}

// terms of a stream that begins a minute from now; the root is still missing.
func (f *field) terms() *segment.Schema {
	return &segment.Schema{
		MAC: segment.HMACSHA256, MACLength: 16, Chain: segment.Chain{Hash: segment.SHA256, KeyLength: 16, Salt: []byte("salt of tests")},
		UnitBytes: 64, UnitsPerKey: 1, Life: 64, Start: uint64(f.Time.Add(time.Minute).UnixMilli()), Interval: uint32(interval.Milliseconds()),
		Lag: 3, ClockError: 500, Window: 16, Submitters: [][]byte{f.gateway.Address},
	}
}

// prepare gives a device a stream that is not registered yet.
func (f *field) prepare(d device, s *segment.Schema) (*sensor, *types.MsgRegisterSchema) {
	f.t.Helper()
	seed := sha256.Sum256([]byte(d.did.String()))
	one := &sensor{device: d, stream: s, seed: seed[:s.Chain.KeyLength]}
	end := 2
	for end < int(s.Life) {
		end *= 2
	}
	one.keys = make([][]byte, end+1)
	one.keys[end] = one.seed
	for t := end; t > 0; t-- {
		key := append([]byte(nil), one.keys[t]...)
		s.Chain.Step(key, uint32(t-1))
		one.keys[t-1] = key
	}
	s.Root = one.keys[0]
	return one, f.registerMsg(one)
}

// sequence of a DID's next operation.
func (f *field) sequence(did types.DID) uint64 {
	f.t.Helper()
	record, err := f.keeper.Record(f.Ctx(), did)
	require.NoError(f.t, err)
	return record.Sequence
}

func (f *field) registerMsg(s *sensor) *types.MsgRegisterSchema {
	f.t.Helper()
	payload, err := s.stream.Bytes()
	require.NoError(f.t, err)
	sequence := f.sequence(s.did)
	signed := types.SigningBytes(types.TagSchema, f.ChainID, s.did, sequence, payload)
	s.id = segment.SchemaID(signed)
	return &types.MsgRegisterSchema{
		Payer: f.payer.String(), Did: s.did.String(), Terms: types.Terms(s.stream),
		Proof: types.Proof{Method: types.MethodURL(s.did, "key-1"), Sequence: sequence, Signature: s.sign(signed)},
	}
}

func (f *field) proof(s *sensor, tag types.Tag, payload []byte) types.Proof {
	f.t.Helper()
	sequence := f.sequence(s.did)
	return types.Proof{
		Method: types.MethodURL(s.did, "key-1"), Sequence: sequence,
		Signature: s.sign(types.SigningBytes(tag, f.ChainID, s.did, sequence, payload)),
	}
}

// sensor registers a device and a stream of it.
func (f *field) sensor(name string, change ...func(*segment.Schema)) *sensor {
	f.t.Helper()
	terms := f.terms()
	for _, c := range change {
		c(terms)
	}
	s, msg := f.prepare(f.certified(name), terms)
	f.must(msg)
	return s
}

// commit of the segment with that data.
func (s *sensor) commit(t uint32, data string) types.SegmentCommit {
	digest := sha256.Sum256([]byte(data))
	return types.SegmentCommit{Schema: s.id[:], T: t, Digest: digest[:], Mac: s.mac(t, digest)}
}

// mac by the key of the stream, as a device makes it in interval t.
func (s *sensor) mac(t uint32, digest [32]byte) []byte {
	d, err := segment.NewDevice(s.stream, s.id, s.seed)
	if err != nil {
		panic(err)
	}
	mac := make([]byte, s.stream.MACLength)
	if _, err := d.Sign(s.stream.Begin(t), &digest, mac); err != nil {
		panic(err)
	}
	return mac
}

func (s *sensor) key(t uint32) types.KeyDisclosure {
	return types.KeyDisclosure{Schema: s.id[:], T: t, Key: s.keys[t]}
}

// at sets the time of the next block. A block long after the one before is a halt.
func (f *field) at(now time.Time) { f.Time = now }

// commit sends segments in a block at the time that is set.
func (f *field) commit(by *fixture.Account, segments ...types.SegmentCommit) error {
	_, err := f.Deliver(by, &types.MsgCommitSegments{Submitter: by.String(), Segments: segments})
	return err
}

func (f *field) disclose(keys ...types.KeyDisclosure) error {
	_, err := f.Deliver(f.stranger, &types.MsgDiscloseKeys{Discloser: f.stranger.String(), Keys: keys})
	return err
}

func (f *field) status(s *sensor, t uint32) types.SegmentStatus {
	f.t.Helper()
	proof, err := f.keeper.Segment(f.Ctx(), s.id, t)
	require.NoError(f.t, err)
	return proof.Status
}

// run commits the segments of a range of intervals in their intervals, in blocks of their own.
func (f *field) run(s *sensor, from, to uint32) {
	f.t.Helper()
	for t := from; t <= to; t++ {
		f.at(s.stream.Begin(t))
		require.NoError(f.t, f.commit(f.gateway, s.commit(t, "data")))
	}
	f.NextBlock()
}
