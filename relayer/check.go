package relayer

import (
	"context"
	"errors"
	"fmt"
	"time"

	nodetypes "github.com/cosmos/cosmos-sdk/client/grpc/node"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	channeltypes "github.com/cosmos/ibc-go/v8/modules/core/04-channel/types"

	"github.com/meshchain/meshchain/client"
)

// Level of a Finding.
type Level string

// Levels: nothing to do, better do something, it will not work.
const (
	LevelOK   Level = "ok"
	LevelWarn Level = "warn"
	LevelFail Level = "fail"
)

// Finding is one thing that Check looked at.
type Finding struct {
	Level Level `json:"level"`
	// Subject is a node, a key, a client or a channel.
	Subject string `json:"subject"`
	// Fact is what was found.
	Fact string `json:"fact"`
	// Next is what to do about it, empty if nothing.
	Next string `json:"next,omitempty"`
}

const (
	// staleBlock is the age of a newest block that is worth a warning.
	staleBlock = time.Minute
	// deliveryGas is what one packet with its client update takes, roughly.
	deliveryGas = 300_000
	// enoughDeliveries that the key should be able to pay.
	enoughDeliveries = 1000
	// soon is how long before its expiry a light client is worth a warning.
	soon = 24 * time.Hour
)

// checkup collects findings.
type checkup struct {
	found []Finding
}

func (k *checkup) say(level Level, subject, next, format string, args ...any) {
	if level == LevelOK {
		next = ""
	}
	k.found = append(k.found, Finding{Level: level, Subject: subject, Fact: fmt.Sprintf(format, args...), Next: next})
}

// Check looks at everything that must be right for a configuration to work, without changing
// anything: nodes and what they keep, keys and their funds, light clients, connections, channels.
func Check(ctx context.Context, cfg Config, opts ...Option) ([]Finding, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	k := &checkup{}
	chains := map[string]*Chain{}
	for _, c := range cfg.Chains {
		chain, err := OpenChain(c, o.input)
		if err != nil {
			k.say(LevelFail, "key "+c.Key+" on "+c.ChainID, "meshchaind relayer init, or meshchaind keys add "+c.Key, "%s", err)
			continue
		}
		chains[c.ChainID] = chain
	}
	for _, c := range cfg.Chains {
		chain := chains[c.ChainID]
		if chain == nil {
			continue
		}
		keep := trustingPeriods(ctx, cfg, chains, c.ChainID)
		for _, address := range []string{c.RPC, c.BackupRPC} {
			if address != "" {
				k.node(ctx, chain, c, address, keep)
			}
		}
		if c.BackupRPC == "" {
			k.say(LevelWarn, "nodes of "+c.ChainID, "set chains[].backup_rpc to another node of the chain", "there is only one: nothing to fall back on or to compare with")
		}
		k.key(ctx, chain, c)
	}
	for i, p := range cfg.Paths {
		p = p.withDefaults()
		a, b := chains[p.A.ChainID], chains[p.B.ChainID]
		if a != nil && b != nil {
			k.path(ctx, fmt.Sprintf("paths[%d]", i), a, b, p)
		}
	}
	return k.found, nil
}

// trustingPeriods returns the longest trusting period of the light clients of a chain.
func trustingPeriods(ctx context.Context, cfg Config, chains map[string]*Chain, id string) (longest time.Duration) {
	for _, p := range cfg.Paths {
		for _, e := range [][2]End{{p.A, p.B}, {p.B, p.A}} {
			holder := chains[e[0].ChainID]
			if e[1].ChainID != id || holder == nil || e[0].ClientID == "" {
				continue
			}
			if lc, err := holder.lightClient(ctx, e[0].ClientID); err == nil {
				longest = max(longest, lc.state.TrustingPeriod)
			}
		}
	}
	return longest
}

// node looks at one endpoint of a chain.
func (k *checkup) node(ctx context.Context, chain *Chain, cfg ChainConfig, address string, keep time.Duration) {
	subject := "node " + address
	c, err := client.New(client.Config{RPC: address, ChainID: cfg.ChainID, Encoding: chain.client.Encoding})
	if err == nil {
		err = c.CheckChain(ctx)
	}
	if err != nil {
		k.say(LevelFail, subject, "start the node, or correct chains[].rpc", "%s", err)
		return
	}
	status, err := c.RPC.Status(ctx)
	if err != nil {
		k.say(LevelFail, subject, "start the node, or correct chains[].rpc", "%s", err)
		return
	}
	sync := status.SyncInfo
	switch age := time.Since(sync.LatestBlockTime); {
	case sync.CatchingUp:
		k.say(LevelFail, subject, "wait until it has caught up", "is catching up, at height %d", sync.LatestBlockHeight)
	case age > staleBlock:
		k.say(LevelWarn, subject, "see whether the chain makes blocks, and whether the clocks are right (NTP)", "its newest block %d is %s old", sync.LatestBlockHeight, age.Round(time.Second))
	case age < -staleBlock:
		k.say(LevelWarn, subject, "set the clocks of this machine and of the validators (NTP)", "its newest block %d is %s in the future", sync.LatestBlockHeight, -age.Round(time.Second))
	default:
		k.say(LevelOK, subject, "", "answers for %s at height %d", cfg.ChainID, sync.LatestBlockHeight)
	}
	direct := &Chain{id: chain.id, revision: chain.revision, client: c}
	if _, err := direct.search(ctx, End{PortID: DefaultPort, ChannelID: "channel-0"}, channeltypes.EventTypeSendPacket, 0); err != nil || status.NodeInfo.Other.TxIndex != "on" {
		k.say(LevelFail, subject, `set tx_index.indexer = "kv" in its config.toml and restart it`, "does not index transactions (%s)", reason(err, "tx_index is "+status.NodeInfo.Other.TxIndex))
	} else {
		k.say(LevelOK, subject, "", "indexes transactions")
	}
	first := max(sync.EarliestBlockHeight, 1)
	if _, err := c.BlockResults(ctx, max(first, sync.LatestBlockHeight-1)); err != nil {
		k.say(LevelFail, subject, "set storage.discard_abci_responses = false in its config.toml and restart it", "does not keep what blocks did: %s", err)
	} else {
		k.say(LevelOK, subject, "", "keeps what blocks did")
	}
	switch held := sync.LatestBlockTime.Sub(sync.EarliestBlockTime); {
	case first <= 1:
		k.say(LevelOK, subject, "", "has all blocks")
	case keep > 0 && held < keep:
		k.say(LevelWarn, subject, "set min-retain-blocks = 0 in its app.toml, or keep a second node with all blocks",
			"has the blocks of %s, less than the trusting period of %s: after a longer absence the way to a new validator set may be missing", held.Round(time.Minute), keep)
	default:
		k.say(LevelOK, subject, "", "has the blocks of %s", held.Round(time.Minute))
	}
}

