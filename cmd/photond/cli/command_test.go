package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/cli"
)

// run runs a command against a node's home.
func (p *peer) run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = cli.Main(append([]string{"--home", p.home}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func (p *peer) must(args ...string) string {
	p.m.t.Helper()
	code, out, errs := p.run(args...)
	require.Zero(p.m.t, code, "%v: %s", args, errs)
	return out
}

// loseData deletes what the node wrote while it ran.
func (p *peer) loseData() {
	p.m.t.Helper()
	require.NoError(p.m.t, os.RemoveAll(filepath.Join(p.home, "data")))
	require.NoError(p.m.t, os.Mkdir(filepath.Join(p.home, "data"), 0o700))
}

// TestCommands runs each verb as people would.
func TestCommands(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	require.Contains(t, a.must("peers", "connect", b.address), b.id)
	require.Contains(t, a.must("channel", "open", b.id, "100000usmt"), "channel mesh-main-1/1 is open")
	require.Contains(t, a.must("channel", "deposit", "1", "5000"), "105000")
	b.eventually("sees the channel", func() bool {
		code, out, _ := b.run("channel", "list")
		return code == 0 && strings.Contains(out, "open") && strings.Contains(out, "true")
	})
	require.Contains(t, a.must("route", b.id, "5usmt"), b.id)
	require.Contains(t, a.must("pay", b.id, "250usmt"), "paid")
	require.Contains(t, a.must("send", b.id, "5usmt", "hello"), "paid")

	long := filepath.Join(t.TempDir(), "long")
	require.NoError(t, os.WriteFile(long, bytes.Repeat([]byte("a page "), 100_000), 0o600))
	require.Contains(t, a.must("send", b.id, "6usmt", "--file", long), "paid")
	require.Contains(t, b.must("history", "1"), "700000 bytes: a page")

	request := b.must("request", "40usmt", "--memo", "tea", "--qr=false")
	text, _, _ := strings.Cut(request, "\n")
	require.Contains(t, b.must("request", "decode", text), "tea")
	require.Contains(t, b.must("request", "40usmt"), "▄", "the QR code")
	paid := a.must("pay", text)
	require.Contains(t, b.must("history", "1"), "hello")
	name := strings.Fields(paid)[1]
	receipt := filepath.Join(t.TempDir(), "receipt.json")
	b.must("receipt", name, "--out", receipt)
	require.Contains(t, a.must("verify-receipt", receipt), "the receipt is valid\namount      40usmt")

	require.Contains(t, b.must("channel", "withdraw", "1", "100"), "epoch 1")
	a.eventually("is in the new epoch", func() bool {
		_, out, _ := a.run("channel", "list", "-o", "json")
		return strings.Contains(out, `"epoch":"1"`) && strings.Contains(out, `"phase":"open"`) && strings.Contains(out, `"online":true`)
	})
	var status struct{ Channels int }
	require.NoError(t, json.Unmarshal([]byte(a.must("status", "-o", "json")), &status))
	require.Equal(t, 1, status.Channels)
	require.Contains(t, a.must("status"), "channel clock")
	backup := filepath.Join(t.TempDir(), "backup.tar")
	a.must("backup", backup)
	info, err := os.Stat(backup)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Contains(t, a.must("tower"), "ADDRESS")
	require.Contains(t, a.must("channel", "close", "1"), "closed by agreement")
}

// TestBadInput: each wrong value has its error and its exit code.
func TestBadInput(t *testing.T) {
	m := newMesh(t, 2)
	a, b := m.nodes[0], m.nodes[1]
	a.open(b, 1000, 0)
	stranger := "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN"
	long := filepath.Join(t.TempDir(), "long")
	require.NoError(t, os.WriteFile(long, make([]byte, 7<<20), 0o600))
	expired := strings.SplitN(b.must("request", "5usmt", "--expiry", "1s", "--qr=false"), "\n", 2)[0]
	time.Sleep(2 * time.Second)
	for i, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "must be text or json", []string{"status", "-o", "yaml"}},
		{2, "unknown flag", []string{"status", "--wach"}},
		{2, "accepts 2 arg(s)", []string{"channel", "open"}},
		{10, "is no node id", []string{"pay", "nobody", "5usmt"}},
		{10, "no address of it is known", []string{"channel", "open", stranger, "5usmt"}},
		{10, "cannot be reached", []string{"channel", "open", "/ip4/127.0.0.1/tcp/1/p2p/" + stranger, "5usmt"}},
		{11, "this node has no such channel", []string{"channel", "close", "99"}},
		{2, "must be its number", []string{"channel", "close", "x"}},
		{12, "no such payment", []string{"receipt", "mesh-main-1/1/0/0/5/0"}},
		{2, "must be chain-id/channel", []string{"receipt", "1/2"}},
		{13, "no route to " + stranger, []string{"pay", stranger, "5usmt"}},
		{13, "in uatom", []string{"pay", b.id, "5uatom"}},
		{14, "channel 1 can send 1000", []string{"pay", b.id, "1001usmt"}},
		{2, "amount 0", []string{"pay", b.id, "0usmt"}},
		{2, "must be a coin", []string{"pay", b.id, "5"}},
		{2, "unknown shorthand flag", []string{"pay", b.id, "-5usmt"}},
		{2, "this node itself", []string{"pay", a.id, "5usmt"}},
		{17, "expired", []string{"pay", expired}},
		{2, "malformed payment request", []string{"pay", expired[:60]}},
		{18, `"mesh-main-2": this node is on`, []string{"channel", "close", "mesh-main-2/1"}},
		{2, "more than 6291456 bytes", []string{"send", b.id, "5usmt", "--file", long}},
		{14, "balance of this node", []string{"channel", "withdraw", "1", "5000"}},
		{2, "must be at least 1", []string{"channel", "deposit", "1", "0"}},
		{2, "--timeout", []string{"pay", b.id, "5usmt", "--timeout", "1ms"}},
		{4, "no node runs", []string{"status", "--home", t.TempDir()}},
		{21, "does not sign the terms", []string{"channel", "open", b.id, "5usmt", "--challenge", "10s"}},
	} {
		t.Run(fmt.Sprint(i, c.args), func(t *testing.T) {
			code, out, errs := a.run(c.args...)
			require.Equal(t, c.code, code, errs)
			require.Contains(t, errs, c.says)
			require.Empty(t, out)
		})
	}
}

// TestToken: calls without the token, or with another one, are refused; so is a token that others can
// read.
func TestToken(t *testing.T) {
	m := newMesh(t, 1)
	a := m.nodes[0]
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("ab", 32)), 0o600))
	code, _, errs := a.run("status", "--token-file", file)
	require.Equal(t, 3, code, errs)
	require.NoError(t, os.Chmod(file, 0o644))
	code, _, errs = a.run("status", "--token-file", file)
	require.Equal(t, 3, code, errs)
	require.Contains(t, errs, "0644")
}
