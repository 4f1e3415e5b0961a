package simulation

import (
	"context"
	"errors"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"

	"github.com/meshchain/meshchain/x/did/keeper"
	"github.com/meshchain/meshchain/x/did/types"
)

// Names and default weights of the operations, in the simulation's parameters.
const (
	OpWeightMsgCreateDid     = "op_weight_msg_did_create"
	OpWeightMsgUpdateDid     = "op_weight_msg_did_update"
	OpWeightMsgDeactivateDid = "op_weight_msg_did_deactivate"
	OpWeightMsgIssue         = "op_weight_msg_did_issue"
	OpWeightMsgChange        = "op_weight_msg_did_change"
	OpWeightMsgUpdateParams  = "op_weight_msg_did_update_params"

	WeightMsgCreateDid     = 60
	WeightMsgUpdateDid     = 60
	WeightMsgDeactivateDid = 5
	WeightMsgIssue         = 60
	WeightMsgChange        = 20
	WeightMsgUpdateParams  = 3
)

// operations makes random messages. Each account has one DID, of its own key.
type operations struct {
	state   module.SimulationState
	keeper  keeper.Keeper
	account types.AccountKeeper
	bank    types.BankKeeper
}

// maker makes a message that payer pays for.
type maker func(r *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error)

// errNothing says that there is nothing to do for an operation.
var errNothing = errors.New("nothing to do")

// WeightedOperations returns the random messages of accounts.
func WeightedOperations(state module.SimulationState, k keeper.Keeper, account types.AccountKeeper, bank types.BankKeeper) simulation.WeightedOperations {
	o := operations{state, k, account, bank}
	var all simulation.WeightedOperations
	for _, operation := range []struct {
		name     string
		standard int
		url      string
		make     maker
	}{
		{OpWeightMsgCreateDid, WeightMsgCreateDid, sdk.MsgTypeURL(&types.MsgCreateDid{}), o.create},
		{OpWeightMsgUpdateDid, WeightMsgUpdateDid, sdk.MsgTypeURL(&types.MsgUpdateDid{}), o.update},
		{OpWeightMsgDeactivateDid, WeightMsgDeactivateDid, sdk.MsgTypeURL(&types.MsgDeactivateDid{}), o.deactivate},
		{OpWeightMsgIssue, WeightMsgIssue, sdk.MsgTypeURL(&types.MsgIssueCertificates{}), o.issue},
		{OpWeightMsgChange, WeightMsgChange, sdk.MsgTypeURL(&types.MsgChangeCertificates{}), o.change},
	} {
		var weight int
		state.AppParams.GetOrGenerate(operation.name, &weight, nil, func(*rand.Rand) { weight = operation.standard })
		all = append(all, simulation.NewWeightedOperation(weight, o.operation(operation.url, operation.make)))
	}
	return append(all, o.dataOperations()...)
}

// ProposalMsgs returns random messages of governance.
func ProposalMsgs() []simtypes.WeightedProposalMsg {
	return []simtypes.WeightedProposalMsg{
		simulation.NewWeightedProposalMsg(OpWeightMsgUpdateParams, WeightMsgUpdateParams,
			func(r *rand.Rand, _ sdk.Context, _ []simtypes.Account) sdk.Msg {
				return &types.MsgUpdateParams{Authority: sdk.AccAddress(address.Module("gov")).String(), Params: randomParams(r)}
			}),
	}
}

func (o operations) operation(url string, create maker) simtypes.Operation {
	return func(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
		payer, _ := simtypes.RandomAcc(r, accounts)
		subject, _ := simtypes.RandomAcc(r, accounts)
		msg, err := create(r, ctx, payer, subject)
		if err != nil {
			return simtypes.NoOpMsg(types.ModuleName, url, err.Error()), nil, nil
		}
		fee, err := o.mostFee(ctx)
		if err != nil || !o.bank.SpendableCoins(ctx, payer.Address).IsAllGTE(fee) {
			return simtypes.NoOpMsg(types.ModuleName, url, "payer is poor"), nil, err
		}
		return simulation.GenAndDeliverTxWithRandFees(simulation.OperationInput{
			R: r, App: app, TxGen: o.state.TxConfig, Msg: msg, CoinsSpentInMsg: fee, Context: ctx, SimAccount: payer,
			AccountKeeper: o.account, Bankkeeper: o.bank, ModuleName: types.ModuleName,
		})
	}
}

