package localnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	// Name identifies the process to people, for example "farm-1/node0".
	Name string
	// Path of the program and its arguments.
	Path string
	Args []string
	// Log is the file that output is appended to.
	Log string
}

// Process is a running program, in a process group of its own so that a Ctrl-C
// in the terminal does not reach it and it can be stopped in order. On Linux
// it dies with this process, however that ends.
type Process struct {
	Command
	cmd  *exec.Cmd
	done chan struct{}
	err  error // valid after done is closed
}

// StartProcess runs a command in the background.
func StartProcess(c Command) (*Process, error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: log file: %w", c.Name, err)
	}
	defer log.Close() // the child has its own descriptor
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = CleanEnv()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = procAttr()
	if err := spawn(cmd); err != nil {
		return nil, fmt.Errorf("%s: start %s: %w", c.Name, c.Path, err)
	}
	p := &Process{Command: c, cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the process to end (SIGTERM) and ends it (SIGKILL) if it has not
// done so after grace. It returns when the process is gone.
func (p *Process) Stop(grace time.Duration) {
	_ = p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
		p.Kill()
	}
}

// Kill ends the process and its group at once (SIGKILL) and waits until it is gone.
func (p *Process) Kill() {
	_ = p.signal(syscall.SIGKILL)
	<-p.done
}

// signal reaches the whole group of a process that has not been waited for
// yet, so that a number used again by the system is never hit.
func (p *Process) signal(sig syscall.Signal) error {
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
	}
	return syscall.Kill(-p.PID(), sig)
}

// exitError describes how the process ended, with the end of its log.
func (p *Process) exitError() error {
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended: %s; the end of %s:\n%s", p.Name, how, p.Log, LogTail(p.Log, 15))
}

// Beside names a program in the folder of the running one.
func Beside(name string) string {
	self, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(self), name)
}

// Program finds a program: where it was said to be, else beside the running one, else in PATH.
func Program(name, given string) (string, error) {
	if given != "" {
		_, err := os.Stat(given)
		return given, err
	}
	if path := Beside(name); path != name {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside this program nor in PATH: build it, or give --%s", name, name)
	}
	return path, nil
}

// CleanEnv is the environment without the variables that configure
// meshchaind: a home or chain-id meant for the caller's own node must not leak
// into the nodes of a local network.
func CleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "MESHCHAIND_") {
			env = append(env, kv)
		}
	}
	return env
}

// LogTail returns the last n lines of a log file, or why it cannot be read. Of
// a program that panicked it returns the panic and the lines after it, as the
// end of a stack trace says nothing.
func LogTail(path string, n int) string {
	const window = 16 << 10
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > window {
		if _, err := f.Seek(-window, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	data, err := io.ReadAll(io.LimitReader(f, window))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	from := max(0, len(lines)-n)
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "panic: ") }); i >= 0 {
		from = min(i, from)
	}
	return strings.Join(lines[from:min(from+n, len(lines))], "\n")
}

// toolTimeout bounds Run.
const toolTimeout = 3 * time.Minute

// Run runs a command of meshchaind, at path, to its end and returns what it
// printed on standard output; an error carries what it printed on standard error.
func Run(ctx context.Context, path string, args ...string) (string, error) {
	return RunWithLog(ctx, io.Discard, path, args...)
}

// RunWithLog is Run that shows standard error in log, as it comes, too.
func RunWithLog(ctx context.Context, log io.Writer, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	var out, errOut strings.Builder
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = CleanEnv(), &out, io.MultiWriter(&errOut, log)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return "", fmt.Errorf("meshchaind %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(errOut.String()))
	}
	return out.String(), nil
}
