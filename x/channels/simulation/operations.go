package simulation

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/address"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	"github.com/cosmos/cosmos-sdk/x/simulation"

	"github.com/meshchain/meshchain/x/channels/keeper"
	"github.com/meshchain/meshchain/x/channels/types"
)

// Names and default weights of the operations, in the simulation's parameters.
const (
	OpWeightMsgOpenChannel     = "op_weight_msg_channels_open"
	OpWeightMsgDeposit         = "op_weight_msg_channels_deposit"
	OpWeightMsgCooperative     = "op_weight_msg_channels_cooperative_close"
	OpWeightMsgClose           = "op_weight_msg_channels_close"
	OpWeightMsgUpdate          = "op_weight_msg_channels_update"
	OpWeightMsgRegisterSecrets = "op_weight_msg_channels_register_secrets"
	OpWeightMsgUnlock          = "op_weight_msg_channels_unlock"
	OpWeightMsgSettle          = "op_weight_msg_channels_settle"
	OpWeightMsgUpdateParams    = "op_weight_msg_channels_update_params"

	WeightMsgOpenChannel     = 60
	WeightMsgDeposit         = 20
	WeightMsgCooperative     = 10
	WeightMsgClose           = 30
	WeightMsgUpdate          = 40
	WeightMsgRegisterSecrets = 10
	WeightMsgUnlock          = 20
	WeightMsgSettle          = 60
	WeightMsgUpdateParams    = 3
)

// operations makes random messages of accounts, whose channel keys are their own keys.
type operations struct {
	state   module.SimulationState
	keeper  keeper.Keeper
	account types.AccountKeeper
	bank    types.BankKeeper
}

// maker makes a message and says who signs it and what it spends; a nil message means
// that there is nothing to do.
type maker func(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (msg sdk.Msg, signer simtypes.Account, spent sdk.Coins, err error)

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
		{OpWeightMsgOpenChannel, WeightMsgOpenChannel, sdk.MsgTypeURL(&types.MsgOpenChannel{}), o.open},
		{OpWeightMsgDeposit, WeightMsgDeposit, sdk.MsgTypeURL(&types.MsgDeposit{}), o.deposit},
		{OpWeightMsgCooperative, WeightMsgCooperative, sdk.MsgTypeURL(&types.MsgCooperativeClose{}), o.cooperative},
		{OpWeightMsgClose, WeightMsgClose, sdk.MsgTypeURL(&types.MsgClose{}), o.close},
		{OpWeightMsgUpdate, WeightMsgUpdate, sdk.MsgTypeURL(&types.MsgUpdateBalanceProof{}), o.update},
		{OpWeightMsgRegisterSecrets, WeightMsgRegisterSecrets, sdk.MsgTypeURL(&types.MsgRegisterSecrets{}), o.secrets},
		{OpWeightMsgUnlock, WeightMsgUnlock, sdk.MsgTypeURL(&types.MsgUnlock{}), o.unlock},
		{OpWeightMsgSettle, WeightMsgSettle, sdk.MsgTypeURL(&types.MsgSettle{}), o.settle},
	} {
		var weight int
		state.AppParams.GetOrGenerate(operation.name, &weight, nil, func(*rand.Rand) { weight = operation.standard })
		all = append(all, simulation.NewWeightedOperation(weight, o.operation(operation.url, operation.make)))
	}
	return all
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
		msg, signer, spent, err := create(r, ctx, accounts)
		if err != nil {
			return simtypes.NoOpMsg(types.ModuleName, url, err.Error()), nil, nil
		}
		return simulation.GenAndDeliverTxWithRandFees(simulation.OperationInput{
			R: r, App: app, TxGen: o.state.TxConfig, Msg: msg, CoinsSpentInMsg: spent, Context: ctx, SimAccount: signer,
			AccountKeeper: o.account, Bankkeeper: o.bank, ModuleName: types.ModuleName,
		})
	}
}

func keyOf(a simtypes.Account) types.ChannelKey {
	return types.Secp256k1Key(a.PrivKey.PubKey().Bytes())
}

