package report

import (
	_ "embed"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed decomposition.html.tmpl
var decompositionText string

// errorKinds are the kinds of a wrong pixel. Key is the class in the style, whose pattern tells the kinds apart without
// their colours.
var errorKinds = []struct{ measure, key, name, about string }{
	{"error_boundary", "boundary", "boundary", "near a true boundary"},
	{"error_confusion", "confused", "class confusion", "an object, or a part of it, under another class"},
	{"error_missed", "missed", "missed object", "a true object that was not found"},
	{"error_invented", "invented", "invented object", "a predicted object that is not there"},
}

// decompositionPage is the section on the kinds of errors.
type decompositionPage struct {
	Kinds   []errorKind
	Wrong   string // percent of the valid pixels
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
func (f *Folder) newDecompositionPage(s *record.Summary) *decompositionPage {
	p := &decompositionPage{}
	var values []float64
	wrong := 0.0
	for _, k := range errorKinds {
		v, name, ok := f.scalar(s, k.measure)
		if !ok {
			return nil
		}
		values = append(values, v.Value)
		wrong += v.Value
		p.Kinds = append(p.Kinds, errorKind{Key: k.key, Name: k.name, About: k.about, Metric: name, Value: percent(v.Value), Interval: span(v.CI, percent)})
	}
	p.Wrong = percent(wrong)
	for i, v := range values {
		p.Kinds[i].OfWrong = percent(v / wrong)
	}
	p.Parts = stack(values, wrong)
	p.classes(s, f)
	return p
}

// classes adds a row a class, the bars on one scale.
func (p *decompositionPage) classes(s *record.Summary, f *Folder) {
	lists := make([][]record.Value, len(errorKinds))
	for k := range errorKinds {
		if lists[k] = f.perClass(s, errorKinds[k].measure); lists[k] == nil {
			return
		}
	}
	sums, widest := make([]float64, len(s.Classes)), 0.0
	for c := range s.Classes {
		for k := range lists {
			sums[c] += at(lists[k], c).Value
		}
		if defined(sums[c]) {
			widest = max(widest, sums[c])
		}
	}
	p.Widest = percent(widest)
	for c, name := range s.Classes {
		row := decompositionRow{Name: name, Sum: cell{percent(sums[c]), "", format(sums[c]), -1}}
		var values []float64
		for k := range lists {
			v := at(lists[k], c)
			values = append(values, v.Value)
			row.Cells = append(row.Cells, cell{percent(v.Value), span(v.CI, percent), format(v.Value), -1})
		}
		row.Parts = stack(values, widest)
		p.Classes = append(p.Classes, row)
	}
}

// stack lays values side by side in a bar whose whole width is total; none where one is undefined or nothing is there.
func stack(values []float64, total float64) []stackPart {
	var parts []stackPart
	x := 0.0
	for k, v := range values {
		if !defined(v) || !(total > 0) {
			return nil
		}
		width := 100 * v / total
		if v > 0 {
			parts = append(parts, stackPart{Key: errorKinds[k].key, Title: errorKinds[k].name + ": " + percent(v) + "% of the pixels", X: x, Width: width})
		}
		x += width
	}
	return parts
}
