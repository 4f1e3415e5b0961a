package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/fixture"
	"github.com/meshchain/meshchain/testutil/livechain"
)

const (
	farmDenom = "ufarm"
	// longChallenge lets locks live for the hour that a swap between chains takes for its margin.
	longChallenge = 3 * 3600
)

// newSwapMesh is a payer on the main chain, a target on a zone, and a mediator on both.
func newSwapMesh(t *testing.T) (m *mesh, zone *livechain.Chain) {
	t.Helper()
	zone = livechain.Start(t, fixture.Zone("farm"), fixture.Accounts(3), fixture.Genesis(shortPhases))
	m = newMesh(t, 3, func(i int, cfg *daemon.Config) {
		farm := cfg.Chains[0]
		farm.ID, farm.Endpoints, farm.Denoms, farm.GasPrices = zone.F.ChainID, []string{zone.URL}, []string{farmDenom}, "0.0025"+farmDenom
		switch i {
		case 1:
			cfg.Chains = append(cfg.Chains, farm)
		case 2:
			cfg.Chains = []daemon.ChainConfig{farm}
		}
	})
	m.nodes[0].openOn(m.nodes[1], "1000000"+denom, m.chain.F.ChainID)
	m.nodes[1].openOn(m.nodes[2], "1000000"+farmDenom, zone.F.ChainID)
	return m, zone
}

// openOn opens a channel on a chain in which locks can live for long.
func (p *peer) openOn(with *peer, deposit, chainID string) *api.ChannelRef {
	t := p.m.t
	t.Helper()
	r, err := p.OpenChannel(p.m.ctx(), &api.OpenChannelRequest{ChainId: chainID, Peer: with.address, Deposit: deposit, Challenge: longChallenge})
	require.NoError(t, err)
	for _, end := range []*peer{p, with} {
		end.eventually("is online", func() bool { c := end.channelOn(r.Channel); return c != nil && c.Online })
	}
	return r.Channel
}

func (p *peer) channelOn(ref *api.ChannelRef) *api.Channel {
	p.m.t.Helper()
	r, err := p.Channels(p.m.ctx(), &api.ChannelsRequest{})
	require.NoError(p.m.t, err)
	for _, c := range r.Channels {
		if c.Ref.ChannelId == ref.ChannelId && c.Ref.ChainId == ref.ChainId {
			return c
		}
	}
	return nil
}

