package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/app"
	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/livechain"
	"github.com/meshchain/meshchain/x/channels/types"
)

// newLine is a payer, a mediator and a target, and the two channels between them.
func newLine(t *testing.T, options ...func(int, *daemon.Config)) (m *mesh, first, second *api.ChannelRef) {
	t.Helper()
	m = newMesh(t, 3, options...)
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	first, second = a.open(b, 1_000_000, 0), b.open(c, 1_000_000, 0)
	a.eventually("knows the way", func() bool {
		_, err := a.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		return err == nil
	})
	return m, first, second
}

// TestLedger: payer, mediator and target remember payments over others, also after a restart: what arrived,
// the fee, the secret, what was earned. The receipt of the payer's own lock and the secret prove the
// payment, and with the request whom it was made to; what is wrong in it is found.
func TestLedger(t *testing.T) {
	m, first, second := newLine(t)
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	request := c.request("20000" + denom)
	paid, err := a.Pay(m.ctx(), &api.PayRequest{Target: request})
	require.NoError(t, err)
	_, err = a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: "30000" + denom, Data: []byte("tea")})
	require.NoError(t, err)
	require.Len(t, paid.Names, 1)
	require.Equal(t, first.ChannelId, paid.Names[0].Channel.ChannelId)
	b.eventually("was paid", func() bool {
		return b.channel(second).Acknowledged == "50000" && a.channel(first).Acknowledged == "50005"
	})

	b.eventually("wrote it down", func() bool {
		r, err := b.Earnings(m.ctx(), &api.EarningsRequest{})
		return err == nil && len(r.Earnings) == 2
	})
	for _, p := range m.nodes {
		p.stop()
		p.start()
	}
	e, err := b.Earnings(m.ctx(), &api.EarningsRequest{})
	require.NoError(t, err)
	require.Len(t, e.Earnings, 2)
	require.Equal(t, &api.Earning{Channel: first, Denom: denom, PaymentsIn: 2, AmountIn: "50005", AmountOut: "0", Earned: "0"}, e.Earnings[0])
	require.Equal(t, &api.Earning{Channel: second, Denom: denom, PaymentsOut: 2, AmountIn: "0", AmountOut: "50000", Earned: "5"}, e.Earnings[1])
	require.Contains(t, b.must("route", "earnings"), "5usmt")

	out, err := a.Transfers(m.ctx(), &api.TransfersRequest{})
	require.NoError(t, err)
	require.Len(t, out.Transfers, 2)
	tea, asked := out.Transfers[0], out.Transfers[1]
	require.Equal(t, "tea", string(tea.Data))
	require.Equal(t, "3"+denom, tea.Fee)
	require.Equal(t, []string{b.id, c.id}, tea.Hops)
	require.True(t, asked.Requested && asked.Outgoing)
	require.Equal(t, []string{"20000" + denom, "20002" + denom, paid.Secret, paid.PaymentId}, []string{asked.Amount, asked.Paid, asked.Secret, asked.PaymentId})
	require.Equal(t, paid.Names, asked.Names)
	page, err := a.Transfers(m.ctx(), &api.TransfersRequest{Limit: 1})
	require.NoError(t, err)
	rest, err := a.Transfers(m.ctx(), &api.TransfersRequest{Limit: 1, Before: page.Next})
	require.NoError(t, err)
	require.Equal(t, out.Transfers, append(page.Transfers, rest.Transfers...))
	require.Zero(t, rest.Next)
	in, err := c.Transfers(m.ctx(), &api.TransfersRequest{})
	require.NoError(t, err)
	require.Len(t, in.Transfers, 2)
	require.Equal(t, asked.Hash, in.Transfers[1].Hash)
	require.False(t, in.Transfers[1].Outgoing)
	require.Empty(t, in.Transfers[1].Secret)
	require.Contains(t, c.must("history"), "tea")

	require.Contains(t, a.must("history"), nameText(paid.Names[0]))
	file := filepath.Join(t.TempDir(), "receipt.json")
	export := func(flags ...string) {
		a.must(append([]string{"receipt", nameText(paid.Names[0]), "--out", file}, flags...)...)
	}
	export()
	require.Contains(t, a.must("verify-receipt", file), "a payment: the secret opens the lock")
	export("--request", request)
	require.Contains(t, a.must("verify-receipt", file), "a payment of request "+paid.PaymentId)
	for what, change := range map[string]func(map[string]string){
		"the secret is not of it": func(r map[string]string) { r["secret"] = strings.Repeat("00", 32) },
		"the request has the hash": func(r map[string]string) {
			r["request"] = c.request("20000" + denom)
		},
		"malformed payment request": func(r map[string]string) { r["request"] = request[:100] },
	} {
		export("--request", request)
		bz, err := os.ReadFile(file)
		require.NoError(t, err)
		var r map[string]string
		require.NoError(t, json.Unmarshal(bz, &r))
		change(r)
		require.NoError(t, os.WriteFile(file, []byte(jsonText(t, r)), 0o600))
		code, _, errs := a.run("verify-receipt", file)
		require.Equal(t, 21, code, errs)
		require.Contains(t, errs, what)
	}
	export()
	bz, err := os.ReadFile(file)
	require.NoError(t, err)
	var r map[string]string
	require.NoError(t, json.Unmarshal(bz, &r))
	delete(r, "secret")
	require.NoError(t, os.WriteFile(file, []byte(jsonText(t, r)), 0o600))
	require.Contains(t, a.must("verify-receipt", file), "a promise")
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	bz, err := json.Marshal(v)
	require.NoError(t, err)
	return string(bz)
}

