package app

import (
	"errors"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	distrkeeper "github.com/cosmos/cosmos-sdk/x/distribution/keeper"
	govkeeper "github.com/cosmos/cosmos-sdk/x/gov/keeper"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"

	transfertypes "github.com/cosmos/ibc-go/v8/modules/apps/transfer/types"

	channelstypes "github.com/meshchain/meshchain/x/channels/types"
	didtypes "github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// Invariant is a statement about the state that must hold after every block.
// Check reads only, and returns what is wrong.
type Invariant struct {
	Name  string
	Check func(ctx sdk.Context) error
}

// invariantCollector takes the SDK modules' invariants in their old form.
// x/crisis, which used to run them on a live chain, is not wired: it could be
// made to run all of them in one transaction.
type invariantCollector struct{ app *App }

// RegisterRoute implements sdk.InvariantRegistry.
func (c invariantCollector) RegisterRoute(moduleName, route string, invariant sdk.Invariant) {
	c.app.invariants = append(c.app.invariants, Invariant{
		Name: moduleName + "/" + route,
		Check: func(ctx sdk.Context) error {
			if message, broken := invariant(ctx); broken {
				return errors.New(message)
			}
			return nil
		},
	})
}

// registerInvariants lists what must hold at all times: no tokens from nowhere,
// pools that cover their debts, escrow that covers the vouchers elsewhere.
func (app *App) registerInvariants() {
	collector := invariantCollector{app}
	bankkeeper.RegisterInvariants(collector, app.BankKeeper)
	stakingkeeper.RegisterInvariants(collector, app.StakingKeeper)
	distrkeeper.RegisterInvariants(collector, app.DistrKeeper)
	govkeeper.RegisterInvariants(collector, app.GovKeeper, app.BankKeeper)
	app.invariants = append(app.invariants, Invariant{"transfer/escrow", app.checkEscrow})
	for _, invariant := range app.ZonesKeeper.Invariants() {
		app.invariants = append(app.invariants, Invariant{zonestypes.ModuleName + "/" + invariant.Name, func(ctx sdk.Context) error { return invariant.Check(ctx) }})
	}
	for _, invariant := range app.ChannelsKeeper.Invariants() {
		app.invariants = append(app.invariants, Invariant{channelstypes.ModuleName + "/" + invariant.Name, func(ctx sdk.Context) error { return invariant.Check(ctx) }})
	}
	for _, invariant := range app.DidKeeper.Invariants() {
		app.invariants = append(app.invariants, Invariant{didtypes.ModuleName + "/" + invariant.Name, func(ctx sdk.Context) error { return invariant.Check(ctx) }})
	}
	for _, invariant := range app.TransacketKeeper.Invariants() {
		app.invariants = append(app.invariants, Invariant{transackettypes.ModuleName + "/" + invariant.Name, func(ctx sdk.Context) error { return invariant.Check(ctx) }})
	}
}

// CheckInvariants runs every invariant and returns all that are broken.
func (app *App) CheckInvariants(ctx sdk.Context) error {
	var broken []error
	for _, invariant := range app.invariants {
		cached, _ := ctx.CacheContext() // some old invariants write while they look
		if err := invariant.Check(cached); err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", invariant.Name, err))
		}
	}
	return errors.Join(broken...)
}

// checkEscrow: the escrow accounts of all channels together hold at least what
// ICS-20 says is escrowed. (More is possible: anybody can send there.)
func (app *App) checkEscrow(ctx sdk.Context) error {
	held := sdk.NewCoins()
	for _, channel := range app.IBCKeeper.ChannelKeeper.GetAllChannelsWithPortPrefix(ctx, transfertypes.PortID) {
		held = held.Add(app.BankKeeper.GetAllBalances(ctx, transfertypes.GetEscrowAddress(channel.PortId, channel.ChannelId))...)
	}
	for _, escrowed := range app.TransferKeeper.GetAllTotalEscrowed(ctx) {
		if have := held.AmountOf(escrowed.Denom); have.LT(escrowed.Amount) {
			return fmt.Errorf("escrow accounts hold %s%s, ICS-20 counts %s as escrowed", have, escrowed.Denom, escrowed.Amount)
		}
	}
	return nil
}
