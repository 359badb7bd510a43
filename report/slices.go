package report

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/record"
)

//go:embed slices.html.tmpl
var slicesText string

// finishSlices writes slices.csv where there are slices, and removes that of a run before where there are none.
func (f *Folder) finishSlices(s *record.Summary, write func(string, func(*atomicfile.File) error) error) error {
	if len(s.Slices) == 0 {
		if f.replaces {
			_ = os.Remove(filepath.Join(f.options.Out, "slices.csv")) // it may not be there
		}
		return nil
	}
	return write("slices.csv", func(w *atomicfile.File) error { return slicesCSV(w, s) })
}

// slicesCSV writes one row a slice, metric and class. A row NAME.difference has the headline figure less that of all images.
func slicesCSV(w io.Writer, s *record.Summary) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"by", "slice", "images", "metric", "class", "value", "ci_low", "ci_high", "n_valid", "status"}) // Error() below
	for _, part := range s.Slices {
		images := strconv.Itoa(part.Summary.Counts.OK)
		eachRow(part.Summary, func(row []string) {
			_ = out.Write(append([]string{part.By, part.Name, images}, row...)) // Error() below
		})
		if d := part.Difference; d.Metric != "" {
			v := record.Value{Value: d.Value, NValid: part.Summary.Counts.OK, CI: d.CI}
			if math.IsNaN(d.Value) {
				v.Status = "undefined"
			}
			_ = out.Write(append([]string{part.By, part.Name, images}, valueRow(d.Metric+".difference", "", v)...)) // Error() below
		}
	}
	out.Flush()
	return out.Error()
}

// slicesJSON are the slices in summary.json.
func slicesJSON(s *record.Summary) []ordered {
	var list []ordered
	for _, part := range s.Slices {
		o := ordered{{"by", part.By}, {"slice", part.Name}, {"images", part.Summary.Counts.OK}, {"valid_pixels", part.Summary.Counts.ValidPixels},
			{"telling", part.Telling}}
		if d := part.Difference; d.Metric != "" {
			o = append(o, pair{"difference", append(ordered{{"metric", d.Metric}, {"value", number(d.Value)}}, ends("ci", d.CI)...)})
		}
		o = append(o, figuresOf(part.Summary)...)
		if part.Summary.Bootstrap != nil {
			o = append(o, pair{"units", part.Summary.Bootstrap.Units})
		}
		list = append(list, o)
	}
	return list
}

// slicesPage is the report's section of slices.
type slicesPage struct {
	Metric    string
	Whole     string
	Smallest  int // images of the smallest slice
	Intervals bool
	Columns   []string // further figures
	Rows      []sliceRow
}

type sliceRow struct {
	By, Name   string
	Images     int
	Few        bool
	Value      string
	CI         string
	Sort       string
	Width      float64 // of the bar, percent; negative: none
	Difference string
	Interval   string // of the difference
	Apart      bool   // the difference's interval does not hold 0
	Worse      float64
	Cells      []cell
}

// sliceColumns are further figures that the table shows, where there are any; slices.csv has all.
var sliceColumns = []string{"mIoU", "mDice", "aAcc", "mAcc"}

// newSlicesPage is nil where there are no slices.
func newSlicesPage(s *record.Summary) *slicesPage {
	if len(s.Slices) == 0 {
		return nil
	}
	first := s.Slices[0].Difference
	p := &slicesPage{Metric: first.Metric, Smallest: s.Slices[0].Summary.Counts.OK, Intervals: s.Bootstrap != nil}
	write := shareOrPlain(first.Plain)
	whole, _ := headlineOf(s, first.Metric)
	p.Whole = write(whole.Value)
	for _, name := range sliceColumns {
		if _, ok := headlineOf(s, name); ok && name != first.Metric {
			p.Columns = append(p.Columns, name)
		}
	}
	for _, part := range s.Slices {
		p.Smallest = min(p.Smallest, part.Summary.Counts.OK)
		p.Rows = append(p.Rows, p.row(part, write))
	}
	if len(s.Losses) > 0 && first.Metric != "loss."+s.Losses[0].Name {
		p.Columns = append(p.Columns, "loss."+s.Losses[0].Name)
		for i, part := range s.Slices {
			v := part.Summary.Losses[0].Value
			p.Rows[i].Cells = append(p.Rows[i].Cells, cell{short(v.Value), span(v.CI, short), format(v.Value), -1})
		}
	}
	return p
}

func (p *slicesPage) row(part record.Slice, write func(float64) string) sliceRow {
	d := part.Difference
	v, _ := headlineOf(part.Summary, d.Metric)
	r := sliceRow{By: part.By, Name: part.Name, Images: part.Summary.Counts.OK, Few: !part.Telling, Value: write(v.Value), CI: span(v.CI, write), Sort: format(v.Value),
		Width: -1, Difference: signed(d.Value, write), Interval: span(d.CI, func(x float64) string { return signed(x, write) }), Worse: d.Worse()}
	if defined(v.Value) && !d.Plain {
		r.Width = math.Max(0, math.Min(100, 100*v.Value))
	}
	r.Apart = d.CI != nil && (d.CI.Low > 0 || d.CI.High < 0)
	for _, name := range p.Columns {
		v, _ := headlineOf(part.Summary, name)
		r.Cells = append(r.Cells, cell{percent(v.Value), span(v.CI, percent), format(v.Value), -1})
	}
	return r
}

func shareOrPlain(plain bool) func(float64) string {
	if plain {
		return short
	}
	return percent
}

// signed writes a difference with its sign.
func signed(x float64, write func(float64) string) string {
	if defined(x) && x >= 0 {
		return "+" + write(x)
	}
	return write(x)
}

// headlineOf is a scalar metric of a summary, or a loss as loss.NAME.
func headlineOf(s *record.Summary, name string) (record.Value, bool) {
	for _, m := range s.Metrics {
		if m.Name == name {
			return m.Value, true
		}
	}
	for _, l := range s.Losses {
		if "loss."+l.Name == name {
			return l.Value, true
		}
	}
	return record.Value{Value: math.NaN()}, false
}

// Note says what the table shows.
func (p *slicesPage) Note() string {
	images := "images"
	if p.Smallest == 1 {
		images = "image"
	}
	text := fmt.Sprintf("Parts of the images, the worst first by %s, which is %s over all images. The smallest slice has %d %s.", p.Metric, p.Whole, p.Smallest, images)
	if p.Intervals {
		text += " Ranges under a value are its interval; under a difference, the jackknife's."
	}
	return text
}
