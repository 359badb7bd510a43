//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// stopAll makes a command that is stopped take what it started with it.
func stopAll(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
