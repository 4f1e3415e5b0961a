package keeper_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/log"
	"cosmossdk.io/math"
	"cosmossdk.io/store"
	storemetrics "cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"

	"github.com/meshchain/meshchain/x/channels/keeper"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	denom    = "usmt"
	voucher  = "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2"
	poolName = "pool"
	chainID  = "mesh-test-1"
)

// pool stands for x/distribution: it takes what it is given.
type pool struct{ bank bankkeeper.Keeper }

func (p pool) FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error {
	return p.bank.SendCoinsFromAccountToModule(ctx, sender, poolName, amount)
}

// party is an account with a channel key.
type party struct {
	addr sdk.AccAddress
	key  types.ChannelKey
	sign func(message []byte) []byte
}

func (p party) text() string { return p.addr.String() }

func newParty(name string, secp bool) party {
	seed := sha256.Sum256([]byte(name))
	addr := sdk.AccAddress(seed[:20])
	if secp {
		private := &secp256k1.PrivKey{Key: seed[:]}
		return party{addr, types.Secp256k1Key(private.PubKey().Bytes()), func(m []byte) []byte {
			signature, err := private.Sign(m)
			if err != nil {
				panic(err)
			}
			return signature
		}}
	}
	private := ed25519.NewKeyFromSeed(seed[:])
	return party{addr, types.Ed25519Key(private.Public().(ed25519.PublicKey)), func(m []byte) []byte { return ed25519.Sign(private, m) }}
}

// tester is a test, a benchmark or a run of rapid.
type tester interface {
	require.TestingT
	Helper()
}

// fixture is the module on a chain of accounts and balances.
type fixture struct {
	tb       tester
	ctx      sdk.Context
	keeper   keeper.Keeper
	bank     bankkeeper.BaseKeeper
	msgs     types.MsgServer
	queries  types.QueryServer
	encoding moduletestutil.TestEncodingConfig
	// a opens, b is the partner, c is anybody.
	a, b, c party
}

func newFixture(tb tester) *fixture { return newFixtureWith(tb, false) }

func newFixtureWith(tb tester, secp bool) *fixture {
	tb.Helper()
	keys := storetypes.NewKVStoreKeys(types.StoreKey, authtypes.StoreKey, banktypes.StoreKey)
	ms := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger(), storemetrics.NewNoOpMetrics())
	for _, key := range keys {
		ms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	}
	require.NoError(tb, ms.LoadLatestVersion())
	encoding := moduletestutil.MakeTestEncodingConfig(auth.AppModuleBasic{}, bank.AppModuleBasic{})
	types.RegisterInterfaces(encoding.InterfaceRegistry)
	authority := authtypes.NewModuleAddress("gov").String()
	accounts := authkeeper.NewAccountKeeper(encoding.Codec, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		map[string][]string{types.ModuleName: nil, minttypes.ModuleName: {authtypes.Minter}, poolName: nil},
		address.NewBech32Codec("cosmos"), "cosmos", authority)
	blocked := map[string]bool{authtypes.NewModuleAddress(types.ModuleName).String(): true, authtypes.NewModuleAddress(poolName).String(): true}
	banks := bankkeeper.NewBaseKeeper(encoding.Codec, runtime.NewKVStoreService(keys[banktypes.StoreKey]), accounts, blocked, authority, log.NewNopLogger())
	k := keeper.NewKeeper(encoding.Codec, runtime.NewKVStoreService(keys[types.StoreKey]), authority, accounts, banks, pool{banks})
	f := &fixture{
		tb: tb, keeper: k, bank: banks, msgs: keeper.NewMsgServerImpl(k), queries: keeper.NewQueryServerImpl(k), encoding: encoding,
		ctx: sdk.NewContext(ms, cmtproto.Header{ChainID: chainID, Height: 1, Time: time.Unix(1_700_000_000, 0)}, false, log.NewNopLogger()),
		a:   newParty("a", secp), b: newParty("b", secp), c: newParty("c", secp),
	}
	require.NoError(tb, banks.SetParams(f.ctx, banktypes.DefaultParams()))
	require.NoError(tb, accounts.Params.Set(f.ctx, authtypes.DefaultParams()))
	genesis := types.DefaultGenesis()
	genesis.Params.MinBond = types.NewUint128(10)
	require.NoError(tb, k.InitGenesis(f.ctx, *genesis))
	for _, p := range []party{f.a, f.b, f.c} {
		f.fund(p, 1_000_000)
	}
	f.block(0)
	f.pass(60)
	return f
}

func (f *fixture) fund(p party, amount int64) { f.fundCoin(p.addr, sdk.NewInt64Coin(denom, amount)) }

func (f *fixture) fundCoin(to sdk.AccAddress, coin sdk.Coin) {
	f.tb.Helper()
	require.NoError(f.tb, f.bank.MintCoins(f.ctx, minttypes.ModuleName, sdk.NewCoins(coin)))
	require.NoError(f.tb, f.bank.SendCoinsFromModuleToAccount(f.ctx, minttypes.ModuleName, to, sdk.NewCoins(coin)))
}

