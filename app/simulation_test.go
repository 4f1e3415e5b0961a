package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"
	circuittypes "cosmossdk.io/x/circuit/types"

	storetypes "cosmossdk.io/store/types"
	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/simulation"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	wasmtypes "github.com/CosmWasm/wasmd/x/wasm/types"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/testutil/fixture"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// More than `make test` has time for:
//
//	go test ./app -run TestSimulation -sim.seeds 2,4,8 -sim.blocks 500 -sim.accounts 1000
var (
	simSeeds     = flag.String("sim.seeds", "2,4", "seeds to simulate each role with, separated by commas")
	simBlocks    = flag.Int("sim.blocks", 50, "blocks of a simulation")
	simAccounts  = flag.Int("sim.accounts", 60, "most accounts in a simulation")
	simBlockSize = flag.Int("sim.blocksize", 100, "mean number of operations in a block")
)

// invariantPeriod is how often, in blocks, a simulation checks all invariants.
const invariantPeriod = 5

// simulated is what a simulation leaves behind.
type simulated struct {
	*fixture.Fixture
	checks int // how often invariants were checked
	stats  operations
}

// operations counts by module, message and result: "ok", or "failure" for those
// that found nothing to do.
type operations map[string]map[string]map[string]int

func (o operations) add(more operations) {
	for module, messages := range more {
		if o[module] == nil {
			o[module] = make(map[string]map[string]int)
		}
		for message, results := range messages {
			if o[module][message] == nil {
				o[module][message] = make(map[string]int)
			}
			for result, n := range results {
				o[module][message][result] += n
			}
		}
	}
}

// simulate runs random operations from a random genesis.
//
// The SDK's simulator runs its operations after FinalizeBlock and, in SDK 0.50,
// drops what they write when it commits, so that every block begins from a state
// in which nobody ever did anything. The precommiter runs just before a commit:
// there we write the operations' state first, and then check the invariants on
// what the block leaves behind. x/crisis, the simulator's own way, is not wired.
func simulate(t *testing.T, role fixture.Option, seed int64) *simulated {
	t.Helper()
	t.Cleanup(func() {
		if t.Skipped() { // by the simulator
			t.Errorf("seed %d: all validators were tombstoned; choose another seed or more accounts", seed)
		}
	})
	s := new(simulated)
	s.Fixture = fixture.Unstarted(t, role, fixture.BaseApp(func(base *baseapp.BaseApp) {
		base.SetPrecommiter(func(ctx sdk.Context) {
			cached, ok := ctx.MultiStore().(storetypes.CacheMultiStore)
			require.True(t, ok)
			cached.Write()
			s.Time = ctx.BlockTime()
			if ctx.BlockHeight()%invariantPeriod == 0 {
				s.checks++
				require.NoError(t, s.App.CheckInvariants(ctx), "seed %d, block %d", seed, ctx.BlockHeight())
			}
		})
	}))
	config := simtypes.Config{
		Seed: seed, ChainID: s.ChainID, InitialBlockHeight: 1, NumBlocks: *simBlocks, BlockSize: *simBlockSize, Commit: true, Lean: true,
	}
	state := module.SimulationState{
		AppParams: make(simtypes.AppParams), Cdc: s.App.AppCodec(), TxConfig: s.App.TxConfig(), BondDenom: s.Identity.NativeDenom(),
	}
	for _, proposal := range s.App.SimulationManager().GetProposalMsgs(state) {
		state.ProposalMsgs = append(state.ProposalMsgs, simulation.NewWeightedProposalMsg(proposal.AppParamsKey(), proposal.DefaultWeight(),
			func(r *rand.Rand, ctx sdk.Context, accounts []simtypes.Account) sdk.Msg {
				msg := proposal.MsgSimulatorFn()(r, ctx, accounts)
				if msg == nil || s.App.MsgServiceRouter().Handler(msg) == nil {
					return nil // interchain accounts propose for their controller as well, which is not wired
				}
				return msg
			}))
	}
	var report bytes.Buffer
	_, _, err := simulation.SimulateFromSeed(t, &report, s.App.BaseApp, s.randomGenesis, randomAccounts,
		s.App.SimulationManager().WeightedOperations(state), app.BlockedAddresses(), config, s.App.AppCodec())
	require.NoError(t, err)
	_, stats, found := strings.Cut(report.String(), "operations ran: ")
	require.True(t, found, report.String())
	require.NoError(t, json.Unmarshal([]byte(stats[strings.IndexByte(stats, '{'):]), &s.stats))
	return s
}

// randomAccounts implements simtypes.RandomAccountFn: few, so that they meet.
func randomAccounts(r *rand.Rand, n int) []simtypes.Account {
	return simtypes.RandomAccounts(r, min(n, *simAccounts))
}

