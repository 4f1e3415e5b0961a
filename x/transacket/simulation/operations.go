package simulation

import (
	"math/rand"
	"time"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"

	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// Names and default weights of the operations, in the simulation's parameters.
const (
	OpWeightMsgSend         = "op_weight_msg_transacket_send"
	OpWeightMsgAcknowledge  = "op_weight_msg_transacket_acknowledge"
	OpWeightMsgDelete       = "op_weight_msg_transacket_delete"
	OpWeightMsgUpdateParams = "op_weight_msg_transacket_update_params"

	OpWeightMsgSetPrices = "op_weight_msg_transacket_set_prices"
	OpWeightMsgLock      = "op_weight_msg_transacket_lock"
	OpWeightMsgClaim     = "op_weight_msg_transacket_claim"
	OpWeightMsgExpire    = "op_weight_msg_transacket_expire"
	OpWeightMsgRegister  = "op_weight_msg_transacket_register"

	WeightMsgSend         = 100
	WeightMsgAcknowledge  = 30
	WeightMsgDelete       = 30
	WeightMsgUpdateParams = 5
	WeightMsgSetPrices    = 10
	WeightMsgLock         = 30
	WeightMsgClaim        = 20
	WeightMsgExpire       = 20
	WeightMsgRegister     = 20
)

// operations makes random messages of accounts.
type operations struct {
	state   module.SimulationState
	keeper  keeper.Keeper
	account types.AccountKeeper
	bank    types.BankKeeper
}

// WeightedOperations returns the random messages of accounts: sends on this chain,
// acknowledgements and deletions. What crosses chains is tested with two chains.
func WeightedOperations(state module.SimulationState, k keeper.Keeper, account types.AccountKeeper, bank types.BankKeeper) simulation.WeightedOperations {
	o := operations{state, k, account, bank}
	weight := func(name string, standard int) int {
		var weight int
		state.AppParams.GetOrGenerate(name, &weight, nil, func(*rand.Rand) { weight = standard })
		return weight
	}
	return simulation.WeightedOperations{
		simulation.NewWeightedOperation(weight(OpWeightMsgSend, WeightMsgSend), o.send),
		simulation.NewWeightedOperation(weight(OpWeightMsgAcknowledge, WeightMsgAcknowledge), o.acknowledge),
		simulation.NewWeightedOperation(weight(OpWeightMsgDelete, WeightMsgDelete), o.delete),
		simulation.NewWeightedOperation(weight(OpWeightMsgSetPrices, WeightMsgSetPrices), o.setPrices),
		simulation.NewWeightedOperation(weight(OpWeightMsgLock, WeightMsgLock), o.lock),
		simulation.NewWeightedOperation(weight(OpWeightMsgClaim, WeightMsgClaim), o.claim),
		simulation.NewWeightedOperation(weight(OpWeightMsgExpire, WeightMsgExpire), o.expire),
		simulation.NewWeightedOperation(weight(OpWeightMsgRegister, WeightMsgRegister), o.register),
	}
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

func (o operations) send(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	return o.sendWith(r, app, ctx, accounts, randomEnvelope(r), nil)
}

// sendWith sends an envelope between random accounts; refusals that can be foreseen
// are skipped.
func (o operations) sendWith(
	r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, envelope types.Envelope, timeout *time.Duration,
) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	sender, _ := simtypes.RandomAcc(r, accounts)
	to, _ := simtypes.RandomAcc(r, accounts)
	msg := &types.MsgSend{Sender: sender.Address.String(), To: to.Address.String(), Envelope: envelope, Timeout: timeout}

	coins := o.bank.SpendableCoins(ctx, sender.Address)
	if coins.Empty() {
		return o.skip(msg, "sender has nothing to spend")
	}
	coin := coins[r.Intn(len(coins))]
	amount, err := simtypes.RandPositiveInt(r, coin.Amount)
	if err != nil {
		return o.skip(msg, "sender has too little to spend")
	}
	msg.Payment = sdk.NewCoin(coin.Denom, amount)
	if err := o.bank.IsSendEnabledCoins(ctx, msg.Payment); err != nil {
		return o.skip(msg, err.Error())
	}
	inbox, err := o.inbox(ctx, to.Address)
	if err != nil {
		return o.skip(msg, err.Error())
	}
	cached, _ := ctx.CacheContext()
	if _, err := keeper.NewMsgServerImpl(o.keeper).Send(cached, msg); err != nil {
		return o.skip(msg, err.Error()) // a full inbox, a price, too many holds
	}
	if len(inbox) > 0 && r.Intn(2) == 0 {
		msg.Envelope.Thread = inbox[r.Intn(len(inbox))].Id
	}
	return o.run(r, app, ctx, sender, msg, sdk.NewCoins(msg.Payment))
}

func (o operations) acknowledge(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	receiver, numbers, err := o.pick(r, ctx, accounts)
	msg := &types.MsgAcknowledge{Receiver: receiver.Address.String(), Numbers: numbers}
	if err != nil || len(numbers) == 0 {
		return o.skip(msg, "nothing to acknowledge")
	}
	return o.run(r, app, ctx, receiver, msg, nil)
}

func (o operations) delete(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, accounts []simtypes.Account, _ string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	receiver, numbers, err := o.pick(r, ctx, accounts)
	msg := &types.MsgDelete{Receiver: receiver.Address.String(), Numbers: numbers}
	if err != nil || len(numbers) == 0 {
		return o.skip(msg, "nothing to delete")
	}
	return o.run(r, app, ctx, receiver, msg, nil)
}

// pick returns a random receiver and some of what lies in its inbox.
func (o operations) pick(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (simtypes.Account, []uint64, error) {
	receiver, _ := simtypes.RandomAcc(r, accounts)
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return receiver, nil, err
	}
	inbox, err := o.inbox(ctx, receiver.Address)
	if err != nil {
		return receiver, nil, err
	}
	r.Shuffle(len(inbox), func(i, j int) { inbox[i], inbox[j] = inbox[j], inbox[i] })
	var numbers []uint64
	for i := 0; i < len(inbox) && i < int(params.MaxBatch); i++ {
		numbers = append(numbers, inbox[i].Number)
	}
	return receiver, numbers, nil
}

func (o operations) inbox(ctx sdk.Context, receiver sdk.AccAddress) ([]types.Transacket, error) {
	response, err := keeper.NewQueryServerImpl(o.keeper).Inbox(ctx, &types.QueryInboxRequest{Receiver: receiver.String()})
	if err != nil {
		return nil, err
	}
	return response.Transackets, nil
}

func (o operations) skip(msg sdk.Msg, why string) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	return simtypes.NoOpMsg(types.ModuleName, sdk.MsgTypeURL(msg), why), nil, nil
}

