package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/cli"
	"github.com/meshchain/meshchain/photon/api"
)

// TestMediated: the first pays the last over the one in between, who earns its fee; why it
// cannot is said.
func TestMediated(t *testing.T) {
	m := newMesh(t, 3)
	a, b, c := m.nodes[0], m.nodes[1], m.nodes[2]
	first, second := a.open(b, 1_000_000, 100_000), b.open(c, 1_000_000, 100_000)
	var route *api.RouteResponse
	a.eventually("knows the way", func() bool {
		r, err := a.Route(m.ctx(), &api.RouteRequest{Target: c.id, Amount: "20000" + denom})
		route = r
		return err == nil
	})
	require.Equal(t, []string{b.id, c.id}, route.Hops)
	require.Equal(t, "2", route.Fee, "0.01 % of 20,000")
	r, err := a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: "20000" + denom, Data: []byte("over b")})
	require.NoError(t, err)
	require.Equal(t, "2", r.Fee)
	require.Equal(t, []string{b.id, c.id}, r.Hops)
	a.eventually("paid b", func() bool { return a.channel(first).Acknowledged == "20002" })
	b.eventually("paid c", func() bool { return b.channel(second).Acknowledged == "20000" })

	_, err = a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: fmt.Sprintf("%d%s", 5_000_000, denom)})
	require.Equal(t, api.ReasonCapacity, api.ReasonOf(err), "%v", err)
	_, err = a.Pay(m.ctx(), &api.PayRequest{Target: c.id, Amount: "20000" + denom, MaxFee: "1"})
	require.Equal(t, api.ReasonFee, api.ReasonOf(err), "%v", err)
}

// TestRoutePolicy: fees are shown and set; nonsense is refused and changes nothing.
func TestRoutePolicy(t *testing.T) {
	m := newMesh(t, 1)
	home := m.nodes[0].home
	run := func(args ...string) (string, int) {
		var out, errs strings.Builder
		code := cli.Main(append([]string{"route", "policy", "--home", home, "--output", "json"}, args...), nil, &out, &errs)
		return out.String() + errs.String(), code
	}
	out, code := run()
	require.Zero(t, code, out)
	require.JSONEq(t, `{"mediate":true,"fee_base":"0","fee_rate":100,"share":50}`, out)
	out, code = run("--fee-base", "2", "--fee-rate", "250")
	require.Zero(t, code, out)
	out, code = run("--fee-rate", "100001")
	require.Equal(t, 2, code)
	require.Contains(t, out, "at most 100000")
	out, code = run()
	require.Zero(t, code)
	require.JSONEq(t, `{"mediate":true,"fee_base":"2","fee_rate":250,"share":50}`, out)
}
