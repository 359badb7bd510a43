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

// tellingImages is from how many images on a slice's difference is taken to mean something: below, one image decides.
const tellingImages = 10

// slicer forms the figures of slices. Every image's statistics are kept as bytes, and each slice is summed up by itself
// when all are there, by what sums up the whole: its figures are those of an evaluation of its images alone.
type slicer struct {
	columns   record.Columns
	plan      lossTotal
	set       *metrics.Set
	bootstrap *Bootstrap
	slicings  []slicing.Slicing
	splitters []slicing.Splitter
	log       *rowLog
	truth     []int64
	err       error // the first
	done      bool
	slices    []record.Slice
}

func newSlicer(list []slicing.Slicing, c record.Columns, plan lossTotal, set *metrics.Set, b *Bootstrap) *slicer {
	if len(list) == 0 {
		return nil
	}
	s := &slicer{columns: c, plan: plan, set: set, bootstrap: b, slicings: list, log: newRowLog(c, plan, set), truth: make([]int64, len(c.Classes))}
	for _, l := range list {
		s.splitters = append(s.splitters, l.New())
	}
	return s
}

// add adds a scored image.
func (s *slicer) add(out *outcome) {
	if s.err != nil {
		return
	}
	r := out.record
	s.set.Truth(out.measured, s.truth)
	image := slicing.Image{Name: r.Image, Pixels: int64(r.Width) * int64(r.Height), Brightness: r.Brightness, Truth: s.truth}
	for _, p := range s.splitters {
		if err := p.Add(&image); err != nil {
			s.err = err
			return
		}
	}
	s.err = s.log.append(out)
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
	for i, p := range s.splitters {
		for _, part := range p.Slices() {
			slice, err := s.slice(s.slicings[i].By, part, h)
			if err != nil {
				s.err = err
				return err
			}
			s.slices = append(s.slices, slice)
		}
	}
	slices.SortStableFunc(s.slices, func(a, b record.Slice) int { return worstFirst(a.Difference.Worse(), b.Difference.Worse()) })
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

// worstFirst orders differences, the undefined ones last.
func worstFirst(a, b float64) int {
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
	return record.Slice{By: by, Name: part.Name, Summary: summary, Difference: h.difference(summary, part, a.intervals), Telling: len(part.Images) >= tellingImages}, nil
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
