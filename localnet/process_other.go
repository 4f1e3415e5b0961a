//go:build !linux

package localnet

import (
	"os/exec"
	"syscall"
)

// procAttr puts a child in a process group of its own. Only Linux can tie its
// life to this process; elsewhere a kill -9 of this process leaves it running.
func procAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func spawn(cmd *exec.Cmd) error { return cmd.Start() }
