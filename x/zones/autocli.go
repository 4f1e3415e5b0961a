package zones

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/version"
)

// AutoCLIOptions describes the module's commands.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	name := []*autocliv1.PositionalArgDescriptor{{ProtoField: "name"}}
	description := map[string]*autocliv1.FlagOptions{
		"area":       {Usage: "area that the zone covers, such as eu/de/bremen"},
		"level":      {Usage: "level in the hierarchy of areas, 0 (the whole) to 9 (a house)"},
		"endpoints":  {Usage: `endpoint as JSON {"kind":"rpc","address":"https://…"}; repeat for several`},
		"channel_id": {Name: "channel", Usage: "the main chain's end of the channel to the zone"},
	}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.zones.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Identity", Use: "identity",
					Short:   "Show what this chain is: role, zone name, native denom",
					Example: example("query zones identity --output json"),
				},
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the parameters of the registry",
					Example: example("query zones params"),
				},
				{
					RpcMethod: "Zone", Use: "show [name]", Alias: []string{"zone"},
					Short:          "Show a zone: channel, status, last heartbeat, expiry of its client",
					Example:        example("query zones show farm"),
					PositionalArgs: name,
				},
				{
					RpcMethod: "ZoneByChannel", Use: "by-channel [channel]",
					Short:          "Show the zone that has proven to be at the other end of a channel",
					Example:        example("query zones by-channel channel-0"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "channel_id"}},
				},
				{
					RpcMethod: "Zones", Use: "list",
					Short: "List zones by name",
					Example: example("query zones list") + "\n" +
						example("query zones list --status active --area eu/de --page-limit 20"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"status": {Usage: "pending, active, stale or retired"},
						"owner":  {Usage: "zones of this owner"},
						"area":   {Usage: "zones in this area and below it"},
					},
				},
				{
					RpcMethod: "Route", Use: "route [name]",
					Short:          "Show the channel to a zone, or why nothing can be sent there",
					Example:        example("query zones route farm"),
					PositionalArgs: name,
				},
				{
					RpcMethod: "Hub", Use: "hub",
					Short:   "Show how this zone reaches the main chain, and the account that announces it",
					Example: example("query zones hub"),
				},
				{
					RpcMethod: "Refund", Use: "refund [owner]",
					Short:          "Show what an owner can claim of former bonds",
					Example:        example("query zones refund mesh1…"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "owner"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.zones.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "RegisterZone", Use: "register [name] [chain-id] [genesis-hash] [bond]",
					Short:   "Reserve a zone's name; prints the nonce that the zone must announce",
					Example: example("tx zones register farm farm-1 9f86d081…0f00a08 100000000usmt --channel channel-0 --area eu/de/bremen --from farmer"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{
						{ProtoField: "name"}, {ProtoField: "chain_id"}, {ProtoField: "genesis_hash"}, {ProtoField: "bond"},
					},
					FlagOptions: description,
				},
				{
					RpcMethod: "UpdateZone", Use: "update [name]",
					Short:          "Replace area, level and endpoints of a zone and, while it is pending, its channel",
					Example:        example("tx zones update farm --channel channel-0 --area eu/de/bremen --from farmer"),
					PositionalArgs: name,
					FlagOptions:    description,
				},
				{
					RpcMethod: "RetireZone", Use: "retire [name]",
					Short:          "Close a zone for good, or withdraw a registration",
					Example:        example("tx zones retire farm --from farmer"),
					PositionalArgs: name,
				},
				{
					RpcMethod: "ClaimBond", Use: "claim-bond",
					Short:   "Take back the bonds of zones that have left the registry",
					Example: example("tx zones claim-bond --from farmer"),
				},
				{RpcMethod: "UpdateParams", Skip: true}, // by a governance proposal only
				{
					RpcMethod: "PinHub", Use: "pin-hub [hub]",
					Short: "On a zone: say which channel leads to the main chain",
					Example: example(`tx zones pin-hub '{"client_id":"07-tendermint-0","connection_id":"connection-0",` +
						`"channel_id":"channel-0"}' --from farmer`),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "hub"}},
				},
				{
					RpcMethod: "Announce", Use: "announce",
					Short: "On a zone: send a heartbeat to the main chain or, with a nonce, the activation",
					Example: example("tx zones announce --from anybody") + "\n" +
						example("tx zones announce --nonce 5f0c… --genesis-hash 9f86d081… --from anybody"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"nonce":        {Usage: "nonce that the registration printed"},
						"genesis_hash": {Name: "genesis-hash", Usage: "SHA-256 of the genesis file, as registered"},
					},
				},
			},
		},
	}
}

func example(command string) string { return version.AppName + " " + command }