// some returns a random channel in a phase, with the accounts of its participants.
func (o operations) some(ctx context.Context, r *rand.Rand, accounts []simtypes.Account, wanted ...types.Phase) (*types.Channel, [2]simtypes.Account, error) {
	clock, err := o.keeper.Clock(ctx)
	if err != nil {
		return nil, [2]simtypes.Account{}, err
	}
	var found []types.Channel
	err = o.keeper.Channels.Walk(ctx, nil, func(_ uint64, ch types.Channel) (bool, error) {
		phase, _ := ch.PhaseAt(clock)
		for _, want := range wanted {
			if phase == want {
				found = append(found, ch)
			}
		}
		return false, nil
	})
	if err != nil || len(found) == 0 {
		return nil, [2]simtypes.Account{}, errors.Join(err, errNothing)
	}
	ch := found[r.Intn(len(found))]
	var parties [2]simtypes.Account
	for i, p := range ch.Participants {
		account, known := simtypes.FindAccount(accounts, sdk.MustAccAddressFromBech32(p.Account))
		if !known {
			return nil, parties, errNothing
		}
		parties[i] = account
	}
	return &ch, parties, nil
}

// spend returns a part of what an account can spend in a denom, at most a half of it,
// so that fees can be paid.
func (o operations) spend(ctx context.Context, r *rand.Rand, account simtypes.Account, denom string) (types.Uint128, error) {
	has := o.bank.SpendableCoins(ctx, account.Address).AmountOf(denom).QuoRaw(2)
	amount, err := simtypes.RandPositiveInt(r, has)
	if err != nil {
		return types.Uint128{}, errNothing
	}
	return types.Uint128FromInt(amount)
}

func (o operations) open(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	opener, _ := simtypes.RandomAcc(r, accounts)
	partner, _ := simtypes.RandomAcc(r, accounts)
	coins := o.bank.SpendableCoins(ctx, opener.Address)
	if opener.Equals(partner) || coins.Empty() {
		return nil, opener, nil, errNothing
	}
	denom := coins[r.Intn(len(coins))].Denom
	if err := o.bank.IsSendEnabledCoins(ctx, sdk.Coin{Denom: denom}); err != nil {
		return nil, opener, nil, err
	}
	amount, err := o.spend(ctx, r, opener, denom)
	if err != nil {
		return nil, opener, nil, err
	}
	params, err := o.keeper.Params.Get(ctx)
	if err != nil {
		return nil, opener, nil, err
	}
	clock, err := o.keeper.Clock(ctx)
	if err != nil {
		return nil, opener, nil, err
	}
	instance, err := o.keeper.Instance.Get(ctx)
	if err != nil {
		return nil, opener, nil, err
	}
	terms := types.OpenTerms{
		Domain: types.Domain(types.Hash(instance), ctx.ChainID(), denom), Account: [2][]byte{opener.Address, partner.Address},
		Key: [2]types.ChannelKey{keyOf(opener), keyOf(partner)}, Deposit: amount, Challenge: params.DefaultChallenge,
		ValidUntil: clock + uint64(r.Intn(types.MaxAgreementValidity)), //nolint:gosec // positive
	}
	signature, err := partner.PrivKey.Sign(terms.Bytes())
	if err != nil {
		return nil, opener, nil, err
	}
	deposit := sdk.NewCoin(denom, amount.Int())
	return &types.MsgOpenChannel{
		Opener: opener.Address.String(), Partner: partner.Address.String(), OpenerKey: terms.Key[0], PartnerKey: terms.Key[1],
		Deposit: deposit, Challenge: terms.Challenge, ValidUntil: terms.ValidUntil, PartnerSignature: signature,
	}, opener, sdk.NewCoins(deposit), nil
}

