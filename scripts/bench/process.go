package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
)

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	// clockTicks is USER_HZ, the unit of /proc/<pid>/stat, 100 on every Linux port of Go.
	clockTicks = 100
)

// process is a running node.
type process struct {
	home *home
	cmd  *exec.Cmd
	rpc  *rpchttp.HTTP
	log  *os.File
	done chan struct{} // closed when the process has ended
}

// start runs the node and waits for its second block.
func (h *home) start(ctx context.Context, env ...string) (*process, error) {
	log, err := os.Create(filepath.Join(h.dir, "node.log"))
	if err != nil {
		return nil, err
	}
	rpc, err := rpchttp.New(h.rpc, "/websocket")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(h.binary, "start", "--home", h.dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", h.name, err)
	}
	p := &process{home: h, cmd: cmd, rpc: rpc, log: log, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how it ended is of no interest: stop ends it, and its log tells of crashes
	}()
	if err := p.waitHeight(ctx, 2, startTimeout); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w; see %s", h.name, err, log.Name())
	}
	return p, nil
}

func (p *process) waitHeight(ctx context.Context, height int64, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no block %d within %s", height, timeout))
	defer cancel()
	for {
		if have, err := p.height(ctx); err == nil && have >= height {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.done:
			return fmt.Errorf("ended by itself: %s", p.cmd.ProcessState)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *process) height(ctx context.Context) (int64, error) {
	status, err := p.rpc.Status(ctx)
	if err != nil {
		return 0, err
	}
	return status.SyncInfo.LatestBlockHeight, nil
}

// stop ends the node, gently first.
func (p *process) stop() {
	defer p.log.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// cpu returns the processor time that the node has used.
func (p *process) cpu() (time.Duration, error) {
	bz, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th after it.
	fields := strings.Fields(string(bz[strings.LastIndexByte(string(bz), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: has %d fields", p.cmd.Process.Pid, len(fields))
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks, nil
}

// memory returns the bytes resident now and at most so far, and those resident now
// that belong to no file: the program and its libraries are shared between nodes.
func (p *process) memory() (now, peak, anonymous int64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, 0, err
	}
	defer f.Close()
	want := map[string]*int64{"VmRSS:": &now, "VmHWM:": &peak, "RssAnon:": &anonymous}
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		fields := strings.Fields(scanner.Text())
		if len(fields) < 2 || want[fields[0]] == nil {
			continue
		}
		kib, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0, 0, 0, err
		}
		*want[fields[0]] = kib << 10
	}
	return now, peak, anonymous, nil
}

// disk returns the bytes that each folder of data/ occupies. Write-ahead logs of
// databases are counted as they are: sample when many blocks have passed.
func (h *home) disk() (map[string]int64, error) {
	sizes := make(map[string]int64)
	root := filepath.Join(h.dir, "data")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a database has removed it meanwhile
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(relative, string(filepath.Separator))
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			sizes[top] += stat.Blocks * 512
		}
		return nil
	})
	return sizes, err
}
