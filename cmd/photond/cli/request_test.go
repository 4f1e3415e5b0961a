package cli_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/photon/invoice"
)

// request makes a payment request and returns its text.
func (p *peer) request(amount string, flags ...string) string {
	p.m.t.Helper()
	out := p.must(append([]string{"request", amount, "--qr=false"}, flags...)...)
	return strings.SplitN(out, "\n", 2)[0]
}

// TestRequest: a payment request is paid under a hash whose secret the target draws, over others and in a
// channel with the target. It is paid once, by whomever, also after restarts; the QR code fits a terminal.
func TestRequest(t *testing.T) {
	m := newMesh(t, 3)
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	a.open(b, 1_000_000, 0)
	second := b.open(c, 1_000_000, 0)
	text := c.request("20000"+denom, "--memo", "water, plot 7")
	v, err := invoice.Parse(text)
	require.NoError(t, err)

	var r *api.PayResponse
	a.eventually("knows the way", func() bool {
		_, err := a.Route(m.ctx(), &api.RouteRequest{Target: text})
		return err == nil
	})
	r, err = a.Pay(m.ctx(), &api.PayRequest{Target: text})
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(v.PaymentID[:]), r.PaymentId)
	require.Equal(t, "20002"+denom, r.Paid)
	secret, err := hex.DecodeString(r.Secret)
	require.NoError(t, err)
	require.Equal(t, v.Hash, sha256.Sum256(secret), "the secret proves the payment")

	for i, p := range []*peer{a, b} { // its own memory, and the target's
		code, _, errs := p.run("pay", text)
		require.Equal(t, 22, code, errs)
		require.Contains(t, errs, "request "+r.PaymentId+" was paid already, "+[]string{"by this node", "says its node"}[i])
	}
	a.stop()
	c.stop()
	a.start()
	c.start()
	b.online(second)
	for _, p := range []*peer{a, b} {
		p.eventually("is refused", func() bool {
			_, _, errs := p.run("pay", text)
			return strings.Contains(errs, "was paid already")
		})
	}
	require.Equal(t, "20000", c.channel(second).Received)

	// Any amount, in a channel with the target: under the hash, too.
	open := c.request(denom)
	_, err = b.Pay(m.ctx(), &api.PayRequest{Target: open})
	require.ErrorContains(t, err, "the request leaves it to you")
	r, err = b.Pay(m.ctx(), &api.PayRequest{Target: open, Amount: "7" + denom})
	require.NoError(t, err)
	require.NotEmpty(t, r.Secret)
	require.Len(t, r.Names, 1)
	qr := c.must("request", "20000"+denom, "--memo", "water, plot 7")
	for _, line := range strings.Split(qr, "\n") {
		if strings.ContainsAny(line, "▄█") {
			require.LessOrEqual(t, len([]rune(line)), 90, "columns of the QR code")
		}
	}
}

// TestRequestWithoutChain: no lock can be had while the chain is away for long. The payment is direct then,
// and the payer's node makes it once, also after a restart.
func TestRequestWithoutChain(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	ref := a.open(b, 100_000, 0)
	text := b.request("50" + denom)
	m.chain.Away(true)
	m.chain.Leave(200 * time.Second)
	r, err := a.Pay(m.ctx(), &api.PayRequest{Target: text})
	require.NoError(t, err)
	require.Empty(t, r.Secret)
	require.Len(t, r.Names, 1)
	_, err = a.Pay(m.ctx(), &api.PayRequest{Target: text})
	require.Equal(t, api.ReasonState, api.ReasonOf(err), "%v", err)
	m.chain.Away(false)
	a.stop()
	a.start()
	a.online(ref)
	_, err = a.Pay(m.ctx(), &api.PayRequest{Target: text})
	require.Equal(t, api.ReasonState, api.ReasonOf(err), "%v", err)
	require.Equal(t, "50", a.channel(ref).Sent)
}

