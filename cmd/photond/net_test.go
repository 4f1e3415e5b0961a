package main_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/photon/api"
	"github.com/meshchain/meshchain/testutil/node"
	"github.com/meshchain/meshchain/x/channels/types"
)

const (
	patience = 60 * time.Second
	wait     = 50 * time.Millisecond
	// blockTime of chains that tests wait for.
	blockTime = 500 * time.Millisecond
)

// network is a chain and payment nodes, each a process.
type network struct {
	t     *testing.T
	chain *localnet.Chain
	procs []*proc
}

// proc is a payment node that can be killed.
type proc struct {
	n    *network
	home string
	id   string
	addr string
	// wrap, if set, changes how the process is started.
	wrap func(localnet.Command) localnet.Command
	// via, if set, is where the interface is reached instead of where it listens.
	via string

	mu      sync.Mutex
	process *localnet.Process
}

// newNet starts a chain and nodes with the settings that all of them have.
func newNet(t *testing.T, nodes int, settings ...localnet.Setting) *network {
	t.Helper()
	n := newChain(t, nodes)
	for i := range nodes {
		n.join(i, settings...).start()
	}
	return n
}

// newChain starts a chain with an account for each of some nodes.
func newChain(t *testing.T, nodes int) *network {
	t.Helper()
	var accounts []localnet.Account
	for i := range nodes {
		accounts = append(accounts, localnet.Account{Name: fmt.Sprintf("n%d", i), Coins: "1000000000usmt"})
	}
	return &network{t: t, chain: node.Start(t, localnet.Spec{ChainID: "mesh-main-1", Accounts: accounts})}
}

// join makes the home of node i.
func (n *network) join(i int, settings ...localnet.Setting) *proc {
	n.t.Helper()
	p := &proc{n: n, home: filepath.Join(n.t.TempDir(), fmt.Sprintf("photond%d", i))}
	p.command("init", "--chain-id", "mesh-main-1", "--node", n.chain.Nodes[0].RPC(), "--gas-prices", "0.0025usmt", "--from", fmt.Sprintf("n%d", i),
		"--keyring-backend", "test", "--keyring-dir", n.chain.KeyDir(), "--listen", fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", freePort(n.t)),
		"--api-grpc", "127.0.0.1:0", "--api-rest", "127.0.0.1:0")
	p.set(settings...)
	n.procs = append(n.procs, p)
	return p
}

// set changes the configuration.
func (p *proc) set(settings ...localnet.Setting) {
	p.n.t.Helper()
	require.NoError(p.n.t, localnet.EditTOML(daemon.ConfigFile(p.home), settings))
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// command runs a verb and returns what it printed.
func (p *proc) command(args ...string) string {
	p.n.t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node.Photond(p.n.t), append([]string{"--home", p.home}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(p.n.t, cmd.Run(), "photond %v: %s", args, errs.String())
	return out.String()
}

func (p *proc) start() {
	t := p.n.t
	t.Helper()
	_ = os.Remove(daemon.AddressFile(p.home)) // of the run that was killed
	command := localnet.Command{Name: filepath.Base(p.home), Path: node.Photond(t), Args: []string{"start", "--home", p.home}, Log: p.log()}
	if p.wrap != nil {
		command = p.wrap(command)
	}
	process, err := localnet.StartProcess(command)
	require.NoError(t, err)
	p.mu.Lock()
	p.process = process
	p.mu.Unlock()
	t.Cleanup(func() {
		process.Kill()
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", p.home, localnet.LogTail(p.log(), 20))
		}
	})
	require.Eventually(t, func() bool {
		c, err := p.dial()
		if err != nil {
			return false
		}
		defer c.Close()
		s, err := c.Status(context.Background(), &api.StatusRequest{})
		if err != nil {
			return false
		}
		p.id, p.addr = s.Id, s.Addresses[0]
		return true
	}, patience, 20*time.Millisecond, "%s does not answer", p.home)
}

// restart kills the process as a power cut would, and starts it again.
func (p *proc) restart() {
	p.kill()
	p.start()
}

func (p *proc) kill() {
	p.mu.Lock()
	process := p.process
	p.mu.Unlock()
	process.Kill()
}

// stop ends the process in order.
func (p *proc) stop() {
	p.mu.Lock()
	process := p.process
	p.mu.Unlock()
	process.Stop(localnet.StopGrace)
}

// log is the file that the node's processes write to.
func (p *proc) log() string { return p.home + ".log" }

// logged counts lines of the log with a text.
func (p *proc) logged(text string) int {
	p.n.t.Helper()
	bz, err := os.ReadFile(p.log())
	require.NoError(p.n.t, err)
	count := 0
	for line := range strings.Lines(string(bz)) {
		if strings.Contains(line, text) {
			count++
		}
	}
	return count
}

func (p *proc) status() (s *api.StatusResponse) {
	p.n.t.Helper()
	require.NoError(p.n.t, p.do(func(ctx context.Context, c *api.Client) (err error) {
		s, err = c.Status(ctx, &api.StatusRequest{})
		return err
	}))
	return s
}

// pay makes a payment.
func (p *proc) pay(to *proc, amount int) error { return p.payIn(nil, to, amount) }

// payIn makes a payment in a channel.
func (p *proc) payIn(ref *api.ChannelRef, to *proc, amount int) error {
	return p.do(func(ctx context.Context, c *api.Client) error {
		_, err := c.Pay(ctx, &api.PayRequest{Target: to.id, Amount: fmt.Sprintf("%dusmt", amount), Channel: ref})
		return err
	})
}

func (p *proc) dial() (*api.Client, error) {
	a, err := daemon.ReadAddresses(p.home)
	if err != nil {
		return nil, err
	}
	token, err := api.ReadToken(daemon.TokenFile(p.home))
	if err != nil {
		return nil, err
	}
	if p.via != "" {
		a.GRPC = p.via
	}
	return api.Dial(a.GRPC, token)
}

// do calls a node.
func (p *proc) do(call func(context.Context, *api.Client) error) error {
	c, err := p.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return call(ctx, c)
}

func (p *proc) channel(ref *api.ChannelRef) (found *api.Channel) {
	p.n.t.Helper()
	require.NoError(p.n.t, p.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.Channels(ctx, &api.ChannelsRequest{})
		if err != nil {
			return err
		}
		for _, ch := range r.Channels {
			if ch.Ref.ChannelId == ref.ChannelId && ch.Ref.ChainId == ref.ChainId {
				found = ch
			}
		}
		return nil
	}))
	return found
}

