package zones

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the module's commands.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.zones.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{{
				RpcMethod: "Identity",
				Use:       "identity",
				Short:     "Show what this chain is: role, zone name, native denom",
				Example:   "meshchaind query zones identity --output json",
			}},
		},
	}
}
