package report

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// parityPage is what the section "Against the reference" shows.
type parityPage struct {
	Lead        string
	Cards       []card
	Pairs       []parityPair
	MorePairs   int
	MarginOf    string
	Charts      []marginChart
	ChartWidth  float64
	ChartHeight float64
	Metrics     []parityMetric
	Most        []parityImage
}

type parityPair struct {
	Reference, Model string
	Pixels           int64
	OfDiffering      string // percent
	OfClass          string
}

type marginChart struct {
	Name   string
	Bars   []bar // To is −1 where there is no upper border
	Median float64
	Count  int64
	Axis   string
}

type parityMetric struct {
	Name, Class                              string
	Model, Reference, Difference             string
	ModelSort, ReferenceSort, DifferenceSort string
}

type parityImage struct {
	Image          string
	Differ, Pixels int64
	Share, Sort    string
}

// maxPairs bounds how many pairs of classes the page lists.
const maxPairs = 50

// newParityPage forms the section; nil without a reference.
func newParityPage(classes []string, p *record.ParitySummary) *parityPage {
	if p == nil {
		return nil
	}
	page := &parityPage{ChartWidth: chartWidth, ChartHeight: chartHeight, MarginOf: "of the " + p.MarginOf}
	page.Lead = fmt.Sprintf("How often the labels of %s are not those of %s, pixel by pixel at the label's size, on %d images. Figures are of valid pixels, those that metrics count.",
		p.Model.Name, referenceName(p), p.Images)
	page.Cards = parityCards(p)
	page.pairs(classes, p)
	if len(p.Histogram) > 0 {
		page.Charts = []marginChart{newMarginChart("pixels that differ", p, p.FlipMarginMedian, func(b record.MarginBin) int64 { return b.Differ }),
			newMarginChart("all pixels", p, p.MarginMedian, func(b record.MarginBin) int64 { return b.Pixels })}
	}
	for _, c := range p.Comparisons {
		if strings.HasSuffix(c.Name, "_img") {
			continue
		}
		page.Metrics = append(page.Metrics, newParityMetric(c))
	}
	for _, m := range p.Most {
		page.Most = append(page.Most, parityImage{m.Image, m.Share.Differ, m.Share.Pixels, shareText(m.Share), format(m.Share.Share)})
	}
	return page
}

// referenceName names the reference, and its device where it is the model itself.
func referenceName(p *record.ParitySummary) string {
	if p.Device != "" && p.Reference.SHA256 == p.Model.SHA256 {
		return p.Reference.Name + " on device " + p.Device
	}
	return p.Reference.Name
}

// shareText is a share in percent with three figures; 0 only where it is 0.
func shareText(s record.Share) string {
	if math.IsNaN(s.Share) {
		return "n/a"
	}
	return strconv.FormatFloat(100*s.Share, 'g', 3, 64)
}

func parityCards(p *record.ParitySummary) []card {
	list := []card{
		{Name: "pixels that differ", Value: shareText(p.Valid) + "%", Note: fmt.Sprintf("%d of %d valid", p.Valid.Differ, p.Valid.Pixels)},
	}
	if p.All.Pixels != p.Valid.Pixels {
		list = append(list, card{Name: "with ignored ones", Value: shareText(p.All) + "%", Note: fmt.Sprintf("%d of %d", p.All.Differ, p.All.Pixels)})
	}
	if p.MarginOf != "" {
		list = append(list, card{Name: "largest margin lost", Value: short(p.FlipMarginMax), Note: "median " + short(p.FlipMarginMedian) + "; of all pixels " + short(p.MarginMedian)})
	}
	for _, d := range []struct {
		name string
		of   record.Difference
	}{{"logits", p.Logits}, {"probabilities", p.Probabilities}} {
		if defined(d.of.Max) {
			list = append(list, card{Name: "change of " + d.name, Value: short(d.of.Max), Note: "at most; mean " + short(d.of.Mean)})
		}
	}
	return list
}

// pairs lists the pairs of classes that pixels went between, the most frequent first.
func (page *parityPage) pairs(classes []string, p *record.ParitySummary) {
	n := len(classes)
	type cell struct {
		a, b   int
		pixels int64
	}
	var list []cell
	rows := make([]int64, n)
	for i, pixels := range p.Pairs {
		rows[i/n] += pixels
		if pixels > 0 && i/n != i%n {
			list = append(list, cell{i / n, i % n, pixels})
		}
	}
	slices.SortStableFunc(list, func(x, y cell) int { return cmp.Compare(y.pixels, x.pixels) })
	page.MorePairs = max(0, len(list)-maxPairs)
	for _, c := range list[:min(len(list), maxPairs)] {
		page.Pairs = append(page.Pairs, parityPair{classes[c.a], classes[c.b], c.pixels,
			shareText(record.Share{Share: float64(c.pixels) / float64(p.Valid.Differ)}), shareText(record.Share{Share: float64(c.pixels) / float64(rows[c.a])})})
	}
}

func newMarginChart(name string, p *record.ParitySummary, median float64, count func(record.MarginBin) int64) marginChart {
	c := marginChart{Name: name, Median: median, Axis: short(p.Histogram[len(p.Histogram)-1].From) + " and above"}
	var tallest int64 = 1
	for _, b := range p.Histogram {
		tallest = max(tallest, count(b))
		c.Count += count(b)
	}
	width := chartWidth / float64(len(p.Histogram))
	for i, b := range p.Histogram {
		n := count(b)
		height := float64(n) / float64(tallest) * (chartHeight - 4)
		to := b.To
		if math.IsInf(to, 1) {
			to = -1
		}
		c.Bars = append(c.Bars, bar{float64(i) * width, chartHeight - height, width - 1, height, int(n), b.From, to})
	}
	return c
}

func newParityMetric(c record.Comparison) parityMetric {
	m := parityMetric{Name: c.Name, Class: c.Class, ModelSort: format(c.Model), ReferenceSort: format(c.Reference), DifferenceSort: format(c.Model - c.Reference)}
	figure := percent
	if c.Plain {
		figure = short
	}
	m.Model, m.Reference = figure(c.Model), figure(c.Reference)
	m.Difference = SignedDifference(c)
	return m
}

// SignedDifference is a comparison's difference for people: in points where the figure is shown in percent.
func SignedDifference(c record.Comparison) string {
	d := c.Model - c.Reference
	switch {
	case !defined(d):
		return "n/a"
	case d == 0:
		return "0"
	case !c.Plain:
		d *= 100
	}
	return strings.ReplaceAll(fmt.Sprintf("%+.3g", d), "-", "−")
}

// ParityPage writes the section alone as a page of its own.
func ParityPage(w io.Writer, title string, classes []string, p *record.ParitySummary) error {
	return parityTemplate.Execute(w, struct {
		Title  string
		Style  template.CSS
		Script template.JS
		Parity *parityPage
	}{title, template.CSS(pageStyle), template.JS(sortScript), newParityPage(classes, p)}) //nolint:gosec // both are files of this program
}