// randomGenesis implements simtypes.AppStateFn: random parameters, accounts and
// validators, within what the role demands.
func (s *simulated) randomGenesis(r *rand.Rand, accounts []simtypes.Account, config simtypes.Config) (json.RawMessage, []simtypes.Account, string, time.Time) {
	genesis, err := s.App.DefaultGenesis(s.Identity)
	if err != nil {
		panic(err)
	}
	keep := make(app.GenesisState)
	for _, name := range []string{zonestypes.ModuleName, wasmtypes.ModuleName, circuittypes.ModuleName, slashingtypes.ModuleName} {
		keep[name] = genesis[name]
	}
	state := module.SimulationState{
		AppParams: make(simtypes.AppParams), Cdc: s.App.AppCodec(), Rand: r, GenState: genesis, Accounts: accounts,
		InitialStake: sdk.DefaultPowerReduction.AddRaw(r.Int63n(1e12)), NumBonded: int64(len(accounts)/2 + r.Intn(len(accounts)/2)),
		BondDenom: s.Identity.NativeDenom(), GenTimestamp: simtypes.RandTimestamp(r),
	}
	s.App.SimulationManager().GenerateGenesisStates(&state)
	for name, part := range keep {
		genesis[name] = part
	}
	fixture.Edit(s.App, genesis, transackettypes.ModuleName, &transackettypes.GenesisState{}, func(transacket *transackettypes.GenesisState) {
		transacket.Params.Retention *= 100 // the simulator's blocks are hours apart
	})
	// The random validators that are not bonded hold tokens, too.
	notBonded := math.ZeroInt()
	fixture.Edit(s.App, genesis, stakingtypes.ModuleName, &stakingtypes.GenesisState{}, func(staking *stakingtypes.GenesisState) {
		staking.Params.MaxValidators = stakingtypes.DefaultMaxValidators // a few would not outlive the evidence against them
		for _, validator := range staking.Validators {
			if validator.Status == stakingtypes.Unbonded {
				notBonded = notBonded.Add(validator.Tokens)
			}
		}
	})
	fixture.Edit(s.App, genesis, banktypes.ModuleName, &banktypes.GenesisState{}, func(bank *banktypes.GenesisState) {
		bank.Params.DefaultSendEnabled, bank.SendEnabled = true, nil // half of the seeds would test that nobody can send
		bank.Balances = append(bank.Balances, banktypes.Balance{
			Address: authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName).String(),
			Coins:   sdk.NewCoins(sdk.NewCoin(s.Identity.NativeDenom(), notBonded)),
		})
	})
	fixture.Edit(s.App, genesis, didtypes.ModuleName, &didtypes.GenesisState{}, func(gs *didtypes.GenesisState) {
		for i, account := range accounts { // DIDs follow from keys, and may be registered later
			did, err := didtypes.NewDID(didtypes.NamespaceOf(s.Identity), didtypes.Secp256k1Key(account.PubKey.Bytes()))
			if err != nil {
				panic(err)
			}
			gs.Authorities = append(gs.Authorities, didtypes.Authority{
				Number: uint32(i + 1), Did: did.String(), Kinds: []didtypes.CertificateKind{didtypes.CERTIFICATE_KIND_APPLICATION}, Name: "authority",
			})
		}
		gs.NextAuthority = uint32(len(gs.Authorities) + 1)
	})
	bz, err := json.Marshal(genesis)
	if err != nil {
		panic(err)
	}
	return bz, accounts, config.ChainID, state.GenTimestamp
}

func TestSimulation(t *testing.T) {
	for name, role := range roles {
		activity := make(operations)
		for i, text := range strings.Split(*simSeeds, ",") {
			seed, err := strconv.ParseInt(text, 10, 64)
			require.NoError(t, err, "-sim.seeds")
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				s := simulate(t, role, seed)
				require.EqualValues(t, *simBlocks, s.Height())
				require.Equal(t, *simBlocks/invariantPeriod, s.checks)
				activity.add(s.stats)
				hash := s.AppHash()

				// The simulator's last operations ran after their block had ended.
				_, err := s.App.FinalizeBlock(&abci.RequestFinalizeBlock{Height: s.Height() + 1, Time: s.Time})
				require.NoError(t, err)
				_, err = s.App.Commit()
				require.NoError(t, err)
				exported, err := s.App.ExportAppStateAndValidators(false, nil, nil)
				require.NoError(t, err)
				imported := s.Import(exported, fixture.BaseApp(func(base *baseapp.BaseApp) { base.SetPrecommiter(nil) }))
				requireSameGenesis(t, modulesOf(t, exported.AppState), reexport(t, imported))
				imported.NextBlocks(3)
				imported.CheckInvariants()

				if i == 0 {
					require.Equal(t, hash, simulate(t, role, seed).AppHash(), "one seed, one history")
				}
			})
		}
		requireActivity(t, activity)
	}
}

// requireActivity fails the test if nobody did anything: a simulation that skips
// every operation proves nothing.
func requireActivity(t *testing.T, stats operations) {
	t.Helper()
	for module, messages := range map[string][]string{
		"bank":         {"bank.v1beta1.MsgSend"},
		"staking":      {"staking.v1beta1.MsgDelegate", "staking.v1beta1.MsgUndelegate"},
		"distribution": {"distribution.v1beta1.MsgSetWithdrawAddress"},
		"gov":          {"gov.v1.MsgSubmitProposal", "gov.v1.MsgDeposit"},
		"authz":        {"authz.v1beta1.MsgGrant"},
		"feegrant":     {"feegrant.v1beta1.MsgGrantAllowance"},
		"transacket":   {"transacket.v1.MsgSend", "transacket.v1.MsgAcknowledge", "transacket.v1.MsgDelete"},
		"channels":     {"channels.v1.MsgOpenChannel", "channels.v1.MsgDeposit", "channels.v1.MsgClose"},
		"did": {
			"did.v1.MsgCreateDid", "did.v1.MsgUpdateDid", "did.v1.MsgIssueCertificates",
			"did.v1.MsgRegisterSchema", "did.v1.MsgCommitSegments", "did.v1.MsgDiscloseKeys",
		},
	} {
		for _, message := range messages {
			ran := 0
			for url, results := range stats[module] {
				if strings.HasSuffix(url, message) {
					ran += results["ok"]
				}
			}
			require.Positive(t, ran, "no %s succeeded: %v", message, stats[module])
		}
	}
}
