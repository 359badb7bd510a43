package pipeline

import (
	"cmp"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// TellingImages is from how many images on a slice's difference is taken to mean something: below, one image decides.
const TellingImages = 10

// slicer forms the figures of slices. Every image's statistics are kept as bytes, and each slice is summed up by itself
// when all are there, by what sums up the whole: its figures are those of an evaluation of its images alone.
type slicer struct {
	columns   record.Columns
	plan      lossTotal
	set       *metrics.Set
	bootstrap *Bootstrap
	split     *Split
	log       *rowLog
	err       error // the first
	done      bool
	slices    []record.Slice
}

func newSlicer(list []slicing.Slicing, c record.Columns, plan lossTotal, set *metrics.Set, b *Bootstrap) *slicer {
	if len(list) == 0 {
		return nil
	}
	return &slicer{columns: c, plan: plan, set: set, bootstrap: b, split: newSplit(set, len(c.Classes), list), log: newRowLog(c, plan, set)}
}

// add adds a scored image.
func (s *slicer) add(out *outcome) {
	if s.err != nil {
		return
	}
	if s.err = s.split.Add(out.row()); s.err == nil {
		s.err = s.log.append(out)
	}
}

// Split finds the slices that scored images make.
type Split struct {
	set       *metrics.Set
	splitters []slicing.Splitter
	by        []string
	truth     []int64
}

// Part is one slice: its images are places in the order in which they were added.
type Part struct {
	By string
	slicing.Slice
}

// NewSplit begins to split images of this evaluation.
func (e *Evaluator) NewSplit(list []slicing.Slicing) *Split {
	return newSplit(e.metrics, len(e.Columns().Classes), list)
}

func newSplit(set *metrics.Set, classes int, list []slicing.Slicing) *Split {
	s := &Split{set: set, truth: make([]int64, classes)}
	for _, l := range list {
		s.by, s.splitters = append(s.by, l.By), append(s.splitters, l.New())
	}
	return s
}

// Add adds a scored image.
func (s *Split) Add(r *Row) error {
	if len(s.splitters) == 0 {
		return nil
	}
	s.set.Truth(r.States, s.truth)
	image := slicing.Image{Name: r.Image, Pixels: int64(r.Width) * int64(r.Height), Brightness: r.Brightness, Truth: s.truth}
	for _, p := range s.splitters {
		if err := p.Add(&image); err != nil {
			return err
		}
	}
	return nil
}

// Parts are the slices of what was added, those of one way of slicing after another.
func (s *Split) Parts() []Part {
	var list []Part
	for i, p := range s.splitters {
		for _, slice := range p.Slices() {
			list = append(list, Part{s.by[i], slice})
		}
	}
	return list
}

// fill gives the summary of all images its slices, the worst first. What is added later is not in them.
func (s *slicer) fill(whole *Summary, all *uncertainty) error {
	if s == nil {
		return nil
	}
	if s.done || s.err != nil {
		whole.Slices = s.slices
		return s.err
	}
	s.done = true
	defer s.log.close()
	h := newHeadline(s.set, whole, all)
	for _, part := range s.split.Parts() {
		slice, err := s.slice(part.By, part.Slice, h)
		if err != nil {
			s.err = err
			return err
		}
		s.slices = append(s.slices, slice)
	}
	slices.SortStableFunc(s.slices, func(a, b record.Slice) int { return WorstFirst(a.Difference.Worse(), b.Difference.Worse()) })
	whole.Slices = s.slices
	return nil
}

// failed is the error that leaves slices out.
func (s *slicer) failed() error {
	if s == nil {
		return nil
	}
	return s.err
}

// WorstFirst orders slices by how much worse than all images, or than before, they are; the undefined ones come last.
func WorstFirst(a, b float64) int {
	if math.IsNaN(a) || math.IsNaN(b) {
		return btoi(math.IsNaN(a)) - btoi(math.IsNaN(b))
	}
	return cmp.Compare(b, a)
}

// slice sums up a slice's images in input order.
func (s *slicer) slice(by string, part slicing.Slice, h *headline) (record.Slice, error) {
	a := newAggregate(s.columns, s.plan, s.set, s.bootstrap)
	for _, image := range part.Images {
		out, err := s.log.read(int(image))
		if err != nil {
			return record.Slice{}, err
		}
		a.counts.Images++
		a.counts.OK++
		a.score(out)
		s.set.Release(out.measured)
	}
	summary := a.summary()
	summary.Dataset = record.Dataset{}
	if err := a.intervals.fill(summary); err != nil {
		return record.Slice{}, err
	}
	return record.Slice{By: by, Name: part.Name, Summary: summary, Difference: h.difference(summary, part, a.intervals), Telling: len(part.Images) >= TellingImages}, nil
}

// headline is the figure that slices are ordered by.
type headline struct {
	figure  record.SliceDifference // of all images: its value in the place of a difference
	index   int                    // among the figures of uncertainty
	all     *uncertainty
	leftOut []float64 // the figure without each unit; nil without intervals
}

// newHeadline chooses mIoU, else the first scalar metric, else the first loss.
func newHeadline(set *metrics.Set, s *Summary, all *uncertainty) *headline {
	h := &headline{all: all, index: -1, figure: record.SliceDifference{Value: math.NaN()}}
	at := slices.IndexFunc(s.Metrics, func(m record.MetricValue) bool { return m.Name == "mIoU" })
	if at < 0 {
		at = slices.IndexFunc(s.Metrics, func(m record.MetricValue) bool { return m.Value.Values == nil })
	}
	if at >= 0 {
		m := s.Metrics[at]
		h.figure = record.SliceDifference{Metric: m.Name, Value: m.Value.Value, Plain: m.Plain, Lower: set.LowerIsBetter(m.Name)}
	} else if len(s.Losses) > 0 {
		h.figure = record.SliceDifference{Metric: "loss." + s.Losses[0].Name, Value: s.Losses[0].Value.Value, Plain: true, Lower: true}
	}
	if all != nil && h.figure.Metric != "" {
		h.index = all.figure(h.figure.Metric)
		h.leftOut = all.leftOut(h.index)
	}
	return h
}

// value is the figure in a summary.
func (h *headline) value(s *Summary) float64 {
	for _, m := range s.Metrics {
		if m.Name == h.figure.Metric {
			return m.Value.Value
		}
	}
	for _, l := range s.Losses {
		if "loss."+l.Name == h.figure.Metric {
			return l.Value.Value
		}
	}
	return math.NaN()
}

// difference is a slice's figure less that of all images. Its interval is the jackknife's: the difference without each image
// in turn, or without each group of images.
func (h *headline) difference(s *Summary, part slicing.Slice, own *uncertainty) record.SliceDifference {
	d := h.figure
	value := h.value(s)
	d.Value = value - h.figure.Value
	if own == nil {
		return d
	}
	d.CI = &record.Interval{Low: math.NaN(), High: math.NaN()}
	if h.leftOut == nil || h.all.span > 1 || own.span > 1 {
		return d
	}
	differences := make([]float64, len(h.leftOut))
	for unit, x := range h.leftOut {
		differences[unit] = value - x
	}
	left := own.leftOut(h.index)
	for i, image := range part.Images {
		unit := h.all.unit[image]
		differences[unit] = left[own.unit[i]] - h.leftOut[unit]
	}
	*d.CI = record.Interval(stats.Jackknife(d.Value, differences, own.options.Options))
	return d
}
