package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/turbojpeg"
	"github.com/segmetry/segmetry/model"
)

func (a *app) doctorCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "doctor", Short: "Say what this machine has, and what is missing", Args: cobra.NoArgs,
		Example: "  segmetry doctor",
		RunE:    func(*cobra.Command, []string) error { return a.doctor(path) },
	}
	c.Flags().StringVar(&path, "runtime", "", "the ONNX Runtime library's `FILE`")
	return c
}

func (a *app) doctor(path string) error {
	if path == "" {
		path = a.getenv("SEGMETRY_RUNTIME")
	}
	lib, probes, err := model.LocateLibrary(model.LibraryOptions{Path: path})
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	line := func(key, value string) { fmt.Fprintf(w, "%s\t%s\n", key, value) }
	line("segmetry", version+", "+runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH)
	line("processors", fmt.Sprint(runtime.NumCPU()))
	line("kernels", kernel.Name())
	for _, p := range probes {
		line("looked in", strings.TrimSpace(fmt.Sprintf("%s: %s: %s", p.Where, p.Path, foundText(p))))
	}
	if err == nil {
		line("ONNX Runtime", fmt.Sprintf("%s (%s)", lib.Version, lib.Path))
	} else {
		line("ONNX Runtime", "missing")
		line("next step", a.fetchAdvice())
	}
	var formats []string
	for _, f := range dataset.Formats() {
		formats = append(formats, f.Name)
	}
	line("dataset formats", strings.Join(formats, ", "))
	line("pictures", "PNG, JPEG, TIFF, BMP, GIF, WebP")
	sequential, progressive := dataset.JPEGDecoders(dataset.DecodeAuto)
	line("JPEG by", sequential)
	line("progressive", progressive)
	if lib, err := turbojpeg.Find(); err == nil {
		line("libjpeg-turbo", lib.Version+" ("+lib.Path+")")
	} else {
		line("libjpeg-turbo", "none; nothing is missing: the bytes are the same")
	}
	line("interpolations", strings.Join(dataset.Interpolations(), ", "))
	if err := w.Flush(); err != nil {
		return err
	}
	return err
}

func foundText(p model.Probe) string {
	if p.Found {
		return "found " + p.Why
	}
	return "nothing: " + p.Why
}

// fetchAdvice says how the library will come.
func (a *app) fetchAdvice() string {
	for _, client := range []string{"python3", "pip", "pip3", "npm"} {
		if p, err := exec.LookPath(client); err == nil && p != "" {
			return "any segmetry run fetches it once through " + client + ", or name a file with --runtime or SEGMETRY_RUNTIME"
		}
	}
	return "install Python's pip or npm, which fetch it, or name a file with --runtime or SEGMETRY_RUNTIME"
}
