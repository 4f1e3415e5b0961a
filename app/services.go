package app

import (
	"context"
	"fmt"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	nodeservice "github.com/cosmos/cosmos-sdk/client/grpc/node"
	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/api"
	"github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	authcodec "github.com/cosmos/cosmos-sdk/x/auth/codec"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/meshchain/meshchain/docs/openapi"
	"github.com/meshchain/meshchain/x/did/resolver"
	didtypes "github.com/meshchain/meshchain/x/did/types"
)

// registerServices routes messages and queries to their modules.
func (app *App) registerServices() {
	app.configurator = module.NewConfigurator(app.cdc, app.MsgServiceRouter(), app.GRPCQueryRouter())
	if err := app.ModuleManager.RegisterServices(app.configurator); err != nil {
		panic(fmt.Errorf("module services: %w", err))
	}
	autocliv1.RegisterQueryServer(app.GRPCQueryRouter(), runtimeservices.NewAutoCLIQueryService(app.ModuleManager.Modules))
	reflection, err := runtimeservices.NewReflectionService()
	if err != nil {
		panic(fmt.Errorf("reflection service: %w", err))
	}
	reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)

	files, err := proto.MergedRegistry()
	if err != nil {
		panic(fmt.Errorf("proto files: %w", err))
	}
	if err := msgservice.ValidateProtoAnnotations(files); err != nil {
		panic(fmt.Errorf("proto annotations: %w", err))
	}
}

// queriesTimeout bounds how long REST waits for the gRPC server of the same process.
const queriesTimeout = 10 * time.Second

// awaitQueries waits until the gRPC server listens that REST asks. The node starts it just
// before, and without waiting: the first attempt to connect mostly fails, the next one is a
// second later, and until then every request would be answered with 500.
func awaitQueries(conn *grpc.ClientConn) {
	ctx, cancel := context.WithTimeout(context.Background(), queriesTimeout)
	defer cancel()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		conn.Connect()
		if state == connectivity.TransientFailure {
			time.Sleep(10 * time.Millisecond) //determinism:allow a server starts, state is not read
			conn.ResetConnectBackoff()
		}
		if !conn.WaitForStateChange(ctx, state) {
			return // REST tells what is wrong, request by request
		}
	}
}

// RegisterAPIRoutes serves REST: the modules' queries, the resolution of DIDs, and the
// API page. What it asks is there when it returns, so that no early request fails.
func (app *App) RegisterAPIRoutes(server *api.Server, cfg config.APIConfig) {
	if conn := server.ClientCtx.GRPCClient; conn != nil {
		awaitQueries(conn)
	}
	authtx.RegisterGRPCGatewayRoutes(server.ClientCtx, server.GRPCGatewayRouter)
	cmtservice.RegisterGRPCGatewayRoutes(server.ClientCtx, server.GRPCGatewayRouter)
	nodeservice.RegisterGRPCGatewayRoutes(server.ClientCtx, server.GRPCGatewayRouter)
	app.BasicModuleManager.RegisterGRPCGatewayRoutes(server.ClientCtx, server.GRPCGatewayRouter)
	server.Router.PathPrefix(resolver.Path).Handler(resolver.Handler(resolver.New(didtypes.NewQueryClient(server.ClientCtx))))
	if cfg.Swagger {
		server.Router.PathPrefix("/swagger").Handler(openapi.Handler("/swagger/"))
	}
}

// RegisterTxService serves simulation and look-up of transactions.
func (app *App) RegisterTxService(clientCtx client.Context) {
	authtx.RegisterTxService(app.GRPCQueryRouter(), clientCtx, app.Simulate, app.registry)
}

// RegisterTendermintService serves blocks and validator sets.
func (app *App) RegisterTendermintService(clientCtx client.Context) {
	cmtservice.RegisterTendermintService(clientCtx, app.GRPCQueryRouter(), app.registry, server.NewCometABCIWrapper(app).Query)
}

// RegisterNodeService serves the node's own settings.
func (app *App) RegisterNodeService(clientCtx client.Context, cfg config.Config) {
	nodeservice.RegisterNodeService(clientCtx, app.GRPCQueryRouter(), cfg)
}

// AutoCLI describes the commands that are made from the services.
func (app *App) AutoCLI() autocli.AppOptions {
	modules := make(map[string]appmodule.AppModule)
	for name, m := range app.ModuleManager.Modules { //determinism:allow describes commands, reads no state
		if appModule, ok := m.(appmodule.AppModule); ok {
			modules[name] = appModule
		}
	}
	return autocli.AppOptions{
		Modules:               modules,
		ModuleOptions:         runtimeservices.ExtractAutoCLIOptions(app.ModuleManager.Modules),
		AddressCodec:          authcodec.NewBech32Codec(Bech32Prefix),
		ValidatorAddressCodec: authcodec.NewBech32Codec(Bech32Prefix + "valoper"),
		ConsensusAddressCodec: authcodec.NewBech32Codec(Bech32Prefix + "valcons"),
	}
}
