package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/record"
)

// hostileNames would run, end the element that they stand in, or turn what follows around, were they not shown as text.
var hostileNames = []string{
	hostile, `"><img src=x onerror="window.hacked=1">`, `</script><script>window.hacked=1</script>`, `</title></style><svg onload=window.hacked=1>`,
	`' onclick='window.hacked=1`, "\u202eיונים\u2066", "🔬🧫 مجهر", `{{.}} ${window.hacked=1} \u003cb\u003e`, strings.Repeat("very-long-name-without-a-space", 6),
}

// fullReport writes a report with every section and hostile names in all of them.
func fullReport(t *testing.T, images int) string {
	t.Helper()
	dir := t.TempDir()
	c := record.Columns{Losses: []string{"ce", "soft_dice", "focal"}, Means: []string{"mIoU", "aAcc"}, PerClass: []string{"IoU", "Acc"}, Classes: hostileNames, Parity: true}
	f, err := Create(Options{Out: dir, Worst: 3, Best: 3, Median: 2}, c, false)
	if err != nil {
		t.Fatal(err)
	}
	f.Define("mIoU", "Mean over the classes of <IoU>.")
	for i := range images {
		if err := f.Add(fullRecord(i)); err != nil {
			t.Fatal(err)
		}
	}
	var kept []record.Thumbnail
	for i := range min(8, images) {
		kept = append(kept, fullThumbnail(t, i))
	}
	m := &record.Manifest{Providers: map[string]int{"CPUExecutionProvider": 3}, Stages: map[string]record.Stage{}, RuntimeLog: []record.RuntimeMessage{{Severity: "warning", Count: 2, Place: hostile, First: hostile}},
		Placement: record.Placement{Source: "profile", Nodes: map[string]int{"CPUExecutionProvider": 1}, Node: []record.Node{{Name: hostile, Operator: "Conv", Provider: "CPUExecutionProvider", MS: 1}}}}
	if err := f.Finish(fullSummary(images), m, []byte("model: "+hostile+"\n"), kept); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "report.html")
}

func fullRecord(i int) *record.Record {
	n := len(hostileNames)
	r := &record.Record{Index: i, Image: fmt.Sprintf("%s %05d.png", hostileNames[i%n], i), Status: record.OK, Width: 640, Height: 480, ValidPixels: int64(300_000 + i),
		Losses: []float64{float64(i%97) / 31, 0.25, math.NaN()}, Means: []float64{float64(i*7919%1000) / 1000, 0.9}, PerClass: [][]float64{make([]float64, n), make([]float64, n)},
		Parity: &paritySummary().Parity}
	r.PerClass[0][1] = math.NaN()
	if i%50 == 7 {
		return &record.Record{Index: i, Image: r.Image, Status: []record.Status{record.Failed, record.Skipped}[i%2], Error: "damaged: " + hostile}
	}
	return r
}

func fullThumbnail(t *testing.T, i int) record.Thumbnail {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 32, 24))
	for k := range picture.Pix {
		picture.Pix[k] = byte(k*i + 128)
	}
	var photo, layer bytes.Buffer
	if err := errors.Join(jpeg.Encode(&photo, picture, nil), png.Encode(&layer, picture)); err != nil {
		t.Fatal(err)
	}
	return record.Thumbnail{Index: i, Image: fullRecord(i).Image, Score: float64(i) / 10, Width: 32, Height: 24, Picture: photo.Bytes(),
		Truth: layer.Bytes(), Predicted: layer.Bytes(), Error: layer.Bytes(), Loss: layer.Bytes(), Confidence: layer.Bytes()}
}

