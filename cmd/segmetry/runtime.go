package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
)

func (a *app) runtimeCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "runtime", Short: "List or install ONNX Runtime libraries",
		Long:    "Say where ONNX Runtime is looked for and what is there, or fetch a pinned build into the user's cache.",
		Example: "  segmetry runtime list\n  segmetry runtime install\n  segmetry runtime install --cuda --dry-run",
	}
	c.AddCommand(a.runtimeListCommand(), a.runtimeInstallCommand())
	return c
}

func (a *app) runtimeListCommand() *cobra.Command {
	var path, device string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Every place where ONNX Runtime is looked for, in order", Args: cobra.NoArgs,
		Long: `List the places in the order in which they are looked at, with what is there: version, and the providers whose libraries lie
beside it. Whether a provider works shows when it is used. The one marked * is what a run on the device takes.`,
		Example: "  segmetry runtime list\n  segmetry runtime list --device cpu --json",
		RunE: func(*cobra.Command, []string) error {
			if path == "" {
				path = a.getenv("SEGMETRY_RUNTIME")
			}
			return a.runtimeList(model.ListLibraries(model.LibraryOptions{Path: path, CUDA: device != "cpu"}), asJSON)
		},
	}
	c.Flags().StringVar(&path, "runtime", "", "the ONNX Runtime library's `FILE`")
	c.Flags().StringVar(&device, "device", "auto", "the `device` of the run: cpu prefers the build for the processor")
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	return c
}

// placeJSON is a place as runtime list --json prints it.
type placeJSON struct {
	Where     string   `json:"where"`
	Path      string   `json:"path"`
	Found     bool     `json:"found"`
	Why       string   `json:"why"`
	Version   string   `json:"version,omitempty"`
	Providers []string `json:"providers,omitempty"`
	Used      bool     `json:"used"`
}

func (a *app) runtimeList(places []model.Place, asJSON bool) error {
	if asJSON {
		list := []placeJSON{}
		for _, p := range places {
			list = append(list, placeJSON{p.Where, p.Path, p.Found, p.Why, p.Version, p.Providers, p.Used})
		}
		return printJSON(a.stdout, struct {
			Schema int         `json:"schema"`
			Places []placeJSON `json:"places"`
		}{1, list})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	used := false
	for _, p := range places {
		mark, what := " ", p.Why
		if p.Used {
			mark, used = "*", true
		}
		if len(p.Providers) > 0 {
			what += ": " + strings.Join(p.Providers, ", ")
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, p.Where, p.Path, what)
	}
	if !used {
		fmt.Fprintln(w, "no library is there: segmetry runtime install fetches it")
	}
	return w.Flush()
}

func (a *app) runtimeInstallCommand() *cobra.Command {
	var cuda, dryRun, offline bool
	c := &cobra.Command{
		Use: "install", Short: "Fetch a pinned build of ONNX Runtime into the cache", Args: cobra.NoArgs,
		Long: `Fetch the pinned build of ONNX Runtime into the user's cache, through pip or npm, unless it is there. With --cuda: the build with
CUDA and the CUDA libraries that it needs, through pip; the NVIDIA driver is not part of it. Everything is verified against
SHA-256 digests in the source. Sizes are said before anything is fetched.`,
		Example: "  segmetry runtime install\n  segmetry runtime install --cuda --dry-run\n  segmetry runtime install --cuda",
		RunE: func(c *cobra.Command, _ []string) error {
			o := model.LibraryOptions{Offline: offline, Announce: a.stderr}
			if a.quiet {
				o.Announce = nil
			}
			if cuda {
				return a.installCUDA(c.Context(), o, dryRun)
			}
			return a.installCPU(c.Context(), o, dryRun)
		},
	}
	c.Flags().BoolVar(&cuda, "cuda", false, "the build with CUDA, and the CUDA libraries")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be fetched and where to, and fetch nothing")
	c.Flags().BoolVar(&offline, "offline", false, "never fetch: an error where it is not there")
	return c
}

// installCPU fetches the build for the processor, also where another library would be found before it.
func (a *app) installCPU(ctx context.Context, o model.LibraryOptions, dryRun bool) error {
	p, err := model.PlanCPU(o)
	if err != nil {
		return err
	}
	if err := a.announcePlan(p, dryRun); err != nil || dryRun {
		return err
	}
	lib, err := model.InstallCPU(ctx, o)
	return a.installed(lib, err)
}

func (a *app) installCUDA(ctx context.Context, o model.LibraryOptions, dryRun bool) error {
	p, err := model.PlanCUDA(o)
	if err != nil {
		return err
	}
	if err := a.announcePlan(p, dryRun); err != nil || dryRun {
		return err
	}
	lib, err := model.InstallCUDA(ctx, o)
	return a.installed(lib, err)
}

// announcePlan says what will be fetched: on stdout where that is all that was asked for.
func (a *app) announcePlan(p model.InstallPlan, dryRun bool) error {
	out := a.stderr
	if dryRun {
		out = a.stdout
	} else if a.quiet || p.Present {
		return nil
	}
	return printPlan(out, p)
}

func printPlan(out io.Writer, p model.InstallPlan) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, pkg := range p.Packages {
		fmt.Fprintf(w, "%s\t%s to fetch\t%s installed\n", pkg.Requirement, megabytes(pkg.Download), megabytes(pkg.Installed))
	}
	fmt.Fprintf(w, "in all\t%s to fetch\t%s installed\n", megabytes(p.Download), megabytes(p.Installed))
	if err := w.Flush(); err != nil {
		return err
	}
	state := "into"
	if p.Present {
		state = "nothing to do: it lies in"
	}
	_, err := fmt.Fprintf(out, "%s %s\n", state, p.Dir)
	return err
}

func (a *app) installed(lib model.Library, err error) error {
	if err != nil {
		return err
	}
	if lib.Path == "" {
		return fault.Runtimef("nothing was installed")
	}
	if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "ONNX Runtime %s: %s\n", lib.Version, lib.Path)
	}
	return err
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
