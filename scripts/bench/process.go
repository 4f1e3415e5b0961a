package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"github.com/meshchain/meshchain/localnet"
)

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
)

// process is a running node.
type process struct {
	*localnet.Process
	home *home
	rpc  *rpchttp.HTTP
}

// start runs the node with env, NAME=VALUE, added to its environment, and waits for
// its second block.
func (h *home) start(ctx context.Context, env ...string) (*process, error) {
	rpc, err := rpchttp.New(h.rpc, "/websocket")
	if err != nil {
		return nil, err
	}
	run, err := localnet.StartProcess(localnet.Command{
		Name: h.name, Path: "/usr/bin/env", Args: append(env, h.binary, "start", "--home", h.dir),
		Log: filepath.Join(h.dir, "node.log"),
	})
	if err != nil {
		return nil, err
	}
	p := &process{Process: run, home: h, rpc: rpc}
	if err := p.waitHeight(ctx, 2, startTimeout); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// ended describes how a node that should run came to its end.
func (p *process) ended() error {
	return fmt.Errorf("%s ended by itself; the end of its log:\n%s", p.Name, localnet.LogTail(p.Log, 15))
}

// stop ends the node, gently first.
func (p *process) stop() { p.Stop(stopTimeout) }

func (p *process) waitHeight(ctx context.Context, height int64, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s: no block %d within %s", p.Name, height, timeout))
	defer cancel()
	for {
		if have, err := p.height(ctx); err == nil && have >= height {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.Done():
			return p.ended()
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
