package zonecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/client"
	"github.com/meshchain/meshchain/deploy"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

// commands of the README below a heading, up to the next one.
func commands(t *testing.T, heading string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, ok, "README.md has no section %q", heading)
	section, _, _ = strings.Cut(section, "\n## ")
	for _, l := range strings.Split(section, "\n") {
		if line, ok := strings.CutPrefix(l, "    "); ok {
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}

// shell is where somebody types what the README says.
type shell struct {
	t    *testing.T
	home string
	env  []string
}

func (s shell) run(ctx context.Context, line string) (string, error) {
	cmd := exec.CommandContext(ctx, "/bin/bash", "-euc", line)
	cmd.Dir, cmd.Env = s.home, s.env
	out, err := cmd.CombinedOutput()
	s.t.Logf("$ %s\n%s", line, out)
	return string(out), err
}

// TestReadme types what the README tells deployers to type, and nothing else. Only the ports of the
// main chain are others, as this machine is shared, and its blocks are faster.
func TestReadme(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	binary := node.Binary(t)
	require.Equal(t, "meshchaind", filepath.Base(binary))
	ports, err := localnet.FreePorts(5)
	require.NoError(t, err)
	sh := shell{t: t, home: t.TempDir()}
	sh.env = []string{"HOME=" + sh.home, "PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH")}
	for i, address := range []string{"RPC_LADDR=tcp://", "P2P_LADDR=tcp://", "GRPC_ADDRESS=", "API_ADDRESS=tcp://", "INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR="} {
		sh.env = append(sh.env, fmt.Sprintf("MESHCHAIND_%s127.0.0.1:%d", address, ports[i]))
	}
	sh.env = append(sh.env, "MESHCHAIND_CONSENSUS_TIMEOUT_COMMIT=500ms")
	rpc := fmt.Sprintf("http://127.0.0.1:%d", ports[0])

	for _, line := range commands(t, "A chain of your own") {
		switch {
		case line == "make install": // it is on the PATH
		case strings.HasPrefix(line, "export "):
			sh.export(line)
		case line == "meshchaind start":
			sh.background(ctx, line, rpc)
		default:
			_, err := sh.run(ctx, line)
			require.NoError(t, err)
		}
	}
	home := deploy.NewHome(filepath.Join(sh.home, ".meshchain"))
	t.Cleanup(func() { sh.clean(home) })
	seen := map[string]bool{}
	for _, line := range commands(t, "A zone in a minute") {
		if strings.HasPrefix(line, "export ") {
			sh.export(line)
			continue
		}
		verb := strings.Fields(line)[2]
		seen[verb] = true
		begun := time.Now()
		out, err := sh.run(ctx, strings.ReplaceAll(line, "http://127.0.0.1:26657", rpc))
		require.NoError(t, err)
		switch verb {
		case "create":
			require.Less(t, time.Since(begun), time.Minute)
			require.Contains(t, out, "is registered on mesh-main-1 and proven")
		case "status":
			require.Equal(t, 2, strings.Count(out, "healthy"), "both are healthy")
			sh.machine(ctx, home)
		case "destroy":
			require.Contains(t, out, "is gone from this machine")
		}
	}
	require.Equal(t, map[string]bool{"create": true, "status": true, "destroy": true}, seen)
	for _, dir := range []string{"zones", "relayer"} {
		require.NoDirExists(t, filepath.Join(home.Dir(), dir))
	}
	require.Empty(t, sh.processes(home.Dir()))
}

// export is what the shell would remember.
func (s *shell) export(line string) {
	assignment, _, _ := strings.Cut(strings.TrimPrefix(line, "export "), " ")
	s.env = append(s.env, assignment)
}

// background is the other terminal.
func (s shell) background(ctx context.Context, line, rpc string) {
	log, err := os.Create(filepath.Join(s.home, "main.log"))
	require.NoError(s.t, err)
	cmd := exec.Command("/bin/bash", "-euc", "exec "+line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.home, s.env, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(s.t, cmd.Start())
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		_ = log.Close()
		if s.t.Failed() {
			s.t.Logf("main chain:\n%s", localnet.LogTail(log.Name(), 20))
		}
	})
	require.Eventually(s.t, func() bool {
		c, err := client.Dial(ctx, client.Config{RPC: rpc})
		if err != nil {
			return false
		}
		height, err := c.Height(ctx)
		return err == nil && height > 0
	}, time.Minute, 100*time.Millisecond, "the main chain does not start")
}

// machine reads what status says to programs, and that the zones are as private as they have to be.
func (s shell) machine(ctx context.Context, home deploy.Home) {
	out, err := s.run(ctx, "meshchaind zone status --output json")
	require.NoError(s.t, err)
	var all []deploy.Status
	require.NoError(s.t, json.Unmarshal([]byte(out), &all))
	require.Len(s.t, all, 2)
	for _, z := range all {
		require.Equal(s.t, "healthy", z.Health)
		require.Equal(s.t, "active", z.Registry)
		require.Empty(s.t, z.Problems)
	}
	for _, dir := range []string{"zones", "relayer"} {
		require.DirExists(s.t, filepath.Join(home.Dir(), dir))
		require.NoError(s.t, filepath.WalkDir(filepath.Join(home.Dir(), dir), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return nil // a node's database compacts
			}
			secret := strings.Contains(path, "keys") || strings.Contains(path, "priv_validator_key") || strings.Contains(path, "node_key") || strings.HasSuffix(path, "zone.json")
			if info, err := d.Info(); err == nil && secret {
				require.Zero(s.t, info.Mode().Perm()&0o077, "%s is open to others", path)
			}
			return nil
		}))
	}
	require.Len(s.t, s.processes(home.Dir()), 3, "two nodes, one relayer")
	_, err = s.run(ctx, "meshchaind zone list --main "+"http://127.0.0.1:1")
	require.Error(s.t, err, "exit status says it")
}

// processes of the zones; the main chain's node has no folder in its command line.
func (s shell) processes(dir string) (found []string) {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(s.t, err)
	for _, f := range all {
		if line, err := os.ReadFile(f); err == nil && strings.Contains(string(line), dir) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// clean ends what a failed test has left.
func (s shell) clean(home deploy.Home) {
	names, err := home.Names()
	require.NoError(s.t, err)
	for _, name := range names {
		if _, err := deploy.Destroy(context.Background(), home, name, deploy.Control{}, true); err != nil {
			s.t.Error(err)
		}
	}
}
