package report

import (
	_ "embed"
	"math"
)

//go:embed distributions.html.tmpl
var distributionsText string

// distributionsPage is the section on how figures spread over the images.
type distributionsPage struct {
	Histograms    []histogram
	Width, Height float64
	Classes       []classSpread
	Metric        string
}

// classBins counts images by a class's figure from 0 to 1, in steps of 1/classSteps: memory does not grow with images.
type classBins struct {
	counts    []uint32
	images    int
	low, high float64
}

const classSteps = 2000

func (b *classBins) add(x float64) {
	if !defined(x) {
		return
	}
	if b.counts == nil {
		b.counts, b.low, b.high = make([]uint32, classSteps+1), x, x
	}
	b.counts[int(math.Round(max(0, min(1, x))*classSteps))]++
	b.low, b.high = min(b.low, x), max(b.high, x)
	b.images++
}

// quantile is within half a step of the value at the share of the images, the lower of two.
func (b *classBins) quantile(share float64) float64 {
	wanted, seen := int(math.Floor(share*float64(b.images-1))), 0
	for i, n := range b.counts {
		if seen += int(n); seen > wanted {
			return max(b.low, min(b.high, float64(i)/classSteps))
		}
	}
	return b.high
}

// classSpread is a class's box, in percent.
type classSpread struct {
	Name      string
	Images    int
	Box       bool // there is an image with the class
	Quantiles [5]float64
	Cells     []cell
}

// Middle is the width of the box.
func (s classSpread) Middle() float64 { return max(0.4, s.Quantiles[3]-s.Quantiles[1]) }

// Whiskers is the width from the 5% to the 95% quantile.
func (s classSpread) Whiskers() float64 { return s.Quantiles[4] - s.Quantiles[0] }

// newDistributionsPage draws the charts; nil where no image was scored.
func (k *charts) newDistributionsPage(classes []string) *distributionsPage {
	p := &distributionsPage{Histograms: k.histograms(), Width: chartWidth, Height: chartHeight, Metric: "IoU"}
	if len(p.Histograms) == 0 {
		return nil
	}
	for c := range k.classes {
		b := &k.classes[c]
		row := classSpread{Name: classes[c], Images: b.images, Box: b.images > 0}
		for i, share := range quantileShares {
			q := math.NaN()
			if row.Box {
				q = b.quantile(share)
			}
			row.Quantiles[i] = 100 * q
			row.Cells = append(row.Cells, cell{percent(q), "", format(q), -1})
		}
		p.Classes = append(p.Classes, row)
	}
	return p
}
