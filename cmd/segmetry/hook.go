package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// hookTime is how long the command of --on-fail may take; hookReason is how much of the reason it is told.
const hookTime, hookReason = time.Minute, 4000

// hook is the command of --on-fail.
type hook struct {
	command string
	out     string // the folder that was to be written
}

// tell runs the hook where a command ended with an error, and returns that error. A hook that fails is a warning: it never
// changes the exit code.
func (a *app) tell(ctx context.Context, h hook, failed error) error {
	if h.command == "" || failed == nil {
		return failed
	}
	code := exitCode(failed)
	if errors.Is(failed, context.Canceled) && ctx.Err() != nil {
		code = exitInterrupted
	}
	verdict := "error"
	if g := (errGate{}); errors.As(failed, &g) {
		verdict = g.verdict
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hookTime) // it is told of an interruption, too
	defer cancel()
	c := shell(ctx, h.command)
	c.Env = append(a.env[:len(a.env):len(a.env)], "SEGMETRY_VERDICT="+verdict, "SEGMETRY_EXIT="+strconv.Itoa(code), "SEGMETRY_OUT="+h.out, "SEGMETRY_REASON="+reason(failed))
	c.Stdout, c.Stderr = a.stderr, a.stderr // stdout is for the summary
	c.WaitDelay = time.Second
	err := c.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it was stopped after %s", hookTime)
	}
	if err != nil {
		a.log.Warn(fmt.Sprintf("--on-fail: %s: %v", h.command, err))
	}
	return failed
}

// reason is an error in one line of bounded length.
func reason(err error) string {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\x00", " ")), " ")
	if len(text) > hookReason {
		text = strings.ToValidUTF8(text[:hookReason], "") + "…"
	}
	return text
}

// shell runs a command line through the system's shell.
func shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", line)
	}
	c := exec.CommandContext(ctx, "sh", "-c", line)
	stopAll(c)
	return c
}