func fullSummary(images int) *record.Summary {
	n := len(hostileNames)
	figures := func(x float64) []record.Value {
		list := make([]record.Value, n)
		for c := range list {
			list[c] = record.Value{Value: x * float64(c) / float64(n), NValid: 3, CI: &record.Interval{Low: 0.1, High: 0.8}}
		}
		list[1].Value = math.NaN()
		return list
	}
	s := &record.Summary{Counts: record.Counts{Images: images, OK: images, Failed: 1, ValidPixels: 12_345_678, NaNPixels: 3}, Partial: true, Classes: hostileNames, Confusion: make([]int64, n*n),
		Metrics: []record.MetricValue{{Name: "mIoU", Value: record.Value{Value: 1. / 3, CI: &record.Interval{Low: 0.3, High: 0.4}}}, {Name: "aAcc", Value: record.Value{Value: 0.9}}},
		Losses:  []record.LossValue{{Name: "ce", Value: record.Value{Value: 0.2}, Pooled: math.NaN()}},
		Model:   record.Model{Name: hostile, Kind: "logits", Activation: "softmax"}, Dataset: record.Dataset{Name: hostile}, Bootstrap: &record.Bootstrap{Resamples: 2000, Confidence: 0.95, Method: "bca", Units: images}, Parity: paritySummary()}
	s.Parity.Pairs = make([]int64, n*n)
	s.Parity.Comparisons[1].Class = hostile
	for i := range s.Confusion {
		s.Confusion[i] = int64(i * i)
	}
	for _, name := range []string{"IoU", "Acc", "Dice", "Fscore", "Precision", "Recall", "hd95", "assd", "nsd", "PQ"} {
		s.PerClass = append(s.PerClass, record.ClassMetric{Name: name, Values: figures(0.9), Plain: name == "hd95"})
	}
	part := &record.Summary{Counts: record.Counts{OK: 5}, Classes: hostileNames, Metrics: s.Metrics, PerClass: s.PerClass, Losses: s.Losses}
	s.Slices = []record.Slice{{By: "path", Name: hostile, Summary: part, Difference: record.SliceDifference{Metric: "mIoU", Value: -0.1, CI: &record.Interval{Low: -0.2, High: 0}}}}
	s.Compat = []record.CompatProfile{{Name: "mmseg", Library: "MMSegmentation", Version: "1.2.2", Notes: []string{hostile}, Absent: []record.CompatAbsent{{Name: "mFscore", Why: hostile}},
		Figures: []record.CompatFigure{{Name: "mIoU", Call: hostile, Ours: "mIoU", OursValue: 0.5, Value: 0.25, Steps: []record.CompatStep{{Convention: "absent classes count", By: -0.25, Alone: -0.25, Value: 0.25}}}}}}
	return s
}

// TestPages holds every page against what a reader may expect of it, at two widths, in both schemes and on paper.
func TestPages(t *testing.T) {
	write := func(name string, page func(w io.Writer) error) func(t *testing.T) string {
		return func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), name)
			f, err := os.Create(file)
			if err == nil {
				err = errors.Join(page(f), f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			return file
		}
	}
	for _, page := range []struct {
		name string
		file func(t *testing.T) string
	}{
		{"report", func(t *testing.T) string { return fullReport(t, 120) }},
		{"compare", write("compare.html", func(w io.Writer) error { return ReleasePage(w, releaseExample()) })},
		{"trend", write("trend.html", func(w io.Writer) error { return Trends(w, hostile, trendExample()) })},
	} {
		t.Run(page.name, func(t *testing.T) {
			p := openPage(t, page.file(t))
			for _, width := range []int{1200, 360} {
				for _, scheme := range []string{"light", "dark"} {
					err := p.View(width, scheme)
					faults, err1 := p.Faults()
					if err := errors.Join(err, err1); err != nil {
						t.Fatal(err)
					}
					for _, fault := range faults {
						t.Errorf("%d wide, %s: %s", width, scheme, fault)
					}
				}
			}
			checkStops(t, p)
			checkPaper(t, p)
			for _, problem := range p.Problems() {
				t.Error(problem)
			}
		})
	}
}

