package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
)

// Trend is the runs on one dataset, the oldest first, and the series of their figures.
type Trend struct {
	Dataset, Digest string
	Runs            []TrendRun
	Series          []TrendSeries
}

// TrendRun is a run as the page of trends shows it.
type TrendRun struct {
	ID                                    int64
	When, Model, Verdict, Names, Revision string // Names: tags and releases
	Release                               bool   // it was named a release
}

// TrendSeries is one figure over the runs. Points follow Runs; NaN is a run without the figure.
type TrendSeries struct {
	Name     string
	Plain    bool // not a share: to be shown as it is, and not as a percentage
	Points   []TrendPoint
	Segments []TrendSegment
	Noise    float64 // standard deviation from one run to the next
}

// TrendPoint is a figure of a run with its interval, whose ends are NaN where there is none.
type TrendPoint struct{ Value, Low, High float64 }

// TrendSegment is runs From to To-1 of Runs, whose figures keep a level.
type TrendSegment struct {
	From, To int
	Level    float64
}

var (
	//go:embed trend.html.tmpl
	trendText     string
	trendTemplate = template.Must(template.New("trend").Parse(trendText))
)

// The size of a chart.
const trendWidth, trendHeight = 480, 170

// trendChart is a series as it is drawn.
type trendChart struct {
	Name, Label         string
	Line, Ribbon        string
	Levels              []trendLevel
	Dots                []trendDot
	Cuts                []float64
	Low, High           string
	First, Last, Latest string
	Width, Height       int
}

type trendLevel struct{ X, W, Y, Top, H float64 }

type trendDot struct {
	X, Y    float64
	Title   string
	Release bool
}

// trendChange is a change of level as the table lists it.
type trendChange struct {
	Figure, Before, After, Difference, Interval string
	Run                                         TrendRun
}

// Trends writes the page of trends: one file, offline. note says which runs they are.
func Trends(w io.Writer, note string, trends []Trend) error {
	type group struct {
		Trend
		Charts  []trendChart
		Changes []trendChange
		Newest  []TrendRun
	}
	page := struct {
		Style  template.CSS
		Note   string
		Groups []group
	}{Style: template.CSS(pageStyle), Note: note} //nolint:gosec // a file of this program
	for _, t := range trends {
		g := group{Trend: t}
		for _, s := range t.Series {
			g.Charts = append(g.Charts, s.draw(t.Runs))
			g.Changes = append(g.Changes, s.changes(t.Runs)...)
		}
		for i := range t.Runs {
			g.Newest = append(g.Newest, t.Runs[len(t.Runs)-1-i])
		}
		page.Groups = append(page.Groups, g)
	}
	return trendTemplate.Execute(w, page)
}

// draw lays a series out. Runs stand at equal distances.
func (s TrendSeries) draw(runs []TrendRun) trendChart {
	low, high := s.bounds()
	x := func(i float64) float64 { return trendWidth * (i + 0.5) / float64(len(runs)) }
	y := func(v float64) float64 { return trendHeight * (high - v) / (high - low) }
	c := trendChart{Name: s.Name, Low: s.text(low), High: s.text(high), Width: trendWidth, Height: trendHeight, First: runs[0].When, Last: runs[len(runs)-1].When}
	c.Line, c.Ribbon = s.paths(x, y)
	for i, p := range s.Points {
		if !defined(p.Value) {
			continue
		}
		c.Latest = s.text(p.Value)
		c.Dots = append(c.Dots, trendDot{x(float64(i)), y(p.Value), s.title(runs[i], p), runs[i].Release})
	}
	for i, g := range s.Segments {
		from, to := x(float64(g.From)-0.5), x(float64(g.To)-0.5)
		c.Levels = append(c.Levels, trendLevel{from, to - from, y(g.Level), y(g.Level + 2*s.Noise), y(g.Level-2*s.Noise) - y(g.Level+2*s.Noise)})
		if i > 0 {
			c.Cuts = append(c.Cuts, from)
		}
	}
	c.Label = fmt.Sprintf("%s over %d runs, from %s to %s; the last is %s; %d changes", s.Name, len(runs), c.Low, c.High, c.Latest, len(c.Cuts))
	return c
}

// bounds are the chart's ends: everything that is drawn, with some room.
func (s TrendSeries) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		for _, v := range []float64{p.Value, p.Low, p.High} {
			if defined(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	for _, g := range s.Segments {
		low, high = min(low, g.Level-2*s.Noise), max(high, g.Level+2*s.Noise)
	}
	if math.IsInf(low, 1) {
		return 0, 1
	}
	room := 0.05 * (high - low)
	if room == 0 {
		room = max(1e-6, 0.01*math.Abs(high))
	}
	return low - room, high + room
}

// paths are the line through the values and the ribbon of their intervals; both have gaps where something is undefined.
func (s TrendSeries) paths(x, y func(float64) float64) (line, ribbon string) {
	var path, area strings.Builder
	var lower []string // the ribbon's way back
	flush := func() {
		for i := len(lower) - 1; i >= 0; i-- {
			area.WriteString(lower[i])
		}
		if len(lower) > 0 {
			area.WriteByte('Z')
		}
		lower = lower[:0]
	}
	joined := false
	for i, p := range s.Points {
		at := x(float64(i))
		if joined = joined && defined(p.Value); defined(p.Value) {
			fmt.Fprintf(&path, "%s%.1f %.1f", letter(joined), at, y(p.Value))
			joined = true
		}
		if !defined(p.Low) || !defined(p.High) {
			flush()
			continue
		}
		fmt.Fprintf(&area, "%s%.1f %.1f", letter(len(lower) > 0), at, y(p.High))
		lower = append(lower, fmt.Sprintf("L%.1f %.1f", at, y(p.Low)))
	}
	flush()
	return path.String(), area.String()
}

func letter(joined bool) string {
	if joined {
		return "L"
	}
	return "M"
}

// changes lists the changes of level, and whether the new one lies within the interval of the last run before.
func (s TrendSeries) changes(runs []TrendRun) (list []trendChange) {
	for i := 1; i < len(s.Segments); i++ {
		before, after := s.Segments[i-1], s.Segments[i]
		c := trendChange{s.Name, s.text(before.Level), s.text(after.Level), s.difference(after.Level - before.Level), "no interval", runs[after.From]}
		for at := after.From - 1; at >= before.From; at-- {
			p := s.Points[at]
			if !defined(p.Low) || !defined(p.High) {
				continue
			}
			c.Interval = "outside of run " + strconv.FormatInt(runs[at].ID, 10) + "’s"
			if after.Level >= p.Low && after.Level <= p.High {
				c.Interval = "within run " + strconv.FormatInt(runs[at].ID, 10) + "’s"
			}
			break
		}
		list = append(list, c)
	}
	return list
}

func (s TrendSeries) text(v float64) string {
	if s.Plain {
		return short(v)
	}
	return strconv.FormatFloat(100*v, 'f', 2, 64)
}

func (s TrendSeries) difference(d float64) string {
	text := s.text(d)
	if d > 0 {
		text = "+" + text
	}
	return strings.Replace(text, "-", "−", 1)
}

func (s TrendSeries) title(r TrendRun, p TrendPoint) string {
	text := fmt.Sprintf("run %d, %s, %s: %s", r.ID, r.When, r.Model, s.text(p.Value))
	if defined(p.Low) && defined(p.High) {
		text += fmt.Sprintf(" (%s to %s)", s.text(p.Low), s.text(p.High))
	}
	for _, more := range []string{r.Names, r.Verdict} {
		if more != "" {
			text += ", " + more
		}
	}
	return text
}