func (o operations) deposit(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	payer, _ := simtypes.RandomAcc(r, accounts)
	ch, _, err := o.some(ctx, r, accounts, types.PHASE_OPEN)
	if err != nil {
		return nil, payer, nil, err
	}
	amount, err := o.spend(ctx, r, payer, ch.Denom)
	if err != nil {
		return nil, payer, nil, err
	}
	side := r.Intn(2)
	total, ok := ch.Participants[side].Deposit.Add(amount)
	if sum, fits := (types.Sums{Deposit: ch.Deposits()}).Total().Add(amount); !ok || !fits || types.DepositCap.Less(sum) {
		return nil, payer, nil, errNothing
	}
	if err := o.bank.IsSendEnabledCoins(ctx, sdk.Coin{Denom: ch.Denom}); err != nil {
		return nil, payer, nil, err
	}
	return &types.MsgDeposit{Depositor: payer.Address.String(), ChannelId: ch.Id, Participant: uint32(side), Total: total}, //nolint:gosec // 0 or 1
		payer, sdk.NewCoins(sdk.NewCoin(ch.Denom, amount.Int())), nil
}

func (o operations) cooperative(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	ch, parties, err := o.some(ctx, r, accounts, types.PHASE_OPEN)
	if err != nil {
		return nil, parties[0], nil, err
	}
	clock, err := o.keeper.Clock(ctx)
	if err != nil {
		return nil, parties[0], nil, err
	}
	agreed := types.CooperativeClose{Balances: types.Balances{Place: ch.Place(), Deposit: ch.Deposits(), ValidUntil: clock + 60}}
	agreed.Transferred[0] = part(r, agreed.Deposit[0])
	if agreed.Payout, err = agreed.After(); err != nil {
		return nil, parties[0], nil, err
	}
	msg := &types.MsgCooperativeClose{Submitter: parties[0].Address.String(), Agreement: agreed.Bytes()}
	for _, p := range parties {
		signature, err := p.PrivKey.Sign(msg.Agreement)
		if err != nil {
			return nil, p, nil, err
		}
		msg.Signatures = append(msg.Signatures, signature)
	}
	return msg, parties[0], nil, nil
}

// part of an amount.
func part(r *rand.Rand, amount types.Uint128) types.Uint128 {
	return amount.MulDivCeil(uint32(r.Intn(types.BasisPoints+1)), types.BasisPoints) //nolint:gosec // positive
}

// pair is a random acknowledged promise, maybe with a lock.
func (o operations) pair(r *rand.Rand, ch *types.Channel, parties [2]simtypes.Account) (*types.SignedProof, uint8, error) {
	sender := uint8(r.Intn(2)) //nolint:gosec // 0 or 1
	p := types.BalanceProof{
		Place: ch.Place(), Sender: sender, Nonce: uint64(1 + r.Intn(20)), Transferred: part(r, ch.Participants[sender].Deposit), //nolint:gosec // positive
	}
	if r.Intn(2) == 0 {
		locks := someLocks(ch.Id)
		p.Locked, _ = locks.Sum()
		p.LocksRoot, p.LockCount = locks.Root(), uint16(len(locks)) //nolint:gosec // few
	}
	signed := &types.SignedProof{Proof: p.Bytes()}
	var err error
	if signed.Signature, err = parties[sender].PrivKey.Sign(signed.Proof); err != nil {
		return nil, sender, err
	}
	signed.AckSignature, err = parties[1-sender].PrivKey.Sign(types.AckFor(p).Bytes())
	return signed, sender, err
}

// someLocks are the locks that proofs of a channel carry; their secrets follow from
// the channel.
func someLocks(id uint64) types.Locks {
	locks := make(types.Locks, 3)
	for i := range locks {
		locks[i] = types.Lock{ID: uint64(i + 1), Amount: types.NewUint128(1), Hash: sha256.Sum256(secretOf(id, i)), Expiry: ^uint64(0)} //nolint:gosec // positive
	}
	return locks
}

func secretOf(id uint64, i int) []byte {
	secret := sha256.Sum256([]byte{byte(id), byte(id >> 8), byte(i)}) //nolint:gosec // any bytes will do
	return secret[:]
}

