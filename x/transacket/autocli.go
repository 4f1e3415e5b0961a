package transacket

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/version"
)

// AutoCLIOptions describes the generated commands. What takes files, prices or bodies,
// and what people read as a table, is a command of its own (client/cli).
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service:              "mesh.transacket.v1.Query",
			EnhanceCustomCommand: true,
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the parameters",
					Example: example("query transacket params"),
				},
				{RpcMethod: "Inbox", Skip: true}, // client/cli
				{
					RpcMethod: "Transacket", Use: "show [id]", Alias: []string{"transacket"},
					Short:          "Show one TransacKet by its id in hexadecimal",
					Example:        example("query transacket show 5f0c…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "id"}},
				},
				{RpcMethod: "Thread", Skip: true}, // client/cli
				{
					RpcMethod: "Prices", Use: "prices [account]",
					Short:          "Show what an account asks for TransacKets",
					Example:        example("query transacket prices mesh1…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "account"}},
				},
				{
					RpcMethod: "Hold", Use: "hold [id]",
					Short:          "Show one payment under a hash lock",
					Example:        example("query transacket hold 5f0c…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "id"}},
				},
				{
					RpcMethod: "Holds", Use: "holds",
					Short:   "List payments under hash locks, the next deadline first",
					Example: example("query transacket holds --receiver mesh1… --page-limit 20"),
				},
				{
					RpcMethod: "Content", Use: "content [sha256]",
					Short:          "Show who registered a content or a root, and when",
					Example:        example("query transacket content 9f86…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "sha256"}},
				},
				{
					RpcMethod: "ContentsOf", Use: "contents [owner]",
					Short:          "List what an owner registered",
					Example:        example("query transacket contents mesh1…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "owner"}},
				},
				{
					RpcMethod: "ContentProof", Use: "proof [root] [sha256]",
					Short:          "Check a proof that a content is below a registered root",
					Example:        example("query transacket proof 4b22… 9f86… --index 2 --path 77aa… --owner mesh1…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "root"}, {ProtoField: "sha256"}},
				},
				{
					RpcMethod: "Packets", Use: "packets [channel]",
					Short:          "List packets with TransacKets that are not yet acknowledged",
					Example:        example("query transacket packets channel-0"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "channel"}},
				},
				{
					RpcMethod: "Stranded", Use: "stranded",
					Short:   "List payments that could not go back to the chain they came from",
					Example: example("query transacket stranded"),
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              "mesh.transacket.v1.Msg",
			EnhanceCustomCommand: true,
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Send", Skip: true}, // client/cli
				{
					RpcMethod: "Acknowledge", Use: "acknowledge [number]...", Alias: []string{"ack"},
					Short:          "Mark TransacKets in your inbox as read",
					Example:        example("tx transacket acknowledge 17 18 --from agronomist"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "numbers", Varargs: true}},
				},
				{
					RpcMethod: "Delete", Use: "delete [number]...",
					Short:          "Remove TransacKets from your inbox",
					Example:        example("tx transacket delete 17 18 --from agronomist"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "numbers", Varargs: true}},
				},
				{RpcMethod: "AbandonInFlight", Skip: true}, // by a governance proposal only
				{RpcMethod: "UpdateParams", Skip: true},    // by a governance proposal only
			},
		},
	}
}

func example(command string) string { return version.AppName + " " + command }
