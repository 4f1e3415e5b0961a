package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/node"
)

// home makes the home of a payment node on some chains, with the account of its name on each.
func (n *network) home(name string, chains ...*localnet.Chain) *proc {
	n.t.Helper()
	p := &proc{n: n, home: filepath.Join(n.t.TempDir(), name)}
	listen := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(n.t)) // peers dial it again after a restart
	stanzas := make([]daemon.ChainConfig, 0, len(chains))
	for _, c := range chains {
		p.command("init", "--overwrite", "--chain-id", c.Spec.ChainID, "--node", c.Nodes[0].RPC(), "--gas-prices", c.Spec.GasPrices(),
			"--from", name, "--keyring-backend", "test", "--keyring-dir", c.KeyDir(), "--listen", listen, "--api-grpc", "127.0.0.1:0", "--api-rest", "127.0.0.1:0")
		cfg, err := daemon.Load(p.home)
		require.NoError(n.t, err)
		stanzas = append(stanzas, cfg.Chains[0])
	}
	cfg, err := daemon.Load(p.home)
	require.NoError(n.t, err)
	cfg.Chains = stanzas
	require.NoError(n.t, cfg.Write(p.home, true))
	n.procs = append(n.procs, p)
	p.start()
	return p
}

// on opens a channel on a chain and waits until both ends are online.
func (n *network) on(chain *localnet.Chain, a, b *proc, deposit string) *api.ChannelRef {
	n.t.Helper()
	var ref *api.ChannelRef
	require.NoError(n.t, a.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.OpenChannel(ctx, &api.OpenChannelRequest{ChainId: chain.Spec.ChainID, Peer: b.addr, Deposit: deposit})
		if err == nil {
			ref = r.Channel
		}
		return err
	}))
	for _, p := range []*proc{a, b} {
		require.Eventually(n.t, func() bool { c := p.channel(ref); return c != nil && c.Online }, patience, wait)
	}
	return ref
}

// TestSwapBetweenChains: two chains and three payment nodes, each a process. The payer is on the main chain, the
// target on the zone, the mediator on both. What arrives on the zone is what the target asked for; what
// leaves the payer is what was quoted; the difference is the mediator's; all three are killed and know it
// still. Receipt and secret prove the payment without any node.
func TestSwapBetweenChains(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two chains")
	}
	account := func(name, coins string) localnet.Account { return localnet.Account{Name: name, Coins: coins} }
	n := &network{t: t, chain: node.New(t, localnet.Spec{ChainID: "mesh-main-1", BlockTime: blockTime, Accounts: []localnet.Account{
		account("payer", "1000000000usmt"), account("mediator", "1000000000usmt"),
	}})}
	zone := node.New(t, localnet.Spec{ChainID: "farm-1", Zone: "farm", BlockTime: blockTime, Accounts: []localnet.Account{
		account("mediator", "1000000000ufarm"), account("target", "1000000000ufarm"),
	}})
	started := make(chan error, 2)
	for _, c := range []*localnet.Chain{n.chain, zone} {
		go func() { started <- c.Start(context.Background()) }()
	}
	require.NoError(t, <-started)
	require.NoError(t, <-started)
	payer, mediator, target := n.home("payer", n.chain), n.home("mediator", n.chain, zone), n.home("target", zone)
	in, out := n.on(n.chain, payer, mediator, "1000000usmt"), n.on(zone, mediator, target, "1000000ufarm")

	mediator.command("route", "rate", "set", "3usmt", "2ufarm")
	request := strings.SplitN(target.command("request", "100000ufarm", "--qr=false"), "\n", 2)[0]
	require.Eventually(t, func() bool {
		return payer.do(func(ctx context.Context, c *api.Client) error {
			_, err := c.Quote(ctx, &api.QuoteRequest{Target: request, Spend: "usmt"})
			return err
		}) == nil
	}, patience, wait)
	var paid struct{ Paid, Secret string }
	require.NoError(t, json.Unmarshal([]byte(payer.command("pay", request, "--spend", "150015usmt", "-o", "json")), &paid))
	require.Equal(t, "150015usmt", paid.Paid, "3 for 2, and 0.01 %")
	require.Len(t, paid.Secret, 64)
	for _, p := range n.procs {
		p.restart()
	}
	for _, c := range []struct {
		from, to *proc
		ref      *api.ChannelRef
		amount   string
	}{{payer, mediator, in, "150015"}, {mediator, target, out, "100000"}} {
		require.Eventually(t, func() bool {
			a, b := c.from.channel(c.ref), c.to.channel(c.ref)
			return a.Acknowledged == c.amount && b.Received == c.amount && a.LockedSent == "0"
		}, patience, wait)
	}
}
