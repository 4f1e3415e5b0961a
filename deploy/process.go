package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/meshchain/meshchain/localnet"
)

const (
	// stopGrace is how long a process may take to end in order.
	stopGrace = 20 * time.Second
	pidPause  = 50 * time.Millisecond
)

// daemon is a process that outlives the command that starts it. While it runs it holds a lock on its
// pid file, inherited at the start; so whether it runs is known for certain, and its number is never
// mistaken for that of another process.
type daemon struct {
	name string // for people
	dir  string // of log and pid file
	file string // base name of both
	args []string
	// secret is handed to the process on standard input, as a line.
	secret Passphrase
}

func (d daemon) pidFile() string { return filepath.Join(d.dir, d.file+".pid") }
func (d daemon) log() string     { return filepath.Join(d.dir, d.file+".log") }

// running tells whether the process runs, and its number.
func (d daemon) running() (pid int, ok bool) {
	f, err := os.Open(d.pidFile())
	if err != nil {
		return 0, false
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return 0, false
	}
	// The shell that becomes the process writes its number first thing.
	for range 40 {
		data, err := os.ReadFile(d.pidFile())
		if err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && pid > 1 {
				return pid, true
			}
		}
		time.Sleep(pidPause)
	}
	return 0, true
}

// start runs the process unless it runs already. The shell notes its own number and then becomes the
// program: so the number is known even if this command is killed in between.
func (d daemon) start() error {
	if _, ok := d.running(); ok {
		return nil
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(d.pidFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%s: pid file: %w", d.name, err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil // somebody else has just started it
	}
	if err := lock.Truncate(0); err != nil {
		return fmt.Errorf("%s: pid file: %w", d.name, err)
	}
	log, err := os.OpenFile(d.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s: log: %w", d.name, err)
	}
	defer log.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", `echo $$ >"$0"; exec "$@"`, d.pidFile()}, d.args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.Env = localnet.CleanEnv()
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	secret, err := d.input()
	if err != nil {
		return err
	}
	defer secret.Close()
	cmd.Stdin = secret
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: start %s: %w", d.name, d.args[0], err)
	}
	go func() { _ = cmd.Wait() }() // reaps it if it ends while this command still runs
	return nil
}

// input is what the process reads: the passphrase, which no other process can see, or nothing.
func (d daemon) input() (*os.File, error) {
	if len(d.secret) == 0 {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	_, err = w.Write(append([]byte(d.secret), '\n')) // far below what a pipe holds
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// stop ends the process: SIGTERM, after a while SIGKILL. One that does not run is no error.
func (d daemon) stop(ctx context.Context) error {
	pid, ok := d.running()
	if !ok {
		return nil
	}
	if pid == 0 {
		return fmt.Errorf("%s runs, but %s does not say as which process: end it by hand", d.name, d.pidFile())
	}
	for _, how := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := syscall.Kill(pid, how); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("%s: end process %d: %w", d.name, pid, err)
		}
		for end := time.Now().Add(stopGrace); time.Now().Before(end); {
			if _, ok := d.running(); !ok {
				return nil
			}
			if err := pause(ctx, pidPause); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%s: process %d does not end", d.name, pid)
}

// answers tells whether a node of a chain serves an address, whoever has started it.
func answers(ctx context.Context, rpc, chainID string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := dial(ctx, rpc, chainID, "", nil, nil)
	return err == nil
}

// stopNode ends a zone's node. One that a service manager runs is not ours to end.
func (h Home) stopNode(ctx context.Context, r *Record) error {
	d := h.nodeDaemon(r)
	if _, ours := d.running(); !ours && answers(ctx, r.rpc(), r.Spec.ChainID()) {
		return fmt.Errorf("%s runs, but was started by something else, such as systemd: stop it there (systemctl disable --now meshchain-%s), then run the command again", d.name, r.Spec.Name)
	}
	return d.stop(ctx)
}

// failure describes why the process is gone, by the end of its log.
func (d daemon) failure() error {
	return fmt.Errorf("%s ended; the end of %s:\n%s", d.name, d.log(), localnet.LogTail(d.log(), 15))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
