package localnet

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// procAttr puts a child in a process group of its own and has the kernel kill
// it when its parent dies, so that nothing survives even a kill -9.
func procAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

var spawnRequests = sync.OnceValue(func() chan<- func() {
	requests := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range requests {
			start()
		}
	}()
	return requests
})

// spawn starts a command from one thread that lives as long as this process:
// the death signal is bound to the thread that forked, and the Go runtime ends
// threads when it likes.
func spawn(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	spawnRequests() <- func() { result <- cmd.Start() }
	return <-result
}
