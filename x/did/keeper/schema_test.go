package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

func TestSchemaIsChargedAndShown(t *testing.T) {
	f := newField(t)
	s, msg := f.prepare(f.certified("sensor"), f.terms())
	before := f.Balance(f.payer, f.Identity.NativeDenom())
	fees, err := f.keeper.Fees.Get(f.Ctx())
	require.NoError(t, err)
	f.must(msg)
	want := types.DefaultDataParams().Fee(16)
	require.Equal(t, before.Amount.Sub(want), f.Balance(f.payer, f.Identity.NativeDenom()).Amount)
	after, err := f.keeper.Fees.Get(f.Ctx())
	require.NoError(t, err)
	require.Equal(t, fees.Paid.Add(want), after.Paid)

	res, err := types.NewQueryClient(f).Schema(f.Ctx(), &types.QuerySchemaRequest{Schema: s.id.String()})
	require.NoError(t, err)
	require.Equal(t, s.id.String(), res.Schema.Id)
	require.Equal(t, s.did.String(), res.Schema.Schema.Did)
	require.Equal(t, types.Terms(s.stream), res.Schema.Schema.Terms)
	require.Equal(t, types.Disclosed{Key: s.stream.Root}, res.Schema.Disclosed)
	list, err := types.NewQueryClient(f).Schemas(f.Ctx(), &types.QuerySchemasRequest{Did: s.did.String()})
	require.NoError(t, err)
	require.Equal(t, []types.SchemaView{res.Schema}, list.Schemas)

	_, err = types.NewQueryClient(f).Schema(f.Ctx(), &types.QuerySchemaRequest{Schema: "00"})
	require.ErrorContains(t, err, "schema has 1 bytes: must have 32")
	_, err = types.NewQueryClient(f).Segment(f.Ctx(), &types.QuerySegmentRequest{Schema: s.id.String(), T: 1})
	require.ErrorContains(t, err, "segment is not on record")
}

// A stream that sends nothing takes less than 500 bytes of state, keys included.
func TestIdleStreamIsSmall(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	schema, err := f.keeper.Schemas.Get(f.Ctx(), s.id[:])
	require.NoError(t, err)
	disclosed, err := f.keeper.Disclosed.Get(f.Ctx(), s.id[:])
	require.NoError(t, err)
	const prefix, id, end = 1, segment.IDLength, 8
	byDevice := prefix + len(schema.Did) + 1 + id
	size := prefix + id + schema.Size() + prefix + id + disclosed.Size() + byDevice + prefix + end + id
	require.Less(t, size, 500)
}

func TestSchemaNamesTheRuleThatIsBroken(t *testing.T) {
	f := newField(t)
	d := f.certified("sensor")
	for name, c := range map[string]struct {
		change func(*types.MsgRegisterSchema)
		want   error
	}{
		"no mac":             {func(m *types.MsgRegisterSchema) { m.Terms.Mac = 0 }, types.ErrMac},
		"huge mac":           {func(m *types.MsgRegisterSchema) { m.Terms.MacLength = 1 << 31 }, types.ErrMac},
		"no hash":            {func(m *types.MsgRegisterSchema) { m.Terms.Hash = 0 }, types.ErrKeyChain},
		"mac 256 too many":   {func(m *types.MsgRegisterSchema) { m.Terms.Mac += 256 }, types.ErrMac},
		"hash 256 too many":  {func(m *types.MsgRegisterSchema) { m.Terms.Hash += 256 }, types.ErrKeyChain},
		"huge key":           {func(m *types.MsgRegisterSchema) { m.Terms.KeyLength = 1 << 31 }, types.ErrKeyChain},
		"no salt":            {func(m *types.MsgRegisterSchema) { m.Terms.Salt = nil }, types.ErrKeyChain},
		"no unit":            {func(m *types.MsgRegisterSchema) { m.Terms.UnitBytes = 0 }, types.ErrUnit},
		"n = 0":              {func(m *types.MsgRegisterSchema) { m.Terms.Life = 0 }, types.ErrLife},
		"no interval":        {func(m *types.MsgRegisterSchema) { m.Terms.Interval = 0 }, types.ErrTiming},
		"over already":       {func(m *types.MsgRegisterSchema) { m.Terms.Start = 1 }, types.ErrTiming},
		"in the far future":  {func(m *types.MsgRegisterSchema) { m.Terms.Start += 367 * 24 * 3_600_000 }, types.ErrTiming},
		"no window":          {func(m *types.MsgRegisterSchema) { m.Terms.Window = 0 }, types.ErrWindow},
		"no submitters":      {func(m *types.MsgRegisterSchema) { m.Terms.Submitters = nil }, types.ErrSubmitters},
		"many submitters":    {func(m *types.MsgRegisterSchema) { m.Terms.Submitters = make([]string, 1_000) }, types.ErrSubmitters},
		"bad submitter":      {func(m *types.MsgRegisterSchema) { m.Terms.Submitters[0] = "mesh1" }, types.ErrAccount},
		"malformed did":      {func(m *types.MsgRegisterSchema) { m.Did = "did:mesh" }, types.ErrInvalidDID},
		"did of another":     {func(m *types.MsgRegisterSchema) { m.Did = f.device(newSigner("other")).did.String() }, types.ErrProof},
		"no such method":     {func(m *types.MsgRegisterSchema) { m.Proof.Method = types.MethodURL(d.did, "key-2") }, types.ErrUnknownKey},
		"old sequence":       {func(m *types.MsgRegisterSchema) { m.Proof.Sequence-- }, types.ErrSequence},
		"another root":       {func(m *types.MsgRegisterSchema) { m.Terms.Root[0] ^= 1 }, types.ErrSignature},
		"more submitters":    {func(m *types.MsgRegisterSchema) { m.Terms.Submitters = []string{f.stranger.String()} }, types.ErrSignature},
		"signature is short": {func(m *types.MsgRegisterSchema) { m.Proof.Signature = nil }, types.ErrProof},
	} {
		_, msg := f.prepare(d, f.terms())
		msg.Terms.Root = append([]byte(nil), msg.Terms.Root...)
		c.change(msg)
		require.ErrorIs(t, f.deliver(msg), c.want, name)
	}
}