// mostFee is the highest fee of an operation.
func (o operations) mostFee(ctx context.Context) (sdk.Coins, error) {
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	denom, err := o.keeper.FeeDenom(ctx)
	if err != nil {
		return nil, err
	}
	return sdk.NewCoins(sdk.NewCoin(denom, params.CreateFee.Add(params.UpdateFee).Add(params.Data.Fee(64)))), nil
}

func keyOf(a simtypes.Account) types.PublicKey { return types.Secp256k1Key(a.PrivKey.PubKey().Bytes()) }

// identify returns the DID of an account and its record, which is empty if it is not
// registered.
func (o operations) identify(ctx context.Context, a simtypes.Account) (types.DID, types.Record, bool, error) {
	namespace, err := o.keeper.Namespace(ctx)
	if err != nil {
		return types.DID{}, types.Record{}, false, err
	}
	did, err := types.NewDID(namespace, keyOf(a))
	if err != nil {
		return did, types.Record{}, false, err
	}
	record, err := o.keeper.Record(ctx, did)
	if errors.Is(err, types.ErrNotFound) {
		return did, record, false, nil
	}
	return did, record, err == nil, err
}

func document(r *rand.Rand, a simtypes.Account) types.Document {
	d := types.Document{VerificationMethods: []types.VerificationMethod{{
		Id: "key-1", Format: types.KeyFormat(1 + r.Intn(2)), PublicKey: keyOf(a), Relationships: types.SigningRelationships(), //nolint:gosec // 1 or 2
	}}}
	for i := range r.Intn(3) {
		d.Services = append(d.Services, types.Service{Id: "service-" + string(rune('a'+i)), Type: "Random", Endpoints: []string{"https://" + simtypes.RandStringOfLength(r, 10) + ".example"}})
	}
	return d
}

func (o operations) create(r *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error) {
	did, _, known, err := o.identify(ctx, subject)
	if err != nil || known {
		return nil, errors.Join(err, errNothing)
	}
	msg := &types.MsgCreateDid{Payer: payer.Address.String(), Did: did.String(), Document: document(r, subject)}
	msg.Proof, err = sign(ctx, types.TagCreate, did, 0, &msg.Document, subject)
	return msg, err
}

func (o operations) update(r *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error) {
	did, record, known, err := o.identify(ctx, subject)
	if err != nil || !known || record.Deactivated != nil {
		return nil, errors.Join(err, errNothing)
	}
	msg := &types.MsgUpdateDid{Payer: payer.Address.String(), Did: did.String(), Document: document(r, subject)}
	msg.Proof, err = sign(ctx, types.TagUpdate, did, record.Sequence, &msg.Document, subject)
	return msg, err
}

func (o operations) deactivate(_ *rand.Rand, ctx sdk.Context, payer, subject simtypes.Account) (sdk.Msg, error) {
	did, record, known, err := o.identify(ctx, subject)
	if err != nil || !known || record.Deactivated != nil {
		return nil, errors.Join(err, errNothing)
	}
	msg := &types.MsgDeactivateDid{Payer: payer.Address.String(), Did: did.String()}
	msg.Proof, err = sign(ctx, types.TagDeactivate, did, record.Sequence, nil, subject)
	return msg, err
}

// sign makes the proof of an operation with the only key of a subject.
func sign(ctx sdk.Context, tag types.Tag, did types.DID, sequence uint64, part types.SigningPayload, subject simtypes.Account) (types.Proof, error) {
	var payload []byte
	if part != nil {
		var err error
		if payload, err = types.Payload(part); err != nil {
			return types.Proof{}, err
		}
	}
	signature, err := subject.PrivKey.Sign(types.SigningBytes(tag, ctx.ChainID(), did, sequence, payload))
	return types.Proof{Method: types.MethodURL(did, "key-1"), Sequence: sequence, Signature: signature}, err
}
