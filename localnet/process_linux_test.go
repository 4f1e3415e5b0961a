package localnet

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const parentEnv = "LOCALNET_TEST_PARENT"

// A parent that is killed takes its processes along: this test runs itself as
// the parent, kills it and looks for the child.
func TestProcessesDieWithTheirParent(t *testing.T) {
	if log := os.Getenv(parentEnv); log != "" {
		p, err := StartProcess(Command{Name: "child", Path: "/bin/sh", Args: []string{"-c", "echo $$; exec sleep 600"}, Log: log})
		require.NoError(t, err)
		<-p.Done()
		return
	}
	log := filepath.Join(t.TempDir(), "child.log")
	parent := exec.Command(os.Args[0], "-test.run=^TestProcessesDieWithTheirParent$")
	parent.Env = append(os.Environ(), parentEnv+"="+log)
	require.NoError(t, parent.Start())
	var child int
	require.Eventually(t, func() bool {
		var err error
		child, err = strconv.Atoi(LogTail(log, 1))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	time.Sleep(300 * time.Millisecond) // it stays alive while its parent does
	require.True(t, running(child))
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait() // killed, as intended
	require.Eventually(t, func() bool { return !running(child) }, 5*time.Second, 10*time.Millisecond)
}
