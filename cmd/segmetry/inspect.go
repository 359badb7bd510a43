package main

import (
	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
)

func (a *app) inspectCommand() *cobra.Command {
	var write, runtime string
	var asJSON, offline bool
	c := &cobra.Command{
		Use: "inspect MODEL.onnx", Short: "Say what a model is, and write a starting configuration", Args: cobra.ExactArgs(1),
		Long:    "Read a model's inputs, outputs, layout, kind of output, sizes, opset and weights, with the evidence for each conclusion. What cannot be told is asked about, never guessed.",
		Example: "  segmetry inspect m.onnx\n  segmetry inspect m.onnx --json\n  segmetry inspect m.onnx --write my.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			var options []model.InspectOption
			if lib, err := a.library(c.Context(), runtime, offline, "cpu"); err == nil {
				options = append(options, model.WithLibrary(lib))
			} else {
				a.log.Warn("no trial runs: " + err.Error())
			}
			i, err := model.Inspect(c.Context(), args[0], options...)
			if err != nil {
				return err
			}
			if write != "" {
				if err := a.writeConfig(i, write); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(a.stdout, i)
			}
			return a.printInspection(i)
		},
	}
	c.Flags().StringVar(&write, "write", "", "write a starting configuration to this `FILE`")
	c.Flags().StringVar(&runtime, "runtime", "", "the ONNX Runtime library's `FILE`")
	c.Flags().BoolVar(&offline, "offline", false, "never fetch the ONNX Runtime library")
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	return c
}

func (a *app) writeConfig(i *model.Inspection, path string) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return fault.Usagef("--write: %w", err)
	}
	defer f.Abort()
	if err := i.WriteConfig(f); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return fault.Usagef("--write: %w", err)
	}
	a.log.Info("wrote " + path)
	return nil
}
