package transacket

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/version"
)

// AutoCLIOptions describes the generated commands. Sending is a command of its own
// (client/cli): a body is text, bytes or a file, which flags say better than JSON.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.transacket.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the parameters",
					Example: example("query transacket params"),
				},
				{
					RpcMethod: "Inbox", Use: "inbox [receiver]",
					Short: "Show what a receiver holds, oldest first",
					Example: example("query transacket inbox mesh1…") + "\n" +
						example("query transacket inbox mesh1… --unread --topic soil/moisture --page-limit 20"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "receiver"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"unread": {Usage: "leave out what is marked as read"},
						"topic":  {Usage: "leave out every other topic"},
					},
				},
				{
					RpcMethod: "Transacket", Use: "show [id]", Alias: []string{"transacket"},
					Short:          "Show one TransacKet by its id in hexadecimal",
					Example:        example("query transacket show 5f0c…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "id"}},
				},
				{
					RpcMethod: "Thread", Use: "thread [id]",
					Short:          "Show the TransacKets that answer one id",
					Example:        example("query transacket thread 5f0c…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "id"}},
				},
				{
					RpcMethod: "InFlight", Use: "in-flight [channel]",
					Short:          "Show what this chain is passing on to zones and whose fate is open",
					Example:        example("query transacket in-flight") + "\n" + example("query transacket in-flight channel-1"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "channel", Optional: true}},
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
				{RpcMethod: "UpdateParams", Skip: true}, // by a governance proposal only
			},
		},
	}
}

func example(command string) string { return version.AppName + " " + command }
