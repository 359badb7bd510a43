package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/npy"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/report"
)

// scoreFlags are the flags of score.
type scoreFlags struct {
	logits, probabilities, predictions string
	labels, masks                      string
	activation                         string
	losses, metrics                    string
	metricsGiven                       bool
	spacing                            []float64
	classes                            []string
	numClasses                         int
	ignore                             int
	threshold                          []float64
	gradients, reduction               string
	bootstrap                          string
	compat, over                       []string
	intervals                          *pipeline.Bootstrap // what bootstrap says
	json                               bool
}

func (a *app) scoreCommand() *cobra.Command {
	var f scoreFlags
	c := &cobra.Command{
		Use: "score", Short: "Score predictions that already exist, without a model", Args: cobra.NoArgs,
		Long: `Score logits, probabilities or predicted labels against the truth, exactly as run does.

Logits and probabilities are .npy files of shape N,C,H,W or C,H,W (float16, float32 or float64); labels are .npy files of
integers, N,H,W or H,W. With --activation sigmoid several channels are several labels at once: labels are then N,C,H,W of
0 and 1, or one class a pixel; each label is measured against its absence, and losses are the mean over the channels. Labels of type float, N,C,H,W, are soft targets:
each pixel's shares of the classes, for cross-entropy and the region losses. Predicted labels may also be a folder of label images, paired by name with --masks.`,
		Example: `  segmetry score --logits logits.npy --labels labels.npy --json
  segmetry score --logits logits.npy --labels labels.npy --losses ce,soft_dice --gradients gradients/
  segmetry score --predictions predicted/ --masks masks/ --num-classes 3`,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("ignore-index") {
				f.ignore = math.MinInt
			}
			f.metricsGiven = c.Flags().Changed("metrics")
			return a.score(&f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.logits, "logits", "", "logits, a .npy `FILE`")
	fl.StringVar(&f.probabilities, "probabilities", "", "probabilities, a .npy `FILE`")
	fl.StringVar(&f.predictions, "predictions", "", "predicted labels, a .npy `FILE or a folder` of label images")
	fl.StringVar(&f.labels, "labels", "", "true labels, a .npy `FILE` of integers")
	fl.StringVar(&f.masks, "masks", "", "true labels, a `folder` of label images")
	fl.StringVar(&f.activation, "activation", "", "softmax or sigmoid (default: softmax, sigmoid for one channel)")
	fl.StringVar(&f.losses, "losses", "document", "names, document, all or none; or a YAML `FILE` with options")
	fl.StringVar(&f.metrics, "metrics", "standard", "names, groups such as standard or none; or a YAML `FILE`")
	fl.Float64SliceVar(&f.spacing, "spacing", nil, "distance between rows and between columns, `a,b`, for measures of surfaces")
	fl.StringSliceVar(&f.classes, "classes", nil, "class names (default: their numbers)")
	fl.IntVar(&f.numClasses, "num-classes", 0, "number of classes (default: the channels, or the largest label + 1)")
	fl.IntVar(&f.ignore, "ignore-index", 0, "label value that counts nowhere")
	fl.Float64SliceVar(&f.threshold, "threshold", []float64{0.5}, "a sigmoid's probability from which on class 1 is predicted; of several labels one for all, or one a label: 0.5,0.3")
	fl.StringVar(&f.gradients, "gradients", "", "write each loss's gradient as NAME.npy into this `folder`")
	fl.StringVar(&f.reduction, "reduction", "image", "batch: the images are one batch; image: the mean of their losses")
	fl.StringVar(&f.bootstrap, "bootstrap", "", "confidence intervals over the images, `{resamples: 2000, seed: 1, confidence: 0.95, method: bca}`")
	fl.StringSliceVar(&f.over, "score-classes", nil, "class `names` that means over classes are of (default: all)")
	fl.StringSliceVar(&f.compat, "compat", nil, "`names` of other systems, or all, whose figures are given, too: segmetry compat lists them")
	fl.BoolVar(&f.json, "json", false, "print the summary as JSON")
	return c
}

func (f *scoreFlags) validate() error {
	given := 0
	for _, v := range []string{f.logits, f.probabilities, f.predictions} {
		if v != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return fault.Usagef("give exactly one of --logits, --probabilities and --predictions")
	case (f.labels == "") == (f.masks == ""):
		return fault.Usagef("give exactly one of --labels and --masks")
	case f.reduction != "batch" && f.reduction != "image":
		return fault.Usagef("--reduction: expected batch or image, found %q", f.reduction)
	case f.activation != "" && f.activation != "softmax" && f.activation != "sigmoid":
		return fault.Usagef("--activation: expected softmax or sigmoid, found %q", f.activation)
	case f.gradients != "" && f.predictions != "":
		return fault.Usagef("--gradients needs --logits or --probabilities: labels have no gradient")
	case slices.ContainsFunc(f.threshold, func(p float64) bool { return !(p > 0 && p < 1) }):
		return fault.Usagef("--threshold: expected numbers between 0 and 1, found %v", f.threshold)
	case f.spacing != nil && len(f.spacing) != 2:
		return fault.Usagef("--spacing: expected two numbers, between rows and between columns, such as 1,2.5, found %v", f.spacing)
	}
	return nil
}

func (a *app) score(f *scoreFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	specs, err := lossSpecs(f.losses)
	if err != nil {
		return err
	}
	measures, err := metricSpecs(f.metrics)
	if err != nil {
		return err
	}
	for i := range measures {
		measures[i].Spacing = f.spacing
	}
	if f.intervals, err = f.parseBootstrap(); err != nil {
		return err
	}
	var summary *pipeline.Summary
	if f.predictions != "" {
		summary, err = f.scoreLabels(measures)
	} else {
		summary, err = a.scoreLogits(f, specs, measures)
	}
	if err != nil {
		return err
	}
	if f.json {
		return report.SummaryJSON(a.stdout, summary)
	}
	return printSummary(a.stdout, summary)
}

// lossSpecs reads --losses: a list of names and groups, or a YAML file.
func lossSpecs(text string) ([]losses.Spec, error) {
	entries, err := parseEntries(text)
	if err != nil {
		return nil, err
	}
	return expandLosses(entries)
}

// parseEntries reads a comma-separated list, or a YAML file where the text ends like one.
func parseEntries(text string) ([]config.Entry, error) {
	if strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml") {
		return config.LoadEntries(text)
	}
	return config.ParseEntries(text)
}