func TestPayerMustPay(t *testing.T) {
	f := newField(t)
	d := f.certified("sensor")
	_, msg := f.prepare(d, f.terms())
	poor := fixture.NewAccount("poor")
	f.MustDeliver(f.payer, &banktypes.MsgSend{FromAddress: f.payer.String(), ToAddress: poor.String(), Amount: sdk.NewCoins(f.Native(1))})
	msg.Payer = poor.String()
	_, err := f.Deliver(poor, msg)
	require.ErrorIs(t, err, types.ErrFee)
}

func TestSchemasOfADeviceAreBounded(t *testing.T) {
	f := newField(t)
	d := f.certified("sensor")
	limit := int(types.DefaultDataParams().MaxSchemas)
	for range limit {
		_, msg := f.prepare(d, f.terms())
		f.must(msg)
	}
	s, msg := f.prepare(d, f.terms())
	require.ErrorIs(t, f.deliver(msg), types.ErrTooManySchemas)

	list, err := types.NewQueryClient(f).Schemas(f.Ctx(), &types.QuerySchemasRequest{Did: d.did.String()})
	require.NoError(t, err)
	require.Len(t, list.Schemas, limit)
	first, err := types.ParseSchemaID(list.Schemas[0].Id)
	require.NoError(t, err)
	s.id = first
	end := &types.MsgCloseSchema{Payer: f.payer.String(), Schema: first[:], Proof: f.proof(s, types.TagClose, first[:])}
	f.must(end)
	require.ErrorIs(t, f.deliver(end), types.ErrSchemaNotFound)
	_, msg = f.prepare(d, f.terms())
	f.must(msg)
	f.CheckInvariants()
}

// A stream that is over takes nothing and is removed, a bounded number of entries per
// block.
func TestStreamsEnd(t *testing.T) {
	f := newField(t)
	params, err := f.keeper.Params.Get(f.Ctx())
	require.NoError(t, err)
	params.Data.MaxPrunePerBlock = 4
	require.NoError(t, f.Govern(&types.MsgUpdateParams{Authority: fixture.Authority(), Params: params}))
	s := f.sensor("sensor", func(s *segment.Schema) { s.Life = 10 })
	f.run(s, 1, 10)
	f.at(s.stream.Release(10))
	require.NoError(t, f.disclose(s.key(9)))
	ends := s.stream.Release(10).Add(params.Data.Disclosure())
	f.at(ends.Add(-1))
	f.NextBlock()
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 9))
	stored := func() int {
		n := 0
		require.NoError(t, f.keeper.Segments.Walk(f.Ctx(), nil, func(keeper.SegmentKey, types.Segment) (bool, error) { n++; return false, nil }))
		return n
	}
	require.Equal(t, 10, stored())
	f.at(ends)
	require.ErrorIs(t, f.disclose(s.key(10)), types.ErrSchemaEnded)
	require.Equal(t, 6, stored())
	require.ErrorIs(t, f.commit(f.gateway, s.commit(10, "late")), types.ErrSchemaEnded)
	require.Equal(t, 2, stored())
	f.CheckInvariants()
	f.NextBlock()
	require.Zero(t, stored())
	_, err = f.keeper.Segment(f.Ctx(), s.id, 9)
	require.ErrorIs(t, err, types.ErrSchemaNotFound)
	f.CheckInvariants()
}

