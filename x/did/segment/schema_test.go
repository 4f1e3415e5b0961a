package segment_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/x/did/segment"
)

func TestSchemaNamesTheRuleThatIsBroken(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*segment.Schema)
		want   error
		text   string
	}{
		"no mac":             {func(s *segment.Schema) { s.MAC = 0 }, segment.ErrMAC, "mac 0: must be 1 (HMAC-SHA256) or 2 (AES-CMAC)"},
		"unknown mac":        {func(s *segment.Schema) { s.MAC = 3 }, segment.ErrMAC, "mac 3"},
		"short hmac":         {func(s *segment.Schema) { s.MACLength = 9 }, segment.ErrMAC, "mac_length 9: must be 10 to 32 bytes"},
		"long hmac":          {func(s *segment.Schema) { s.MACLength = 33 }, segment.ErrMAC, "mac_length 33"},
		"short cmac":         {func(s *segment.Schema) { s.MAC, s.MACLength = segment.AESCMAC, 7 }, segment.ErrMAC, "must be 8 to 16 bytes"},
		"long cmac":          {func(s *segment.Schema) { s.MAC, s.MACLength = segment.AESCMAC, 17 }, segment.ErrMAC, "mac_length 17"},
		"unknown hash":       {func(s *segment.Schema) { s.Chain.Hash = 3 }, segment.ErrChain, "hash 3: must be 1 (SHA-256) or 2 (SHA3-256)"},
		"short key":          {func(s *segment.Schema) { s.Chain.KeyLength = 15 }, segment.ErrChain, "key_length 15: must be 16 to 32 bytes"},
		"long key":           {func(s *segment.Schema) { s.Chain.KeyLength = 33 }, segment.ErrChain, "key_length 33"},
		"short salt":         {func(s *segment.Schema) { s.Chain.Salt = make([]byte, 5) }, segment.ErrChain, "salt has 5 bytes: must have 6 to 16"},
		"long salt":          {func(s *segment.Schema) { s.Chain.Salt = make([]byte, 17) }, segment.ErrChain, "salt has 17 bytes"},
		"short root":         {func(s *segment.Schema) { s.Root = s.Root[:31] }, segment.ErrChain, "root has 31 bytes: must have key_length, 32"},
		"no unit":            {func(s *segment.Schema) { s.UnitBytes = 0 }, segment.ErrUnit, "unit_bytes 0"},
		"no units per key":   {func(s *segment.Schema) { s.UnitsPerKey = 0 }, segment.ErrUnit, "units_per_key 0"},
		"no keys":            {func(s *segment.Schema) { s.Life = 0 }, segment.ErrLife, "life 0: must be 1 to 16777216 keys"},
		"too many keys":      {func(s *segment.Schema) { s.Life = segment.MaxLife + 1 }, segment.ErrLife, "life 16777217"},
		"no start":           {func(s *segment.Schema) { s.Start = 0 }, segment.ErrTiming, "start 0"},
		"far start":          {func(s *segment.Schema) { s.Start = segment.MaxStart + 1 }, segment.ErrTiming, "start 8520336000001"},
		"no interval":        {func(s *segment.Schema) { s.Interval = 0 }, segment.ErrTiming, "interval 0"},
		"no lag":             {func(s *segment.Schema) { s.Lag = 0 }, segment.ErrTiming, "lag 0: must be 1 to 1024 intervals"},
		"long lag":           {func(s *segment.Schema) { s.Lag = segment.MaxLag + 1 }, segment.ErrTiming, "lag 1025"},
		"bad clock":          {func(s *segment.Schema) { s.ClockError = 20_000 }, segment.ErrTiming, "clock_error 20000 ms: must be below lag × interval, 20000 ms"},
		"slow keys":          {func(s *segment.Schema) { s.Interval = segment.MaxDelay/2 + 1 }, segment.ErrTiming, "lag × interval is 2678400002 ms"},
		"a century":          {func(s *segment.Schema) { s.Interval, s.Life = 1<<30, 1_000 }, segment.ErrTiming, "(life + lag) × interval"},
		"narrow window":      {func(s *segment.Schema) { s.Window = 2 }, segment.ErrWindow, "window 2: must be above lag, 2"},
		"wide window":        {func(s *segment.Schema) { s.Window = segment.MaxWindow + 1 }, segment.ErrWindow, "window 4097"},
		"no submitters":      {func(s *segment.Schema) { s.Submitters = nil }, segment.ErrSubmitters, "0 of them: must be 1 to 8"},
		"nine submitters":    {func(s *segment.Schema) { s.Submitters = make([][]byte, 9) }, segment.ErrSubmitters, "9 of them"},
		"empty address":      {func(s *segment.Schema) { s.Submitters = [][]byte{{}} }, segment.ErrSubmitters, "number 0 has 0 bytes"},
		"long address":       {func(s *segment.Schema) { s.Submitters = [][]byte{make([]byte, 33)} }, segment.ErrSubmitters, "number 0 has 33 bytes"},
		"same twice":         {func(s *segment.Schema) { s.Submitters = [][]byte{{1}, {1}} }, segment.ErrSubmitters, "number 1: must be above"},
		"not in their order": {func(s *segment.Schema) { s.Submitters = [][]byte{{2}, {1}} }, segment.ErrSubmitters, "number 1: must be above"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSchema(segment.HMACSHA256, segment.SHA256, 32, 100)
			newDevice(t, s)
			c.change(s)
			err := s.Validate()
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.text)
			_, err = s.Bytes()
			require.ErrorIs(t, err, c.want)
		})
	}
}

