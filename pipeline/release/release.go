// Package release compares two evaluations of one dataset image by image: how every figure changed, how sure that is, and
// what gates say of it.
//
// Images are paired by name; only what both have scored counts. The difference of every aggregate figure has a bootstrap
// interval over the pairs (BCa, drawn together, clustered where images belong together) and a p-value of a paired
// permutation test; those of classes are corrected for their number.
package release

import (
	"iter"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// Corrections of the classes' p-values.
const (
	Holm              = "holm"
	BenjaminiHochberg = "bh"
)

// Side is one of the two evaluations.
type Side struct {
	RunSide
	Evaluator *pipeline.Evaluator             // that can complete the rows
	Rows      iter.Seq2[*pipeline.Row, error] // in input order
	Measured  map[string]float64              // figures of the run as a whole, without an interval: latency.p95_ms
}

// Options says how figures are compared.
type Options struct {
	stats.Options
	Correction string  // Holm or BenjaminiHochberg; "" means Holm
	Alpha      float64 // 0 means 0.05
	Worse      float64 // a drop of an image's figure beyond which it became much worse; 0 means 0.1
	Group      func(image string) string
	Column     string               // the group's name
	Noise      []map[string]float64 // figures of further runs of the baseline, as Side.Measured
	// Differences are what differs beside the figures, and Allow names what may: see Allowances.
	Differences []RunDifference
	Allow       []string
	Images      int // of those that changed most to list; 0 means 10
	// Slices are the ways of slicing that gates may name slices of.
	Slices []slicing.Slicing
	// Pictures draws images that changed most; nil, or a reason why it cannot, for none.
	Pictures func(images []*ImageChange) (why string, err error)
	// Flips counts the pixels whose label became right or wrong on images whose labels differ; nil, or a nil result with the
	// reason, where that cannot be known.
	Flips func(images []string) (flips *Flips, why string, err error)
}

func (o Options) withDefaults() Options {
	o.Options = o.WithDefaults()
	if o.Correction == "" {
		o.Correction = Holm
	}
	if o.Alpha == 0 {
		o.Alpha = 0.05
	}
	if o.Worse == 0 {
		o.Worse = 0.1
	}
	if o.Images == 0 {
		o.Images = 10
	}
	return o
}

// Validate joins every wrong option.
func (o Options) Validate() error {
	if o.Correction != "" && o.Correction != Holm && o.Correction != BenjaminiHochberg {
		return fault.Usagef("correction: expected %s or %s, found %q", Holm, BenjaminiHochberg, o.Correction)
	}
	if o.Alpha < 0 || o.Alpha >= 1 {
		return fault.Usagef("alpha: expected a number between 0 and 1, found %v", o.Alpha)
	}
	for _, name := range o.Allow {
		if !slices.Contains(Allowances, name) {
			return fault.Usagef("--allow %s: no such name%s Known: %s", name, nearest.Sentence(name, Allowances), strings.Join(Allowances, ", "))
		}
	}
	return o.Options.Validate()
}

// Figures of the comparison itself, which gates may name beside those of the runs.
const (
	MuchWorse = "images.much_worse" // share of images whose mIoU (or first metric) dropped by more than Options.Worse
	LabelFlip = "labels.flipped"    // share of valid pixels whose label is another; of images with stored predictions
)

// MeasuredNames are the figures of a run as a whole, of manifest.json.
var MeasuredNames = []string{"latency.p50_ms", "latency.p95_ms", "latency.p99_ms", "latency.total_s", "images_per_s", "wall_s", "session_s", "peak_rss_bytes"}

func className(classes []string, class int) string {
	if class < 0 {
		return ""
	}
	return classes[class]
}

// comparison is one comparison under way.
type comparison struct {
	base, next    Side
	options       Options
	figures       []pipeline.Figure // that both sides have
	own           []pipeline.Figure // the new run's
	baseOf, newOf []int             // places of the figures in either side's
	release       *record.Release
	first, second *pipeline.Statistics
	each          [2]*pipeline.Statistics // image by image, where first and second are of groups and there are slices
	all           *population
	split         *pipeline.Split
	parts         []part   // the slices
	names         []string // of all pairs
	images        []record.ImageChange
	properties    properties
	differing     []string // images whose labels are not the same in both runs
	pixels        int64    // valid, of all pairs
	contents      int      // pairs whose image or mask has another content
}

// Compare compares two evaluations and judges gates, which [Expand] has held against what is known. Runs that differ in what is not
// allowed are not judged: Comparable is then false.
func Compare(base, next Side, gates []Gate, o Options) (*Release, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c := &comparison{base: base, next: next, options: o.withDefaults(), release: &record.Release{Base: base.RunSide, New: next.RunSide, Classes: next.Evaluator.Columns().Classes}}
	if err := c.pair(); err != nil {
		return nil, err
	}
	if c.release.Paired == 0 {
		return nil, NothingInCommon(base.Dir, next.Dir)
	}
	if err := c.change(); err != nil {
		return nil, err
	}
	if c.differ(); !c.release.Comparable {
		c.release.Verdict = gate.Inconclusive
		return c.release, nil
	}
	if err := CheckBase(gates, base.Dir, base.Evaluator); err != nil {
		return nil, err
	}
	c.imagesChanged()
	for _, do := range []func() error{c.flip, c.slice, c.draw, func() error { return c.judge(gates) }} {
		if err := do(); err != nil {
			return nil, err
		}
	}
	c.release.Verdict = Overall(c.release.Gates)
	return c.release, nil
}

// pair reads the rows of both sides, which are in the same order where the datasets are the same; otherwise the new run's
// are looked up by name.
func (c *comparison) pair() error {
	c.match()
	units := min(c.base.Evaluator.MaxUnits(), c.next.Evaluator.MaxUnits())
	c.first, c.second = c.base.Evaluator.NewStatistics(units, c.options.Group), c.next.Evaluator.NewStatistics(units, c.options.Group)
	if c.split = c.next.Evaluator.NewSplit(c.options.Slices); len(c.options.Slices) > 0 && c.options.Group != nil {
		c.each[0], c.each[1] = c.base.Evaluator.NewStatistics(units, nil), c.next.Evaluator.NewStatistics(units, nil)
	}
	next, stop := iter.Pull2(c.next.readAhead())
	defer stop()
	waiting := map[string]*pipeline.Row{} // rows of the new run that were passed by
	ended := false
	find := func(name string) (*pipeline.Row, error) {
		if r, ok := waiting[name]; ok {
			delete(waiting, name)
			return r, nil
		}
		for !ended {
			r, err, ok := next()
			if !ok || err != nil {
				ended = true
				return nil, err
			}
			if r.Image == name {
				return r, nil
			}
			waiting[r.Image] = r
		}
		return nil, nil
	}
	for a, err := range c.base.readAhead() {
		if err != nil {
			return err
		}
		b, err := find(a.Image)
		if err != nil {
			return err
		}
		if err := c.add(a, b); err != nil {
			return err
		}
	}
	for !ended {
		_, err, ok := next()
		if err != nil {
			return err
		}
		if ended = !ok; ok {
			c.release.OnlyNew++
		}
	}
	c.release.OnlyNew += len(waiting)
	return nil
}

// match finds the figures that both sides have.
func (c *comparison) match() {
	theirs := c.base.Evaluator.NewStatistics(0, nil).Figures()
	c.own = c.next.Evaluator.NewStatistics(0, nil).Figures()
	for i, f := range c.own {
		if f.List {
			continue
		}
		if at := slices.IndexFunc(theirs, func(g pipeline.Figure) bool { return g.Name == f.Name && g.Class == f.Class }); at >= 0 {
			c.figures, c.baseOf, c.newOf = append(c.figures, f), append(c.baseOf, at), append(c.newOf, i)
		}
	}
}

// add adds an image of the base and the new run's; nil where that has none.
func (c *comparison) add(a, b *pipeline.Row) error {
	switch {
	case b == nil:
		c.release.OnlyBase++
		return nil
	case a.Status != record.OK || b.Status != record.OK:
		if a.Status == record.OK {
			c.release.OnlyBase++
		}
		if b.Status == record.OK {
			c.release.OnlyNew++
		}
		return nil
	}
	c.first.Add(a)
	c.second.Add(b)
	if c.each[0] != nil {
		c.each[0].Add(a)
		c.each[1].Add(b)
	}
	if err := c.split.Add(b); err != nil {
		return err
	}
	c.names = append(c.names, b.Image)
	c.release.Paired++
	c.pixels += b.ValidPixels
	if a.Digests != b.Digests {
		c.contents++
	}
	if a.LabelHash != b.LabelHash {
		c.differing = append(c.differing, b.Image)
	}
	c.noteImage(a, b)
	return nil
}

// change fills in every figure's change.
func (c *comparison) change() error {
	var err error
	if c.all, err = c.newPopulation("", c.first, c.second, c.release.Paired); err != nil {
		return err
	}
	if c.release.Changes, err = c.all.changes(); err != nil {
		return err
	}
	c.correct()
	r := c.options
	c.release.Bootstrap = record.Bootstrap{Resamples: r.Resamples, Seed: r.Seed, Confidence: r.Confidence, Method: r.Method, Units: c.all.paired.sample.Units(), Group: r.Column}
	c.release.Correction, c.release.Alpha = r.Correction, r.Alpha
	return nil
}

// correct corrects the p-values of each figure's classes.
func (c *comparison) correct() {
	list := c.release.Changes
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].Class != "" && list[to].Name == list[from].Name {
			to++
		}
		var p []float64
		for _, change := range list[from:to] {
			p = append(p, change.P)
		}
		for i, x := range c.adjust(p) {
			list[from+i].Adjusted = x
		}
		from = to
	}
}

// Overall is the verdict of all gates.
func Overall(list []GateResult) Verdict {
	verdict := gate.Passed
	for _, g := range list {
		switch {
		case g.Verdict == gate.Failed:
			return gate.Failed
		case g.Verdict == gate.Inconclusive && g.Gate.Inconclusive != gate.Pass:
			verdict = gate.Inconclusive
		}
	}
	return verdict
}

// ExitsWithFailure says whether a comparison's exit code is that of a failed gate.
func ExitsWithFailure(r *Release) bool {
	return slices.ContainsFunc(r.Gates, func(g record.GateResult) bool {
		return g.Verdict == gate.Failed || g.Verdict == gate.Inconclusive && g.Gate.Inconclusive == gate.Fail
	})
}