// TestPolicyOfChannel: a policy of one channel counts at once, is kept, and is heard by others.
func TestPolicyOfChannel(t *testing.T) {
	m, _, second := newLine(t)
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	require.Contains(t, b.must("route", "policy", "set", "--channel", "2", "--base", "7", "--rate", "1000", "--min", "50", "--max", "500000"), "500000")
	// Who goes by the old policy is told, and pays by the new one.
	r, err := a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: "20000" + denom})
	require.NoError(t, err)
	require.Equal(t, "27", r.Fee)
	b.stop()
	b.start()
	b.online(second)
	p, err := b.Policies(m.ctx(), &api.PoliciesRequest{})
	require.NoError(t, err)
	require.Len(t, p.Policies, 2)
	require.Equal(t, &api.Policy{Channel: second, FeeBase: "7", FeeRate: 1000, Min: "50", Max: "500000", Own: true}, p.Policies[1])
	require.False(t, p.Policies[0].Own)

	b.must("route", "policy", "set", "--channel", "2", "--base", "9")
	m.chain.Pass(75 * time.Second)
	a.eventually("has heard of the new policy", func() bool {
		r, err := a.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		return err == nil && r.Fee == "29"
	})
	_, err = a.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "49" + denom, MaxFee: "100"})
	require.Equal(t, api.ReasonCapacity, api.ReasonOf(err), "%v", err)
	b.must("route", "policy", "set", "--channel", "2", "--disable")
	a.eventually("has heard that nothing goes there", func() bool {
		_, err := a.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		return api.ReasonOf(err) == api.ReasonOffline
	})
	require.Contains(t, b.must("route", "policy", "set", "--channel", "2", "--reset"), "false")
	for _, bad := range []struct {
		code int
		says string
		args []string
	}{
		{2, "--channel is missing", nil},
		{11, "no such channel", []string{"--channel", "9"}},
		{2, "at most 100000", []string{"--channel", "2", "--rate", "100001"}},
		{2, "fee_rate", []string{"--channel", "2", "--rate", "-1"}},
		{2, "must have digits only", []string{"--channel", "2", "--base", "1usmt"}},
		{2, "must be at least 1, and rise", []string{"--channel", "2", "--min", "100", "--max", "99"}},
		{2, "must be at least 1, and rise", []string{"--channel", "2", "--min", "0"}},
		{2, "give one of them", []string{"--channel", "2", "--enable", "--disable"}},
	} {
		code, _, errs := b.run(append([]string{"route", "policy", "set"}, bad.args...)...)
		require.Equal(t, bad.code, code, "%v: %s", bad.args, errs)
		require.Contains(t, errs, bad.says)
	}
	require.Contains(t, b.must("route", "policy", "list"), "100", "nothing of it was set")
}

