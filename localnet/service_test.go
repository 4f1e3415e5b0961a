package localnet

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func shell(t *testing.T, script string) Command {
	t.Helper()
	return Command{Name: "shell", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestServiceIsRestartedABoundedNumberOfTimes(t *testing.T) {
	s := &Service{Command: shell(t, "echo line-of-the-log; exit 7")}
	var told atomic.Int64
	s.OnRestart = func(name string, cause error) {
		if name == "shell" && strings.Contains(cause.Error(), "exit status 7") {
			told.Add(1)
		}
	}
	s.Allow(2)
	require.NoError(t, s.Start())
	require.ErrorContains(t, s.Start(), "is running already")
	select {
	case <-s.Failed():
	case <-time.After(20 * time.Second):
		t.Fatal("restarts never end")
	}
	require.Equal(t, 2, s.Restarts())
	require.EqualValues(t, 2, told.Load())
	require.ErrorContains(t, s.Err(), "exit status 7")
	require.ErrorContains(t, s.Err(), "line-of-the-log", "the end of the log belongs to the error")
	s.Stop() // also of what is over already
}

func TestServiceComesBackAfterACrash(t *testing.T) {
	s := &Service{Command: shell(t, "exec sleep 600")}
	s.Allow(1)
	require.NoError(t, s.Start())
	t.Cleanup(s.Abort)
	first := s.PID()
	s.Crash()
	require.Eventually(t, func() bool { return s.Restarts() == 1 && s.PID() != first && alive(s.PID()) }, 10*time.Second, 20*time.Millisecond)
	require.NoError(t, s.Err())
	second := s.PID()
	s.Stop()
	require.False(t, alive(second))
	require.ErrorIs(t, s.Err(), ErrStopped)
	require.NoError(t, s.Start(), "what was stopped can be started again")
}

func TestStopEndsWhatDoesNotListen(t *testing.T) {
	c := shell(t, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
	p, err := StartProcess(c)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	require.Eventually(t, func() bool { return LogTail(c.Log, 1) == "ready" }, 5*time.Second, 10*time.Millisecond)
	start := time.Now()
	p.Stop(300 * time.Millisecond)
	require.GreaterOrEqual(t, time.Since(start), 300*time.Millisecond)
	require.False(t, alive(p.PID()))
}

// The children of a process end with it.
func TestKillReachesTheGroup(t *testing.T) {
	c := shell(t, "sleep 600 & echo $!; wait")
	p, err := StartProcess(c)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	var child int
	require.Eventually(t, func() bool {
		var err error
		child, err = strconv.Atoi(LogTail(c.Log, 1))
		return err == nil
	}, 5*time.Second, 10*time.Millisecond)
	p.Kill()
	require.Eventually(t, func() bool { return !running(child) }, 5*time.Second, 10*time.Millisecond)
}

// running is alive without zombies, which wait for somebody to reap them.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return alive(pid) && !os.IsNotExist(err)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

func TestConfigurationOfTheCallerDoesNotLeak(t *testing.T) {
	t.Setenv("MESHCHAIND_HOME", "elsewhere")
	t.Setenv("OTHER_VARIABLE", "kept")
	out, err := Run(context.Background(), "/bin/sh", "-c", "echo $MESHCHAIND_HOME-$OTHER_VARIABLE")
	require.NoError(t, err)
	require.Equal(t, "-kept\n", out)
}

func TestRunReportsWhatWentWrong(t *testing.T) {
	_, err := Run(context.Background(), "/bin/sh", "-c", "echo the reason >&2; exit 3")
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "the reason")
}

func TestFreePorts(t *testing.T) {
	one, err := FreePorts(20)
	require.NoError(t, err)
	two, err := FreePorts(20)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, port := range append(one, two...) {
		require.False(t, seen[port], "port %d was given twice", port)
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		require.False(t, portFree(port), "a port somebody listens on is not free")
		require.NoError(t, l.Close())
	}
	_, err = FreePorts(lastPort)
	require.ErrorContains(t, err, "free ports between")
}

func TestEditTOML(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.toml")
	require.NoError(t, os.WriteFile(file, []byte("# top\na = 1\n\n[b]\n# why\nc = \"x\" # trailing\nd = true\n"), 0o600))
	require.NoError(t, EditTOML(file, []Setting{{"a", 2}, {"b.c", `y"z`}, {"b.d", false}}))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, want := range []string{"# top", "a = 2", "# why", `c = "y\"z"`, "d = false"} {
		require.Contains(t, string(data), want)
	}
	require.ErrorContains(t, EditTOML(file, []Setting{{"b.none", 1}}), "has no key b.none")
	require.ErrorContains(t, EditTOML(file, []Setting{{"b", 1}}), "has no key b")
}

func TestRequireEmpty(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, RequireEmpty(dir))
	require.NoError(t, RequireEmpty(filepath.Join(dir, "new")))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, RequireEmpty(dir), "exists and is not empty (1 entries)")
	require.ErrorContains(t, RequireEmpty(file), "must be a new or empty directory")
}

func TestLogTail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	require.Contains(t, LogTail(file, 3), "no such file")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("x", 100_000)+"\none\ntwo\nthree\n"), 0o600))
	require.Equal(t, "two\nthree", LogTail(file, 2))
	require.NoError(t, os.WriteFile(file, []byte("one\npanic: why\n\nmain.go:1\nmain.go:2\nmain.go:3\n"), 0o600))
	require.Equal(t, "panic: why\n", LogTail(file, 2))
}
