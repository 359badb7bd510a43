package report

import (
	_ "embed" // of the page
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"

	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/record"
)

//go:embed compare.html.tmpl
var compareText string

//go:embed compare.js
var compareScript string

var compareTemplate = parsed(compareText)

// comparePage is what compare.html shows.
type comparePage struct {
	Title, Verdict, Sign, Lead string
	Contents                   []link
	Tips                       []tip
	Style                      template.CSS
	Script                     template.JS
	Cards                      []card
	Gates                      []compareGate
	Differences                []record.RunDifference
	Changes                    []compareRow
	Classes                    []compareRow
	Pairs                      []comparePair
	FlipsWhy                   string
	Metric                     string
	Worst, Best                []compareImage
	WorstShots, BestShots      []compareShot
	Left                       int // images whose pictures the page has no room for
	PicturesWhy                string
	Colors                     []classRow
	Slices                     []compareSlice
	SlicesWhy                  string
	Correlations               []compareCorrelation
	Bootstrap                  record.Bootstrap
	Confidence                 string
	Correction                 string
	Alpha                      float64
}

type compareGate struct {
	Gate, Figure, Sign, Verdict, Base, New, Interval, Why string
}

type compareRow struct {
	Name, Class, Base, New, Difference, Interval, P, Sort string
	Chance                                                bool
	Low, High                                             float64 // of the bar, in percent of its width
	Bar                                                   bool
}

type comparePair struct {
	Truth, Base, New, Kind string
	Pixels                 int64
}

type compareImage struct {
	Image, Base, New, Difference, Sort string
	Pixels                             int64
}

type compareCorrelation struct {
	With, Rho, P string
	Chance       bool
	N            int
}

type compareSlice struct {
	By, Slice string
	Images    int
	compareRow
	Few bool
}

// ReleasePage writes compare.html, one file that loads nothing.
func ReleasePage(w io.Writer, r *record.Release) error {
	p := comparePage{Title: r.New.Model.Name + " against " + r.Base.Model.Name, Verdict: verdictText(r), Sign: verdictSigns[r.Verdict],
		Lead:  r.New.Dir + " against the baseline " + r.Base.Dir + ", paired image by image.",
		Style: template.CSS(pageStyle + chartStyle), Script: template.JS(sortScript + compareScript + tipsScript), Tips: releaseTips(r), //nolint:gosec // both are files of this program
		Differences: r.Differences, FlipsWhy: r.FlipsWhy, Metric: r.Effect.Metric, Bootstrap: r.Bootstrap, Confidence: short(100 * r.Bootstrap.Confidence),
		Correction: map[string]string{"bh": "Benjamini and Hochberg"}[r.Correction], Alpha: r.Alpha}
	if p.Correction == "" {
		p.Correction = "Holm"
	}
	p.cards(r)
	for _, g := range r.Gates {
		p.Gates = append(p.Gates, compareGate{gateName(g), g.Name, verdictSigns[g.Verdict], string(g.Verdict), figureText(g.Base, g.Plain), figureText(g.New, g.Plain), intervalText(g.CI, g.Plain), g.Why})
	}
	reach := barReach(r.Changes)
	for _, c := range r.Changes {
		row := newCompareRow(c, r.Alpha, reach)
		if c.Class == "" {
			p.Changes = append(p.Changes, row)
		} else {
			p.Classes = append(p.Classes, row)
		}
	}
	p.flips(r)
	p.Worst, p.Best = compareImages(r.Worst), compareImages(r.Best)
	p.pictures(r)
	p.slices(r)
	for _, c := range r.Correlations {
		p.Correlations = append(p.Correlations, compareCorrelation{c.With, short(c.Rho), short(c.P), c.P > r.Alpha, c.N})
	}
	p.contents()
	t, err := withTips(compareTemplate, p.Tips)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// contents lists the sections that the page has.
func (p *comparePage) contents() {
	for _, l := range []struct {
		there bool
		link
	}{{len(p.Gates) > 0, link{"gates", "Gates"}}, {len(p.Differences) > 0, link{"differences", "Settings"}}, {true, link{"figures", "Every figure"}}, {len(p.Classes) > 0, link{"classes", "By class"}},
		{len(p.Slices) > 0 || p.SlicesWhy != "", link{"slices", "Slices"}}, {true, link{"pixels", "Pixels"}}, {p.Metric != "", link{"images", "Images"}}} {
		if l.there {
			p.Contents = append(p.Contents, l.link)
		}
	}
}

// releaseTips are the definitions of the figures that are compared.
func releaseTips(r *record.Release) []tip {
	var list []tip
	for name, d := range r.Definitions {
		list = append(list, tip{Name: name, Doc: d.Doc, Link: docsLink(d.Page, d.Heading)})
	}
	return numbered(list)
}

// pictures fills in the images that have some.
func (p *comparePage) pictures(r *record.Release) {
	room, left := maxPictures, 0
	p.PicturesWhy = r.PicturesWhy
	p.WorstShots, p.Left = shots(r.Worst, p.Worst, &room)
	p.BestShots, left = shots(r.Best, p.Best, &room)
	p.Left += left
	if len(p.WorstShots)+len(p.BestShots) == 0 {
		return
	}
	for i, c := range palette.ClassColors(len(r.Classes), r.Palette) {
		p.Colors = append(p.Colors, classRow{Name: r.Classes[i], Color: fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])})
	}
}

