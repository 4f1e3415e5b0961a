// Package transacket delivers TransacKets: a payment and a message that move
// together or not at all, on one chain and between chains. README.md is the
// specification.
package transacket

import (
	"context"
	"encoding/json"
	"fmt"

	gwruntime "github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"cosmossdk.io/core/appmodule"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/meshchain/meshchain/x/transacket/client/cli"
	"github.com/meshchain/meshchain/x/transacket/keeper"
	"github.com/meshchain/meshchain/x/transacket/types"
)

// ConsensusVersion of the module's state.
const ConsensusVersion = 1

var (
	_ module.AppModuleBasic      = AppModule{}
	_ module.HasGenesis          = AppModule{}
	_ module.AppModuleSimulation = AppModule{}
	_ module.HasProposalMsgs     = AppModule{}
	_ appmodule.HasServices      = AppModule{}
	_ appmodule.HasEndBlocker    = AppModule{}
)

// AppModule wires x/transacket into the app.
type AppModule struct {
	cdc     codec.Codec
	keeper  keeper.Keeper
	account types.AccountKeeper
	bank    types.BankKeeper
}

// NewAppModule returns the module. The keepers of accounts and balances serve the
// simulation.
func NewAppModule(cdc codec.Codec, k keeper.Keeper, account types.AccountKeeper, bank types.BankKeeper) AppModule {
	return AppModule{cdc: cdc, keeper: k, account: account, bank: bank}
}

// Name of the module.
func (AppModule) Name() string { return types.ModuleName }

// IsAppModule marks the module.
func (AppModule) IsAppModule() {}

// IsOnePerModuleType marks the module as a singleton.
func (AppModule) IsOnePerModuleType() {}

// ConsensusVersion of the module's state.
func (AppModule) ConsensusVersion() uint64 { return ConsensusVersion }

// RegisterLegacyAminoCodec registers the messages for amino JSON signing.
func (AppModule) RegisterLegacyAminoCodec(cdc *codec.LegacyAmino) {
	types.RegisterLegacyAminoCodec(cdc)
}

// RegisterInterfaces registers the messages.
func (AppModule) RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	types.RegisterInterfaces(registry)
}

// RegisterGRPCGatewayRoutes serves the queries over REST.
func (AppModule) RegisterGRPCGatewayRoutes(clientCtx client.Context, mux *gwruntime.ServeMux) {
	if err := types.RegisterQueryHandlerClient(context.Background(), mux, types.NewQueryClient(clientCtx)); err != nil {
		panic(fmt.Errorf("x/%s: REST routes: %w", types.ModuleName, err)) // a mistake in query.proto
	}
}

// RegisterServices serves messages and queries.
func (m AppModule) RegisterServices(registrar grpc.ServiceRegistrar) error {
	types.RegisterMsgServer(registrar, keeper.NewMsgServerImpl(m.keeper))
	types.RegisterQueryServer(registrar, keeper.NewQueryServerImpl(m.keeper))
	return nil
}

// GetTxCmd holds the command that a person sends with; AutoCLI adds the others.
func (m AppModule) GetTxCmd() *cobra.Command { return cli.NewTxCmd(m.account.AddressCodec()) }

// GetQueryCmd holds the queries that people read as tables; AutoCLI adds the others.
func (AppModule) GetQueryCmd() *cobra.Command { return cli.NewQueryCmd() }

// EndBlock prunes expired TransacKets.
func (m AppModule) EndBlock(ctx context.Context) error { return m.keeper.EndBlock(ctx) }

// DefaultGenesis returns default parameters and empty inboxes.
func (AppModule) DefaultGenesis(cdc codec.JSONCodec) json.RawMessage {
	return cdc.MustMarshalJSON(types.DefaultGenesis())
}

// ValidateGenesis checks the module's part of a genesis file.
func (AppModule) ValidateGenesis(cdc codec.JSONCodec, _ client.TxEncodingConfig, bz json.RawMessage) error {
	var genesis types.GenesisState
	if err := cdc.UnmarshalJSON(bz, &genesis); err != nil {
		return errorsmod.Wrapf(err, "genesis of x/%s", types.ModuleName)
	}
	return genesis.Validate()
}

// InitGenesis writes the genesis state. It panics if that is invalid: there is no
// chain to start.
func (m AppModule) InitGenesis(ctx sdk.Context, cdc codec.JSONCodec, bz json.RawMessage) {
	var genesis types.GenesisState
	cdc.MustUnmarshalJSON(bz, &genesis)
	if err := m.keeper.InitGenesis(ctx, genesis); err != nil {
		panic(errorsmod.Wrapf(err, "genesis of x/%s", types.ModuleName))
	}
}

// ExportGenesis returns the whole state. It panics if state cannot be read: an
// incomplete export must not pass for one.
func (m AppModule) ExportGenesis(ctx sdk.Context, cdc codec.JSONCodec) json.RawMessage {
	genesis, err := m.keeper.ExportGenesis(ctx)
	if err != nil {
		panic(fmt.Errorf("export of x/%s: %w", types.ModuleName, err))
	}
	return cdc.MustMarshalJSON(genesis)
}