// TestBadRequests: what is wrong with a request or a route is said, with an exit code of its own.
func TestBadRequests(t *testing.T) {
	m, _ := newSwapMesh(t)
	a, b, farmer := m.nodes[0], m.nodes[1], m.nodes[2]
	const stranger = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
	good := b.request("5"+denom, "--chain-id", m.chain.F.ChainID)
	huge := b.request("2000000"+denom, "--chain-id", m.chain.F.ChainID)
	open := b.request(denom, "--chain-id", m.chain.F.ChainID)
	elsewhere := farmer.request("5" + farmDenom)
	expired := b.request("5"+denom, "--chain-id", m.chain.F.ChainID, "--expiry", "1s")
	flip := byte('q')
	if good[60] == flip {
		flip = 'p'
	}
	tampered := good[:60] + string(flip) + good[61:]
	time.Sleep(1100 * time.Millisecond)
	a.eventually("its clock is past the expiry", func() bool { return m.chain.Now().Unix() > time.Now().Unix()-1 })
	time.Sleep(time.Second)
	long := strings.Repeat("x", 129)
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{17, "expired", []string{"pay", expired}},
		{2, "malformed payment request", []string{"pay", tampered}},
		{2, "malformed payment request", []string{"pay", good[:80]}},
		{18, "this node is on", []string{"pay", elsewhere}},
		{2, "the request asks for 5usmt", []string{"pay", good, "6usmt"}},
		{2, "the request asks for 5usmt", []string{"pay", good, "5ufarm"}},
		{2, "amount is missing", []string{"pay", open}},
		{2, "must be at least 1", []string{"pay", open, "0usmt"}},
		{14, "can send", []string{"pay", huge}},
		{2, "must be at least 1", []string{"request", "0usmt"}},
		{2, "must be at most 2592000", []string{"request", "5usmt", "--expiry", "721h"}},
		{2, "--expiry", []string{"request", "5usmt", "--expiry", "-1s"}},
		{2, "memo has 129 bytes", []string{"request", "5usmt", "--memo", long}},
		{18, "this node is on", []string{"request", "5usmt", "--chain-id", "farm-9"}},
		{2, "malformed payment request", []string{"request", "decode", good[:90]}},
		{13, "no route to " + stranger, []string{"route", stranger, "5usmt"}},
		{14, "can send", []string{"route", b.id, "2000000usmt"}},
		{10, "is no node id", []string{"route", "nobody", "5usmt"}},
		{2, "amount 0", []string{"route", b.id, "0usmt"}},
		{2, "max_fee", []string{"route", b.id, "5usmt", "--max-fee", "cheap"}},
		{13, "no quote for the swap", []string{"pay", elsewhere, "--spend", "100usmt"}},
		{2, "must be a coin", []string{"pay", elsewhere, "--spend", "100"}},
		{2, "it is what arrives", []string{"pay", good, "--spend", "100usmt"}},
		{2, "spend is missing", []string{"pay", good, "--quote", strings.Repeat("ab", 16)}},
		{2, "32 hexadecimal digits", []string{"pay", elsewhere, "--spend", "100usmt", "--quote", "abc"}},
		{17, "unknown, used up, or long expired", []string{"pay", elsewhere, "--spend", "100usmt", "--quote", strings.Repeat("ab", 16)}},
		{2, "a mediator's quote decides which way", []string{"pay", elsewhere, "--spend", "100usmt", "--quote", strings.Repeat("ab", 16), "--channel", "1"}},
		{18, "this node is on", []string{"pay", farmer.id, "5ufarm", "--chain-id", "farm-1", "--spend", "100usmt"}},
	} {
		code, out, errs := a.run(c.args...)
		require.Equal(t, c.code, code, "%v: %s", c.args, errs)
		require.Contains(t, errs, c.says, "%v", c.args)
		require.Empty(t, out)
	}
	require.Equal(t, "0", a.channelOn(&api.ChannelRef{ChainId: m.chain.F.ChainID, ChannelId: 1}).Sent, "nothing was paid")
}
