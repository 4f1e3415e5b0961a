package simulation

import (
	"context"
	"math/rand"
	"strconv"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"

	"github.com/meshchain/meshchain/x/zones/keeper"
	"github.com/meshchain/meshchain/x/zones/types"
)

// Names and default weights of the operations, in the simulation's parameters.
const (
	OpWeightMsgRegisterZone = "op_weight_msg_zones_register"
	OpWeightMsgUpdateZone   = "op_weight_msg_zones_update"
	OpWeightMsgRetireZone   = "op_weight_msg_zones_retire"
	OpWeightMsgClaimBond    = "op_weight_msg_zones_claim"
	OpWeightMsgUpdateParams = "op_weight_msg_zones_update_params"

	WeightMsgRegisterZone = 40
	WeightMsgUpdateZone   = 20
	WeightMsgRetireZone   = 20
	WeightMsgClaimBond    = 20
	WeightMsgUpdateParams = 5
)

// operations makes random messages of accounts.
type operations struct {
	state   module.SimulationState
	keeper  keeper.Keeper
	account types.AccountKeeper
	bank    types.BankKeeper
}

// WeightedOperations returns the random messages of accounts of the main chain: on
// a zone there is no registry. Activations need a second chain, and are tested with
// one.
func WeightedOperations(state module.SimulationState, k keeper.Keeper, account types.AccountKeeper, bank types.BankKeeper) simulation.WeightedOperations {
	o := operations{state, k, account, bank}
	weight := func(name string, standard int) int {
		var weight int
		state.AppParams.GetOrGenerate(name, &weight, nil, func(*rand.Rand) { weight = standard })
		return weight
	}
	return simulation.WeightedOperations{
		simulation.NewWeightedOperation(weight(OpWeightMsgRegisterZone, WeightMsgRegisterZone), o.onMain(&types.MsgRegisterZone{}, o.register)),
		simulation.NewWeightedOperation(weight(OpWeightMsgUpdateZone, WeightMsgUpdateZone), o.onMain(&types.MsgUpdateZone{}, o.update)),
		simulation.NewWeightedOperation(weight(OpWeightMsgRetireZone, WeightMsgRetireZone), o.onMain(&types.MsgRetireZone{}, o.retire)),
		simulation.NewWeightedOperation(weight(OpWeightMsgClaimBond, WeightMsgClaimBond), o.onMain(&types.MsgClaimBond{}, o.claim)),
	}
}

// ProposalMsgs returns random messages of governance.
func ProposalMsgs(state module.SimulationState) []simtypes.WeightedProposalMsg {
	return []simtypes.WeightedProposalMsg{
		simulation.NewWeightedProposalMsg(OpWeightMsgUpdateParams, WeightMsgUpdateParams,
			func(r *rand.Rand, _ sdk.Context, _ []simtypes.Account) sdk.Msg {
				return &types.MsgUpdateParams{Authority: sdk.AccAddress(address.Module("gov")).String(), Params: randomParams(r, state.BondDenom)}
			}),
	}
}

// makes chooses signer, message and what it spends; no message means that there is
// nothing to do.
type makes func(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, sdk.Msg, sdk.Coins)

func (o operations) onMain(kind sdk.Msg, choose makes) simtypes.Operation {
	return func(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
		skip := func(why string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
			return simtypes.NoOpMsg(types.ModuleName, sdk.MsgTypeURL(kind), why), nil, nil
		}
		if id, err := o.keeper.Identity(ctx); err != nil || !id.IsMain() {
			return skip("there is no registry on a zone")
		}
		signer, msg, spent := choose(r, ctx, accounts)
		if msg == nil {
			return skip("nothing to do")
		}
		return simulation.GenAndDeliverTxWithRandFees(simulation.OperationInput{
			R: r, App: app, TxGen: o.state.TxConfig,
			Msg: msg, CoinsSpentInMsg: spent, Context: ctx, SimAccount: signer,
			AccountKeeper: o.account, Bankkeeper: o.bank, ModuleName: types.ModuleName,
		})
	}
}

func (o operations) register(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, sdk.Msg, sdk.Coins) {
	owner, _ := simtypes.RandomAcc(r, accounts)
	params, err := o.keeper.Params.Get(ctx)
	if err != nil || o.bank.SpendableCoins(ctx, owner.Address).AmountOf(params.Bond.Denom).LT(params.Bond.Amount) {
		return owner, nil, nil
	}
	name := "zone" + strconv.Itoa(r.Intn(50))
	if taken, err := o.keeper.Zones.Has(ctx, name); err != nil || taken {
		return owner, nil, nil
	}
	hash := make([]byte, types.HashLength)
	r.Read(hash) // never fails
	return owner, &types.MsgRegisterZone{
		Owner: owner.Address.String(), Name: name, ChainId: name + "-1", GenesisHash: hash, Bond: params.Bond, Level: uint32(r.Intn(types.MaxLevel + 1)),
	}, sdk.NewCoins(params.Bond)
}

func (o operations) update(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, sdk.Msg, sdk.Coins) {
	zone, owner, found := o.pick(ctx, r, accounts)
	if !found {
		return owner, nil, nil
	}
	return owner, &types.MsgUpdateZone{
		Owner: zone.Owner, Name: zone.Name, Area: []string{"", "eu/de", "cn/bj"}[r.Intn(3)], Level: uint32(r.Intn(types.MaxLevel + 1)),
		Endpoints: []types.Endpoint{{Kind: "rpc", Address: "http://" + zone.Name + ":26657"}},
	}, nil
}

func (o operations) retire(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, sdk.Msg, sdk.Coins) {
	zone, owner, found := o.pick(ctx, r, accounts)
	if !found {
		return owner, nil, nil
	}
	return owner, &types.MsgRetireZone{Signer: zone.Owner, Name: zone.Name}, nil
}

func (o operations) claim(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, sdk.Msg, sdk.Coins) {
	var owners []sdk.AccAddress
	err := o.keeper.Refunds.Walk(ctx, nil, func(owner sdk.AccAddress, _ types.Refund) (bool, error) {
		owners = append(owners, owner)
		return false, nil
	})
	if err != nil || len(owners) == 0 {
		return simtypes.Account{}, nil, nil
	}
	owner, found := simtypes.FindAccount(accounts, owners[r.Intn(len(owners))])
	if !found {
		return owner, nil, nil
	}
	return owner, &types.MsgClaimBond{Owner: owner.Address.String()}, nil
}

// pick returns a random zone and its owner.
func (o operations) pick(ctx context.Context, r *rand.Rand, accounts []simtypes.Account) (types.Zone, simtypes.Account, bool) {
	var zones []types.Zone
	err := o.keeper.Zones.Walk(ctx, nil, func(_ string, zone types.Zone) (bool, error) {
		zones = append(zones, zone)
		return false, nil
	})
	if err != nil || len(zones) == 0 {
		return types.Zone{}, simtypes.Account{}, false
	}
	zone := zones[r.Intn(len(zones))]
	address, err := sdk.AccAddressFromBech32(zone.Owner)
	if err != nil {
		return zone, simtypes.Account{}, false
	}
	owner, found := simtypes.FindAccount(accounts, address)
	return zone, owner, found
}
