package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/report"
)

func (a *app) parityCommand() *cobra.Command {
	var out string
	var overwrite, asJSON bool
	c := &cobra.Command{
		Use: "parity RUN_A RUN_B", Short: "Say where the labels of two runs differ", Args: cobra.ExactArgs(2),
		Long: `Compare the stored predictions of two runs of one dataset, pixel by pixel: how many differ, between which classes, at which
margins, and how every figure changes. RUN_A is the reference. Both runs must have stored their predictions
(segmetry run --predictions). segmetry run --reference compares two models in one go, and their logits, too.`,
		Example: `  segmetry run float.yaml --predictions --out runs/float
  segmetry run int8.yaml --predictions --out runs/int8
  segmetry parity runs/float runs/int8 --out runs/float-int8`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.parity(c.Context(), args[0], args[1], parityOptions{out, overwrite, asJSON})
		},
	}
	c.Flags().StringVar(&out, "out", "", "write parity.csv, parity.json and parity.html into this `folder`")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "replace a comparison that already lies in the folder")
	c.Flags().BoolVar(&asJSON, "json", false, "print parity.json")
	return c
}

type parityOptions struct {
	out             string
	overwrite, json bool
}

// parity compares two run folders.
func (a *app) parity(ctx context.Context, referenceDir, modelDir string, o parityOptions) error {
	reference, err := report.OpenRun(referenceDir)
	if err != nil {
		return err
	}
	defer reference.Close()
	run, err := report.OpenRun(modelDir)
	if err != nil {
		return err
	}
	defer run.Close()
	c, err := newRunComparison(reference, run)
	if err != nil {
		return err
	}
	if o.out != "" {
		if c.folder, err = report.CreateParity(o.out, c.names, o.overwrite); err != nil {
			return err
		}
		defer c.folder.Abort()
	}
	p, err := c.compare(ctx)
	if err != nil {
		return err
	}
	if c.folder != nil {
		if err := c.folder.Finish(fmt.Sprintf("%s against %s", p.Model.Name, p.Reference.Name), run.Classes, p); err != nil {
			return err
		}
	}
	if o.json {
		return report.ParityJSON(a.stdout, run.Classes, p)
	}
	if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "%s compared\n%s", english.Plural(p.Images, "image", ""), parityText(run.Classes, p))
	}
	if o.out != "" && !a.quiet {
		fmt.Fprintf(a.stdout, "report: %s\n", filepath.Join(o.out, "parity.html"))
	}
	return err
}

// newRunComparison refuses runs that cannot be compared.
func newRunComparison(reference, run *report.Run) (*runComparison, error) {
	if !slices.Equal(reference.Classes, run.Classes) {
		return nil, fault.Usagef("%s has the classes %s, %s has %s: runs of different classes cannot be compared", reference.Dir, strings.Join(reference.Classes, ", "), run.Dir, strings.Join(run.Classes, ", "))
	}
	for _, r := range []*report.Run{reference, run} {
		if !r.HasPredictions() {
			return nil, fault.Usagef("%s has no stored predictions: run it again with --predictions (report.predictions: true)", r.Dir)
		}
		if r.Partial {
			return nil, fault.Usagef("%s is of a run that was interrupted: finish it first", r.Dir)
		}
	}
	clean := func(r *report.Run) bool { return r.Counts.OK == r.Counts.Images } // the digest is of the images that were scored
	if clean(reference) && clean(run) && reference.Counts.Images == run.Counts.Images && reference.Dataset.Digest != run.Dataset.Digest {
		return nil, fault.Usagef("%s is of dataset %s (digest %.12s…), %s of %s (%.12s…): the names or contents of images or masks differ", reference.Dir, reference.Dataset.Name, reference.Dataset.Digest, run.Dir, run.Dataset.Name, run.Dataset.Digest)
	}
	c := &runComparison{reference: reference, run: run}
	theirs := reference.Names()
	for i, name := range run.Names() {
		if at := slices.Index(theirs, name); at >= 0 {
			c.names, c.mine, c.theirs = append(c.names, name), append(c.mine, i), append(c.theirs, at)
		}
	}
	return c, nil
}

// figureList puts the figures of both runs side by side, in the order of the model's summary.csv.
func figureList(reference, run *report.Run) ([]record.Comparison, error) {
	mine, err := run.Figures()
	if err != nil {
		return nil, err
	}
	others, err := reference.Figures()
	if err != nil {
		return nil, err
	}
	type key struct{ name, class string }
	theirs := map[key]float64{}
	for _, f := range others {
		theirs[key{f.Name, f.Class}] = f.Value
	}
	var list []record.Comparison
	plain := map[string]bool{}
	for _, f := range mine {
		value, found := theirs[key{f.Name, f.Class}]
		if !found || strings.HasPrefix(f.Name, "gradient.") || strings.HasPrefix(f.Name, "parity.") {
			continue
		}
		if _, known := plain[f.Name]; !known {
			plain[f.Name] = isPlain(f.Name, len(run.Classes))
		}
		list = append(list, record.Comparison{Name: f.Name, Class: f.Class, Model: f.Value, Reference: value, Plain: plain[f.Name]})
	}
	return list, nil
}

// isPlain says whether a figure is no share. Of names that are no metric's, such as labels that a configuration gave, it is
// not known: they are shown as they are.
func isPlain(name string, classes int) bool {
	set, err := metrics.Compile([]metrics.Spec{{Name: name}}, metrics.Shape{Classes: classes, Scores: true})
	if err != nil {
		return true
	}
	total := set.NewTotal()
	return slices.ContainsFunc(total.Metrics(), func(m record.MetricValue) bool { return m.Name == name && m.Plain }) ||
		slices.ContainsFunc(total.PerClass(), func(m record.ClassMetric) bool { return m.Name == name && m.Plain })
}

// absent says whether a file is not there.
func absent(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