// TestPathFinder: a light node, which keeps no map, asks another for the way and pays over it. An answer is paid
// for once, and not above what the payer allows.
func TestPathFinder(t *testing.T) {
	m := newMesh(t, 4, func(i int, cfg *daemon.Config) { cfg.Mediation.Light = i == 0 })
	light, service, b, c := m.nodes[0], m.nodes[1], m.nodes[2], m.nodes[3]
	ref := light.open(service, 1_000_000, 0)
	service.open(b, 1_000_000, 0)
	last := b.open(c, 1_000_000, 0)
	service.eventually("knows the way", func() bool {
		_, err := service.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		return err == nil
	})
	code, _, errs := light.run("route", c.id, "20000usmt")
	require.Equal(t, 13, code, errs)
	require.Contains(t, errs, "the target is unknown")
	code, _, errs = light.run("route", c.id, "20000usmt", "--ask", service.id)
	require.Equal(t, 13, code, errs)
	require.Contains(t, errs, "no path-finding service")
	require.Contains(t, service.must("route", "serve", "--price", "5usmt"), "5usmt")
	light.eventually("has heard of the price", func() bool {
		_, _, errs := light.run("route", c.id, "20000usmt", "--ask", service.id)
		return strings.Contains(errs, "asks for 5usmt")
	})
	code, _, errs = light.run("route", c.id, "20000usmt", "--ask", service.id, "--max-price", "4usmt")
	require.Equal(t, 15, code, errs)
	require.Equal(t, "0", light.channel(ref).Sent, "nothing was paid")

	r, err := light.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom, Ask: service.id, MaxPrice: "5usmt"})
	require.NoError(t, err)
	require.Equal(t, []string{service.id, b.id, c.id}, r.Hops)
	require.Equal(t, "5", r.Fee, "2, and of 20,002 again 0.01 %, rounded up")
	require.Equal(t, "5usmt", r.Price)
	require.Equal(t, "5", light.channel(ref).Sent)
	used := nameText(r.Paid)
	code, _, errs = light.run("route", c.id, "20000usmt", "--ask", service.id, "--paid", used)
	require.Equal(t, 13, code, errs)
	require.Contains(t, errs, "was used")
	service.stop()
	service.start()
	light.online(ref)
	light.eventually("is refused after a restart, too", func() bool {
		_, _, errs := light.run("route", c.id, "20000usmt", "--ask", service.id, "--paid", used)
		return strings.Contains(errs, "was used")
	})
	require.Equal(t, "5", light.channel(ref).Sent)
	code, _, errs = light.run("route", c.id, "20000usmt", "--ask", service.id, "--paid", "1/2")
	require.Equal(t, 2, code, errs)

	m.chain.Pass(75 * time.Second) // b answers its question for everything once a minute
	service.eventually("is ready for both", func() bool {
		_, err := service.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		return err == nil
	})
	light.eventually("pays over the way that it bought", func() bool {
		code, out, _ := light.run("pay", c.id, "20000usmt", "--ask", service.id, "--max-price", "5usmt")
		return code == 0 && strings.Contains(out, "over    2 nodes for a fee of 5")
	})
	b.eventually("has paid", func() bool { return b.channel(last).Acknowledged == "20000" })
	require.Contains(t, service.must("route", "serve", "--off"), "no ways")
}

func nameText(n *api.PaymentName) string {
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", n.Channel.ChainId, n.Channel.ChannelId, n.Epoch, n.Sender, n.Nonce, n.Index)
}

// TestShortChallenge: a channel in which no lock has time warns of it, takes direct payments, and says why it takes
// no others.
func TestShortChallenge(t *testing.T) {
	chain := livechain.Start(t, fixture.Accounts(2), fixture.Genesis(func(a *app.App, genesis app.GenesisState) {
		shortPhases(a, genesis)
		var g types.GenesisState
		a.AppCodec().MustUnmarshalJSON(genesis[types.ModuleName], &g)
		g.Params.MinChallenge = 600
		genesis[types.ModuleName] = a.AppCodec().MustMarshalJSON(&g)
	}))
	m := newMeshOn(t, chain, 2, func(_ int, cfg *daemon.Config) { cfg.Channels.MinChallenge = 600 * time.Second })
	a, b := m.nodes[0], m.nodes[1]
	code, _, errs := a.run("channel", "open", b.address, "100000usmt", "--challenge", "959s")
	require.Zero(t, code, errs)
	require.Contains(t, errs, "Warning: challenge 959 s: only direct payments")
	require.Contains(t, errs, "needs at least 960 s")
	ref := &api.ChannelRef{ChainId: chain.F.ChainID, ChannelId: 1}
	a.online(ref)
	a.pay(b, 5, "direct")
	r, err := a.Pay(m.ctx(), &api.PayRequest{Target: b.request("50" + denom)})
	require.NoError(t, err, "a request is paid directly then")
	require.Empty(t, r.Secret)
	code, _, errs = a.run("channel", "open", b.id, "100000usmt", "--challenge", "960s")
	require.Zero(t, code, errs)
	require.NotContains(t, errs, "Warning")
	ref = &api.ChannelRef{ChainId: chain.F.ChainID, ChannelId: 2}
	a.online(ref)
	b.online(ref)
	r, err = a.Pay(m.ctx(), &api.PayRequest{Target: b.request("50" + denom)})
	require.NoError(t, err)
	require.NotEmpty(t, r.Secret, "with a lock")
}

// TestNoSlots: locks above what a node takes come back at once, and the channel goes on.
func TestNoSlots(t *testing.T) {
	m, _, second := newLine(t, func(i int, cfg *daemon.Config) {
		if i == 2 {
			cfg.Channels.MaxSlots = 0
		}
	})
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	start := time.Now()
	_, err := a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: "20000" + denom, Timeout: 3})
	require.Error(t, err)
	require.Less(t, time.Since(start), 10*time.Second)
	b.eventually("has nothing locked", func() bool { ch := b.channel(second); return ch.LockedSent == "0" && ch.Online })
	b.pay(c, 9, "goes on")
	require.Equal(t, "9", c.channel(second).Received)
}
