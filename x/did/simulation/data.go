package simulation

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand"

	sdkmath "cosmossdk.io/math"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"

	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/segment"
	"github.com/meshchain/meshchain/x/did/types"
)

// Names and default weights of the operations of data authentication.
const (
	OpWeightMsgRegisterSchema = "op_weight_msg_did_register_schema"
	OpWeightMsgCommitSegments = "op_weight_msg_did_commit_segments"
	OpWeightMsgDiscloseKeys   = "op_weight_msg_did_disclose_keys"
	OpWeightMsgCloseSchema    = "op_weight_msg_did_close_schema"

	WeightMsgRegisterSchema = 60
	WeightMsgCommitSegments = 150
	WeightMsgDiscloseKeys   = 100
	WeightMsgCloseSchema    = 3
)

// simHour in milliseconds: blocks of the simulation are hours apart.
const simHour = 3_600_000

func randomDataParams(r *rand.Rand) types.DataParams {
	p := types.DefaultDataParams()
	p.SchemaFee = sdkmath.NewInt(int64(r.Intn(100)))
	p.SlotFee = sdkmath.NewInt(int64(r.Intn(10)))
	p.MaxSchemas = uint32(1 + r.Intn(4))                    //nolint:gosec // positive
	p.MinAge = uint32(1 + r.Intn(3))                        //nolint:gosec // positive
	p.MaxGap = uint32(1 + r.Intn(100))                      //nolint:gosec // positive
	p.Early = uint32(r.Intn(60))                            //nolint:gosec // positive
	p.DisclosurePeriod = uint32((1 + r.Intn(10)) * 24 * 60) //nolint:gosec // positive
	p.DisclosurePeriod *= 60
	p.MaxPrunePerBlock = uint32(1 + r.Intn(20)) //nolint:gosec // positive
	p.RequireCertificate = false                // few devices have one here
	return p
}

// dataOperations returns the random messages of data authentication.
func (o operations) dataOperations() simulation.WeightedOperations {
	weight := func(name string, standard int) int {
		var w int
		o.state.AppParams.GetOrGenerate(name, &w, nil, func(*rand.Rand) { w = standard })
		return w
	}
	return simulation.WeightedOperations{
		simulation.NewWeightedOperation(weight(OpWeightMsgRegisterSchema, WeightMsgRegisterSchema),
			o.operation(sdk.MsgTypeURL(&types.MsgRegisterSchema{}), o.registerSchema)),
		simulation.NewWeightedOperation(weight(OpWeightMsgCloseSchema, WeightMsgCloseSchema),
			o.operation(sdk.MsgTypeURL(&types.MsgCloseSchema{}), o.closeSchema)),
		simulation.NewWeightedOperation(weight(OpWeightMsgCommitSegments, WeightMsgCommitSegments),
			o.streamOperation(sdk.MsgTypeURL(&types.MsgCommitSegments{}), o.commit)),
		simulation.NewWeightedOperation(weight(OpWeightMsgDiscloseKeys, WeightMsgDiscloseKeys),
			o.streamOperation(sdk.MsgTypeURL(&types.MsgDiscloseKeys{}), o.disclose)),
	}
}

// registerSchema begins a stream whose secret follows from its salt, so that other
// operations find it.
func (o operations) registerSchema(r *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error) {
	did, sequence, err := o.streamer(r, ctx, subject)
	if err != nil || ctx.BlockTime().UnixMilli() >= segment.MaxStart {
		return nil, errors.Join(err, errNothing)
	}
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if n, err := o.schemasOf(ctx, did); err != nil || len(n) >= int(params.Data.MaxSchemas) {
		return nil, errors.Join(err, errNothing)
	}
	salt := sha256.Sum256(fmt.Append(nil, did, sequence))
	lag := uint32(2 + r.Intn(4)) //nolint:gosec // positive
	s := &segment.Schema{
		MAC: segment.MAC(1 + r.Intn(2)), MACLength: 10 + r.Intn(6), //nolint:gosec // 1 or 2
		Chain:     segment.Chain{Hash: segment.Hash(1 + r.Intn(2)), KeyLength: 16 + r.Intn(17), Salt: salt[:segment.MaxSalt]}, //nolint:gosec // 1 or 2
		UnitBytes: 1, UnitsPerKey: 1, Life: uint32(2 + r.Intn(60)), Start: uint64(ctx.BlockTime().UnixMilli()),                //nolint:gosec // positive
		Interval: uint32((1 + r.Intn(8)) * simHour), Lag: lag, ClockError: uint32(r.Intn(1_000)), Window: lag + 1 + uint32(r.Intn(10)), //nolint:gosec // positive
		Submitters: [][]byte{payer.Address},
	}
	if s.Root, err = segment.Root(s.Chain, seedOf(&s.Chain), s.Life); err != nil {
		return nil, err
	}
	payload, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	msg := &types.MsgRegisterSchema{Payer: payer.Address.String(), Did: did.String(), Terms: types.Terms(s)}
	msg.Proof, err = signPayload(ctx, types.TagSchema, did, sequence, payload, subject)
	return msg, err
}

