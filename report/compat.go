package report

import (
	_ "embed"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed compat.html.tmpl
var compatText string

// compatPage is a system's figures as the page shows them.
type compatPage struct {
	Name, Library string
	Rows          []compatRow
	Absent        []record.CompatAbsent
	Notes         []string
}

// compatRow is one figure: ours, theirs, and what moves it.
type compatRow struct {
	Name, Call, Ours             string
	OursValue, Value, Difference string
	Steps                        []compatStep
	Choices                      []compatStep
	Same                         bool // no convention moves it
}

type compatStep struct{ Name, By, Value string }

func compatPages(profiles []record.CompatProfile) []compatPage {
	var pages []compatPage
	for _, p := range profiles {
		page := compatPage{Name: p.Name, Library: p.Library + " " + p.Version, Absent: p.Absent, Notes: p.Notes}
		for _, f := range p.Figures {
			page.Rows = append(page.Rows, newCompatRow(&f))
		}
		pages = append(pages, page)
	}
	return pages
}

func newCompatRow(f *record.CompatFigure) compatRow {
	write, digits := percent, compatPoints
	if f.Plain {
		write, digits = short, compatPlain
	}
	row := compatRow{Name: f.Name, Call: f.Call, Ours: f.Ours, OursValue: orInfinite(f.OursValue, write), Value: orInfinite(f.Value, write),
		Difference: digits(withoutDust(f.Value-f.OursValue, f.OursValue)), Same: true}
	for _, s := range f.Steps {
		by := withoutDust(s.By, s.Value)
		row.Steps = append(row.Steps, compatStep{s.Convention, digits(by), orInfinite(s.Value, write)})
		row.Same = row.Same && by == 0
	}
	for _, s := range f.Choices {
		row.Choices = append(row.Choices, compatStep{s.Convention, digits(withoutDust(s.By, s.Value)), orInfinite(s.Value, write)})
	}
	return row
}

// withoutDust is 0 for a difference that is rounding: sums in another order. summary.json has it as it is.
func withoutDust(by, value float64) float64 {
	if !math.IsInf(value, 0) && math.Abs(by) <= 1e-13*math.Abs(value) {
		return 0
	}
	return by
}

// orInfinite writes a figure that may be infinite.
func orInfinite(x float64, write func(float64) string) string {
	if math.IsInf(x, 1) {
		return "infinite"
	}
	return write(x)
}

// compatPoints writes a difference of shares in percentage points, with its sign.
func compatPoints(x float64) string {
	switch {
	case !defined(x):
		return "n/a"
	case x == 0:
		return "0"
	}
	if text := withSign(100*x, 'f', 2); strings.Trim(text, "+−0.") != "" {
		return text
	}
	return withSign(100*x, 'g', 2) // too small for two decimals
}

func compatPlain(x float64) string {
	if !defined(x) {
		return "n/a"
	}
	if x == 0 {
		return "0"
	}
	return withSign(x, 'g', 4)
}

// withSign writes a number with its sign, a minus being a minus.
func withSign(x float64, format byte, digits int) string {
	text := strconv.FormatFloat(math.Abs(x), format, digits, 64)
	if x < 0 {
		return "−" + text
	}
	return "+" + text
}

// compatJSON is the part "compat" of summary.json.
func compatJSON(classes []string, profiles []record.CompatProfile) ordered {
	var list ordered
	for _, p := range profiles {
		var figures, absent ordered
		for i := range p.Figures {
			figures = append(figures, pair{p.Figures[i].Name, compatFigureJSON(classes, &p.Figures[i])})
		}
		for _, a := range p.Absent {
			absent = append(absent, pair{a.Name, a.Why})
		}
		o := ordered{{"library", p.Library}, {"version", p.Version}, {"figures", figures}}
		if absent != nil {
			o = append(o, pair{"absent", absent})
		}
		list = append(list, pair{p.Name, append(o, pair{"notes", p.Notes})})
	}
	return list
}

func compatFigureJSON(classes []string, f *record.CompatFigure) ordered {
	steps := func(list []record.CompatStep, alone bool) []ordered {
		out := []ordered{}
		for _, s := range list {
			o := ordered{{"convention", s.Convention}, {"by", number(s.By)}}
			if alone {
				o = append(o, pair{"alone", number(s.Alone)})
			}
			out = append(out, append(o, pair{"value", number(s.Value)}))
		}
		return out
	}
	o := append(valueOf(compatValue(f)), ordered{{"call", f.Call}, {"ours", f.Ours}, {"ours_value", number(f.OursValue)},
		{"difference", number(f.Value - f.OursValue)}, {"steps", steps(f.Steps, true)}}...)
	if f.Choices != nil {
		o = append(o, pair{"choices", steps(f.Choices, false)})
	}
	if f.Classes != nil {
		var values ordered
		for c, x := range f.Classes {
			values = append(values, pair{classes[c], number(x)})
		}
		o = append(o, pair{"per_class", values})
	}
	return o
}

func compatValue(f *record.CompatFigure) record.Value {
	v := record.Value{Value: f.Value, NValid: f.NValid}
	switch {
	case math.IsNaN(f.Value):
		v.Status = "undefined"
	case math.IsInf(f.Value, 0):
		v.Status = "infinite"
	}
	return v
}

// compatCSV writes the rows compat.PROFILE.FIGURE of summary.csv, of the figure and of every class that it has.
func compatCSV(out *csv.Writer, s *record.Summary) {
	write := func(name, class string, v record.Value) {
		status := v.Status
		if status == "" {
			status = "ok"
		}
		_ = out.Write([]string{name, class, format(v.Value), "", "", strconv.Itoa(v.NValid), status}) // summaryCSV asks for the error
	}
	for _, p := range s.Compat {
		for i := range p.Figures {
			f := &p.Figures[i]
			name := "compat." + p.Name + "." + f.Name
			write(name, "", compatValue(f))
			for c, x := range f.Classes {
				v := record.CompatFigure{Value: x}
				if !math.IsNaN(x) {
					v.NValid = 1
				}
				write(name, s.Classes[c], compatValue(&v))
			}
		}
	}
}
