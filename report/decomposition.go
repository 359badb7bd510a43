package report

import (
	_ "embed"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/figure"
)

//go:embed decomposition.html.tmpl
var decompositionText string

// errorKeys are the classes of figure.ErrorKinds in the style, whose patterns tell the kinds apart without their colours.
var errorKeys = []string{"boundary", "confused", "missed", "invented"}

// decompositionPage is the section on the kinds of errors.
type decompositionPage struct {
	Labels  bool // may overlap: every pixel is a decision for each
	Kinds   []errorKind
	Wrong   string // percent of the valid pixels, or of the decisions
	Parts   []stackPart
	Classes []decompositionRow
	Widest  string // what the whole width of a class's bar is, percent
}

// errorKind is one kind, over all classes.
type errorKind struct{ Key, Name, About, Metric, Value, Interval, OfWrong string }

// stackPart is a stretch of a stacked bar, in percent of its width.
type stackPart struct {
	Key, Title string
	X, Width   float64
}

type decompositionRow struct {
	Name  string
	Parts []stackPart
	Cells []cell
	Sum   cell
}

// newDecompositionPage draws the error decomposition; nil where it was not measured as a whole.
func newDecompositionPage(f record.Figures) *decompositionPage {
	p := &decompositionPage{Labels: len(f.LabelCounts) > 0}
	var values []float64
	wrong := 0.0
	for i, k := range figure.ErrorKinds {
		v, name, ok := f.Scalar(k.Measure)
		if !ok {
			return nil
		}
		values = append(values, v.Value)
		wrong += v.Value
		p.Kinds = append(p.Kinds, errorKind{Key: errorKeys[i], Name: k.Name, About: k.About, Metric: name, Value: percent(v.Value), Interval: span(v.CI, percent)})
	}
	p.Wrong = percent(wrong)
	for i, v := range values {
		p.Kinds[i].OfWrong = percent(v / wrong)
	}
	p.Parts = stack(values, wrong, p.Unit())
	p.classes(f)
	return p
}

// Unit is what the kinds' shares are of.
func (p *decompositionPage) Unit() string {
	if p.Labels {
		return "decisions"
	}
	return "pixels"
}

// classes adds a row a class, the bars on one scale.
func (p *decompositionPage) classes(f record.Figures) {
	lists := make([][]record.Value, len(figure.ErrorKinds))
	for k, kind := range figure.ErrorKinds {
		if lists[k] = f.ClassValues(kind.Measure); lists[k] == nil {
			return
		}
	}
	sums, widest := make([]float64, len(f.Classes)), 0.0
	for c := range f.Classes {
		for k := range lists {
			sums[c] += at(lists[k], c).Value
		}
		if defined(sums[c]) {
			widest = max(widest, sums[c])
		}
	}
	p.Widest = percent(widest)
	for c, name := range f.Classes {
		row := decompositionRow{Name: name, Sum: cell{percent(sums[c]), "", format(sums[c]), -1}}
		var values []float64
		for k := range lists {
			v := at(lists[k], c)
			values = append(values, v.Value)
			row.Cells = append(row.Cells, cell{percent(v.Value), span(v.CI, percent), format(v.Value), -1})
		}
		row.Parts = stack(values, widest, "true pixels")
		p.Classes = append(p.Classes, row)
	}
}

// stack lays values, shares of a unit, side by side in a bar whose whole width is total; none where one is undefined or nothing is there.
func stack(values []float64, total float64, unit string) []stackPart {
	var parts []stackPart
	x := 0.0
	for k, v := range values {
		if !defined(v) || !(total > 0) {
			return nil
		}
		width := 100 * v / total
		if v > 0 {
			parts = append(parts, stackPart{Key: errorKeys[k], Title: figure.ErrorKinds[k].Name + ": " + percent(v) + "% of the " + unit, X: x, Width: width})
		}
		x += width
	}
	return parts
}