func (o operations) run(r *rand.Rand, app *baseapp.BaseApp, ctx sdk.Context, signer simtypes.Account, msg sdk.Msg, spent sdk.Coins) (simtypes.OperationMsg, []simtypes.FutureOperation, error) {
	return simulation.GenAndDeliverTxWithRandFees(simulation.OperationInput{
		R: r, App: app, TxGen: o.state.TxConfig,
		Msg: msg, CoinsSpentInMsg: spent, Context: ctx, SimAccount: signer,
		AccountKeeper: o.account, Bankkeeper: o.bank, ModuleName: types.ModuleName,
	})
}

func randomEnvelope(r *rand.Rand) types.Envelope {
	message := make([]byte, simtypes.RandIntBetween(r, 1, types.MaxInband+1))
	r.Read(message) // never fails
	topics := []string{"", "soil/moisture", "valve", "energy.price"}
	envelope := types.Inband(message)
	if r.Intn(4) == 0 {
		hash := make([]byte, types.IDLength)
		r.Read(hash)
		envelope = types.OutOfBandBody(types.OutOfBand{Sha256: hash, Size_: r.Uint64()>>1 + 1, MediaType: "image/jpeg"})
	}
	envelope.Topic = topics[r.Intn(len(topics))]
	envelope.Receipt = types.Receipt(r.Intn(3))
	return envelope
}