// streamer returns who begins a stream with the key of an account, and its sequence: the
// DID of this chain, or the visitor of another zone, if that is welcome.
func (o operations) streamer(r *rand.Rand, ctx sdk.Context, a simtypes.Account) (types.DID, uint64, error) {
	if r.Intn(2) == 0 {
		did, record, known, err := o.identify(ctx, a)
		if err == nil && (!known || record.Deactivated != nil) {
			err = errNothing
		}
		return did, record.Sequence, err
	}
	did, err := types.NewDID(away, keyOf(a))
	if err != nil || o.keeper.Certify(ctx, did, types.CERTIFICATE_KIND_DEVICE) != nil {
		return did, 0, errors.Join(err, errNothing)
	}
	visitor, err := o.keeper.Visitors.Get(ctx, did.String())
	return did, visitor.Sequence, err
}

func seedOf(c *segment.Chain) []byte {
	seed := sha256.Sum256(c.Salt)
	return seed[:c.KeyLength]
}

// signPayload makes the proof of an operation whose payload is no protobuf.
func signPayload(ctx sdk.Context, tag types.Tag, did types.DID, sequence uint64, payload []byte, subject simtypes.Account) (types.Proof, error) {
	signature, err := subject.PrivKey.Sign(types.SigningBytes(tag, ctx.ChainID(), did, sequence, payload))
	return types.Proof{Method: types.MethodURL(did, "key-1"), Sequence: sequence, Signature: signature}, err
}

// schemasOf returns the ids of the streams of a device.
func (o operations) schemasOf(ctx sdk.Context, did types.DID) (ids [][]byte, err error) {
	err = o.keeper.SchemasByDevice.Walk(ctx, collections.NewPrefixedPairRange[string, []byte](did.String()), func(key keeper.DeviceSchemaKey) (bool, error) {
		ids = append(ids, key.K2())
		return false, nil
	})
	return ids, err
}

func (o operations) closeSchema(r *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error) {
	did, record, known, err := o.identify(ctx, subject)
	if err != nil || !known || record.Deactivated != nil {
		return nil, errors.Join(err, errNothing)
	}
	ids, err := o.schemasOf(ctx, did)
	if err != nil || len(ids) == 0 {
		return nil, errors.Join(err, errNothing)
	}
	id := ids[r.Intn(len(ids))]
	schema, err := o.keeper.Schemas.Get(ctx, id)
	if err != nil || schema.CheckRunning(ctx.BlockTime()) != nil {
		return nil, errors.Join(err, errNothing)
	}
	msg := &types.MsgCloseSchema{Payer: payer.Address.String(), Schema: id}
	msg.Proof, err = signPayload(ctx, types.TagClose, did, record.Sequence, id, subject)
	return msg, err
}

// simStream is a stream that runs, of a device that is active.
type simStream struct {
	id        []byte
	schema    types.Schema
	disclosed types.Disclosed
	params    types.DataParams
}

