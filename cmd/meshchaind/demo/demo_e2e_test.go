package demo_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/meshchain/meshchain/cmd/meshchaind/demo"
	"github.com/meshchain/meshchain/localnet"
	"github.com/meshchain/meshchain/testutil/node"
)

// limit is how long one demo may take on a busy machine.
const limit = 4 * time.Minute

// run is a demo in a process of its own.
type run struct {
	t    *testing.T
	home string
	cmd  *exec.Cmd
	out  bytes.Buffer // valid after wait

	mu    sync.Mutex
	log   bytes.Buffer
	lines chan string // of the log, closed at its end
}

// start runs a demo with a home that the test knows.
func start(t *testing.T, name string, args ...string) *run {
	t.Helper()
	r := &run{t: t, home: filepath.Join(t.TempDir(), name), lines: make(chan string, 1000)}
	r.cmd = exec.Command(node.Binary(t), append([]string{"demo", name, "--home", r.home}, args...)...)
	r.cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Dir(r.home))
	r.cmd.Stdout = &r.out
	pipe, err := r.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	timer := time.AfterFunc(limit, func() { _ = r.cmd.Process.Kill() })
	go func() {
		defer close(r.lines)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			r.mu.Lock()
			r.log.WriteString(lines.Text() + "\n")
			r.mu.Unlock()
			select {
			case r.lines <- lines.Text():
			default: // nobody waits for lines any more
			}
		}
	}()
	t.Cleanup(func() {
		timer.Stop()
		_ = r.cmd.Process.Kill() // its processes die with it
		if t.Failed() {
			t.Logf("progress:\n%s\noutput:\n%s", r.progress(), r.out.String())
		}
	})
	return r
}

func (r *run) progress() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// until returns the first line of progress that matches.
func (r *run) until(pattern string) []string {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	for line := range r.lines {
		if m := re.FindStringSubmatch(line); m != nil {
			return m
		}
	}
	r.t.Fatalf("the demo ended before it said %q", pattern)
	return nil
}

// wait returns the exit code.
func (r *run) wait() int {
	r.t.Helper()
	for range r.lines { // to its end, before Wait closes the pipe
	}
	var exit *exec.ExitError
	if err := r.cmd.Wait(); err != nil {
		require.ErrorAs(r.t, err, &exit)
		return exit.ExitCode()
	}
	return 0
}

// leftovers lists the processes that still work for this run.
func (r *run) leftovers() []string {
	r.t.Helper()
	list, err := exec.Command("ps", "-axo", "pid,args").Output()
	require.NoError(r.t, err)
	var left []string
	for _, line := range strings.Split(string(list), "\n") {
		if strings.Contains(line, filepath.Dir(r.home)) {
			left = append(left, line)
		}
	}
	return left
}

func (r *run) description() localnet.Description {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.home, localnet.DescriptionFile))
	require.NoError(r.t, err)
	var d localnet.Description
	require.NoError(r.t, json.Unmarshal(data, &d))
	return d
}

// The relayer and the zone are killed while readings are under way. Both come
// back, and every packet, fee and unit is accounted for.
func TestFarmAccountsForEverythingThoughProcessesAreKilled(t *testing.T) {
	t.Parallel()
	r := start(t, "farm", "--acts=", "--rows", "20", "--interval", "1500ms", "--output", "json")
	progress := r.until(`readings: ([1-9]\d*) of 20 sent`)
	sent, err := strconv.Atoi(progress[1])
	require.NoError(t, err)
	require.Less(t, sent, 20, "too late to be in the middle")

	d := r.description()
	zone, relayer := d.Chains[1].Nodes[0], d.Services[0]
	require.Equal(t, []string{"farm-1/node0", "relayer"}, []string{zone.Name, relayer.Name})
	require.NoError(t, syscall.Kill(relayer.PID, syscall.SIGKILL))
	require.NoError(t, syscall.Kill(zone.PID, syscall.SIGKILL))

	require.Zero(t, r.wait())
	var report demo.Report
	require.NoError(t, json.Unmarshal(r.out.Bytes(), &report))
	require.True(t, report.OK)
	require.Empty(t, report.Faults)
	require.GreaterOrEqual(t, len(report.Restarts), 2)
	for _, process := range []string{"relayer", "farm-1/node0"} {
		require.Contains(t, strings.Join(report.Restarts, "\n"), process+" ended: signal: killed")
	}
	readings, commands, underpaid := report.Traffic[0], report.Traffic[1], report.Traffic[2]
	require.Equal(t, 20, readings.Sent)
	require.Equal(t, 20, readings.Delivered)
	require.Equal(t, 20, readings.Acknowledged)
	require.Equal(t, 20, readings.Receipts)
	require.Zero(t, readings.Refunded)
	require.Equal(t, []int{1, 0, 1}, []int{underpaid.Sent, underpaid.Delivered, underpaid.Refunded}, "what is below the price comes back")
	require.Equal(t, "249ufarm", underpaid.Payment)
	require.Positive(t, commands.Sent, "the first 20 rows open the valve")
	require.Equal(t, commands.Sent, commands.Acknowledged)
	require.Equal(t, commands.Sent, commands.Receipts)
	for _, e := range report.Escrows {
		require.Equal(t, e.Vouchers, e.Escrow)
		require.Equal(t, "0", e.InFlight)
	}
	require.Equal(t, "5000", report.Escrows[1].Escrow, "20 readings at 250ufarm")
	require.Empty(t, r.leftovers())
}