// openPage opens a page 1200 wide, and skips where there is no browser.
func openPage(t *testing.T, file string) *browser.Page {
	t.Helper()
	p, err := browser.Open(t.Context(), file, 1200, "light")
	if errors.Is(err, browser.ErrNoBrowser) {
		t.Skipf("skipped: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func ask[T any](t *testing.T, p *browser.Page, script string) T {
	t.Helper()
	v, err := browser.Eval[T](p, script)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

func press(t *testing.T, p *browser.Page, keys ...string) {
	t.Helper()
	if err := p.Press(keys...); err != nil {
		t.Fatal(err)
	}
}

// checkStops: the Tab key reaches every button, field, link and fold of the page, and shows where it is.
func checkStops(t *testing.T, p *browser.Page) {
	t.Helper()
	if err := p.View(1200, "light"); err != nil {
		t.Fatal(err)
	}
	wanted := ask[int](t, p, `[...document.querySelectorAll("a[href], button, input, select, summary")].filter((e) => e.checkVisibility() && !e.disabled && !e.closest("dialog") &&
		!(e.type === "radio" && !e.checked)).length`)
	stops, faults, err := p.Stops(2*wanted + 40)
	if err != nil || len(stops) < wanted {
		t.Errorf("Tab reaches %d places of %d: %v", len(stops), wanted, err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// checkPaper: on paper everything is open, nothing is cut, and the paper stays white when the screen is dark.
func checkPaper(t *testing.T, p *browser.Page) {
	t.Helper()
	if err := p.View(1200, "dark"); err != nil {
		t.Fatal(err)
	}
	err := p.Printed(func() error {
		faults, err := p.Faults()
		for _, fault := range faults {
			t.Errorf("on paper: %s", fault)
		}
		for _, say := range ask[[]string](t, p, onPaper) {
			t.Errorf("on paper: %s", say)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := p.PDF()
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("printing: %d bytes, %v", len(pdf), err)
	}
}

const onPaper = `(() => {
	const out = [], paper = getComputedStyle(document.body).backgroundColor;
	if (paper !== "rgb(255, 255, 255)") out.push("the paper is " + paper);
	for (const e of document.querySelectorAll("details:not(.chooser)")) if (!e.lastElementChild.checkVisibility() || e.lastElementChild.getBoundingClientRect().height < 5) out.push("“" + e.querySelector("summary").textContent + "” is closed");
	for (const e of document.querySelectorAll(".scroll, pre")) if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1) out.push((e.closest("section, footer").id || "footer") + ": " + e.scrollWidth + " is cut at " + e.clientWidth);
	for (const e of document.querySelectorAll("button, input, select")) if (e.checkVisibility() && !e.closest("th, .stack, #shots")) out.push((e.id || e.textContent) + " is printed");
	return out;
})()`

// TestSampleTable: the plain rows are the script's, figures are sorted with undefined ones last, found by name and by
// bound, and turned page by page, all by keyboard.
func TestSampleTable(t *testing.T) {
	p := openPage(t, fullReport(t, 120))
	rows := func() []string {
		return ask[[]string](t, p, `[...document.querySelectorAll("#images tbody tr")].map((r) => [...r.cells].map((c) => c.textContent.trim()).join("|"))`)
	}
	text := func(id string) string { return ask[string](t, p, `document.getElementById("`+id+`").textContent`) }
	if got := rows(); len(got) != 50 || !strings.HasPrefix(got[1], hostileNames[1]+" 00001.png") || !strings.Contains(got[7], "skipped") || text("shown") != "1 to 50 of 120" {
		t.Fatalf("%d rows, %q, %s", len(got), got[min(7, len(got)-1)], text("shown"))
	}
	focus := func(selector string) {
		ask[bool](t, p, `(() => {const e = document.querySelector('`+selector+`'); e.focus(); return document.activeElement === e})()`)
	}
	figures := func() []float64 {
		return ask[[]float64](t, p, `[...document.querySelectorAll("#images tbody tr td:nth-child(2)")].map((c) => c.textContent === "n/a" ? 999 : Number(c.textContent))`)
	}
	focus("#images th:nth-child(2) button")
	press(t, p, browser.Enter)
	if got := figures(); !slices.IsSorted(got) || ask[string](t, p, `document.activeElement.parentElement.ariaSort`) != "ascending" {
		t.Errorf("ascending: %v", got)
	}
	press(t, p, browser.Space)
	if got := figures(); got[0] < got[49] || got[0] == 999 {
		t.Errorf("descending: %v", got)
	}
	focus("#last")
	press(t, p, browser.Enter)
	if got := figures(); got[len(got)-1] != 999 || text("shown") != "101 to 120 of 120" {
		t.Errorf("the last page: %v, %s", got, text("shown"))
	}
	focus("#search")
	press(t, p, "SCRIPT>WIN")
	if got := rows(); len(got) == 0 || slices.ContainsFunc(got, func(r string) bool { return !strings.HasPrefix(r, hostileNames[2]) }) {
		t.Errorf("a search finds %q", got)
	}
	ask[bool](t, p, `(() => {const w = document.getElementById("sample-where"); w.value = 0; document.getElementById("search").value = ""; document.getElementById("sample-side").value = "down";
		w.dispatchEvent(new Event("change")); return true})()`)
	focus("#sample-bound")
	press(t, p, "40")
	if got := figures(); len(got) == 0 || slices.Max(got) > 40 {
		t.Errorf("at most 40: %v", got)
	}
	ask[bool](t, p, `(() => {document.querySelector("#sample-tools [type=reset]").click(); return true})()`)
	focus("#sample-columns summary")
	press(t, p, browser.Enter)
	before := ask[int](t, p, `document.querySelectorAll("#images thead th").length`)
	ask[bool](t, p, `new Promise((done) => setTimeout(() => {document.querySelector("#sample-columns .choices input:not(:checked)").focus(); done(true)}, 100))`)
	press(t, p, browser.Space)
	if after := ask[int](t, p, `document.querySelectorAll("#images thead th").length`); after != before+1 {
		t.Errorf("%d columns, then %d", before, after)
	}
	press(t, p, browser.Escape)
	if at := ask[string](t, p, `document.activeElement.parentElement.id + document.activeElement.parentElement.open`); at != "sample-columnsfalse" {
		t.Errorf("Escape leaves the columns at %s", at)
	}
}

// TestDialogKeys: a picture opens from its row by Enter, moves by arrows, closes by Escape, and gives the focus back.
func TestDialogKeys(t *testing.T) {
	p := openPage(t, fullReport(t, 120))
	for _, opener := range []string{"#images a.peek", "#shots figure:not([hidden]) button"} {
		ask[bool](t, p, `(() => {document.querySelector("`+opener+`").focus(); return true})()`)
		press(t, p, browser.Enter)
		first := ask[string](t, p, `document.getElementById("zoom").open + document.getElementById("zoom-name").textContent`)
		press(t, p, browser.Tab, browser.Tab, browser.Right)
		second := ask[string](t, p, `document.getElementById("zoom").open + document.getElementById("zoom-name").textContent`)
		inside := ask[bool](t, p, `document.activeElement.closest("#zoom") !== null`)
		press(t, p, browser.Escape)
		back := ask[string](t, p, `document.getElementById("zoom").open + document.activeElement.className`)
		if !strings.HasPrefix(first, "true") || !strings.HasPrefix(second, "true") || first == second || !inside || back != "falsepeek" && back != "falsestack" {
			t.Errorf("%s: %q, then %q, the focus inside: %v, at the end %q", opener, first, second, inside, back)
		}
	}
}

// TestContents: every link of the contents brings its section to the top of the window, or as far as the page goes, right
// after the page has opened, though sections on the way are not laid out yet.
func TestContents(t *testing.T) {
	file := fullReport(t, 120)
	for _, width := range []int{1200, 360} {
		p, err := browser.Open(t.Context(), file, width, "light")
		if errors.Is(err, browser.ErrNoBrowser) {
			t.Skipf("skipped: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		checkContents(t, p, width)
		p.Close()
	}
}

func checkContents(t *testing.T, p *browser.Page, width int) {
	t.Helper()
	for _, far := range ask[[]string](t, p, `(async () => {
		const out = [], links = [...document.querySelectorAll(".toc a")].reverse();
		for (const a of links) {
			window.scrollTo(0, 0);
			await new Promise((done) => setTimeout(done, 50));
			a.click();
			await new Promise((done) => setTimeout(done, 200));
			const top = document.getElementById(a.hash.slice(1)).getBoundingClientRect().top, end = document.documentElement.scrollHeight - window.scrollY - window.innerHeight;
			if (Math.abs(top) > 5 && !(end < 2 && top > 0 && top < window.innerHeight)) out.push(a.hash + " is " + Math.round(top) + " px off");
		}
		if (links.length < 10) out.push("only " + links.length + " links");
		return out;
	})()`) {
		t.Errorf("%d wide: %s", width, far)
	}
}

// TestClassTable: rows are found by name, columns chosen, and the first column stays in sight.
func TestClassTable(t *testing.T) {
	p := openPage(t, fullReport(t, 20))
	count := func(what string) int {
		return ask[int](t, p, `[...document.querySelectorAll("`+what+`")].filter((e) => e.checkVisibility()).length`)
	}
	if n := count("#classes thead th"); n != 7 {
		t.Errorf("%d columns are shown, want the name and six", n)
	}
	ask[bool](t, p, `(() => {document.getElementById("class-search").focus(); return true})()`)
	press(t, p, "onclick")
	if n := count("#classes tbody tr"); n != 1 {
		t.Errorf("%d classes are found", n)
	}
	if err := p.View(360, "light"); err != nil {
		t.Fatal(err)
	}
	if left := ask[float64](t, p, `(() => {const s = document.querySelector("#classes").parentElement; s.scrollLeft = 200; return s.querySelector("tbody tr:not([hidden]) th").getBoundingClientRect().left - s.getBoundingClientRect().left})()`); math.Abs(left) > 1 {
		t.Errorf("the first column stands %v px off", left)
	}
}

// TestWithoutScript: the first rows stand in the page, with the texts that the script shows.
func TestWithoutScript(t *testing.T) {
	file := fullReport(t, 120)
	p := openPage(t, file)
	read := `[...document.querySelectorAll("#images tbody tr")].map((r) => [...r.querySelectorAll("td")].map((c) => c.textContent).join("|"))`
	with := ask[[]string](t, p, read)
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain.html")
	if err := os.WriteFile(plain, bytes.ReplaceAll(page, []byte("script-src 'unsafe-inline'"), []byte("script-src 'none'")), 0o600); err != nil {
		t.Fatal(err)
	}
	q := openPage(t, plain)
	if got := ask[[]string](t, q, read); !slices.Equal(got, with) {
		t.Errorf("without scripts %q, with them %q", got[:3], with[:3])
	}
}
