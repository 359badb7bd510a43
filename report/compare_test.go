package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/raster"
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
		Gates:       []record.GateResult{gates("mIoU: min 50%", gate.Failed), gates("mIoU: superior", gate.Inconclusive), gates("mIoU: max drop 0.1", gate.Passed)},
		Bootstrap:   record.Bootstrap{Resamples: 2000, Confidence: 0.95, Method: "bca"}, Effect: record.Effect{Metric: "mIoU", Better: 1, Same: 1, Worse: 1},
		Flips: &record.Flips{RightToWrong: 1234567, WrongToRight: 2, Images: 2, Pairs: []record.FlipPair{{Truth: 0, From: 0, To: 1, Pixels: 7}, {Truth: 0, From: 1, To: 0, Pixels: 2}}},
		Worst: []record.ImageChange{{Image: hostile, Base: 0.5, New: 0.25, Difference: -0.25, Pixels: 9}}, Correlations: []record.Correlation{{With: "valid pixels", Rho: 0.5, N: 3}}}
	r.Definitions = map[string]record.Definition{"mIoU": {Doc: "What mIoU is, " + hostile, Page: "metrics.md", Heading: "mIoU"}, "IoU": {Doc: "What IoU is", Page: "metrics.md", Heading: "IoU"}}
	for range 30 {
		r.Changes = append(r.Changes, record.Change{Name: "mIoU", Better: 1, Base: 0.5, New: 0.4, Difference: -0.1, CI: record.Interval{Low: -0.2, High: 0.01}, P: 0.2, Adjusted: 0.2})
	}
	r.Worst[0].Pictures = drawnExample()
	r.Slices = []record.SliceChange{{By: hostile, Name: hostile, Images: 3, Change: r.Changes[0]}}
	r.Changes = append(r.Changes, record.Change{Name: "IoU", Class: hostile, Base: nan, New: 0.5, Difference: nan, CI: record.Interval{Low: nan, High: nan}, P: nan, Adjusted: nan})
	return r
}

// drawnExample is a picture of four by two pixels, each of another fate.
func drawnExample() *record.ChangePictures {
	truth := &raster.Labels{Width: 4, Height: 2, Class: []int16{0, 0, 0, 1, 1, 1, raster.Ignored, 2}}
	p := &raster.Picture{Width: 4, Height: 2, Pix: bytes.Repeat([]byte{10, 200, 30}, 8)}
	c, err := DrawChange(p, truth, []uint16{0, 1, 0, 1, 0, 2, 0, 1}, []uint16{0, 1, 1, 1, 1, 0, 1, 1}, [][3]uint8{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}})
	if err != nil {
		panic(err) // the encoders write into memory
	}
	return c
}