func reason(err error, otherwise string) string {
	if err != nil {
		return err.Error()
	}
	return otherwise
}

// key looks at what the relayer can pay.
func (k *checkup) key(ctx context.Context, chain *Chain, cfg ChainConfig) {
	subject := "key " + cfg.Key + " on " + chain.id
	prices, err := sdk.ParseDecCoins(cfg.GasPrices)
	if err != nil {
		k.say(LevelFail, subject, "correct chains[].gas_prices", "gas_prices %q: %s", cfg.GasPrices, err)
		return
	}
	if r, err := nodetypes.NewServiceClient(chain.client).Config(ctx, &nodetypes.ConfigRequest{}); err == nil {
		if least, err := sdk.ParseDecCoins(r.MinimumGasPrice); err == nil && !covers(prices, least) {
			k.say(LevelFail, subject, "set chains[].gas_prices to "+r.MinimumGasPrice, "gas_prices %q is below what the node takes, %s", cfg.GasPrices, r.MinimumGasPrice)
		}
	}
	if prices.IsZero() {
		k.say(LevelOK, subject, "", "%s, pays no fees", chain.Address())
		return
	}
	for _, price := range prices {
		r, err := banktypes.NewQueryClient(chain.client).Balance(ctx, &banktypes.QueryBalanceRequest{Address: chain.Address(), Denom: price.Denom})
		if err != nil || r.Balance == nil {
			k.say(LevelFail, subject, "see the findings about its nodes", "balance of %s: %s", chain.Address(), reason(err, "empty answer"))
			continue
		}
		cost := price.Amount.MulInt64(deliveryGas).Ceil().TruncateInt()
		pays := r.Balance.Amount.Quo(cost)
		next := fmt.Sprintf("send %s to %s on %s", price.Denom, chain.Address(), chain.id)
		level := LevelOK
		switch {
		case pays.IsZero():
			level = LevelFail
		case pays.LTE(sdk.NewInt64Coin(price.Denom, enoughDeliveries).Amount):
			level = LevelWarn
		}
		k.say(level, subject, next, "%s has %s, about %s deliveries", chain.Address(), r.Balance, pays)
	}
}

// covers tells whether one of the prices is what the node asks for, or more.
func covers(prices, least sdk.DecCoins) bool {
	for _, l := range least {
		if prices.AmountOf(l.Denom).GTE(l.Amount) {
			return true
		}
	}
	return len(least) == 0
}

// path looks at the clients, the connection and the channel of a path.
func (k *checkup) path(ctx context.Context, subject string, a, b *Chain, p Path) {
	if !p.Linked() {
		k.say(LevelFail, subject, "meshchaind relayer link", "%s is not linked", p)
		return
	}
	for _, e := range []struct {
		here, there *Chain
		end         End
	}{{a, b, p.A}, {b, a, p.B}} {
		name := "client " + e.end.ClientID + " of " + e.there.id + " on " + e.here.id
		lc, err := e.here.lightClient(ctx, e.end.ClientID)
		if err == nil {
			err = lc.usable(time.Now())
		}
		switch {
		case errors.Is(err, ErrClientDead):
			k.say(LevelFail, name, "governance of "+e.here.id+" must substitute it (ibc-go MsgRecoverClient; relayer/README.md)", "%s", err)
			continue
		case err != nil:
			k.say(LevelFail, name, "see the findings about its nodes", "%s", err)
			continue
		}
		left := time.Until(lc.expiry()).Round(time.Minute)
		level := LevelOK
		if left < min(soon, lc.state.TrustingPeriod/3) {
			level = LevelWarn
		}
		k.say(level, name, "meshchaind relayer start", "expires in %s unless updated", left)
	}
	if err := (&linker{chain: [2]*Chain{a, b}, end: [2]*End{&p.A, &p.B}, path: &p}).verify(ctx); err != nil {
		k.say(LevelFail, subject, "correct the ids under "+subject+", or remove them and run meshchaind relayer link", "%s", err)
		return
	}
	k.say(LevelOK, subject, "", "%s is open", p)
}
