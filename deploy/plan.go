package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cosmossdk.io/math"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/localnet"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

const (
	// defaultRelayerFunds on the main chain, in units of its denom: at 0.001 a unit of gas, about
	// 10,000 transactions of a million gas.
	defaultRelayerFunds = "10000000"
	// feeReserve is what the owner needs on the main chain beside bond and relayer's funds.
	feeReserve = 1_000_000
	// Funds on the zone at genesis, in units of the native denom.
	ownerFunds     = "1000000000"
	relayFunds     = "1000000000"
	announcerFunds = "1000000" // each announcement pays one unit
)

// Plan is what Create is going to do.
type Plan struct {
	Record
	// Existing tells that an earlier run has begun it.
	Existing bool `json:"existing"`
	// Bond that the registry keeps while the zone is registered.
	Bond sdk.Coin `json:"bond"`
	// Balance of the owner on the main chain.
	Balance sdk.Coin `json:"balance"`
	// Needed by the owner on the main chain for what is still to do.
	Needed sdk.Coin `json:"needed"`
	// Steps that will be done, in order.
	Steps []PlannedStep `json:"steps"`
}

// PlannedStep is a step of a plan.
type PlannedStep struct {
	Step string `json:"step"`
	Text string `json:"text"`
	Done bool   `json:"done"`
}

// NewPlan completes a specification, looks at the main chain and at the owner's account, and says what
// Create would do. Nothing is written.
func NewPlan(ctx context.Context, home Home, spec Spec, opts Options) (*Plan, error) {
	spec, err := spec.Complete()
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	p.Record = Record{Version: recordVersion, Spec: spec, Binary: opts.Binary}
	if p.Owner, p.Relayer, err = opts.keys(home); err != nil {
		return nil, err
	}
	if p.Owner.Address, err = p.Owner.existing(opts.Passphrase); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	funds, ok := math.NewIntFromString(orDefault(opts.RelayerFunds, defaultRelayerFunds))
	if !ok || !funds.IsPositive() {
		return nil, fmt.Errorf("relayer funds %q: must be a positive number of units", opts.RelayerFunds)
	}
	p.RelayerFunds = funds.String()
	if p.Main, err = FindMain(ctx, opts.MainRPC, opts.GasPrices); err != nil {
		return nil, err
	}
	begun, err := home.LoadRecord(spec.Name)
	switch {
	case err == nil:
		if err := begun.agrees(p.Record); err != nil {
			return nil, err
		}
		p.Record, p.Existing = *begun, true
	case !errors.Is(err, ErrNoZone):
		return nil, err
	default:
		_ = os.Remove(home.record(spec.Name) + ".new") // of a command that was killed while it wrote its first word
		if err := localnet.RequireEmpty(home.zone(spec.Name)); err != nil {
			return nil, fmt.Errorf("zone %s: %w", spec.Name, err)
		}
	}
	for _, s := range steps {
		p.Steps = append(p.Steps, PlannedStep{s.name, s.text, p.done(s.name)})
	}
	return p, p.afford(ctx, funds)
}

// keys says where the owner's and the relayer's key are.
func (o Options) keys(home Home) (owner, relay Key, err error) {
	switch o.KeyringBackend {
	case keyring.BackendFile, keyring.BackendOS, keyring.BackendTest:
	default:
		return owner, relay, fmt.Errorf("keyring backend %q: must be file, os or test (unencrypted)", o.KeyringBackend)
	}
	if o.From == "" {
		return owner, relay, errors.New("--from: name the key that is to own the zone and pays for it")
	}
	if err := o.Passphrase.Require(o.KeyringBackend); err != nil {
		return owner, relay, err
	}
	dir, err := filepath.Abs(orDefault(o.KeyringDir, home.dir))
	if err != nil {
		return owner, relay, err
	}
	own, err := filepath.Abs(home.relayerKeys())
	return Key{Name: o.From, Backend: o.KeyringBackend, Dir: dir}, Key{Name: keyRelayer, Backend: o.KeyringBackend, Dir: own}, err
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// afford checks that the name is free and that the owner has what is still to be paid.
func (p *Plan) afford(ctx context.Context, funds math.Int) error {
	c, err := dial(ctx, p.Main.RPC, p.Main.ChainID, "", nil, nil)
	if err != nil {
		return fmt.Errorf("main chain: %w", err)
	}
	registry := zonestypes.NewQueryClient(c)
	params, err := registry.Params(ctx, &zonestypes.QueryParamsRequest{})
	if err != nil {
		return fmt.Errorf("bond of a zone: %w", err)
	}
	p.Bond = params.Params.Bond
	if p.Balance, err = balance(ctx, c, p.Owner.Address, p.Main.Denom); err != nil {
		return err
	}
	needed := math.ZeroInt()
	if !p.done("fund") && p.Txs["fund"] == nil {
		needed = needed.Add(funds)
	}
	if !p.done("register") && p.Txs["register"] == nil {
		if err := p.nameIsFree(ctx, registry); err != nil {
			return err
		}
		needed = needed.Add(p.Bond.Amount)
	}
	if needed.IsPositive() {
		needed = needed.AddRaw(feeReserve)
	}
	p.Needed = sdk.NewCoin(p.Main.Denom, needed)
	if p.Balance.IsLT(p.Needed) {
		return fmt.Errorf("--from %s: %s has %s on %s, needed are %s (bond %s, relayer %s, fees): send it the rest and run the same command again",
			p.Owner.Name, p.Owner.Address, p.Balance, p.Main.ChainID, p.Needed, p.Bond, funds)
	}
	return nil
}

// nameIsFree refuses a name that somebody has, before anything is made.
func (p *Plan) nameIsFree(ctx context.Context, registry zonestypes.QueryClient) error {
	res, err := registry.Zone(ctx, &zonestypes.QueryZoneRequest{Name: p.Spec.Name})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("name %s: %w", p.Spec.Name, err)
	}
	z := res.Zone
	until := ""
	if z.Zone.Deadline != nil {
		until = " until " + z.Zone.Deadline.UTC().Format(time.RFC3339)
	}
	return fmt.Errorf("name %s: is registered by %s (%s%s): choose another", p.Spec.Name, z.Zone.Owner, statusWord(z.Status), until)
}
