package report

import (
	"math"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// charts gathers what the report's distributions show: float32 values, four bytes an image and chart, and of every class's
// IoU how many images have which.
type charts struct {
	names    []string
	values   [][]float32
	means    []int // columns of Record.Means: values holds them after the losses
	exported int   // how many of the charts exports have, too: the losses and mIoU
	iou      int   // the chart of mIoU, or -1
	classIoU int   // the row of IoU in Record.PerClass, or -1
	classes  []classBins
}

// maxCharts bounds how many distributions of metrics are drawn beside mIoU's; alike are metrics whose distributions say
// what others say. The bound of an error and thresholds are no figures to draw.
const maxCharts = 12

var alike = []string{"mAcc", "fwIoU", "mFscore", "mPrecision", "mRecall"}

func newCharts(c record.Columns) *charts {
	k := &charts{iou: -1, classIoU: slices.Index(c.PerClass, "IoU")}
	for _, name := range c.Losses {
		k.names = append(k.names, "loss."+name)
	}
	if at := slices.Index(c.Means, "mIoU"); at >= 0 {
		k.iou = len(k.names)
		k.names, k.means = append(k.names, "mIoU"), append(k.means, at)
	}
	k.exported = len(k.names)
	for at, name := range c.Means {
		if name == "mIoU" || slices.Contains(alike, name) || strings.HasSuffix(name, "_bound") || strings.Contains(name, "threshold") {
			continue
		}
		if len(k.names) < k.exported+maxCharts {
			k.names, k.means = append(k.names, name), append(k.means, at)
		}
	}
	k.values = make([][]float32, len(k.names))
	if k.classIoU >= 0 {
		k.classes = make([]classBins, len(c.Classes))
	}
	return k
}

// maxSample bounds a chart's memory; a distribution of this many images looks like that of more.
const maxSample = 1 << 18

func (k *charts) add(r *record.Record) {
	if r.Status != record.OK {
		return
	}
	for c := range k.classes {
		k.classes[c].add(r.PerClass[k.classIoU][c])
	}
	if len(k.values) > 0 && len(k.values[0]) >= maxSample {
		return
	}
	for i, x := range r.Losses {
		k.values[i] = append(k.values[i], float32(x))
	}
	for i, at := range k.means {
		i += len(r.Losses)
		k.values[i] = append(k.values[i], float32(r.Means[at]))
	}
}

// quantileShares are the quantiles that a distribution shows, the median in the middle.
var quantileShares = [5]float64{0.05, 0.25, 0.5, 0.75, 0.95}

// bar is one bar of a histogram, in the chart's pixels.
type bar struct {
	X, Y, Width, Height float64
	Count               int
	From, To            float64
}

// histogram is a distribution as the template draws it, with a box from quartile to quartile below its bars.
type histogram struct {
	Name              string
	Bars              []bar
	Low, Median, High float64
	Quantiles         [5]float64
	At                [5]float64 // where the quantiles are, in the chart's pixels
	Count, Undefined  int
}

const (
	chartWidth, chartHeight = 240.0, 72.0
	chartBars               = 24
)

func (k *charts) histograms() []histogram {
	var list []histogram
	for i, name := range k.names {
		if h, ok := newHistogram(name, k.values[i]); ok {
			list = append(list, h)
		}
	}
	return list
}

func newHistogram(name string, all []float32) (histogram, bool) {
	var values []float64
	for _, x := range all {
		if v := float64(x); defined(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return histogram{}, false
	}
	slices.Sort(values)
	low, high := values[0], values[len(values)-1]
	h := histogram{Name: name, Low: low, High: high, Count: len(values), Undefined: len(all) - len(values), Median: (values[(len(values)-1)/2] + values[len(values)/2]) / 2}
	span := max(high-low, 1e-12)
	counts := make([]int, chartBars)
	for _, v := range values {
		counts[min(chartBars-1, int((v-low)/span*chartBars))]++
	}
	for i, share := range quantileShares {
		h.Quantiles[i] = quantileOf(values, share)
		h.At[i] = min(1, (h.Quantiles[i]-low)/span) * chartWidth
	}
	tallest, width := float64(slices.Max(counts)), chartWidth/chartBars
	for i, n := range counts {
		if n == 0 {
			continue
		}
		height := float64(n) / tallest * (chartHeight - 4)
		h.Bars = append(h.Bars, bar{float64(i) * width, chartHeight - height, width - 1, height, n, low + span*float64(i)/chartBars, low + span*float64(i+1)/chartBars})
	}
	return h, true
}

// quantileOf interpolates between sorted values, as numpy does by default.
func quantileOf(sorted []float64, share float64) float64 {
	x := share * float64(len(sorted)-1)
	k := int(math.Floor(x))
	return sorted[k] + (x-float64(k))*(sorted[min(k+1, len(sorted)-1)]-sorted[k])
}

// Box is where the box begins, and how wide it is.
func (h histogram) Box() (b struct{ X, Width float64 }) {
	b.X, b.Width = h.At[1], max(1, h.At[3]-h.At[1])
	return b
}