// The layout of README.md, "For device makers".
func TestSchemaBytes(t *testing.T) {
	s := testSchema(segment.HMACSHA256, segment.SHA256, 16, 100)
	s.Root = bytes.Repeat([]byte{0xaa}, 16)
	s.Submitters = [][]byte{{1, 2, 3}, {4}}
	b, err := s.Bytes()
	require.NoError(t, err)
	require.Equal(t, ""+
		"01"+"10"+"01"+"10"+"0a"+hex.EncodeToString(s.Chain.Salt)+
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"+
		"00000040"+"00000001"+"00000064"+
		"0000018bcfe56800"+
		"00002710"+"00000002"+"000001f4"+"00000040"+
		"02"+"03010203"+"0104", hex.EncodeToString(b))

	id := segment.SchemaID(b)
	change, err := segment.SubmittersBytes(id, s.Submitters)
	require.NoError(t, err)
	require.Equal(t, id.String()+"02"+"03010203"+"0104", hex.EncodeToString(change))
	_, err = segment.SubmittersBytes(id, nil)
	require.ErrorIs(t, err, segment.ErrSubmitters)
}

// The safe-packet test and the release, to the nanosecond.
func TestEdges(t *testing.T) {
	s := testSchema(segment.HMACSHA256, segment.SHA256, 32, 100)
	at := func(ms int64) time.Time { return time.UnixMilli(start + ms) }
	require.True(t, at(50_000).Equal(s.Begin(5)))
	require.True(t, at(70_000).Equal(s.Release(5)))

	limit := at(70_000 - 500)
	require.True(t, s.Safe(5, limit.Add(-1)))
	require.False(t, s.Safe(5, limit), "equality is unsafe")
	require.False(t, s.Safe(5, limit.Add(1)))

	require.Equal(t, uint32(4), s.IntervalAt(at(50_000).Add(-1)))
	require.Equal(t, uint32(5), s.IntervalAt(at(50_000)))
	require.Equal(t, uint32(4), s.Released(at(70_000).Add(-1)))
	require.Equal(t, uint32(5), s.Released(at(70_000)))
	require.Zero(t, s.IntervalAt(at(-1)))
	require.Zero(t, s.IntervalAt(time.Time{}))
	require.Equal(t, uint32(100), s.IntervalAt(time.Unix(1<<40, 0)))
	require.Equal(t, uint32(100), s.Released(time.Unix(1<<40, 0)))
}

