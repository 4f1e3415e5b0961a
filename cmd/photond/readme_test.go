package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/testutil/node"
)

// TestQuickStart runs the README's quick start as it stands.
func TestQuickStart(t *testing.T) {
	if testing.Short() {
		t.Skip("runs processes")
	}
	for _, tool := range []string{"bash", "jq", "curl"} {
		_, err := exec.LookPath(tool)
		require.NoError(t, err, "the quick start needs %s: install it", tool)
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	section := strings.SplitN(strings.SplitN(string(readme), "## Quick start", 2)[1], "\n## ", 2)[0]
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(section, -1)
	require.Len(t, blocks, 3)
	script := "set -eu\n"
	for _, b := range blocks {
		script += b[1]
	}

	dir, bin := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(node.Binary(t), filepath.Join(bin, "meshchaind")))
	require.NoError(t, os.Symlink(node.Photond(t), filepath.Join(bin, "photond")))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script+"\nkill $(jobs -p)\n")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts is ended with it
	log, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	group := cmd.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(-group, syscall.SIGKILL) })
	err = cmd.Wait()
	out, readErr := os.ReadFile(log.Name())
	require.NoError(t, readErr)
	require.NoError(t, err, "%s", out)
	for _, says := range []string{"channel mesh-main-1/1 is open", "water, plot 7", `{"t":21.5}`, "the receipt is valid", "closed by agreement", `"channels":[`} {
		require.Contains(t, string(out), says)
	}
}