// Late blocks are remembered as long as a key may open their segments, and no longer.
func TestLateBlocksAreForgotten(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, s.commit(1, "data")))
	f.at(s.stream.Release(1))
	f.NextBlock()
	late := func() bool {
		found, err := f.keeper.LateBlocks.Has(f.Ctx(), f.Height()-1)
		require.NoError(t, err)
		return found
	}
	require.True(t, late())
	horizon := s.stream.Release(1).Add(types.DefaultDataParams().EarlyBy() + types.DefaultDataParams().Disclosure() + segment.MaxDelay*time.Millisecond)
	f.at(horizon)
	height := f.Height() - 1
	f.NextBlock()
	found, err := f.keeper.LateBlocks.Has(f.Ctx(), height)
	require.NoError(t, err)
	require.True(t, found)
	f.at(horizon.Add(1))
	f.NextBlock()
	found, err = f.keeper.LateBlocks.Has(f.Ctx(), height)
	require.NoError(t, err)
	require.False(t, found)
}

// What a device signed for a stream holds for nothing else: not twice, not on another
// chain, not for another DID, not as another kind of operation.
func TestStreamOperationsCannotBeReplayed(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	other := f.sensor("other")
	message := f.registerMsg(s)
	f.must(message)
	require.ErrorIs(t, f.deliver(message), types.ErrSequence, "twice")

	message = f.registerMsg(s)
	foreign := *message
	foreign.Proof.Signature = s.sign(types.SigningBytes(types.TagSchema, "mesh-other-1", s.did, message.Proof.Sequence, mustBytes(t, s)))
	require.ErrorIs(t, f.deliver(&foreign), types.ErrSignature, "another chain")
	for _, tag := range []types.Tag{types.TagCreate, types.TagUpdate, types.TagDeactivate, types.TagSubmitters, types.TagClose} {
		foreign.Proof.Signature = s.sign(types.SigningBytes(tag, f.ChainID, s.did, message.Proof.Sequence, mustBytes(t, s)))
		require.ErrorIs(t, f.deliver(&foreign), types.ErrSignature, "signed as %s", tag)
	}
	foreign.Did = other.did.String()
	require.ErrorIs(t, f.deliver(&foreign), types.ErrProof, "another DID with the key of this one")

	// A change of one schema's submitters is none of another schema's.
	id := other.id
	payload, err := segment.SubmittersBytes(s.id, [][]byte{f.stranger.Address})
	require.NoError(t, err)
	set := &types.MsgSetSubmitters{Payer: f.payer.String(), Schema: id[:], Submitters: []string{f.stranger.String()}, Proof: f.proof(other, types.TagSubmitters, payload)}
	require.ErrorIs(t, f.deliver(set), types.ErrSignature)
	set.Proof = f.proof(s, types.TagSubmitters, payload)
	require.ErrorIs(t, f.deliver(set), types.ErrProof, "by the device of the other schema")
	end := &types.MsgCloseSchema{Payer: f.payer.String(), Schema: id[:], Proof: f.proof(s, types.TagClose, s.id[:])}
	require.ErrorIs(t, f.deliver(end), types.ErrProof)
}

func mustBytes(t *testing.T, s *sensor) []byte {
	t.Helper()
	b, err := s.stream.Bytes()
	require.NoError(t, err)
	return b
}

// Only a key for assertions makes statements about data.
func TestKeyMustBeForAssertions(t *testing.T) {
	f := newField(t)
	d := f.certified("sensor")
	document := d.document()
	document.VerificationMethods[0].Relationships = []types.Relationship{types.RELATIONSHIP_AUTHENTICATION, types.RELATIONSHIP_CAPABILITY_INVOCATION}
	f.must(f.updateMsg(d, d.did, 1, document))
	_, msg := f.prepare(d, f.terms())
	require.ErrorIs(t, f.deliver(msg), types.ErrRelationship)
}

// A new key in the document ends no stream of the old one, which lives by its own chain of
// keys: the new key closes it, the old one no more.
func TestARotatedKeyEndsNoStream(t *testing.T) {
	f := newField(t)
	s := f.sensor("sensor")
	next := newSigner("next")
	document := s.document()
	document.VerificationMethods[0].PublicKey = next.public
	f.must(f.updateMsg(s.device, s.did, f.sequence(s.did), document))

	f.at(s.stream.Begin(1))
	require.NoError(t, f.commit(f.gateway, s.commit(1, "data")))
	f.NextBlock()
	f.at(s.stream.Release(1))
	require.NoError(t, f.disclose(s.key(1)))
	require.Equal(t, types.SEGMENT_STATUS_AUTHENTIC, f.status(s, 1))

	closing := &types.MsgCloseSchema{Payer: f.payer.String(), Schema: s.id[:], Proof: f.proof(s, types.TagClose, s.id[:])}
	require.ErrorIs(t, f.deliver(closing), types.ErrSignature)
	s.signer = next
	closing.Proof = f.proof(s, types.TagClose, s.id[:])
	f.must(closing)
	f.at(s.stream.Begin(5))
	require.ErrorIs(t, f.commit(f.gateway, s.commit(5, "data")), types.ErrSchemaNotFound)
}
