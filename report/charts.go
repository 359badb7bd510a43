package report

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// charts gathers what the report's distributions show: float32 values, four bytes an image and chart.
type charts struct {
	names  []string
	values [][]float32
	iou    int // the column of mIoU in Record.Means, or -1
}

func newCharts(c record.Columns) *charts {
	k := &charts{iou: slices.Index(c.Means, "mIoU")}
	for _, name := range c.Losses {
		k.names = append(k.names, "loss."+name)
	}
	if k.iou >= 0 {
		k.names = append(k.names, "mIoU")
	}
	k.values = make([][]float32, len(k.names))
	return k
}

// maxSample bounds a chart's memory; a distribution of this many images looks like that of more.
const maxSample = 1 << 18

func (k *charts) add(r *record.Record) {
	if r.Status != record.OK || len(k.values) > 0 && len(k.values[0]) >= maxSample {
		return
	}
	for i, x := range r.Losses {
		k.values[i] = append(k.values[i], float32(x))
	}
	if k.iou >= 0 {
		k.values[len(k.values)-1] = append(k.values[len(k.values)-1], float32(r.Means[k.iou]))
	}
}

// bar is one bar of a histogram, in the chart's pixels.
type bar struct {
	X, Y, Width, Height float64
	Count               int
	From, To            float64
}

// histogram is a distribution as the template draws it.
type histogram struct {
	Name                 string
	Bars                 []bar
	Low, Median, High, X float64 // X: the median's place
	Count                int
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
		if v := float64(x); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return histogram{}, false
	}
	slices.Sort(values)
	low, high := values[0], values[len(values)-1]
	h := histogram{Name: name, Low: low, High: high, Count: len(values), Median: (values[(len(values)-1)/2] + values[len(values)/2]) / 2}
	span := max(high-low, 1e-12)
	counts := make([]int, chartBars)
	for _, v := range values {
		counts[min(chartBars-1, int((v-low)/span*chartBars))]++
	}
	h.X = min(1, (h.Median-low)/span) * chartWidth
	tallest, width := float64(slices.Max(counts)), chartWidth/chartBars
	for i, n := range counts {
		height := float64(n) / tallest * (chartHeight - 4)
		h.Bars = append(h.Bars, bar{float64(i) * width, chartHeight - height, width - 1, height, n, low + span*float64(i)/chartBars, low + span*float64(i+1)/chartBars})
	}
	return h, true
}
