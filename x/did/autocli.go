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
				command("Authority", "authority [did]", "Show an authority", "query did authority did:mesh:farm:zQm…", "did"),
				{RpcMethod: "Authorities", Use: "authorities", Short: "List the authorities of this chain", Example: example("query did authorities")},
				command("Certificate", "certificate [issuer] [serial]", "Show a certificate and whether it holds", "query did certificate did:mesh:farm:zQm… 7", "issuer", "serial"),
				{
					RpcMethod: "Certificates", Use: "certificates [issuer]", Short: "List the certificates of an issuer",
					Example:        example("query did certificates did:mesh:farm:zQm… --status valid --page-limit 20"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "issuer"}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"status": {Usage: "only those of this status"}},
				},
				command("CertificatesOf", "certificates-of [did]", "List the certificates and attestations of a subject", "query did certificates-of did:mesh:farm:zQm…", "subject"),
				command("StatusList", "status-list [issuer] [purpose] [list]", "Show a status list (purpose revocation or suspension)", "query did status-list did:mesh:farm:zQm… revocation 0", "issuer", "purpose", "list"),
				command("Visitor", "visitor [did]", "Show what another zone told about one of its DIDs", "query did visitor did:mesh:farm:zQm…", "did"),
				{RpcMethod: "Census", Use: "census", Short: "Count certified devices and authorities", Example: example("query did census")},
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
				{
					RpcMethod: "SetAuthority", Use: "set-authority [did] [name]",
					Short:          "On a zone, by its owner: register, change, suspend or resume an authority",
					Example:        example("tx did set-authority did:mesh:farm:zQm… 'Sensor Works' --kinds device --from farmer"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "did"}, {ProtoField: "name"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"kinds":     {Usage: "kind of certificate that it may issue; repeat in ascending order"},
						"suspended": {Usage: "suspend it: it issues nothing, and nothing that it issued holds"},
					},
				},
				{
					RpcMethod: "Inquire", Use: "inquire [did] [kind] [payment]",
					Short:          "Ask another zone, through the main chain, for the certificate of one of its DIDs",
					Example:        example("tx did inquire did:mesh:farm:zQm… device 1uport --from operator"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "did"}, {ProtoField: "kind"}, {ProtoField: "payment"}},
				},
				{RpcMethod: "IssueCertificates", Skip: true}, // meshchaind cert
				{RpcMethod: "RenewCertificates", Skip: true},
				{RpcMethod: "ChangeCertificates", Skip: true},
				{RpcMethod: "Attest", Skip: true},
				{RpcMethod: "UpdateParams", Skip: true}, // by a governance proposal only
			},
		},
	}
}

func command(method, use, short, line string, args ...string) *autocliv1.RpcCommandOptions {
	options := &autocliv1.RpcCommandOptions{RpcMethod: method, Use: use, Short: short, Example: example(line)}
	for _, arg := range args {
		options.PositionalArgs = append(options.PositionalArgs, &autocliv1.PositionalArgDescriptor{ProtoField: arg})
	}
	return options
}

func example(command string) string { return version.AppName + " " + command }