// slices fills in how the slices changed.
func (p *comparePage) slices(r *record.Release) {
	p.SlicesWhy = r.SlicesWhy
	var list []record.Change
	for _, s := range r.Slices {
		list = append(list, s.Change)
	}
	reach := barReach(list)
	for _, s := range r.Slices {
		p.Slices = append(p.Slices, compareSlice{s.By, s.Name, s.Images, newCompareRow(s.Change, r.Alpha, reach), !s.Telling})
	}
}

func (p *comparePage) cards(r *record.Release) {
	for _, c := range headline(r, 4) {
		p.Cards = append(p.Cards, card{Name: c.Name, Term: c.Name, Value: figureText(c.New, c.Plain), Interval: differenceText(c, r.Alpha), Note: "was " + figureText(c.Base, c.Plain) + "; change " + intervalText(c.CI, c.Plain)})
	}
	p.Cards = append(p.Cards, card{Name: "images", Value: strconv.Itoa(r.Paired), Note: effectText(r)})
	if r.Flips != nil {
		p.Cards = append(p.Cards, card{Name: "right to wrong", Value: strconv.FormatInt(r.Flips.RightToWrong, 10), Note: "valid pixels"},
			card{Name: "wrong to right", Value: strconv.FormatInt(r.Flips.WrongToRight, 10), Note: "valid pixels"})
	}
}

// barReach is how far from 0 the bars reach that show the intervals of shares' changes: as far as the widest interval, but no
// farther than four times the median one, so that a single wide interval does not make specks of the others.
func barReach(list []record.Change) float64 {
	var reaches []float64
	for _, c := range list {
		if !c.Plain && defined(c.CI.Low) && defined(c.CI.High) {
			reaches = append(reaches, max(-c.CI.Low, c.CI.High, 0))
		}
	}
	if len(reaches) == 0 {
		return 0
	}
	slices.Sort(reaches)
	widest := reaches[len(reaches)-1]
	if median := reaches[len(reaches)/2]; median > 0 {
		return min(widest, 4*median)
	}
	return widest
}

func newCompareRow(c record.Change, alpha, reach float64) compareRow {
	row := compareRow{Name: c.Name, Class: c.Class, Base: figureText(c.Base, c.Plain), New: figureText(c.New, c.Plain), Difference: differenceText(c, alpha),
		Interval: intervalText(c.CI, c.Plain), P: short(c.Adjusted), Sort: format(c.Difference), Chance: defined(c.Adjusted) && c.Adjusted > alpha}
	if !c.Plain && reach > 0 && defined(c.CI.Low) && defined(c.CI.High) {
		end := func(x float64) float64 { return 50 + 50*max(-1, min(1, x/reach)) }
		row.Bar, row.Low, row.High = true, end(c.CI.Low), end(c.CI.High)
	}
	return row
}

// maxComparePairs bounds how many pairs of classes the page lists.
const maxComparePairs = 50

func (p *comparePage) flips(r *record.Release) {
	if r.Flips == nil {
		return
	}
	pairs := slices.Clone(r.Flips.Pairs)
	slices.SortStableFunc(pairs, func(a, b record.FlipPair) int { return int(max(-1, min(1, b.Pixels-a.Pixels))) })
	for _, f := range pairs[:min(len(pairs), maxComparePairs)] {
		kind := "wrong either way"
		switch f.Truth {
		case f.From:
			kind = "right → wrong"
		case f.To:
			kind = "wrong → right"
		}
		p.Pairs = append(p.Pairs, comparePair{r.Classes[f.Truth], r.Classes[f.From], r.Classes[f.To], kind, f.Pixels})
	}
}

func compareImages(list []record.ImageChange) []compareImage {
	var rows []compareImage
	for _, i := range list {
		rows = append(rows, compareImage{i.Image, percent(i.Base), percent(i.New), SignedDifference(record.Comparison{Model: i.Difference}), format(i.Difference), i.Pixels})
	}
	return rows
}
