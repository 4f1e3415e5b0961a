package gateway_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/meshchain/meshchain/x/did/gateway"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// chain applies the rules of x/did to the streams of a test, without blocks or accounts.
type chain struct {
	now       time.Time
	params    types.DataParams
	schemas   map[segment.ID]types.Schema
	disclosed map[segment.ID]types.Disclosed
	commits   map[segment.ID]map[uint32]types.SegmentCommit
	down      error
	sent      int
}

func (c *chain) Now(context.Context) (time.Time, error)           { return c.now, c.down }
func (c *chain) Params(context.Context) (types.DataParams, error) { return c.params, nil }
func (c *chain) Schema(_ context.Context, id segment.ID) (types.SchemaView, error) {
	schema, found := c.schemas[id]
	if !found {
		return types.SchemaView{}, types.ErrSchemaNotFound
	}
	return types.SchemaView{Id: id.String(), Schema: schema, Disclosed: c.disclosed[id]}, nil
}

func (c *chain) Commit(_ context.Context, segments []types.SegmentCommit) (*types.MsgCommitSegmentsResponse, error) {
	c.sent++
	var res types.MsgCommitSegmentsResponse
	for i, s := range segments {
		id := segment.ID(s.Schema)
		schema := c.schemas[id]
		err := schema.CheckCommit(schema.Stream(), c.params, &s, c.disclosed[id].T, c.now)
		if _, there := c.commits[id][s.T]; there {
			err = types.ErrCommitted
		}
		if err == nil {
			c.commits[id][s.T] = s
			continue
		}
		codespace, code, _ := errorsmod.ABCIInfo(err, false)
		res.Refused = append(res.Refused, types.Refusal{Index: uint32(i), Codespace: codespace, Code: code})
		if len(res.Refused) == len(segments) {
			return nil, errorsmod.ABCIError(codespace, code, "all are refused")
		}
	}
	return &res, c.down
}

func (c *chain) Disclose(_ context.Context, keys []types.KeyDisclosure) (*types.MsgDiscloseKeysResponse, error) {
	c.sent++
	var res types.MsgDiscloseKeysResponse
	for i, k := range keys {
		id := segment.ID(k.Schema)
		schema, last := c.schemas[id], c.disclosed[id]
		stream := schema.Stream()
		err := schema.CheckDisclosure(stream, c.params, &k, last.T, c.now)
		if err == nil {
			err = types.CheckKey(stream, k.Key, k.T, last.Key, last.T, c.params.MaxGap)
		}
		if err == nil {
			for t, s := range c.commits[id] {
				if t <= last.T || t > k.T {
					continue
				}
				key := append([]byte(nil), k.Key...)
				stream.Chain.Back(key, k.T, t)
				if stream.VerifySegment(&id, key, t, (*[32]byte)(s.Digest), s.Mac) {
					res.Authentic++
				} else {
					res.Unauthentic++
				}
			}
			c.disclosed[id] = types.Disclosed{T: k.T, Key: k.Key}
			continue
		}
		codespace, code, _ := errorsmod.ABCIInfo(err, false)
		res.Refused = append(res.Refused, types.Refusal{Index: uint32(i), Codespace: codespace, Code: code})
		if len(res.Refused) == len(keys) {
			return nil, errorsmod.ABCIError(codespace, code, "all are refused")
		}
	}
	return &res, c.down
}

const start = 1_700_000_000_000