// expandLosses replaces groups by their losses.
func expandLosses(entries []config.Entry) ([]losses.Spec, error) {
	var specs []losses.Spec
	for _, e := range entries {
		if names, ok := losses.Group(e.Name); ok {
			for _, name := range names {
				specs = append(specs, losses.Spec{Name: name, IfFits: true})
			}
			continue
		}
		specs = append(specs, losses.Spec{Name: e.Name, Label: e.Label, Decode: e.Decode})
	}
	return specs, nil
}

func metricSpecs(text string) ([]metrics.Spec, error) {
	entries, err := parseEntries(text)
	if err != nil {
		return nil, err
	}
	return specsOf(entries), nil
}

// specsOf are the measures that entries ask for.
func specsOf(entries []config.Entry) []metrics.Spec {
	specs := make([]metrics.Spec, len(entries))
	for i, e := range entries {
		specs[i] = metrics.Spec{Name: e.Name, Label: e.Label}
		if !e.Bare() {
			specs[i].Decode = e.Decode
		}
	}
	return specs
}

// scoreLogits scores --logits or --probabilities.
func (a *app) scoreLogits(f *scoreFlags, specs []losses.Spec, measures []metrics.Spec) (*pipeline.Summary, error) {
	b, given, err := f.logitsBatch()
	if err != nil {
		return nil, err
	}
	if f.overlap(b.Channels) {
		return a.scoreOverlap(f, specs, measures, b, given)
	}
	if soft, err := f.softTruth(b.Channels); err != nil {
		return nil, err
	} else if soft {
		return a.scorePlanes(f, specs, measures, b)
	}
	if b.Labels, err = f.truth(b.Images, b.Height, b.Width, max(2, b.Channels)); err != nil {
		return nil, err
	}
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: f.classNames(max(2, b.Channels)), Sigmoid: b.Channels == 1,
		Thresholds: f.threshold, Losses: specs, Metrics: measures, Bootstrap: f.intervals, Over: f.over, Compat: f.compat})
	if err != nil {
		return nil, err
	}
	plane := b.Height * b.Width
	for n := range b.Images {
		l := &raster.Labels{Width: b.Width, Height: b.Height, Class: b.Labels[n*plane:][:plane]}
		size := b.Channels * plane
		var probabilities []float32
		if given != nil {
			probabilities = given[n*size:][:size]
		}
		if err := s.AddLogits(fmt.Sprintf("image %d", n), b.Logits[n*size:][:size], probabilities, l); err != nil {
			return nil, err
		}
	}
	summary, err := s.Summary()
	if err != nil {
		return nil, err
	}
	return summary, a.gradientsAndBatch(f, s.Plan(), b, summary)
}