func (o operations) close(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	ch, parties, err := o.some(ctx, r, accounts, types.PHASE_OPEN)
	if err != nil {
		return nil, parties[0], nil, err
	}
	clock, err := o.keeper.Clock(ctx)
	if err != nil {
		return nil, parties[0], nil, err
	}
	signed, sender, err := o.pair(r, ch, parties)
	if err != nil {
		return nil, parties[0], nil, err
	}
	c := types.CloseAuthorization{Place: ch.Place(), Closer: uint8(r.Intn(2)), ValidUntil: clock + 60} //nolint:gosec // 0 or 1
	closer := parties[c.Closer]
	msg := &types.MsgClose{ChannelId: ch.Id, Closer: uint32(c.Closer), ValidUntil: c.ValidUntil, Submitter: closer.Address.String()}
	if sender == c.Closer {
		msg.Claim = signed
	} else {
		msg.PartnerPair = signed
		msg.Recovering = r.Intn(4) == 0
		c.Recovering = msg.Recovering
	}
	c.Claim, c.PartnerProof = types.ProofHash(msg.Claim), types.ProofHash(msg.PartnerPair)
	if msg.Signature, err = closer.PrivKey.Sign(c.Bytes()); err != nil {
		return nil, closer, nil, err
	}
	rate := ch.Terms.BondBp
	if msg.Recovering {
		rate = ch.Terms.RecoveryBondBp
	}
	bond := sdk.NewCoins(sdk.NewCoin(ch.Denom, types.Bond(ch.Terms.MinBond, types.Sums{Deposit: ch.Deposits()}.Total(), rate).Int()))
	if !o.bank.SpendableCoins(ctx, closer.Address).IsAllGTE(bond) {
		return nil, closer, nil, errNothing
	}
	return msg, closer, bond, nil
}

func (o operations) update(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	submitter, _ := simtypes.RandomAcc(r, accounts)
	ch, parties, err := o.some(ctx, r, accounts, types.PHASE_UPDATE)
	if err != nil {
		return nil, submitter, nil, err
	}
	signed, sender, err := o.pair(r, ch, parties)
	if err != nil {
		return nil, submitter, nil, err
	}
	if held := ch.Dispute.Directions[sender].Held; held != nil { // only what is newer is taken
		old, err := types.ParseBalanceProof(held.Signed.Proof)
		if err != nil {
			return nil, submitter, nil, err
		}
		if p, err := types.ParseBalanceProof(signed.Proof); err != nil || p.Nonce <= old.Nonce {
			return nil, submitter, nil, errors.Join(err, errNothing)
		}
	}
	return &types.MsgUpdateBalanceProof{Submitter: submitter.Address.String(), ChannelId: ch.Id, Pair: *signed}, submitter, nil, nil
}

func (o operations) secrets(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	submitter, _ := simtypes.RandomAcc(r, accounts)
	ch, _, err := o.some(ctx, r, accounts, types.PHASE_OPEN, types.PHASE_UPDATE)
	if err != nil {
		return nil, submitter, nil, err
	}
	return &types.MsgRegisterSecrets{Submitter: submitter.Address.String(), Secrets: [][]byte{secretOf(ch.Id, r.Intn(3))}}, submitter, nil, nil
}

func (o operations) unlock(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	submitter, _ := simtypes.RandomAcc(r, accounts)
	ch, _, err := o.some(ctx, r, accounts, types.PHASE_UNLOCK)
	if err != nil {
		return nil, submitter, nil, err
	}
	for sender, dir := range ch.Dispute.Directions {
		if dir.Held == nil || dir.Held.Unlocked {
			continue
		}
		p, err := types.ParseBalanceProof(dir.Held.Signed.Proof)
		if err != nil || p.LockCount == 0 {
			continue
		}
		return &types.MsgUnlock{
			Submitter: submitter.Address.String(), ChannelId: ch.Id, Sender: uint32(sender), Locks: someLocks(ch.Id).Bytes(), //nolint:gosec // 0 or 1
		}, submitter, nil, nil
	}
	return nil, submitter, nil, errNothing
}

func (o operations) settle(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) (sdk.Msg, simtypes.Account, sdk.Coins, error) {
	submitter, _ := simtypes.RandomAcc(r, accounts)
	ch, _, err := o.some(ctx, r, accounts, types.PHASE_SETTLEABLE)
	if err != nil {
		return nil, submitter, nil, err
	}
	return &types.MsgSettle{Submitter: submitter.Address.String(), ChannelId: ch.Id}, submitter, nil, nil
}
