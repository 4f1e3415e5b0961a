package chain

import (
	"github.com/spf13/cobra"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
)

func sendsCommand() *cobra.Command {
	l := load{kind: func() (kind, error) { return kind{noun: "sends", message: bankSend}, nil }}
	l.fee, l.gas = "250usmt", 100_000
	return l.command(&cobra.Command{
		Use:   "sends",
		Short: "Drive a node with pre-signed bank sends and measure what it commits",
		Long: `Signs bank sends beforehand, offers them to one node over several connections and
reads from its blocks what was committed.

The sender accounts are derived from a secret in --home and topped up by the key --from.
Each sends 1 unit at a time to the next, so the load adds no accounts and moves no money
away; fees are what a run costs.

committed sends/s counts from the first broadcast to the last commit; steady from the
first block's commit to the last one's. Latency is from broadcast to the moment the
application has committed the block, seen by polling every 20 ms.`,
		Example: `  # 20,000 sends against a local node of ours
  meshload chain sends --node http://127.0.0.1:26657 --from alice --keyring-dir ~/.meshchain --txs 20000

  # any other chain: name its prefix and pay in its denom
  meshload chain sends --prefix wasm --fee 250stake --from funder --keyring-dir ~/.wasmd --json

  # latency at a fixed rate instead of the highest rate
  meshload chain sends --from alice --keyring-dir ~/.meshchain --txs 6000 --rate 200`,
	})
}

func bankSend(from, to string, amount sdk.Coin) sdk.Msg {
	return &banktypes.MsgSend{FromAddress: from, ToAddress: to, Amount: sdk.NewCoins(amount)}
}