// streamOperation lets the submitter of a random stream send a message about it.
func (o operations) streamOperation(url string, create func(*rand.Rand, sdk.Context, *simStream) (sdk.Msg, error)) simtypes.Operation {
	return func(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
		s, err := o.randomStream(r, ctx)
		if err == nil {
			var msg sdk.Msg
			if msg, err = create(r, ctx, s); err == nil {
				address, err := types.ParseAccount("submitter", s.schema.Terms.Submitters[0])
				if err != nil {
					return simtypes.NoOpMsg(types.ModuleName, url, err.Error()), nil, err
				}
				submitter, found := simtypes.FindAccount(accounts, address)
				if !found {
					return simtypes.NoOpMsg(types.ModuleName, url, "submitter is gone"), nil, nil
				}
				return simulation.GenAndDeliverTxWithRandFees(simulation.OperationInput{
					R: r, App: app, TxGen: o.state.TxConfig, Msg: msg, Context: ctx, SimAccount: submitter,
					AccountKeeper: o.account, Bankkeeper: o.bank, ModuleName: types.ModuleName,
				})
			}
		}
		if errors.Is(err, errNothing) {
			err = nil
		}
		return simtypes.NoOpMsg(types.ModuleName, url, "nothing to do"), nil, err
	}
}

func (o operations) randomStream(r *rand.Rand, ctx sdk.Context) (*simStream, error) {
	var ids [][]byte
	if err := o.keeper.Schemas.Walk(ctx, nil, func(id []byte, _ types.Schema) (bool, error) {
		ids = append(ids, id)
		return len(ids) >= 100, nil
	}); err != nil || len(ids) == 0 {
		return nil, errors.Join(err, errNothing)
	}
	s := &simStream{id: ids[r.Intn(len(ids))]}
	var err error
	if s.schema, err = o.keeper.Schemas.Get(ctx, s.id); err != nil {
		return nil, err
	}
	if s.disclosed, err = o.keeper.Disclosed.Get(ctx, s.id); err != nil {
		return nil, err
	}
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	s.params = params.Data
	did, err := types.ParseDID(s.schema.Did)
	if err != nil {
		return nil, err
	}
	if s.schema.CheckRunning(ctx.BlockTime()) != nil {
		return nil, errNothing
	}
	if did.Namespace == away {
		if o.keeper.Certify(ctx, did, types.CERTIFICATE_KIND_DEVICE) != nil {
			return nil, errNothing
		}
		return s, nil
	}
	record, err := o.keeper.Record(ctx, did)
	if err != nil || record.Deactivated != nil {
		return nil, errors.Join(err, errNothing)
	}
	return s, nil
}

// key returns k_t.
func (s *simStream) key(t uint32) []byte {
	stream := s.schema.Stream()
	end := uint32(2)
	for end < stream.Life {
		end *= 2
	}
	key := append([]byte(nil), seedOf(&stream.Chain)...)
	stream.Chain.Back(key, end, t)
	return key
}

// commit makes a segment of now; one in eight is forged.
func (o operations) commit(r *rand.Rand, ctx sdk.Context, s *simStream) (sdk.Msg, error) {
	stream := s.schema.Stream()
	id := segment.ID(s.id)
	t := stream.IntervalAt(ctx.BlockTime())
	if t == 0 {
		return nil, errNothing
	}
	digest := sha256.Sum256(fmt.Append(nil, t))
	c := types.SegmentCommit{Schema: s.id, T: t, Digest: digest[:], Mac: stream.Authenticate(&id, s.key(t), t, &digest)}
	if r.Intn(8) == 0 {
		c.Mac[0] ^= 1
	}
	if s.schema.CheckCommit(stream, s.params, &c, s.disclosed.T, ctx.BlockTime()) != nil {
		return nil, errNothing
	}
	there, err := o.keeper.Segments.Get(ctx, collections.Join(s.id, s.schema.Slot(t)))
	if err == nil && there.T >= t {
		return nil, errNothing
	}
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	return &types.MsgCommitSegments{Submitter: s.schema.Terms.Submitters[0], Segments: []types.SegmentCommit{c}}, nil
}

// disclose makes the newest key, or one that is near enough to the last.
func (o operations) disclose(_ *rand.Rand, ctx sdk.Context, s *simStream) (sdk.Msg, error) {
	stream := s.schema.Stream()
	t := min(stream.Released(ctx.BlockTime()), s.disclosed.T+s.params.MaxGap)
	if t == 0 {
		return nil, errNothing
	}
	k := types.KeyDisclosure{Schema: s.id, T: t, Key: s.key(t)}
	if s.schema.CheckDisclosure(stream, s.params, &k, s.disclosed.T, ctx.BlockTime()) != nil {
		return nil, errNothing
	}
	return &types.MsgDiscloseKeys{Discloser: s.schema.Terms.Submitters[0], Keys: []types.KeyDisclosure{k}}, nil
}