// pass lets the channel clock advance by seconds, in blocks of max_step.
func (f *fixture) pass(seconds uint64) {
	f.tb.Helper()
	params, err := f.keeper.Params.Get(f.ctx)
	require.NoError(f.tb, err)
	for seconds > 0 {
		step := min(seconds, params.MaxStep)
		f.block(time.Duration(step) * time.Second)
		seconds -= step
	}
}

// jump sets the clock straight to the time that pass would take it to.
func (f *fixture) jump(seconds uint64) {
	f.tb.Helper()
	ns, err := f.keeper.ClockNS.Get(f.ctx)
	require.NoError(f.tb, err)
	require.NoError(f.tb, f.keeper.ClockNS.Set(f.ctx, ns+seconds*uint64(time.Second)))
	f.block(0)
}

// block ends this block and begins the next one, later by the step.
func (f *fixture) block(step time.Duration) {
	f.tb.Helper()
	require.NoError(f.tb, f.keeper.EndBlock(f.ctx))
	f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1).WithBlockTime(f.ctx.BlockTime().Add(step)).WithEventManager(sdk.NewEventManager())
	require.NoError(f.tb, f.keeper.BeginBlock(f.ctx))
}

func (f *fixture) clock() uint64 {
	f.tb.Helper()
	clock, err := f.keeper.Clock(f.ctx)
	require.NoError(f.tb, err)
	return clock
}

// deliver runs a message as a transaction: a failed one leaves no state.
func deliver[M, R any](f *fixture, handle func(context.Context, M) (R, error), msg M) (R, error) {
	cached, write := f.ctx.CacheContext()
	response, err := handle(cached, msg)
	if err == nil {
		write()
	}
	return response, err
}

func must[M, R any](f *fixture, handle func(context.Context, M) (R, error), msg M) R {
	f.tb.Helper()
	response, err := deliver(f, handle, msg)
	require.NoError(f.tb, err)
	f.check()
	return response
}

// check runs every invariant.
func (f *fixture) check() {
	f.tb.Helper()
	for _, invariant := range f.keeper.Invariants() {
		require.NoError(f.tb, invariant.Check(f.ctx), invariant.Name)
	}
}

func (f *fixture) balance(p party) int64 { return f.balanceOf(p.addr) }

func (f *fixture) balanceOf(addr sdk.AccAddress) int64 {
	return f.bank.GetBalance(f.ctx, addr, denom).Amount.Int64()
}

// openMsg is a complete message that opens a channel.
func (f *fixture) openMsg(opener, partner party, deposit sdk.Coin) *types.MsgOpenChannel {
	f.tb.Helper()
	msg := &types.MsgOpenChannel{
		Opener: opener.text(), Partner: partner.text(), OpenerKey: opener.key, PartnerKey: partner.key,
		Deposit: deposit, Challenge: types.DefaultParams().DefaultChallenge, ValidUntil: f.clock() + 600,
	}
	f.signOpen(msg, partner)
	return msg
}

func (f *fixture) terms(msg *types.MsgOpenChannel) types.OpenTerms {
	f.tb.Helper()
	amount, err := types.Uint128FromInt(msg.Deposit.Amount)
	require.NoError(f.tb, err)
	response, err := f.queries.Domain(f.ctx, &types.QueryDomainRequest{Denom: msg.Deposit.Denom})
	require.NoError(f.tb, err)
	terms := types.OpenTerms{
		Domain: types.Hash(response.Domain), Key: [2]types.ChannelKey{msg.OpenerKey, msg.PartnerKey},
		Deposit: amount, Challenge: msg.Challenge, ValidUntil: msg.ValidUntil,
	}
	for i, text := range []string{msg.Opener, msg.Partner} {
		terms.Account[i] = sdk.MustAccAddressFromBech32(text)
	}
	if msg.Guarantor != "" {
		terms.Guarantor = sdk.MustAccAddressFromBech32(msg.Guarantor)
	}
	return terms
}

func (f *fixture) signOpen(msg *types.MsgOpenChannel, partner party) {
	msg.PartnerSignature = partner.sign(f.terms(msg).Bytes())
}

// open opens a channel of a and b with these deposits.
func (f *fixture) open(depositA, depositB uint64) uint64 {
	f.tb.Helper()
	id := must(f, f.msgs.OpenChannel, f.openMsg(f.a, f.b, sdk.NewCoin(denom, math.NewIntFromUint64(depositA)))).ChannelId
	if depositB > 0 {
		must(f, f.msgs.Deposit, &types.MsgDeposit{Depositor: f.b.text(), ChannelId: id, Participant: 1, Total: types.NewUint128(depositB)})
	}
	return id
}

func (f *fixture) channel(id uint64) *types.Channel {
	f.tb.Helper()
	response, err := f.queries.Channel(f.ctx, &types.QueryChannelRequest{ChannelId: id})
	require.NoError(f.tb, err)
	require.NotNil(f.tb, response.Channel, "channel %d ended", id)
	return response.Channel
}

