package report

import (
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/figure"
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
	From, To          float64 // the ends of the axis
	Quantiles         [5]float64
	At                [5]float64 // where the quantiles are, in the chart's pixels
	Count, Undefined  int
}

const chartWidth, chartHeight = 240.0, 72.0

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
	d, ok := figure.Distribution{Values: all}.Histogram()
	if !ok {
		return histogram{}, false
	}
	n := len(d.Sorted)
	h := histogram{Name: name, Low: d.Sorted[0], High: d.Sorted[n-1], From: d.Edge(0), To: d.Edge(figure.Bars), Count: n, Undefined: len(all) - n, Median: d.Quantile(0.5)}
	for i, share := range quantileShares {
		h.Quantiles[i] = d.Quantile(share)
		h.At[i] = min(1, d.Place(h.Quantiles[i])) * chartWidth
	}
	tallest, width := float64(slices.Max(d.Counts[:])), chartWidth/figure.Bars
	for i, n := range d.Counts {
		if n == 0 {
			continue
		}
		height := float64(n) / tallest * (chartHeight - 4)
		h.Bars = append(h.Bars, bar{float64(i) * width, chartHeight - height, width - 1, height, n, d.Edge(i), d.Edge(i + 1)})
	}
	return h, true
}

// Box is where the box begins, and how wide it is.
func (h histogram) Box() (b struct{ X, Width float64 }) {
	b.X, b.Width = h.At[1], max(1, h.At[3]-h.At[1])
	return b
}
