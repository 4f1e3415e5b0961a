//go:build namespaces

package main_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/photon/api"
)

// offlineTime is how long nodes may pay after the newest block: the default update phase of 8,400 s less 420 s and
// less their return_time.
const (
	offlineTime = 25 * time.Second
	returnTime  = "7955s"
)

// list is a list of strings in a configuration.
type list string

// TestOffline: two nodes, each in a network namespace, with a wire between them and one to the chain each. They find each
// other without being told any address. The wires to the chain go down; one node comes back on another port, is found
// again, and payments go on, those that were handed in while it was away, too. When the time is over in which a node
// could still be back before a dispute ends, nothing is paid. The chain comes back, and everything settles.
//
// It takes root and the ip command: `make test-netns`. What of this needs no namespaces is TestChainAway.
func TestOffline(t *testing.T) {
	n := newChain(t, 2)
	a, b := n.namespace(0), n.namespace(1)
	n.ip("link add lan netns " + a.name + " type veth peer name lan netns " + b.name)
	for i, s := range []*space{a, b} {
		n.ip("-n " + s.name + " addr add 10.253.3." + fmt.Sprint(i+1) + "/24 dev lan")
		n.ip("-n " + s.name + " link set lan up")
	}
	a.start()
	b.start()
	n.found(a, b)
	var ref *api.ChannelRef
	require.NoError(t, a.do(func(ctx context.Context, c *api.Client) error {
		r, err := c.OpenChannel(ctx, &api.OpenChannelRequest{Peer: b.id, Deposit: "1000000usmt"})
		if err == nil {
			ref = r.Channel
		}
		return err
	}))
	n.online(ref)
	require.NoError(t, a.pay(b.proc, 100))

	// The chain goes away, for both.
	a.wire("down")
	b.wire("down")
	away := time.Now()
	require.Eventually(t, func() bool { return a.status().Chains[0].Error != "" && b.status().Chains[0].Error != "" }, patience, 100*time.Millisecond)
	before := b.addr
	b.kill()
	require.Equal(t, api.ReasonOffline, api.ReasonOf(a.pay(b.proc, 1)), "one payment is not kept for a peer that is away")
	const stored = 5 * batchSize
	done := make(chan error, 1)
	go func() { done <- a.stream(ref, stored) }()
	require.Eventually(t, func() bool { return a.queued(ref) == stored }, patience, 20*time.Millisecond)
	b.start()
	require.NotEqual(t, before, b.addr, "it is found by its name, not at its old address")
	require.NoError(t, <-done, "what waited for it is paid")
	require.NoError(t, a.pay(b.proc, 10))
	require.NoError(t, b.pay(a.proc, 60))
	require.Less(t, time.Since(away), offlineTime-5*time.Second, "the machine is too slow for this test")
	t.Logf("paid with the chain away for %s", time.Since(away).Round(time.Millisecond))

	// Not for ever.
	require.Eventually(t, func() bool { return api.ReasonOf(a.pay(b.proc, 1)) == api.ReasonOffline && a.channel(ref).Online }, 2*offlineTime, 500*time.Millisecond)
	require.Equal(t, api.ReasonOffline, api.ReasonOf(b.pay(a.proc, 1)))
	require.Greater(t, time.Since(away), offlineTime-5*time.Second)
	paid := number(t, a.channel(ref).Sent)

	// The chain comes back.
	a.wire("up")
	b.wire("up")
	require.Eventually(t, func() bool { return a.pay(b.proc, 7) == nil && b.pay(a.proc, 3) == nil }, patience, 500*time.Millisecond)
	n.quiet(a.proc, b.proc, ref)
	sent, received := number(t, a.channel(ref).Sent), number(t, a.channel(ref).Received)
	require.GreaterOrEqual(t, paid, int64(100+stored+10))
	require.Equal(t, paid+7, sent, "nothing that was refused was paid")
	require.Zero(t, (received-60)%3)
	payouts := n.close(a.proc, ref)
	require.Equal(t, fmt.Sprint(1_000_000-sent+received), payouts[0])
	require.Equal(t, fmt.Sprint(sent-received), payouts[1])
}

// space is a network namespace with a node in it.
type space struct {
	*proc
	name, up string
}