// side returns the party that is a participant.
func (f *fixture) side(sender uint8) party { return []party{f.a, f.b}[sender] }

// proof is a proof of one participant without acknowledgement.
func (f *fixture) proof(id uint64, sender uint8, nonce, transferred uint64, locks ...types.Lock) *types.SignedProof {
	f.tb.Helper()
	list := types.Locks(locks)
	sum, _ := list.Sum()
	return f.sign(types.BalanceProof{
		Place: f.channel(id).Place(), Sender: sender, Nonce: nonce, Transferred: types.NewUint128(transferred),
		Locked: sum, LocksRoot: list.Root(), LockCount: uint16(len(list)),
	})
}

func (f *fixture) sign(p types.BalanceProof) *types.SignedProof {
	return &types.SignedProof{Proof: p.Bytes(), Signature: f.side(p.Sender).sign(p.Bytes())}
}

// pair is a proof that the receiver acknowledged.
func (f *fixture) pair(id uint64, sender uint8, nonce, transferred uint64, locks ...types.Lock) *types.SignedProof {
	f.tb.Helper()
	return f.acknowledge(f.proof(id, sender, nonce, transferred, locks...))
}

func (f *fixture) acknowledge(s *types.SignedProof) *types.SignedProof {
	f.tb.Helper()
	p, err := types.ParseBalanceProof(s.Proof)
	require.NoError(f.tb, err)
	s.AckSignature = f.side(1 - p.Sender).sign(types.AckFor(p).Bytes())
	return s
}

// closeMsg is a complete message that closes; claim and partner may be nil.
func (f *fixture) closeMsg(id uint64, closer uint8, claim, partner *types.SignedProof) *types.MsgClose {
	f.tb.Helper()
	msg := &types.MsgClose{
		Submitter: f.side(closer).text(), ChannelId: id, Closer: uint32(closer), Claim: claim, PartnerPair: partner, ValidUntil: f.clock() + 300,
	}
	f.signClose(msg)
	return msg
}

func (f *fixture) signClose(msg *types.MsgClose) {
	msg.Signature = f.side(uint8(msg.Closer)).sign(types.CloseAuthorization{
		Place: f.channel(msg.ChannelId).Place(), Closer: uint8(msg.Closer), Recovering: msg.Recovering,
		PartnerProof: types.ProofHash(msg.PartnerPair), Claim: types.ProofHash(msg.Claim), ValidUntil: msg.ValidUntil,
	}.Bytes())
}

func (f *fixture) close(id uint64, closer uint8, claim, partner *types.SignedProof) *types.Dispute {
	f.tb.Helper()
	must(f, f.msgs.Close, f.closeMsg(id, closer, claim, partner))
	return f.channel(id).Dispute
}

func (f *fixture) update(id uint64, pair *types.SignedProof) (*types.MsgUpdateBalanceProofResponse, error) {
	f.tb.Helper()
	return deliver(f, f.msgs.UpdateBalanceProof, &types.MsgUpdateBalanceProof{Submitter: f.c.text(), ChannelId: id, Pair: *pair})
}

// to lets time pass until the phase begins.
func (f *fixture) to(id uint64, phase types.Phase) {
	f.tb.Helper()
	d := f.channel(id).Dispute
	at := map[types.Phase]uint64{types.PHASE_UNLOCK: d.UpdateUntil, types.PHASE_EVIDENCE: d.UnlockUntil, types.PHASE_SETTLEABLE: d.SettleFrom}[phase]
	f.jump(at - f.clock())
}

// settle ends a dispute and returns the payouts.
func (f *fixture) settle(id uint64) [2]int64 {
	f.tb.Helper()
	f.to(id, types.PHASE_SETTLEABLE)
	payouts := must(f, f.msgs.Settle, &types.MsgSettle{Submitter: f.c.text(), ChannelId: id}).Payouts
	return [2]int64{payouts[0].Amount.Int64(), payouts[1].Amount.Int64()}
}

// lock with the secret of its own id.
func lock(id, amount, expiry uint64) types.Lock {
	return types.Lock{ID: id, Amount: types.NewUint128(amount), Hash: sha256.Sum256(secret(id)), Expiry: expiry}
}

func secret(id uint64) []byte {
	s := sha256.Sum256(fmt.Appendf(nil, "secret %d", id))
	return s[:]
}

func (f *fixture) reveal(ids ...uint64) {
	f.tb.Helper()
	msg := &types.MsgRegisterSecrets{Submitter: f.c.text()}
	for _, id := range ids {
		msg.Secrets = append(msg.Secrets, secret(id))
	}
	must(f, f.msgs.RegisterSecrets, msg)
}

func (f *fixture) unlock(id uint64, sender uint8, claim bool, locks ...types.Lock) (*types.MsgUnlockResponse, error) {
	return deliver(f, f.msgs.Unlock, &types.MsgUnlock{Submitter: f.c.text(), ChannelId: id, Sender: uint32(sender), Claim: claim, Locks: types.Locks(locks).Bytes()})
}
