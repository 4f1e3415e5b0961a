package did

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/version"
)

// AutoCLIOptions describes the generated commands. What is signed by the keys of DIDs
// is made by `meshchaind did` and `meshchaind cert`.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.did.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the parameters", Example: example("query did params")},
				{RpcMethod: "Fees", Use: "fees", Short: "Show what was paid in fees since genesis", Example: example("query did fees")},
				{
					RpcMethod: "Resolve", Use: "resolve [did]",
					Short: "Show the document of a DID, its newest, or that of a version or time",
					Example: example("query did resolve did:mesh:farm:zQm…") + "\n" +
						example("query did resolve did:mesh:farm:zQm… --version-id 2") + "\n" +
						example("query did resolve did:mesh:farm:zQm… --version-time 2026-05-01T12:00:00Z"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "did"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"version_id":   {Usage: "number of the version, from 1"},
						"version_time": {Usage: "time at which the document was the newest (RFC 3339)"},
					},
				},
				{RpcMethod: "Dids", Use: "list", Short: "List DIDs by identifier", Example: example("query did list --page-limit 20")},
				{
					RpcMethod: "Schema", Use: "schema [schema]", Short: "Show a stream of authentic data: terms, last key disclosed",
					Example:        example("query did schema 9f86d081…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "schema"}},
				},
				{
					RpcMethod: "Schemas", Use: "schemas [did]", Short: "List the streams of a device",
					Example:        example("query did schemas did:mesh:farm:zQm…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "did"}},
				},
				{
					RpcMethod: "Segment", Use: "segment [schema] [t]", Short: "Show what proves a segment: MAC, block, disclosed key, status",
					Example:        example("query did segment 9f86d081… 42 --output json"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "schema"}, {ProtoField: "t"}},
				},
				{
					RpcMethod: "Segments", Use: "segments [schema]", Short: "List the segments of a stream that are stored",
					Example:        example("query did segments 9f86d081… --page-limit 20"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "schema"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.did.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "CreateDid", Skip: true}, // meshchaind did create
				{RpcMethod: "UpdateDid", Skip: true},
				{RpcMethod: "DeactivateDid", Skip: true},
				{RpcMethod: "RegisterSchema", Skip: true}, // meshchaind did segment
				{RpcMethod: "SetSubmitters", Skip: true},
				{RpcMethod: "CloseSchema", Skip: true},
				{RpcMethod: "CommitSegments", Skip: true},
				{RpcMethod: "DiscloseKeys", Skip: true},
				{RpcMethod: "UpdateParams", Skip: true}, // by a governance proposal only
			},
		},
	}
}

func example(command string) string { return version.AppName + " " + command }