// world is a chain with n devices.
func world(t *testing.T, n int) (*chain, []*segment.Device, []segment.ID) {
	t.Helper()
	c := &chain{
		now: time.UnixMilli(start), params: types.DefaultDataParams(), schemas: make(map[segment.ID]types.Schema),
		disclosed: make(map[segment.ID]types.Disclosed), commits: make(map[segment.ID]map[uint32]types.SegmentCommit),
	}
	c.params.MaxGap, c.params.Early = 10, 0
	var devices []*segment.Device
	var ids []segment.ID
	for i := range n {
		s := &segment.Schema{
			MAC: segment.AESCMAC, MACLength: 8, Chain: segment.Chain{Hash: segment.SHA256, KeyLength: 16, Salt: []byte("01234567")},
			UnitBytes: 1, UnitsPerKey: 1, Life: 200, Start: start, Interval: 1_000, Lag: 2, ClockError: 100, Window: 200,
			Submitters: [][]byte{make([]byte, 20)},
		}
		seed := sha256.Sum256([]byte{byte(i)})
		var err error
		s.Root, err = segment.Root(s.Chain, seed[:16], s.Life)
		require.NoError(t, err)
		b, err := s.Bytes()
		require.NoError(t, err)
		id := segment.SchemaID(b)
		d, err := segment.NewDevice(s, id, seed[:16])
		require.NoError(t, err)
		c.schemas[id] = types.Schema{Terms: types.Terms(s)}
		c.disclosed[id] = types.Disclosed{Key: s.Root}
		c.commits[id] = make(map[uint32]types.SegmentCommit)
		devices, ids = append(devices, d), append(ids, id)
	}
	return c, devices, ids
}

// hand lets a device hand over what it has at that time.
func hand(t *testing.T, g *gateway.Gateway, d *segment.Device, now time.Time) {
	t.Helper()
	digest, mac, key := sha256.Sum256([]byte(now.String())), make([]byte, 8), make([]byte, 16)
	if at, err := d.Sign(now, &digest, mac); err == nil {
		require.NoError(t, g.Segment(d.ID(), at, digest, mac))
	}
	if at, err := d.Disclose(now, key); err == nil {
		require.NoError(t, g.Key(d.ID(), at, key))
	}
}

// Three devices, one of which is offline for long; everything is authentic in the end.
func TestGatewayServesManyDevices(t *testing.T) {
	c, devices, ids := world(t, 3)
	ctx := context.Background()
	g, err := gateway.Open(ctx, c, filepath.Join(t.TempDir(), "journal"), ids...)
	require.NoError(t, err)
	var total gateway.Progress
	step := func() {
		p, err := g.Step(ctx)
		require.NoError(t, err)
		require.Empty(t, p.Problems)
		total.Committed += p.Committed
		total.Authentic += p.Authentic
		total.Disclosed += p.Disclosed
	}
	for i := 1; i <= 50; i++ {
		now := time.UnixMilli(start + int64(i)*1_000 + 10)
		for k, d := range devices {
			if k < 2 || i < 5 || i > 45 { // the third is offline for 41 intervals: more than the gap
				hand(t, g, d, now)
			}
		}
		c.now = now.Add(5 * time.Millisecond)
		step()
	}
	c.now = c.now.Add(10 * time.Second)
	for _, d := range devices {
		hand(t, g, d, c.now)
	}
	for range 10 {
		step()
	}
	require.Equal(t, 50+50+9+3, total.Committed)
	require.Equal(t, total.Committed-3, total.Authentic, "but for those of now, whose keys are not released")
	segments, keys := g.Outstanding()
	require.Zero(t, segments+keys)
	require.LessOrEqual(t, c.sent, 50*2+12, "one transaction of each kind per step")
	require.NoError(t, g.Close())
}

// The last block is always older than the device's clock: the newest key is never due,
// and those before it are disclosed all the same.
func TestGatewayDisclosesWhileKeysKeepComing(t *testing.T) {
	c, devices, ids := world(t, 1)
	g, err := gateway.Open(context.Background(), c, filepath.Join(t.TempDir(), "journal"), ids...)
	require.NoError(t, err)
	for i := 1; i <= 20; i++ {
		now := time.UnixMilli(start + int64(i)*1_000 + 10)
		hand(t, g, devices[0], now)
		c.now = now.Add(-1_200 * time.Millisecond)
		_, err := g.Step(context.Background())
		require.NoError(t, err)
	}
	require.EqualValues(t, 20-2-2, c.disclosed[ids[0]].T, "the lag, and the age of the last block in whole intervals")
	require.NoError(t, g.Close())
}