// open opens a channel into which both put the same.
func (n *network) open(a, b *proc, each int) *api.ChannelRef {
	n.t.Helper()
	var ref *api.ChannelRef
	require.NoError(n.t, a.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.OpenChannel(ctx, &api.OpenChannelRequest{Peer: b.addr, Deposit: fmt.Sprintf("%dusmt", each)})
		if err == nil {
			ref = r.Channel
		}
		return err
	}))
	require.Eventually(n.t, func() bool { return b.channel(ref) != nil }, patience, 50*time.Millisecond)
	require.NoError(n.t, b.do(func(ctx context.Context, c *api.Client) error {
		_, err := c.Deposit(ctx, &api.DepositRequest{Channel: ref, Amount: strconv.Itoa(each)})
		return err
	}))
	return ref
}

// quiet waits until both ends are online and everything that was sent is acknowledged.
func (n *network) quiet(a, b *proc, ref *api.ChannelRef) {
	n.t.Helper()
	same := 0
	last := ""
	require.Eventually(n.t, func() bool {
		ca, cb := a.channel(ref), b.channel(ref)
		now := ca.Sent + " " + cb.Sent
		if ca.Online && cb.Online && ca.Sent == ca.Acknowledged && cb.Sent == cb.Acknowledged && now == last {
			same++
		} else {
			same = 0
		}
		last = now
		return same >= 5 // nothing waits in a queue either
	}, settleTime, 100*time.Millisecond, "channel %d does not come to rest", ref.ChannelId)
}

// close closes by agreement and returns what the chain paid out.
func (n *network) close(a *proc, ref *api.ChannelRef) (payouts [2]string) {
	n.t.Helper()
	require.NoError(n.t, a.do(func(ctx context.Context, c *api.Client) error {
		_, err := c.CloseChannel(ctx, &api.CloseChannelRequest{Channel: ref})
		return err
	}))
	encoding, err := client.NewEncoding("", types.RegisterInterfaces)
	require.NoError(n.t, err)
	c, err := client.New(client.Config{RPC: n.chain.Nodes[0].RPC(), ChainID: "mesh-main-1", Encoding: encoding})
	require.NoError(n.t, err)
	r, err := types.NewQueryClient(c).Channel(context.Background(), &types.QueryChannelRequest{ChannelId: ref.ChannelId})
	require.NoError(n.t, err)
	require.NotNil(n.t, r.Ended)
	return [2]string{r.Ended.Payouts[0].Amount.String(), r.Ended.Payouts[1].Amount.String()}
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	require.NoError(t, err)
	return n
}
