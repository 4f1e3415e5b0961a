package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/photon/api"
)

// TestOldBackup: an old copy of a node's data is put back, first without what lies beside it, then the home as a
// whole. The node signs no payment until it and its peer have begun a new epoch, with sums that are right to the last
// token, and goes on in it.
func TestOldBackup(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	n := newNet(t, 2)
	a, b := n.procs[0], n.procs[1]
	ref := n.open(a, b, deposit)
	require.NoError(t, a.pay(b, 100))
	require.NoError(t, b.pay(a, 50))

	// The data alone: it is noticed at once, the peer being away.
	data := filepath.Join(a.home, "data")
	a.stop()
	old := a.copyOf(data)
	a.start()
	n.online(ref)
	require.NoError(t, a.pay(b, 1000))
	a.stop()
	b.stop()
	a.putBack(old, data)
	a.start()
	require.Equal(t, 1, a.logged("the store is an older copy"))
	require.Equal(t, "restored", a.channel(ref).Phase)
	a.restart() // it is not forgotten either
	require.Equal(t, "restored", a.channel(ref).Phase)
	require.Equal(t, api.ReasonState, api.ReasonOf(a.payIn(ref, b, 1)))
	b.start()
	n.healed(ref, 1, deposit-1050, deposit+1050, 1000+100)
	require.NoError(t, a.pay(b, 5))
	require.NoFileExists(t, filepath.Join(a.home, "restored"))
	n.quiet(a, b, ref)

	// The whole home: the peer shows what was signed since.
	a.stop()
	home := a.copyOf(a.home)
	a.start()
	n.online(ref)
	require.NoError(t, a.pay(b, 1000))
	require.NoError(t, b.pay(a, 300))
	a.stop()
	a.putBack(home, a.home)
	a.start()
	require.Equal(t, 1, a.logged("the store is an older copy"), "nothing tells but the peer")
	n.healed(ref, 2, deposit-1050-705, deposit+1050+705, 1005)
	require.NoError(t, a.pay(b, 7))
	require.NoError(t, b.pay(a, 3))
	n.quiet(a, b, ref)
	for _, wrong := range []string{"misbehaves", "equivocation", "illegal step", "code=signature"} {
		require.Zero(t, b.logged(wrong), wrong)
	}
	payouts := n.close(a, ref)
	require.Equal(t, fmt.Sprint(deposit-1050-705-4), payouts[0])
	require.Equal(t, fmt.Sprint(deposit+1050+705+4), payouts[1])
}

// online waits until the channel of the first two nodes is.
func (n *network) online(ref *api.ChannelRef) {
	n.t.Helper()
	for _, p := range n.procs[:2] {
		require.Eventually(n.t, func() bool { c := p.channel(ref); return c != nil && c.Online }, patience, 20*time.Millisecond)
	}
}

// healed waits until both are in an epoch with these deposits, and tries to pay all the while: nothing gets out of the
// epoch before, in which the peer had received so much.
func (n *network) healed(ref *api.ChannelRef, epoch uint64, own, peer, received int) {
	t, a, b := n.t, n.procs[0], n.procs[1]
	t.Helper()
	require.Eventually(t, func() bool {
		before := b.channel(ref)
		err := a.payIn(ref, b, 1_000_000_000) // more than there is
		after := b.channel(ref)
		require.Error(t, err)
		if before.Epoch == after.Epoch && after.Epoch < epoch {
			require.Equal(t, fmt.Sprint(received), after.Received)
			if c := a.channel(ref); c.Epoch < epoch {
				require.Contains(t, []api.Reason{api.ReasonState, api.ReasonOffline}, api.ReasonOf(err), "%v", err)
			}
		}
		return after.Epoch == epoch && after.Online && a.channel(ref).Epoch == epoch && a.channel(ref).Online
	}, patience, 20*time.Millisecond)
	require.Equal(t, fmt.Sprint(own), a.channel(ref).Deposit)
	require.Equal(t, fmt.Sprint(peer), b.channel(ref).Deposit)
	require.Equal(t, "0", b.channel(ref).Received)
}

// copyOf copies a directory of a node that does not run.
func (p *proc) copyOf(dir string) string {
	p.n.t.Helper()
	to := filepath.Join(p.n.t.TempDir(), "copy")
	require.NoError(p.n.t, exec.Command("cp", "-a", dir, to).Run())
	return to
}

// putBack replaces a directory by a copy of earlier.
func (p *proc) putBack(from, dir string) {
	p.n.t.Helper()
	require.NoError(p.n.t, os.RemoveAll(dir))
	require.NoError(p.n.t, exec.Command("cp", "-a", from, dir).Run())
}