// What was handed over survives a crash, even one in the middle of a line, and is not
// sent again once it is on record.
func TestGatewaySurvivesACrash(t *testing.T) {
	c, devices, ids := world(t, 1)
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "journal")
	g, err := gateway.Open(ctx, c, path, ids...)
	require.NoError(t, err)
	at := func(i int) time.Time { return time.UnixMilli(start + int64(i)*1_000) }
	hand(t, g, devices[0], at(1))
	hand(t, g, devices[0], at(2))
	c.now = at(1)
	p, err := g.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, p.Committed, "segment 2 waits for its interval")
	// No Close: the process is gone, and half a line was being written.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"segment":{"sch`)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	g, err = gateway.Open(ctx, c, path, ids...)
	require.NoError(t, err)
	segments, keys := g.Outstanding()
	require.Equal(t, []int{1, 0}, []int{segments, keys})
	c.now = at(2)
	p, err = g.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, gateway.Progress{Committed: 1}, p)
	hand(t, g, devices[0], at(4))
	require.NoError(t, g.Close())

	g, err = gateway.Open(ctx, c, path, ids...)
	require.NoError(t, err)
	c.now = at(4)
	p, err = g.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, gateway.Progress{Committed: 1, Disclosed: 1, Authentic: 2}, p)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// What the chain refuses is named and not tried for ever; what it cannot take now stays.
func TestGatewayAndRefusals(t *testing.T) {
	c, devices, ids := world(t, 2)
	ctx := context.Background()
	g, err := gateway.Open(ctx, c, filepath.Join(t.TempDir(), "journal"), ids...)
	require.NoError(t, err)
	now := time.UnixMilli(start + 1_000)
	hand(t, g, devices[0], now)
	hand(t, g, devices[1], now)
	c.now, c.down = now, errors.New("no route to host")
	_, err = g.Step(ctx)
	require.ErrorContains(t, err, "no route to host")
	segments, _ := g.Outstanding()
	require.Equal(t, 2, segments)

	c.down = nil
	c.commits[ids[0]][1] = types.SegmentCommit{} // by another gateway
	c.schemas[ids[1]] = types.Schema{}           // gone: life 0
	p, err := g.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, p.Committed)
	require.Equal(t, 1, p.Lost)
	require.Len(t, p.Problems, 1)
	require.Contains(t, p.Problems[0], "no such interval")

	// Too late: the gateway does not even try.
	hand(t, g, devices[0], now.Add(time.Second))
	c.now = now.Add(time.Hour)
	sent := c.sent
	p, err = g.Step(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, p.Lost)
	require.Equal(t, sent, c.sent)

	for name, err := range map[string]error{
		"unknown stream": g.Segment(segment.ID{}, 1, [32]byte{}, make([]byte, 8)),
		"unknown key":    g.Key(segment.ID{}, 1, make([]byte, 16)),
	} {
		require.ErrorIs(t, err, gateway.ErrUnknownStream, name)
	}
	for name, err := range map[string]error{
		"interval": g.Segment(ids[0], 0, [32]byte{}, make([]byte, 8)),
		"mac":      g.Segment(ids[0], 5, [32]byte{}, make([]byte, 9)),
		"key":      g.Key(ids[0], 5, make([]byte, 17)),
		"life":     g.Key(ids[0], 201, make([]byte, 16)),
	} {
		require.ErrorIs(t, err, gateway.ErrRefused, name)
	}
	require.NoError(t, g.Segment(ids[0], 5, [32]byte{}, make([]byte, 8)))
	require.ErrorIs(t, g.Segment(ids[0], 5, [32]byte{}, make([]byte, 8)), gateway.ErrRefused, "twice")
	_, err = gateway.Open(ctx, c, filepath.Join(t.TempDir(), "journal"), segment.ID{})
	require.ErrorIs(t, err, types.ErrSchemaNotFound)
}
