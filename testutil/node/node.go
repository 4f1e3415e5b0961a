// Package node runs real processes in tests: it builds the binary, starts
// chains with localnet and cleans up. When a test fails it shows the end of
// every log.
package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/localnet"
)

const (
	// BinaryEnv names a meshchaind to test instead of one built here.
	BinaryEnv = "MESHCHAIND_BIN"
	// PhotondEnv names a photond.
	PhotondEnv = "PHOTOND_BIN"
	// tags are those of the Makefile, so that the build cache is shared.
	tags = "netgo,libsecp256k1_sdk,pebbledb"
	// logLines of each process are shown when a test fails.
	logLines = 30
)

// Binary returns the path of meshchaind: what MESHCHAIND_BIN names, or else one
// built from this source, once for all tests that need it.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := meshchaind()
	require.NoError(t, err)
	return path
}

// Photond returns the path of photond in the same way: PHOTOND_BIN, or one built here.
func Photond(t testing.TB) string {
	t.Helper()
	path, err := photond()
	require.NoError(t, err)
	return path
}

var (
	meshchaind = sync.OnceValues(func() (string, error) { return binary("meshchaind", BinaryEnv) })
	photond    = sync.OnceValues(func() (string, error) { return binary("photond", PhotondEnv) })
)

// binary finds or builds the command of a name.
func binary(name, env string) (string, error) {
	if path := os.Getenv(env); path != "" {
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(abs); err != nil {
			return "", fmt.Errorf("%s: %w", env, err)
		}
		return abs, nil
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "build", "test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Tests of several packages run at the same time; one builds, the others
	// find its result current.
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close() // unlocks
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %s: %w", dir, err)
	}
	path := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-tags", tags, "-o", path, "./cmd/"+name)
	build.Dir = strings.TrimSpace(string(root))
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// Start sets a chain up, starts it and stops it when the test ends. Binary and
// home are filled in unless given.
func Start(t testing.TB, spec localnet.Spec) *localnet.Chain {
	t.Helper()
	c := New(t, spec)
	require.NoError(t, c.Start(context.Background()))
	return c
}

// New is Start without starting.
func New(t testing.TB, spec localnet.Spec) *localnet.Chain {
	t.Helper()
	if spec.Binary == "" {
		spec.Binary = Binary(t)
	}
	if spec.Home == "" {
		spec.Home = filepath.Join(t.TempDir(), spec.ChainID)
	}
	c, err := localnet.New(context.Background(), spec)
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Abort()
		if t.Failed() {
			for _, n := range c.Nodes {
				t.Logf("the end of the log of %s:\n%s", n.Name, localnet.LogTail(n.Log, logLines))
			}
		}
	})
	return c
}