// TestSwap: the target on the zone asks for 1,000, the payer on the main chain, which knows nothing of the
// zone, pays 2,001 for it: two for one, and the mediator's fee. The quote is shown first; nothing is paid
// above the most that the payer allows, by a quote that is used up or expired, or while the mediator's view
// of one of the chains is old.
func TestSwap(t *testing.T) {
	m, zone := newSwapMesh(t)
	payer, mediator, target := m.nodes[0], m.nodes[1], m.nodes[2]
	request := func(amount string) string {
		return strings.SplitN(target.must("request", amount+farmDenom, "--qr=false"), "\n", 2)[0]
	}
	first := request("1000")

	// Off until a rate is set.
	code, _, errs := payer.run("route", first, "--spend", denom)
	require.Equal(t, 13, code, errs)
	require.Contains(t, errs, "no quote for the swap")
	require.Contains(t, mediator.must("route", "rate", "set", "2"+denom, "1"+farmDenom, "--max", "500000"), "500000ufarm")
	require.Contains(t, mediator.must("route", "rate"), "2usmt")
	var quote api.QuoteResponse
	payer.eventually("gets a quote", func() bool {
		code, out, _ := payer.run("route", first, "--spend", denom, "-o", "json")
		return code == 0 && json.Unmarshal([]byte(strings.NewReplacer(`"valid_until":"`, `"valid_until":`, `","hops"`, `,"hops"`).Replace(out)), &quote) == nil
	})
	require.Equal(t, "2001usmt", quote.Price)
	require.Equal(t, "1usmt", quote.Fee)
	require.Equal(t, "2", quote.Rate)
	require.Equal(t, "1000ufarm", quote.Amount)
	require.Equal(t, mediator.id, quote.Mediator)
	require.Equal(t, []string{mediator.id, target.id}, quote.Hops)
	require.InDelta(t, m.chain.Now().Unix()+20, quote.ValidUntil, 10)
	require.Contains(t, payer.must("pay", first, "--spend", "5000usmt", "--dry-run"), "2001usmt")

	code, _, errs = payer.run("pay", first, "--spend", "2000usmt")
	require.Equal(t, 15, code, errs)
	require.Contains(t, errs, "at most 2000 are allowed")
	sums := func() [3]string {
		in, out := mediator.channelOn(&api.ChannelRef{ChainId: m.chain.F.ChainID, ChannelId: 1}), mediator.channelOn(&api.ChannelRef{ChainId: zone.F.ChainID, ChannelId: 1})
		return [3]string{payer.channelOn(in.Ref).Acknowledged, in.Received, out.Acknowledged}
	}
	require.Equal(t, [3]string{"0", "0", "0"}, sums())
	out := payer.must("pay", first, "--spend", "2500usmt", "--quote", quote.Quote)
	require.Contains(t, out, "over    1 nodes for 2001usmt")
	payer.eventually("has paid", func() bool { return sums() == [3]string{"2001", "2001", "1000"} })

	code, _, errs = payer.run("pay", first, "--spend", "2500usmt")
	require.Equal(t, 22, code, errs)
	require.Contains(t, errs, "was paid already")
	second := request("1000")
	code, _, errs = payer.run("pay", second, "--spend", "2500usmt", "--quote", quote.Quote)
	require.Equal(t, 17, code, errs)
	require.Contains(t, errs, "used up")
	q, err := payer.Quote(m.ctx(), &api.QuoteRequest{Target: second, Spend: denom})
	require.NoError(t, err)
	_, err = payer.Pay(m.ctx(), &api.PayRequest{Target: request("999"), Spend: "2500usmt", Quote: q.Quote})
	require.ErrorContains(t, err, "another target", "the quote is for this target and amount")
	for _, c := range []*livechain.Chain{m.chain, zone} {
		c.Pass(30 * time.Second)
	}
	_, err = payer.Pay(m.ctx(), &api.PayRequest{Target: second, Spend: "2500usmt", Quote: q.Quote})
	require.Equal(t, api.ReasonExpired, api.ReasonOf(err), "%v", err)

	// The zone stands still: the mediator sees it, and quotes nothing.
	zone.Halt(true)
	m.chain.Pass(60 * time.Second)
	_, err = payer.Pay(m.ctx(), &api.PayRequest{Target: second, Spend: "2500usmt"})
	require.Equal(t, api.ReasonNoRoute, api.ReasonOf(err), "%v", err)
	require.ErrorContains(t, err, "no quote")
	zone.Halt(false)
	zone.Pass(60 * time.Second)
	mediator.eventually("sees the zone", func() bool { return mediator.status().Chains[1].Error == "" })
	payer.eventually("pays again, in a new quote", func() bool {
		_, err := payer.Pay(m.ctx(), &api.PayRequest{Target: second, Spend: "2500usmt"})
		return err == nil
	})
	payer.eventually("has paid twice", func() bool { return sums() == [3]string{"4002", "4002", "2000"} })

	require.Contains(t, mediator.must("route", "rate", "end", denom, farmDenom), "ended")
	_, err = payer.Quote(m.ctx(), &api.QuoteRequest{Target: request("1000"), Spend: denom})
	require.Equal(t, api.ReasonNoRoute, api.ReasonOf(err), "%v", err)
}

// TestRateRefused: a rate that makes no sense changes nothing.
func TestRateRefused(t *testing.T) {
	m := newMesh(t, 1)
	p := m.nodes[0]
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "must be at least 1", []string{"set", "0usmt", "1usmt"}},
		{2, "must be a coin", []string{"set", "2", "1usmt"}},
		{2, "the same domain", []string{"set", "2usmt", "1usmt"}},
		{2, "is in no list of denoms", []string{"set", "2usmt", "1ugold"}},
		{18, "this node is on", []string{"set", "2usmt", "1usmt", "--out-chain", "farm-9"}},
		{2, "max", []string{"set", "2usmt", "1usmt", "--max", "-1"}},
	} {
		code, _, errs := p.run(append([]string{"route", "rate"}, c.args...)...)
		require.Equal(t, c.code, code, "%v: %s", c.args, errs)
		require.Contains(t, errs, c.says, fmt.Sprint(c.args))
	}
	r, err := p.Rates(m.ctx(), &api.RatesRequest{})
	require.NoError(t, err)
	require.Empty(t, r.Rates)
}