func TestDeviceRefuses(t *testing.T) {
	s := testSchema(segment.HMACSHA256, segment.SHA256, 32, 10)
	d, _ := newDevice(t, s)
	digest := sha256.Sum256(nil)
	mac, key := make([]byte, 16), make([]byte, 32)
	for name, now := range map[string]time.Time{
		"before the first interval": s.Begin(1).Add(-1),
		"after the last interval":   s.Begin(11),
	} {
		_, err := d.Sign(now, &digest, mac)
		require.ErrorIs(t, err, segment.ErrInterval, name)
	}
	_, err := d.Disclose(s.Release(1).Add(-1), key)
	require.ErrorIs(t, err, segment.ErrInterval, "before the first release")

	_, err = d.Sign(s.Begin(4), &digest, mac)
	require.NoError(t, err)
	_, err = d.Sign(s.Begin(5).Add(-1), &digest, mac)
	require.ErrorIs(t, err, segment.ErrInterval, "a second segment in one interval")
	_, err = d.Sign(s.Begin(3), &digest, mac)
	require.ErrorIs(t, err, segment.ErrInterval, "the clock went back")
	_, err = d.Sign(s.Begin(5), &digest, mac[:15])
	require.ErrorIs(t, err, segment.ErrInterval, "no room for the MAC")
	_, err = d.Sign(s.Begin(11).Add(-1), &digest, mac)
	require.NoError(t, err, "the last nanosecond of the last interval")
	at, err := d.Disclose(s.Begin(1_000), key)
	require.NoError(t, err)
	require.Equal(t, uint32(10), at)

	_, err = segment.NewDevice(s, d.ID(), testSeed(31))
	require.ErrorIs(t, err, segment.ErrSeed)
	_, err = segment.NewDevice(s, d.ID(), make([]byte, 32))
	require.ErrorIs(t, err, segment.ErrSeed, "another seed")
	_, err = segment.Root(s.Chain, testSeed(32), 0)
	require.ErrorIs(t, err, segment.ErrLife)
	_, err = segment.Root(s.Chain, testSeed(31), 5)
	require.ErrorIs(t, err, segment.ErrSeed)
	_, err = segment.NewSeed(bytes.NewReader(make([]byte, 31)), 32)
	require.ErrorIs(t, err, segment.ErrSeed, "no randomness")
	_, err = segment.NewSeed(bytes.NewReader(make([]byte, 33)), 33)
	require.ErrorIs(t, err, segment.ErrChain)
}

func TestCheckNamesTheRuleThatIsBroken(t *testing.T) {
	s := testSchema(segment.HMACSHA256, segment.SHA256, 32, 100)
	_, reference := newDevice(t, s)
	check := func(key []byte, at, last, gap uint32) error {
		return s.Chain.Check(key, at, reference.keys[last], last, gap)
	}
	require.NoError(t, check(reference.keys[50], 50, 40, 10), "as far as the gap allows")
	for name, c := range map[string]struct {
		err, want error
		text      string
	}{
		"over the gap":    {check(reference.keys[50], 50, 39, 10), segment.ErrGap, "key 50 is 11 steps from key 39: must be at most 10; disclose key 49 first"},
		"known":           {check(reference.keys[40], 40, 40, 10), segment.ErrKnown, "key 40: must be above 40"},
		"older":           {check(reference.keys[39], 39, 40, 10), segment.ErrKnown, "key 39: must be above 40"},
		"wrong number":    {check(reference.keys[50], 49, 40, 10), segment.ErrForeignKey, "key 49 does not hash back to key 40"},
		"short":           {check(reference.keys[50][:31], 50, 40, 10), segment.ErrKeyLength, "has 31 bytes: must have 32"},
		"of another salt": {check(other(s, reference, 50), 50, 40, 10), segment.ErrForeignKey, "key 50"},
	} {
		require.ErrorIs(t, c.err, c.want, name)
		require.ErrorContains(t, c.err, c.text, name)
	}
}

// other is a key of the same seed in a chain of another salt.
func other(s *segment.Schema, reference *stream, at int) []byte {
	foreign := *s
	foreign.Chain.Salt = []byte("another-salt")
	return newStream(&foreign, reference.id, reference.keys[len(reference.keys)-1]).keys[at]
}

// What no other schema, interval, digest or key makes.
func TestVerifySegmentIsBoundToEverything(t *testing.T) {
	for _, mac := range []segment.MAC{segment.HMACSHA256, segment.AESCMAC} {
		s := testSchema(mac, segment.SHA256, 32, 100)
		d, reference := newDevice(t, s)
		id, digest := d.ID(), sha256.Sum256([]byte("21.5 °C"))
		value := make([]byte, s.MACLength)
		at, err := d.Sign(s.Begin(7), &digest, value)
		require.NoError(t, err)
		require.True(t, s.VerifySegment(&id, reference.keys[7], at, &digest, value))

		otherID, otherDigest := segment.SchemaID([]byte("other")), sha256.Sum256([]byte("99.5 °C"))
		require.False(t, s.VerifySegment(&otherID, reference.keys[7], 7, &digest, value), "schema")
		require.False(t, s.VerifySegment(&id, reference.keys[8], 7, &digest, value), "key")
		require.False(t, s.VerifySegment(&id, reference.keys[7], 8, &digest, value), "interval")
		require.False(t, s.VerifySegment(&id, reference.keys[7], 7, &otherDigest, value), "digest")
		require.False(t, s.VerifySegment(&id, reference.keys[7], 7, &digest, value[:15]), "cut MAC")
		require.False(t, s.VerifySegment(&id, reference.keys[7], 7, &digest, nil), "no MAC")
		require.False(t, s.VerifySegment(&id, nil, 7, &digest, value), "no key")
	}
}
