package channels

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/version"
)

// AutoCLIOptions describes the generated commands. What takes signed bytes reads them
// from files (client/cli).
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "mesh.channels.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the parameters", Example: example("query channels params")},
				{RpcMethod: "Clock", Use: "clock", Short: "Show the channel clock, which all deadlines count in", Example: example("query channels clock")},
				command("Domain", "domain [denom]", "Show the domain that is signed in channels of a denom", "query channels domain usmt", "denom"),
				command("Channel", "show [channel-id]", "Show one channel, or how it ended", "query channels show 7", "channel_id"),
				{
					RpcMethod: "Channels", Use: "list",
					Short: "List channels by participant, partner and phase",
					Example: example("query channels list --participant mesh1… --phase open") + "\n" +
						example("query channels list --participant mesh1… --partner mesh1… --page-limit 20"),
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"participant": {Usage: "account of a participant"},
						"partner":     {Usage: "account of the other participant"},
						"phase":       {Usage: "phase by the channel clock"},
					},
				},
				{
					RpcMethod: "Deadlines", Use: "deadlines", Short: "List closed channels, the soonest end of the update phase first",
					Example: example("query channels deadlines --page-limit 20"),
				},
				{
					RpcMethod: "Changes", Use: "changes [key]...", Short: "List what concerns channel keys since a height",
					Example:        example("query channels changes 5f0c… 77ab… --since 1200"),
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "keys", Varargs: true}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"since": {Usage: "first height that matters"}},
				},
				command("Secret", "secret [hash]", "Show the preimage of a hash", "query channels secret 5f0c…", "hash"),
				command("Credits", "credits [account]", "List payouts that could not be made", "query channels credits mesh1…", "account"),
				command("Collateral", "collateral [guarantor] [user] [denom]", "Show a collateral account", "query channels collateral mesh1guarantor… mesh1user… usmt", "guarantor", "user", "denom"),
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service:              "mesh.channels.v1.Msg",
			EnhanceCustomCommand: true,
			RpcCommandOptions: append([]*autocliv1.RpcCommandOptions{
				command("Deposit", "deposit [channel-id] [participant] [total]", "Raise a deposit to a total (participant 0 is the opener)",
					"tx channels deposit 7 1 5000 --from bob", "channel_id", "participant", "total"),
				command("Settle", "settle [channel-id]", "Pay out a channel whose dispute is over", "tx channels settle 7 --from anybody", "channel_id"),
				command("Claim", "claim [denom]", "Take a payout that could not be made", "tx channels claim usmt --recipient mesh1… --from bob", "denom"),
				command("AddCollateral", "add-collateral [guarantor] [user] [amount]", "Put up collateral for a user",
					"tx channels add-collateral mesh1guarantor… mesh1user… 1000usmt --from user", "guarantor", "user", "amount"),
				command("ReleaseCollateral", "release-collateral [guarantor] [amount]", "Take back collateral that covers nothing",
					"tx channels release-collateral mesh1… 1000usmt --from user", "guarantor", "amount"),
				{RpcMethod: "UpdateParams", Skip: true}, // governance
			}, skipped()...),
		},
	}
}

// skipped are the messages that client/cli makes.
func skipped() (options []*autocliv1.RpcCommandOptions) {
	for _, method := range []string{
		"OpenChannel", "GuaranteedDeposit", "Withdraw", "CooperativeClose", "Close", "UpdateBalanceProof", "RegisterSecrets", "Unlock",
		"ShowDisposals", "SetCollateralTerms",
	} {
		options = append(options, &autocliv1.RpcCommandOptions{RpcMethod: method, Skip: true})
	}
	return options
}

func command(method, use, short, line string, fields ...string) *autocliv1.RpcCommandOptions {
	options := &autocliv1.RpcCommandOptions{RpcMethod: method, Use: use, Short: short, Example: example(line)}
	for _, field := range fields {
		options.PositionalArgs = append(options.PositionalArgs, &autocliv1.PositionalArgDescriptor{ProtoField: field})
	}
	return options
}

func example(line string) string { return "  " + version.AppName + " " + line }
