package main

import (
	"fmt"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/auth/tx"
	txmodule "github.com/cosmos/cosmos-sdk/x/auth/tx/config"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/meshchain/meshchain/app"
	zonestypes "github.com/meshchain/meshchain/x/zones/types"
)

// newRootCmd builds the command tree. The commands' codecs come from an app
// that is wired but never loads state.
func newRootCmd() *cobra.Command {
	template := wiring()
	clientCtx := client.Context{}.
		WithCodec(template.AppCodec()).
		WithInterfaceRegistry(template.InterfaceRegistry()).
		WithTxConfig(template.TxConfig()).
		WithLegacyAmino(template.LegacyAmino()).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithHomeDir(app.DefaultNodeHome).
		WithViper(app.EnvPrefix)

	root := &cobra.Command{
		Use:   app.Name,
		Short: "Node and command line of meshchain: the main chain and its zones",
		Long: `meshchaind runs a node of the main chain or of a zone, and talks to both.

Configuration comes from flags, then MESHCHAIND_* environment variables
(MESHCHAIND_MINIMUM_GAS_PRICES for --minimum-gas-prices), then the files
config/config.toml, config/app.toml and config/client.toml below --home.`,
		Example: `  meshchaind init my-node --chain-id mesh-main-1
  meshchaind demo farm
  meshchaind query bank balances mesh1...`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, clientCtx)
		},
	}
	addCommands(root, template)

	autoCLI := template.AutoCLI()
	autoCLI.ClientCtx, _ = clientconfig.ReadFromClientConfig(clientCtx)
	if err := autoCLI.EnhanceRootCommand(root); err != nil {
		panic(fmt.Errorf("commands of the modules: %w", err)) // compiled-in descriptions contradict each other
	}
	return root
}

// prepare reads the configuration into the command's contexts.
func prepare(cmd *cobra.Command, clientCtx client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	// First, because it gives every flag that was not set the value of its
	// variable; the client's context reads flags.
	serverCtx, err := server.InterceptConfigsAndCreateContext(cmd,
		app.NodeConfigTemplate(), app.DefaultNodeConfig(zonestypes.MainIdentity()), app.DefaultCometConfig())
	if err != nil {
		return err
	}
	if err := prepareClient(cmd, clientCtx); err != nil {
		return err
	}
	// A node's log is its output; any other command has output of its own, which
	// must not be mixed with a log.
	out := cmd.ErrOrStderr()
	if cmd.Name() == "start" {
		out = cmd.OutOrStdout()
	}
	logger, err := server.CreateSDKLogger(serverCtx, out)
	if err != nil {
		return err
	}
	serverCtx.Logger = logger.With(log.ModuleKey, "server")
	return server.SetCmdServerContext(cmd, serverCtx)
}

// prepareClient makes the context of commands that talk to a node or sign.
func prepareClient(cmd *cobra.Command, clientCtx client.Context) error {
	clientCtx, err := client.ReadPersistentCommandFlags(clientCtx.WithCmdContext(cmd.Context()), cmd.Flags())
	if err != nil {
		return err
	}
	if clientCtx, err = clientconfig.ReadFromClientConfig(clientCtx); err != nil {
		return err
	}
	if !clientCtx.Offline { // textual signing asks the chain for denom metadata
		txConfig, err := tx.NewTxConfigWithOptions(clientCtx.Codec, tx.ConfigOptions{
			EnabledSignModes:           append(tx.DefaultSignModes, signing.SignMode_SIGN_MODE_TEXTUAL),
			TextualCoinMetadataQueryFn: txmodule.NewGRPCCoinMetadataQueryFn(clientCtx),
		})
		if err != nil {
			return err
		}
		clientCtx = clientCtx.WithTxConfig(txConfig)
	}
	return client.SetCmdClientContextHandler(clientCtx, cmd)
}

// wiring returns an app without state, for its codecs and descriptions.
func wiring() *app.App {
	dir, err := os.MkdirTemp("", app.Name)
	if err != nil {
		panic(fmt.Errorf("temporary folder: %w", err))
	}
	defer os.RemoveAll(dir)
	return app.New(log.NewNopLogger(), dbm.NewMemDB(), nil, false, homeOption(dir), nil)
}

// homeOption is the one option that an app without state needs: where its home is.
type homeOption string

// Get implements servertypes.AppOptions.
func (h homeOption) Get(key string) any {
	if key == flags.FlagHome {
		return string(h)
	}
	return nil
}