// With --keep the network stays, the commands that are printed work when they
// are pasted, and Ctrl-C ends all of it.
func TestFarmKeeps(t *testing.T) {
	t.Parallel()
	r := start(t, "farm", "--acts=", "--rows", "4", "--validators", "2", "--keep")
	r.until(`keeps running until Ctrl-C`)
	r.until(`--yes`)
	var results []string
	for _, command := range pasted(r.progress(), r.cmd.Path) {
		out, err := exec.Command("/bin/sh", "-c", command+" --home "+filepath.Join(r.home, "cli")).Output()
		require.NoError(t, err, command)
		results = append(results, string(out))
	}
	require.Len(t, results, 5)
	require.Contains(t, results[0], "farm/reading")
	require.Contains(t, results[2], "ufarm")
	require.Contains(t, results[3], "topic_prefix: farm/reading")
	require.Contains(t, results[4], "code: 0")
	require.NotEmpty(t, r.leftovers(), "the way of looking for processes works")
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGINT))
	require.Zero(t, r.wait())
	require.Contains(t, r.out.String(), "Everything adds up to the last unit")
	require.Empty(t, r.leftovers())
}

// pasted returns the commands among what was printed.
func pasted(text, binary string) []string {
	var commands []string
	text = strings.ReplaceAll(text, "\\\n", " ")
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, binary+" ") {
			commands = append(commands, line)
		}
	}
	return commands
}

// Ctrl-C, or closing the terminal, leaves no process and no file.
func TestFarmCanBeInterrupted(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			r := start(t, "farm", "--acts=", "--home", "") // a temporary one
			r.until(`linking the chains`)
			require.NotEmpty(t, r.leftovers(), "the way of looking for processes works")
			require.NoError(t, r.cmd.Process.Signal(sig))
			begin := time.Now()
			require.Equal(t, 1, r.wait())
			require.Less(t, time.Since(begin), localnet.StopGrace+10*time.Second)
			require.Contains(t, r.progress(), "interrupted")
			require.Empty(t, r.leftovers())
			files, err := os.ReadDir(filepath.Dir(r.home))
			require.NoError(t, err)
			require.Empty(t, files)
		})
	}
}

// Whoever reads the progress goes away: the demo ends as it should all the same.
func TestFarmOutlivesItsReader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(node.Binary(t), "demo", "farm", "--acts=", "--rows", "2", "--output", "json")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var out bytes.Buffer
	cmd.Stdout = &out
	pipe, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	require.NoError(t, pipe.Close())
	require.NoError(t, cmd.Wait())
	var report demo.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.True(t, report.OK)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestFarmRefusesBeforeItStartsAnything(t *testing.T) {
	t.Parallel()
	used := t.TempDir()
	bad := filepath.Join(used, "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("2013-07-04 00:00:00,69.88\n"), 0o600))
	home := filepath.Join(t.TempDir(), "home")
	for want, args := range map[string][]string{
		"exists and is not empty":              {"--home", used},
		"a header that names the columns":      {"--home", home, "--data", bad},
		"no such file":                         {"--home", home, "--data", bad + ".none"},
		"--rows 0: must be between":            {"--home", home, "--rows", "0"},
		"low must be less than high":           {"--home", home, "--low", "3", "--high", "2"},
		`column "x": must be one that holds n`: {"--home", home, "--column", "x"},
	} {
		cmd := exec.Command(node.Binary(t), append([]string{"demo", "farm"}, args...)...)
		var errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.Discard, &errOut
		require.Error(t, cmd.Run(), want)
		require.Contains(t, errOut.String(), want)
		require.NoDirExists(t, home)
	}
}