// TestDrawChange: every pixel of the difference has the colour of what became of it, and the labels theirs.
func TestDrawChange(t *testing.T) {
	c := drawnExample()
	read := func(file []byte) *image.Paletted {
		img, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		return img.(*image.Paletted)
	}
	if got, want := read(c.Change).Pix, []uint8{stillRight, stillWrong, lost, stillRight, won, otherWrong, striped, stillWrong}; c.Width != 4 || c.Height != 2 || !bytes.Equal(got[:6], want[:6]) || got[7] != want[7] || got[6] > striped {
		t.Errorf("difference %v, want %v", got, want)
	}
	if got := read(c.New); got.At(3, 0) != (color.RGBA{4, 5, 6, 255}) || got.At(0, 0) != (color.RGBA{1, 2, 3, 255}) {
		t.Errorf("new: %v %v", got.At(3, 0), got.At(0, 0))
	}
	room := 1
	if shown, left := shots([]record.ImageChange{{Pictures: c}}, []compareImage{{}}, &room); len(shown) != 0 || left != 1 {
		t.Errorf("a page that is full took %d more", len(shown))
	}
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
	for file, b := range map[string]bytes.Buffer{"summary.md": markdown, "the terminal": text, "annotations": annotations, "junit.xml": junit} {
		if !strings.Contains(b.String(), "mIoU: min 50%") {
			t.Errorf("%s does not repeat the gate as it was written:\n%s", file, b.String())
		}
	}
	if !strings.Contains(object.String(), `"gate": "mIoU min 0.5"`) {
		t.Errorf("compare.json does not name the gate as it always did:\n%s", object.String())
	}
	one := *r
	one.Gates = r.Gates[:1]
	if got := verdictText(&one); got != "fail (1 gate: 0 passed, 1 failed, 0 inconclusive)" {
		t.Error(got)
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
		flipped, err6 := browser.Eval[string](p, `[...document.querySelectorAll('.card')].find(c => c.textContent.startsWith('right to wrong')).querySelector('.value').textContent`)
		if err6 != nil || flipped != "1234567" {
			t.Errorf("%s pixels went from right to wrong, %v, want all digits of 1234567", flipped, err6)
		}
		tip, err4 := browser.Eval[string](p, `(() => { const b = document.querySelector('#figures tbody .what'), tip = document.getElementById(b.getAttribute('popovertarget')); b.click();
			const said = tip.matches(':popover-open') + ' ' + tip.textContent + ' ' + tip.querySelector('a').hash; b.click(); return said; })()`)
		if want := "true mIoU What mIoU is, " + hostile + " In the documentation #miou"; err4 != nil || tip != want {
			t.Errorf("the definition says %q, %v, want %q", tip, err4, want)
		}
		missing, err5 := browser.Eval[string](p, `(() => { const bare = [...document.querySelectorAll('#figures tbody tr, #gates tbody tr')].filter(r => !r.querySelector('.what')).map(r => r.textContent);
			const dead = [...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.getAttribute('href'))).map(a => a.textContent);
			return [document.querySelectorAll('nav a').length, ...bare, ...dead].join('|'); })()`)
		if err5 != nil || missing != "7" {
			t.Errorf("seven contents, rows without a definition, contents that lead nowhere: %s, %v", missing, err5)
		}
		larger, err3 := browser.Eval[string](p, `(() => { document.querySelector('.changes figure button').click();
			const d = document.getElementById('larger'); return d.open + ' ' + d.querySelectorAll('.pixels img').length + ' ' + getComputedStyle(d.querySelector('.pixels')).backgroundImage.slice(0, 20); })()`)
		if err := errors.Join(err1, err2, err3); larger != `true 5 url("data:image/jpeg` {
			t.Errorf("the larger pictures: %q, %v", larger, err)
		}
		if err := errors.Join(err1, err2); err != nil || shown != hostile || wide {
			t.Errorf("%s, %d wide: %v, shown %q, wider than the window: %v", view.scheme, view.width, err, shown, wide)
		}
		if problems := p.Problems(); len(problems) > 0 {
			t.Errorf("%s: %v", view.scheme, problems)
		}
		p.Close()
	}
}

// TestBarReach: one interval much wider than the others does not shrink their bars, and its own is cut.
func TestBarReach(t *testing.T) {
	change := func(low, high float64) record.Change { return record.Change{CI: record.Interval{Low: low, High: high}} }
	list := []record.Change{change(-0.01, 0.02), change(-0.02, 0.01), change(0.01, 0.02), change(-0.5, 0.1)}
	reach := barReach(list)
	if reach != 0.08 {
		t.Errorf("bars reach %v, want four times the median 0.02", reach)
	}
	if row := newCompareRow(list[3], 0.05, reach); row.Low != 0 || row.High != 100 {
		t.Errorf("the wide one is drawn from %v to %v", row.Low, row.High)
	}
	if row := newCompareRow(list[0], 0.05, reach); row.Low != 43.75 || row.High != 62.5 {
		t.Errorf("another is drawn from %v to %v", row.Low, row.High)
	}
	if got := barReach([]record.Change{change(0, 0), change(0, 0), change(-0.5, 0.1)}); got != 0.5 {
		t.Errorf("where most are 0 bars reach %v, want 0.5", got)
	}
}
