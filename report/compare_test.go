package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
)

// releaseExample has a gate of each verdict, an undefined figure, flips, and hostile names everywhere.
func releaseExample() *record.Release {
	nan := math.NaN()
	gates := func(line string, v gate.Verdict) record.GateResult {
		g, err := gate.Parse(line)
		if err != nil {
			panic(err) // they are written here
		}
		return record.GateResult{Gate: g, Name: "mIoU", Class: hostile, Base: 0.5, New: 0.4, Difference: -0.1, CI: record.Interval{Low: nan, High: nan}, Verdict: v, Why: hostile}
	}
	side := record.RunSide{Dir: hostile, Model: record.Model{Name: hostile}, Dataset: record.Dataset{Name: hostile}}
	r := &record.Release{Verdict: gate.Failed, Comparable: true, Base: side, New: side, Classes: []string{"a", hostile}, Paired: 3, Alpha: 0.05, Correction: "holm",
		Differences: []record.RunDifference{{What: "model.sha256", Base: hostile, New: "b", Allowed: true, Allowance: "model"}},
		Gates:       []record.GateResult{gates("mIoU: min 0.5", gate.Failed), gates("mIoU: superior", gate.Inconclusive), gates("mIoU: max drop 0.1", gate.Passed)},
		Bootstrap:   record.Bootstrap{Resamples: 2000, Confidence: 0.95, Method: "bca"}, Effect: record.Effect{Metric: "mIoU", Better: 1, Same: 1, Worse: 1},
		Flips: &record.Flips{RightToWrong: 7, WrongToRight: 2, Images: 2, Pairs: []record.FlipPair{{Truth: 0, From: 0, To: 1, Pixels: 7}, {Truth: 0, From: 1, To: 0, Pixels: 2}}},
		Worst: []record.ImageChange{{Image: hostile, Base: 0.5, New: 0.25, Difference: -0.25, Pixels: 9}}, Correlations: []record.Correlation{{With: "valid pixels", Rho: 0.5, N: 3}}}
	for range 30 {
		r.Changes = append(r.Changes, record.Change{Name: "mIoU", Better: 1, Base: 0.5, New: 0.4, Difference: -0.1, CI: record.Interval{Low: -0.2, High: 0.01}, P: 0.2, Adjusted: 0.2})
	}
	r.Changes = append(r.Changes, record.Change{Name: "IoU", Class: hostile, Base: nan, New: 0.5, Difference: nan, CI: record.Interval{Low: nan, High: nan}, P: nan, Adjusted: nan})
	return r
}

// TestReleaseFiles: every file can be read by what it is for, undefined figures are null or blank, names are text.
func TestReleaseFiles(t *testing.T) {
	r := releaseExample()
	var object, table, junit, markdown, text, annotations bytes.Buffer
	if err := errors.Join(ReleaseJSON(&object, r), ReleaseCSV(&table, r), ReleaseJUnit(&junit, r), ReleaseMarkdown(&markdown, r), ReleaseText(&text, r), ReleaseAnnotations(&annotations, r)); err != nil {
		t.Fatal(err)
	}
	var got struct {
		PerClass map[string]map[string]struct{ Base, New *float64 } `json:"per_class"`
		Flips    map[string]int
	}
	if err := json.Unmarshal(object.Bytes(), &got); err != nil || got.PerClass["IoU"][hostile].Base != nil || *got.PerClass["IoU"][hostile].New != 0.5 || len(got.Flips) != 2 {
		t.Errorf("compare.json: %v, %+v", err, got)
	}
	if last := strings.Split(strings.TrimSpace(table.String()), "\n"); !strings.HasSuffix(last[len(last)-1], ",,0.5,,,,,") {
		t.Errorf("compare.csv ends with %q", last[len(last)-1])
	}
	var suite struct {
		Cases []struct {
			Failure *struct{} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(junit.Bytes(), &suite); err != nil || len(suite.Cases) != 3 || suite.Cases[0].Failure == nil || suite.Cases[1].Failure == nil || suite.Cases[2].Failure != nil {
		t.Errorf("junit.xml: %v, %+v", err, suite) // what cannot tell counts as failed unless the gate says otherwise
	}
	if strings.Contains(markdown.String(), "<script>") || !strings.Contains(markdown.String(), "~ −10") {
		t.Errorf("summary.md:\n%s", markdown.String())
	}
	if n := strings.Count(text.String(), "\n"); n > 20 {
		t.Errorf("the terminal gets %d lines:\n%s", n, text.String())
	}
	if n := strings.Count(annotations.String(), "\n"); n != 2 {
		t.Errorf("annotations:\n%s", annotations.String())
	}
}

// TestReleasePageInABrowser: the page is silent, fits a phone, runs no name, and shows names as text.
func TestReleasePageInABrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "compare.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ReleasePage(f, releaseExample()), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, view := range []struct {
		scheme string
		width  int
	}{{"light", 1200}, {"dark", 360}} {
		p, err := browser.Open(t.Context(), file, view.width, view.scheme)
		if errors.Is(err, browser.ErrNoBrowser) {
			t.Skip("skipped: no Chromium here")
		}
		if err != nil {
			t.Fatal(err)
		}
		shown, err1 := browser.Eval[string](p, `document.querySelector('#images th[scope=row]').textContent`)
		wide, err2 := browser.Eval[bool](p, `document.documentElement.scrollWidth > window.innerWidth`)
		if err := errors.Join(err1, err2); err != nil || shown != hostile || wide {
			t.Errorf("%s, %d wide: %v, shown %q, wider than the window: %v", view.scheme, view.width, err, shown, wide)
		}
		if problems := p.Problems(); len(problems) > 0 {
			t.Errorf("%s: %v", view.scheme, problems)
		}
		p.Close()
	}
}
