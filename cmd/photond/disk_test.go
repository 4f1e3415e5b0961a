package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/photond/daemon"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/photon/api"
)

const (
	diskSize = 64 << 20
	// diskReserve is what photond leaves free.
	diskReserve = 8 << 20
)

// TestDiskFull: somebody fills the disk under a node. It takes no payments and says why, once in its log;
// what was acknowledged outlives a power cut; and when there is space again everything goes on by itself.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	n := newChain(t, 2)
	a, b := n.join(0), n.join(1)
	a.set(localnet.Setting{Key: "store.segment", Value: 1 << 20}, localnet.Setting{Key: "store.retention", Value: 8 << 20}, localnet.Setting{Key: "store.reserve", Value: diskReserve})
	disk := a.smallDisk()
	a.start()
	b.start()
	ref := n.open(a, b, deposit)
	require.NoError(t, a.pay(b, 10))
	require.NoError(t, b.pay(a, 20))

	disk.fill()
	require.Eventually(t, func() bool { return !a.status().Accepting }, patience, 20*time.Millisecond)
	require.Contains(t, a.status().Reason, "disk full")
	require.Equal(t, api.ReasonBusy, api.ReasonOf(a.pay(b, 1)))
	require.Equal(t, api.ReasonBusy, api.ReasonOf(a.do(func(ctx context.Context, c *api.Client) error {
		_, err := c.OpenChannel(ctx, &api.OpenChannelRequest{Peer: b.addr, Deposit: "1000usmt"})
		return err
	})))

	// The peer goes on sending: what finds room on the disk is acknowledged, the rest waits.
	var acknowledged atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); b.pump(ctx, ref, &acknowledged) }()
	still, last := 0, ""
	require.Eventually(t, func() bool {
		c := b.channel(ref)
		if still++; c.Acknowledged != last {
			still, last = 0, c.Acknowledged
		}
		return still >= 10 && c.Sent != c.Acknowledged || disk.endless() && c.Acknowledged != "20"
	}, patience, 100*time.Millisecond, "acknowledged beyond the end of the disk")
	require.False(t, a.status().Accepting)
	before := number(t, b.channel(ref).Acknowledged)
	disk.cutPower()
	disk.free()
	require.Eventually(t, func() bool {
		return a.do(func(ctx context.Context, c *api.Client) error {
			s, err := c.Status(ctx, &api.StatusRequest{})
			if err == nil && !s.Accepting {
				err = errors.New(s.Reason)
			}
			return err
		}) == nil
	}, patience, 50*time.Millisecond, "it does not go on by itself")
	cancel()
	<-done
	n.quiet(a, b, ref)
	received := number(t, a.channel(ref).Received)
	require.GreaterOrEqual(t, received, before, "acknowledged payments are lost")
	require.GreaterOrEqual(t, received, acknowledged.Load()+20)
	require.Equal(t, fmt.Sprint(received), b.channel(ref).Sent)

	// A second time, without a power cut.
	said := a.logged("no new payments are taken")
	disk.fill()
	require.Eventually(t, func() bool { return !a.status().Accepting }, patience, 20*time.Millisecond)
	time.Sleep(1500 * time.Millisecond) // longer than a look at the disk
	require.Equal(t, said+1, a.logged("no new payments are taken"))
	disk.free()
	require.Eventually(t, func() bool { return a.pay(b, 5) == nil }, patience, 50*time.Millisecond)
	require.NoError(t, b.pay(a, 7))
	payouts := n.close(a, ref)
	require.Equal(t, fmt.Sprint(deposit-15+received+7), payouts[0])
	require.Equal(t, fmt.Sprint(deposit+15-received-7), payouts[1])
}

// smallDisk is what a node's data lies on.
type smallDisk struct {
	p *proc
	// data as it is in the node's mount namespace.
	data string
}

// smallDisk puts the data of a node that is not started yet on a file system of its own, in a mount
// namespace of its own, with a shell that starts the node again whenever it ends. That takes root or a
// kernel that gives namespaces to users; if neither is there, the disk is full by a reserve that no disk has,
// and the node is started again to change it.
func (p *proc) smallDisk() *smallDisk {
	d := &smallDisk{p: p}
	unshare := []string{"--mount"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
	}
	data := filepath.Join(p.home, "data")
	mount := fmt.Sprintf("mount -t tmpfs -o size=%d tmpfs '%s'", diskSize, data)
	if out, err := exec.Command("unshare", append(unshare, "sh", "-c", mount)...).CombinedOutput(); err != nil {
		p.n.t.Logf("no mounts here, the reserve is raised instead: %v %s", err, out)
		return d
	}
	p.wrap = func(c localnet.Command) localnet.Command {
		loop := mount + ` && while :; do "$0" "$@"; sleep 0.2; done`
		c.Path, c.Args = "unshare", append(append(unshare, "sh", "-c", loop, c.Path), c.Args...)
		return c
	}
	d.data = data
	return d
}

// endless tells that it is full by a setting only.
func (d *smallDisk) endless() bool { return d.data == "" }

// inside is the path of a file on the disk, as seen from here.
func (d *smallDisk) inside(name string) string {
	return filepath.Join("/proc", fmt.Sprint(d.p.process.PID()), "root", d.data, name)
}

// fill takes all the space that is left.
func (d *smallDisk) fill() {
	t := d.p.n.t
	t.Helper()
	if d.endless() {
		d.p.stop()
		d.p.set(localnet.Setting{Key: "store.reserve", Value: 1 << 60})
		d.p.start()
		return
	}
	f, err := os.Create(d.inside("ballast"))
	require.NoError(t, err)
	defer f.Close()
	chunk := make([]byte, 1<<16)
	for written := 0; written <= diskSize; written += len(chunk) {
		if _, err = f.Write(chunk); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			return
		}
	}
	t.Fatal("the disk has no end")
}

// free gives the space back.
func (d *smallDisk) free() {
	t := d.p.n.t
	t.Helper()
	if d.endless() {
		d.p.stop()
		d.p.set(localnet.Setting{Key: "store.reserve", Value: diskReserve})
		d.p.start()
		return
	}
	require.NoError(t, os.Remove(d.inside("ballast")))
}

// cutPower kills the node on the full disk and lets it try to start there.
func (d *smallDisk) cutPower() {
	t := d.p.n.t
	t.Helper()
	if d.endless() {
		d.p.restart()
		return
	}
	address, err := daemon.ReadAddresses(d.p.home)
	require.NoError(t, err)
	require.NoError(t, os.Remove(daemon.AddressFile(d.p.home)))
	require.NoError(t, syscall.Kill(address.PID, syscall.SIGKILL))
	time.Sleep(time.Second)
}