// gradientsAndBatch writes the gradients and, for --reduction batch, replaces the losses by the batch's.
func (a *app) gradientsAndBatch(f *scoreFlags, plan *losses.Plan, b *losses.Batch, summary *pipeline.Summary) error {
	if f.reduction == "image" && f.gradients == "" {
		return nil
	}
	gradients := a.gradientBuffers(f, plan, len(b.Logits))
	if f.reduction == "image" {
		if err := plan.ScoreImages(b, gradients); err != nil {
			return fault.Dataf("%w", err)
		}
	} else {
		results, err := plan.Score(b, gradients)
		if err != nil {
			return fault.Dataf("%w", err)
		}
		for k, r := range results {
			replaceLoss(&summary.Losses[k], r.Value)
		}
	}
	return f.writeGradients(plan.Labels(), gradients, b)
}

// replaceLoss makes a loss that of the whole batch. Where the batch's loss is no function of sums it has no interval.
func replaceLoss(l *record.LossValue, value float64) {
	l.Value.Value, l.Value.CI = value, l.PooledCI
	l.Pooled = value
}

// gradientBuffers makes room for every loss's gradient; nil where none is asked for.
func (a *app) gradientBuffers(f *scoreFlags, plan *losses.Plan, n int) [][]float32 {
	if f.gradients == "" {
		return nil
	}
	gradients := make([][]float32, len(plan.Labels()))
	for k := range gradients {
		if plan.HasGradient(k) {
			gradients[k] = make([]float32, n)
		} else {
			fmt.Fprintf(a.stderr, "%s has a value only: no gradient is written\n", plan.Labels()[k])
		}
	}
	return gradients
}

func (f *scoreFlags) writeGradients(labels []string, gradients [][]float32, b *losses.Batch) error {
	if gradients == nil {
		return nil
	}
	if err := os.MkdirAll(f.gradients, 0o777); err != nil {
		return fault.Usagef("--gradients: %w", err)
	}
	for k, label := range labels {
		if gradients[k] == nil {
			continue
		}
		if label != filepath.Base(label) {
			return fault.Usagef("loss label %q cannot be a file name, which --gradients needs", label)
		}
		if err := npy.WriteFloat32(filepath.Join(f.gradients, label+".npy"), []int{b.Images, b.Channels, b.Height, b.Width}, gradients[k]); err != nil {
			return err
		}
	}
	return nil
}

// classNames are --classes, or numbers.
func (f *scoreFlags) classNames(n int) []string {
	if len(f.classes) > 0 {
		return f.classes
	}
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// printSummary prints the headline figures as a table.
func printSummary(w interface{ Write([]byte) (int, error) }, s *pipeline.Summary) error {
	_, err := fmt.Fprint(w, summaryTable(s))
	return err
}

func printJSON(w interface{ Write([]byte) (int, error) }, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
