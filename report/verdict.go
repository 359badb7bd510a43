package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
)

//go:embed verdict.html.tmpl
var verdictTemplateText string

// verdictPage is the place at the top of the page where a release check says what it found.
type verdictPage struct {
	Judged     bool
	Configured int // gates that the configuration has, where nothing was judged
	Verdict    string
	Sign, Text string
	Against    string
	Gates      []judgedGate
	Compare    string // the comparison's page, relative to the report
}

// judgedGate is a gate with its figure, its bound and what it says.
type judgedGate struct{ Gate, Sign, Verdict, New, Base, Change, Interval, Bound, Why string }

func newVerdictPage(r *record.Release) verdictPage {
	p := verdictPage{Judged: true, Verdict: string(r.Verdict), Sign: verdictSigns[r.Verdict], Text: verdictText(r)}
	if r.Base.Dir != "" {
		p.Against = r.Base.Model.Name + " in " + r.Base.Dir
	}
	for _, g := range r.Gates {
		j := judgedGate{Gate: gateName(g), Sign: verdictSigns[g.Verdict], Verdict: string(g.Verdict), New: figureText(g.New, g.Plain), Base: figureText(g.Base, g.Plain), Bound: boundText(g), Why: g.Why}
		if defined(g.Difference) {
			j.Change = SignedDifference(record.Comparison{Model: g.Difference, Plain: g.Plain})
		}
		if defined(g.CI.Low) && defined(g.CI.High) {
			j.Interval = intervalText(g.CI, g.Plain)
		}
		p.Gates = append(p.Gates, j)
	}
	return p
}

// boundText is what a gate holds its figure against, in the figure's unit.
func boundText(g record.GateResult) string {
	value := figureText(g.Gate.Value, g.Plain)
	switch {
	case g.Gate.Relative:
		value = short(100*g.Gate.Value) + "% of the baseline's"
	case !g.Plain && g.Gate.Kind != gate.Min && g.Gate.Kind != gate.Max:
		value += " points"
	}
	switch g.Gate.Kind {
	case gate.Min:
		return "at least " + value
	case gate.Max:
		return "at most " + value
	case gate.MaxDrop:
		return "a drop of at most " + value
	case gate.MaxIncrease:
		return "an increase of at most " + value
	case gate.Superior:
		return "better by more than " + value
	}
	return "worse by at most " + value
}

// The section in the page that AddVerdict replaces. Names are escaped, so that no other text of the page has its tag.
var (
	verdictBegin = []byte(`<section id="verdict"`)
	verdictEnd   = []byte(`</section>`)
)

// AddVerdict writes what a release check says into the report of the finished run folder dir. compare is where the comparison's
// page lies, relative to the folder; "" where there is none.
func AddVerdict(dir string, r *record.Release, compare string) error {
	path := filepath.Join(dir, "report.html")
	page, err := os.ReadFile(path)
	if err != nil {
		return fault.Dataf("%w: the run's report was to get the verdict", err)
	}
	begin := bytes.Index(page, verdictBegin)
	if begin < 0 {
		return fault.Dataf("%s has no place for a verdict: another version has written it", path)
	}
	end := begin + bytes.Index(page[begin:], verdictEnd) + len(verdictEnd)
	t, err := pageTemplate.Clone()
	if err != nil {
		return err
	}
	p := newVerdictPage(r)
	p.Compare = compare
	var section bytes.Buffer
	if err := t.ExecuteTemplate(&section, "verdict", p); err != nil {
		return err
	}
	return replaceFile(path, page[:begin], section.Bytes(), page[end:])
}

// replaceFile writes a file of parts, whole or not at all.
func replaceFile(path string, parts ...[]byte) error {
	file, err := atomicfile.Create(path)
	if err != nil {
		return fault.Usagef("the report cannot be written: %w", err)
	}
	for _, part := range parts {
		if _, err = file.Write(part); err != nil {
			break
		}
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		file.Abort()
		return fault.Usagef("writing %s: %w; is the disk full?", path, err)
	}
	if err := file.Commit(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
