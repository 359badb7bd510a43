package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/fault"
)

// The exit codes that users' scripts rely on.
const (
	exitOK          = 0
	exitGate        = 1
	exitUsage       = 2
	exitData        = 3
	exitRuntime     = 4
	exitInterrupted = 130
)

// app owns everything of a process that a command touches.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            []string
	args           []string
	quiet          bool
	logFormat      string
	logLevel       string
	log            *slog.Logger
}

// Main runs the command line args and returns the process's exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: env, args: args, log: slog.New(slog.DiscardHandler)}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	a.debugRuntimeLog()
	if err == nil {
		return exitOK
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(stderr, "segmetry: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "segmetry: "+strings.TrimSpace(err.Error()))
	return exitCode(err)
}

func exitCode(err error) int {
	if gate := (errGate{}); errors.As(err, &gate) {
		return exitGate
	}
	switch fault.KindOf(err) {
	case fault.Usage:
		return exitUsage
	case fault.Data:
		return exitData
	default:
		return exitRuntime
	}
}

// getenv returns a variable of the process's environment.
func (a *app) getenv(key string) string {
	for _, entry := range slices.Backward(a.env) {
		if value, ok := strings.CutPrefix(entry, key+"="); ok {
			return value
		}
	}
	return ""
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "segmetry",
		Short: "Evaluate exported semantic-segmentation models",
		Long: `Segmetry runs an ONNX segmentation model over a dataset, computes losses and metrics, and writes per-image
and aggregate CSV, JSON and a single-file HTML report.

Exit codes: 0 success, 1 a gate failed, 2 wrong command line or configuration, 3 some images could not be scored,
4 error of the model or of ONNX Runtime, 130 interrupted.`,
		Example: `  segmetry run configs/quickstart.yaml
  segmetry run --model m.onnx --images images --masks masks --classes background,cell --out runs/first
  segmetry inspect m.onnx --write my.yaml
  segmetry losses focal`,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.setUpLog() },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no notes, only errors")
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "how notes are written to stderr: text or json")
	root.PersistentFlags().StringVar(&a.logLevel, "log-level", "info", "the least of the notes to show: debug (what ONNX Runtime logs, too), info, warn or error")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fault.Usagef("%w; see %s --help", err, c.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.scoreCommand(), a.inspectCommand(), a.preprocessCommand(), a.lossesCommand(), a.metricsCommand(), a.compatCommand(), a.parityCommand(), a.mergeCommand(), a.rescoreCommand(), a.compareCommand(), a.historyCommand(), a.checkCommand(), a.benchCommand(), a.doctorCommand(), a.runtimeCommand(), a.versionCommand())
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	root.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := ""
		if near := root.SuggestionsFor(args[0]); len(near) > 0 {
			text = fmt.Sprintf("; did you mean %q?", near[0])
		}
		return fault.Usagef("unknown command %q%s; see segmetry --help", args[0], text)
	}
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		checkArgs(c)
	}
	return root
}

// checkArgs makes arguments that a command does not take an error of the command line, and those of its subcommands.
func checkArgs(c *cobra.Command) {
	if c.HasSubCommands() && !c.Runnable() { // cobra would print the help and succeed
		c.Args = nil
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return fault.Usagef("unknown command %q; see %s --help", args[0], c.CommandPath())
		}
	}
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fault.Usagef("expected %s %s, found %d arguments; see %s --help", c.Parent().CommandPath(), c.Use, len(args), c.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}

// setUpLog sends notes to stderr, as plain lines or as JSON.
func (a *app) setUpLog() error {
	var least slog.Level
	if err := least.UnmarshalText([]byte(a.logLevel)); err != nil || !slices.Contains([]string{"debug", "info", "warn", "error"}, a.logLevel) {
		return fault.Usagef("--log-level: expected debug, info, warn or error, found %q", a.logLevel)
	}
	switch {
	case a.logFormat != "text" && a.logFormat != "json":
		return fault.Usagef("--log-format: expected text or json, found %q", a.logFormat)
	case a.quiet:
	case a.logFormat == "json":
		a.log = slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: least}))
	default:
		a.log = slog.New(plainHandler{a.stderr, least})
	}
	return nil
}
