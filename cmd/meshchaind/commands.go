package main

import (
	"github.com/spf13/cobra"

	confixcmd "cosmossdk.io/tools/confix/cmd"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/debug"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"

	"github.com/CosmWasm/wasmd/x/wasm"
	wasmcli "github.com/CosmWasm/wasmd/x/wasm/client/cli"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/cmd/meshchaind/channels"
	"github.com/meshchain/meshchain/cmd/meshchaind/demo"
	didcmd "github.com/meshchain/meshchain/cmd/meshchaind/did"
	relayercmd "github.com/meshchain/meshchain/cmd/meshchaind/relayer"
	zonecmd "github.com/meshchain/meshchain/cmd/meshchaind/zone"
)

// addCommands hangs the command groups below the root. Queries and messages of
// the modules follow from their services (AutoCLI).
func addCommands(root *cobra.Command, template *app.App) {
	root.AddCommand(
		homeless(demo.NewCmd()),
		homeless(channels.NewCmd()),
		homeless(didcmd.NewCmd()),
		homeless(didcmd.NewCertCmd()),
		homeless(relayercmd.NewCmd()),
		homeless(testnetCmd()),
		zonecmd.NewCmd(),
		initCmd(template),
		genesisCmd(template),
		keys.Commands(),
		queryCmd(),
		txCmd(),
		server.StatusCommand(),
		snapshot.Cmd(newApp),
		pruning.Cmd(newApp, app.DefaultNodeHome),
		confixcmd.ConfigCommand(),
		debug.Cmd(),
		server.InPlaceTestnetCreator(newTestnetApp),
	)
	server.AddCommands(root, app.DefaultNodeHome, newApp, exportApp, wasm.AddModuleInitFlags)
	wasmcli.ExtendUnsafeResetAllCmd(root)
	template.BasicModuleManager.AddQueryCommands(find(root, "query"))
	template.BasicModuleManager.AddTxCommands(find(root, "tx"))
}

// homeless commands keep their files elsewhere: they neither read nor write the
// configuration below --home.
func homeless(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentPreRun = func(*cobra.Command, []string) {}
	return cmd
}

// genesisCmd is the SDK's group with our check of the whole genesis.
func genesisCmd(template *app.App) *cobra.Command {
	cmd := genutilcli.Commands(template.TxConfig(), template.BasicModuleManager, app.DefaultNodeHome)
	if old := find(cmd, "validate"); old != nil {
		cmd.RemoveCommand(old)
	}
	cmd.AddCommand(validateGenesisCmd(template))
	return cmd
}

func queryCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "query", Aliases: []string{"q"}, Short: "Ask a chain",
		Example: "  meshchaind query transacket inbox mesh1... --node tcp://localhost:26657",
		RunE:    client.ValidateCmd,
	}
	cmd.AddCommand(
		rpc.QueryEventForTxCmd(), server.QueryBlockCmd(), server.QueryBlocksCmd(), server.QueryBlockResultsCmd(),
		authcmd.QueryTxCmd(), authcmd.QueryTxsByEventsCmd(),
	)
	return cmd
}

func txCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "tx", Short: "Send a transaction",
		Example: "  meshchaind tx bank send alice mesh1... 5usmt --fees 100usmt",
		RunE:    client.ValidateCmd,
	}
	cmd.AddCommand(
		authcmd.GetSignCommand(), authcmd.GetSignBatchCommand(), authcmd.GetMultiSignCommand(), authcmd.GetMultiSignBatchCmd(),
		authcmd.GetValidateSignaturesCommand(), authcmd.GetBroadcastCommand(), authcmd.GetEncodeCommand(),
		authcmd.GetDecodeCommand(), authcmd.GetSimulateCmd(),
	)
	return cmd
}

// find returns the direct sub-command with that name, or nil.
func find(parent *cobra.Command, name string) *cobra.Command {
	for _, cmd := range parent.Commands() {
		if cmd.Name() == name {
			return cmd
		}
	}
	return nil
}