// namespace makes a network namespace with a wire to this one, and a node in it that reaches the chain over the wire.
func (n *network) namespace(i int) *space {
	t := n.t
	t.Helper()
	s := &space{name: fmt.Sprintf("photond-%d-%d", os.Getpid(), i), up: fmt.Sprintf("ph%d-%d", os.Getpid()%1_000_000, i)}
	here, there := fmt.Sprintf("10.253.%d.1", i+1), fmt.Sprintf("10.253.%d.2", i+1)
	n.ip("netns add " + s.name)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", s.name).Run() })
	n.ip("link add " + s.up + " type veth peer name chain netns " + s.name)
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", s.up).Run() })
	n.ip("addr add " + here + "/30 dev " + s.up)
	n.ip("link set " + s.up + " up")
	n.ip("-n " + s.name + " addr add " + there + "/30 dev chain")
	n.ip("-n " + s.name + " link set chain up")
	n.ip("-n " + s.name + " link set lo up")

	chain := n.relay(here, func() (net.Conn, error) {
		return net.Dial("tcp", strings.TrimPrefix(n.chain.Nodes[0].RPC(), "http://"))
	})
	s.proc = n.join(i, localnet.Setting{Key: "node.listen", Value: list(`["/ip4/0.0.0.0/tcp/0"]`)}, localnet.Setting{Key: "node.mdns", Value: true},
		localnet.Setting{Key: "node.nat", Value: true}, localnet.Setting{Key: "channels.return_time", Value: returnTime})
	file := daemon.ConfigFile(s.home)
	config, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := strings.Replace(string(config), n.chain.Nodes[0].RPC(), "http://"+chain, 1)
	require.NotEqual(t, string(config), changed)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	s.wrap = func(c localnet.Command) localnet.Command {
		c.Path, c.Args = "ip", append([]string{"netns", "exec", s.name, c.Path}, c.Args...)
		return c
	}
	s.via = n.relay("127.0.0.1", func() (net.Conn, error) {
		address, err := daemon.ReadAddresses(s.home)
		if err != nil {
			return nil, err
		}
		return s.dialInside(address.GRPC)
	})
	return s
}

// wire takes the wire to the chain up or down.
func (s *space) wire(state string) {
	s.n.ip("-n " + s.name + " link set chain " + state)
}

// dialInside connects to an address in the namespace.
func (s *space) dialInside(address string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	out := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		f, err := os.Open(filepath.Join("/var/run/netns", s.name))
		if err == nil {
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
			_ = f.Close()
		}
		if err != nil {
			out <- result{nil, err}
			return
		}
		conn, err := net.Dial("tcp", address)
		out <- result{conn, err}
	}()
	r := <-out
	return r.conn, r.err
}

// relay listens on a host and passes what comes to where dial leads. It returns its address.
func (n *network) relay(host string, dial func() (net.Conn, error)) string {
	n.t.Helper()
	l, err := net.Listen("tcp", host+":0")
	require.NoError(n.t, err)
	n.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := dial()
			if err != nil {
				_ = near.Close()
				continue
			}
			for to, from := range map[net.Conn]net.Conn{near: far, far: near} {
				go func() { _, _ = io.Copy(to, from); _ = to.Close(); _ = from.Close() }()
			}
		}
	}()
	return l.Addr().String()
}

// ip runs the ip command.
func (n *network) ip(args string) {
	n.t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	require.NoError(n.t, err, "ip %s: %s", args, out)
}

// found waits until two nodes are connected that were told nothing of each other.
func (n *network) found(a, b *space) {
	n.t.Helper()
	require.Eventually(n.t, func() bool {
		connected := false
		err := a.do(func(ctx context.Context, c *api.Client) error {
			r, err := c.Peers(ctx, &api.PeersRequest{})
			if err == nil {
				for _, p := range r.Peers {
					connected = connected || p.Id == b.id && p.Connected
				}
			}
			return err
		})
		return err == nil && connected
	}, patience, 50*time.Millisecond)
}

// stream hands in payments of 1 and waits until all are acknowledged.
func (p *proc) stream(ref *api.ChannelRef, count int) error {
	return p.do(func(ctx context.Context, c *api.Client) error {
		s, err := c.Stream(ctx)
		if err != nil {
			return err
		}
		for first := 0; first < count; first += batchSize {
			if err := s.Send(&api.StreamRequest{Channel: ref, Entries: entries(first), Count: batchSize}); err != nil {
				return err
			}
		}
		if err := s.CloseSend(); err != nil {
			return err
		}
		for {
			r, err := s.Recv()
			if err != nil {
				return err
			}
			if r.Acknowledged == uint64(count) {
				return nil
			}
		}
	})
}

// queued payments of a channel wait for its peer.
func (p *proc) queued(ref *api.ChannelRef) int { return int(p.channel(ref).Queued) }
