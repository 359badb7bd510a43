package report

import (
	"bytes"
	"errors"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
)

var nan = math.NaN()

// measured is a summary with every section's measures: three classes, the last of which neither truth nor prediction has.
func measured() *record.Summary {
	s := summary()
	s.Classes = []string{"wall", hostile, "absent"}
	s.Confusion = []int64{80, 10, 0, 5, 5, 0, 0, 0, 0}
	v := func(x float64) record.Value { return record.Value{Value: x, NValid: 3} }
	list := func(x ...float64) record.Value { return record.Value{Value: nan, Values: x} }
	add := func(name string, value record.Value) {
		s.Metrics = append(s.Metrics, record.MetricValue{Name: name, Value: value})
	}
	classes := func(name string, values ...record.Value) {
		s.PerClass = append(s.PerClass, record.ClassMetric{Name: name, Values: values})
	}
	s.PerClass = nil
	classes("IoU", v(80./95), v(0.25), v(nan))
	for i, name := range []string{"error_boundary", "error_confusion", "error_missed", "error_invented"} {
		add(name, v([]float64{0.08, 0.04, 0.02, 0.01}[i]))
		classes(name, v([]float64{0.05, 0.03, 0.02, 0.01}[i]), v(0.125), v(nan))
	}
	add("ece", v(0.0625))
	add("reliability_confidence", list(nan, 0.5, 0.875))
	add("reliability_accuracy", list(nan, 0.25, 1))
	add("reliability_pixels", list(0, 25, 75))
	for i, name := range []string{"probability", "frequency", "pixels"} {
		x := [][]float64{{0.25, 0.75}, {0, 1}, {60, 40}}[i]
		classes("reliability_class_"+name, list(x...), list(x...), list(nan, nan))
	}
	classes("average_precision", v(0.9), v(0.5), v(nan))
	classes("best_f1", v(0.75), v(0.5), v(nan))
	classes("best_f1_threshold", v(0.75), v(0.25), v(nan))
	classes("pr_curve_precision", list(0.9, 0.95, 1), list(0.1, 0.5, nan), list(nan, nan, nan))
	classes("pr_curve_recall", list(1, 0.5, 0.25), list(1, 0.5, 0), list(nan, nan, nan))
	classes("roc_curve_fpr", list(1, 0.5, 0), list(1, 0.5, 0), list(nan, nan, nan))
	classes("roc_curve_tpr", list(1, 0.75, 0), list(1, 0.5, 0), list(nan, nan, nan))
	return s
}

// rendered is the page of a summary over a number of images with the columns of columns().
func rendered(t *testing.T, s *record.Summary, images int) (dir, page string) {
	t.Helper()
	dir = t.TempDir()
	f, err := Create(Options{Out: dir, Gates: 2}, record.Columns{Losses: []string{"ce"}, Means: []string{"mIoU", "aAcc"}, PerClass: []string{"IoU"}, Classes: s.Classes}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(s.Metrics, record.MetricValue{Name: "aAcc"}) {
		f.Define(m.Name, "What "+m.Name+" is, <b>"+hostile)
		f.Locate(m.Name, m.Name, "metrics.md", m.Name)
	}
	for i := range images {
		r := result(i)
		r.Means = []float64{0.1 * float64(i), 0.5}
		r.PerClass = [][]float64{{0.1 * float64(i), nan, nan}}
		if err := f.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish(s, &record.Manifest{Stages: map[string]record.Stage{"decode": {TotalS: 1}, "inference": {TotalS: 3}}}, []byte("model: x\n"), nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, string(b)
}

// TestSections: what each section says, of a run that measured it and of one that did not.
func TestSections(t *testing.T) {
	_, full := rendered(t, measured(), 5)
	plain := summary()
	plain.Classes, plain.PerClass = []string{"a", "b"}, nil
	_, bare := rendered(t, plain, 1)
	labels := summary()
	labels.Classes, labels.PerClass, labels.Losses, labels.Model.Kind, labels.Confusion = []string{"a", "b"}, nil, nil, "labels", []int64{0, 0, 0, 0}
	_, none := rendered(t, labels, 0)
	overlap := measured()
	overlap.Confusion, overlap.LabelCounts = nil, []int64{80, 5, 5, 10, 90, 0, 5, 5, 100, 0, 0, 0}
	_, several := rendered(t, overlap, 5)
	for _, c := range []struct {
		name, page string
		has, not   []string
	}{
		{"errors", full, []string{`id="errors"`, "15.00% of the valid pixels are wrong", `class="boundary" x="0%" width="53.3`, `url(#fill`, "50.00", `id="fill-missed"`}, nil},
		{"errors of an absent class", full, []string{`<th scope="row" data-sort="absent">absent</th><td data-sort=""><svg class="stackbar small" aria-hidden="true"></svg>`}, nil},
		{"errors of labels that may overlap", several, []string{"15.00% of the decisions, whether a pixel has a label, are wrong", "% of the decisions</th>", "counts above alone", "boundary: 8.00% of the decisions", "boundary: 5.00% of the true pixels"}, []string{"of the valid pixels are wrong"}},
		{"reliability", full, []string{`id="reliability"`, "predicted class</b> calibration error 0.0625", `<td class="num">-0.25</td>`, "Nothing to draw: no pixel has a defined probability"}, nil},
		{"all figures", full, []string{`<details id="figures">`, `<th scope="row" data-sort="ece">ece <button type="button" class="what"`, `<td class="num" data-sort="0.0625">6.25</td>`, `data-sort="loss.ce.pooled">loss.ce.pooled <button type="button" class="what"`}, []string{`data-sort="reliability_confidence"`}},
		{"curves", full, []string{`id="thresholds"`, "wall</b>, average precision 90.00, best F1 75.00, at p ≥ 0.75", ">p ≥ 0.75<", "Nothing to draw: the truth has no pixel of the class"}, nil},
		{"matrix", full, []string{"88.9%", "94.1%", `id="by-row" checked`, `id="by-column"`, `id="by-count"`, "What is taken for what"}, nil},
		{"distributions", full, []string{`id="distributions"`, "quartiles 0.1 and 0.3", "IoU of the images, by class", `<th scope="row" data-sort="absent">absent</th><td class="num" data-sort="0">0</td><td data-sort=""></td>`}, nil},
		{"stages", full, []string{"decode 25.00%", "inference 75.00%"}, nil},
		{"definitions", full, []string{`aria-label="What is ece?"`, `blob/main/docs/metrics.md#ece"`, `popover class="tip"`}, nil},
		{"no verdict", full, []string{"the configuration has gates that need a baseline"}, nil},
		{"nothing measured", bare, []string{`id="more"`, "--metrics standard,errors", "--metrics standard,calibration", "--metrics standard,thresholds"},
			[]string{`id="errors"`, `id="reliability"`, `id="thresholds"`}},
		{"one image", bare, []string{"mIoU over 1 images: 0 to 0, 5% quantile 0"}, nil},
		{"labels, no image", none, []string{`id="more"`, "--metrics standard,errors"}, []string{"--metrics standard,calibration", "--metrics standard,thresholds", "report.gradients", `id="distributions"`, "What is taken for what", ">NaN", "\"NaN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, text := range c.has {
				if !strings.Contains(c.page, text) {
					t.Errorf("the page lacks %q", text)
				}
			}
			for _, text := range c.not {
				if strings.Contains(c.page, text) {
					t.Errorf("the page has %q", text)
				}
			}
		})
	}
	if strings.Contains(full, "<script>alert") || strings.Contains(full, "ZgotmplZ") || regexp.MustCompile(`[">(]NaN`).MatchString(full) {
		t.Error("a name is markup, or a value is not fit for its place")
	}
	for _, id := range regexp.MustCompile(`popovertarget="([^"]*)"|<a href="#([^"]*)"`).FindAllStringSubmatch(full, -1) {
		if target := id[1] + id[2]; !strings.Contains(full, `id="`+target+`"`) {
			t.Errorf("nothing on the page has the id %q", target)
		}
	}
}

// TestSectionsInTheBrowser: at 360 px nothing sticks out, a definition opens and closes by the keyboard, and the matrix is
// switched by arrow keys; nothing complains, nothing is fetched.
func TestSectionsInTheBrowser(t *testing.T) {
	s := measured()
	s.Compat = []record.CompatProfile{{Name: "mmseg", Library: "mmsegmentation", Figures: []record.CompatFigure{{Name: "mIoU", Call: "IoUMetric " + strings.Repeat("long ", 20), Ours: "mIoU", Value: 0.5, OursValue: 0.25,
		Steps: []record.CompatStep{{Convention: strings.Repeat("a convention ", 9), By: 0.25}}}}}}
	dir, _ := rendered(t, s, 5)
	if err := AddVerdict(dir, release(), "compare/compare.html"); err != nil {
		t.Fatal(err)
	}
	p, err := browser.Open(t.Context(), filepath.Join(dir, "report.html"), 360, "dark")
	if errors.Is(err, browser.ErrNoBrowser) {
		t.Skipf("skipped the browser: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range []struct{ name, script, want string }{
		{"a change with its interval", `String(document.querySelector("#verdict [data-label=change] .ci").getBoundingClientRect().left > 100)`, "true"},
		{"width", `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 360 && !e.closest(".scroll, .tip, pre, svg, #samples")).slice(0, 5).map(e => e.outerHTML.slice(0, 90)).join("|")`, ""},
		{"other systems' table", `String([...document.querySelectorAll(".cardrows td")].every(e => e.getBoundingClientRect().right <= 360))`, "true"},
		{"matrix", `String(getComputedStyle(document.querySelector(".matrix .row")).display !== "none")`, "true"},
		{"focus", `document.getElementById("by-row").focus(); document.activeElement.id`, "by-row"},
		{"key", kb.ArrowRight, ""},
		{"by column", `document.activeElement.id + " " + getComputedStyle(document.querySelector(".matrix .row")).display + " " + getComputedStyle(document.querySelector(".matrix .column")).display`, "by-column none block"},
		{"a definition", `const b = document.querySelector("#reliability .what"); b.focus(); String(document.querySelectorAll(":popover-open").length)`, "0"},
		{"key", kb.Enter, ""},
		{"opens", `document.querySelector(":popover-open").id === document.activeElement.getAttribute("popovertarget") ? "open" : "closed"`, "open"},
		{"within the window", `const r = document.querySelector(":popover-open").getBoundingClientRect(); String(r.left >= 0 && r.right <= 360 && r.bottom <= innerHeight)`, "true"},
		{"key", kb.Tab, ""},
		{"its link", `document.activeElement.tagName + " " + document.activeElement.closest(".tip").id.slice(0, 1)`, "A d"},
		{"key", kb.Escape, ""},
		{"closes", `String(document.querySelectorAll(":popover-open").length)`, "0"},
	} {
		if c.name == "key" {
			if err := chromedp.Do(p.Ctx, chromedp.KeyEvent(c.script)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := browser.Eval[string](p, "(() => { "+lastReturned(c.script)+" })()"); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		if err := p.View(360, scheme); err != nil {
			t.Fatal(err)
		}
		if faults, err := p.Faults(); err != nil || len(faults) > 0 {
			t.Errorf("%s: %v\n%s", scheme, err, strings.Join(faults, "\n"))
		}
	}
	if problems := p.Problems(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

// lastReturned makes the last expression of a script its value.
func lastReturned(script string) string {
	at := strings.LastIndex(script, "; ") + 1
	return script[:at] + " return " + script[at:]
}

func release() *record.Release {
	return &record.Release{Verdict: gate.Failed, Base: record.RunSide{Dir: hostile, Model: record.Model{Name: "old.onnx"}}, Gates: []record.GateResult{
		{Gate: gate.Gate{Metric: "IoU[" + hostile + "]", Kind: gate.MaxDrop, Value: 0.02}, Base: 0.5, New: 0.4, Difference: -0.1, CI: record.Interval{Low: -0.2, High: -0.05}, Verdict: gate.Failed, Why: "it dropped by 0.1"},
		{Gate: gate.Gate{Metric: "loss.ce", Kind: gate.Max, Value: 0.3}, Base: nan, New: 0.25, Difference: nan, CI: record.Interval{Low: nan, High: nan}, Plain: true, Verdict: gate.Passed, Why: "0.25 is no more than 0.3"},
		{Gate: gate.Gate{Metric: "mIoU", Kind: gate.NonInferior, Value: 0.05, Relative: true}, Verdict: gate.Inconclusive, Why: "too few"}}}
}

// TestAddVerdict: the verdict stands on the page once, whatever the names are, and can be replaced.
func TestAddVerdict(t *testing.T) {
	dir, before := rendered(t, measured(), 2)
	for range 2 {
		if err := AddVerdict(dir, release(), "compare/compare.html"); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, text := range []string{`<section id="verdict" class="fail"`, "✘ fail (3 gates: 1 passed, 1 failed, 1 inconclusive)", "a drop of at most 2.00 points", "at most 0.3<", "worse by at most 5% of the baseline", `href="compare/compare.html"`, "−20 to −5<"} {
		if strings.Count(page, text) != 1 {
			t.Errorf("the page has %q %d times", text, strings.Count(page, text))
		}
	}
	begin, end := strings.Index(page, `<section id="verdict"`), strings.Index(page, `<section class="cards"`)
	if page[:begin] != before[:strings.Index(before, `<section id="verdict"`)] || page[end:] != before[strings.Index(before, `<section class="cards"`):] || strings.Contains(page, "<script>alert") {
		t.Error("something beside the verdict changed, or a name is markup")
	}
	if err := os.WriteFile(filepath.Join(dir, "report.html"), []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := AddVerdict(dir, release(), ""); fault.KindOf(err) != fault.Data || err == nil {
		t.Errorf("a page without a place for it: %v", err)
	}
	if err := AddVerdict(t.TempDir(), release(), ""); fault.KindOf(err) != fault.Data || err == nil {
		t.Errorf("no page: %v", err)
	}
}

// TestConfused: the pairs with most pixels come first, with their shares of row, column and errors.
func TestConfused(t *testing.T) {
	s := &record.Summary{Classes: []string{"a", "b", "c"}, Confusion: []int64{50, 25, 25, 5, 90, 5, 40, 0, 60}}
	got := confusedPairs(s)
	if len(got) != 5 || got[0] != (confused{"c", "a", "40", "40.00", "42.11", "40.00"}) || got[1].Truth != "a" || got[1].Predicted != "b" {
		t.Errorf("%v", got)
	}
	m := newMatrix(s)
	if c := m.Cells[1]; c.Row.Text != "25.0%" || c.Column.Text != "21.7%" || c.Count.Text != "25" {
		t.Errorf("%+v", c)
	}
	if c := m.Cells[2*3+1]; c.Row.Text != "0.0%" || c.Row.Fill != "#f6f9fc" {
		t.Errorf("%+v", c)
	}
	one := newMatrix(&record.Summary{Classes: []string{"a"}, Confusion: []int64{0}})
	if c := one.Cells[0]; c.Row.Text != "–" || c.Column.Text != "–" || c.Count.Text != "0" {
		t.Errorf("nothing counted: %+v", c)
	}
}

// TestQuantiles holds quantiles against numpy.quantile([1, 2, 3, 5, 8], [.05, .25, .5, .75, .95]) and those of bins against
// the values within half a step.
func TestQuantiles(t *testing.T) {
	want := [5]float64{1.2, 2, 3, 5, 7.4}
	h, ok := newHistogram("x", []float32{8, 1, float32(nan), 5, 2, 3})
	if !ok || h.Count != 5 || h.Undefined != 1 || h.Median != 3 {
		t.Errorf("%+v", h)
	}
	for i, q := range h.Quantiles {
		if math.Abs(q-want[i]) > 1e-12 {
			t.Errorf("quantile %v: %v, want %v", quantileShares[i], q, want[i])
		}
	}
	var b classBins
	for i := range 101 {
		b.add(float64(i) / 100)
	}
	b.add(nan)
	for _, share := range quantileShares {
		if got := b.quantile(share); math.Abs(got-share) > 0.5/classSteps {
			t.Errorf("the %v quantile of 0 to 1 is %v", share, got)
		}
	}
}

// TestStack: a bar's parts lie side by side and fill it, and nothing is drawn of what is undefined.
func TestStack(t *testing.T) {
	parts := stack([]float64{0.1, 0, 0.25, 0.05}, 0.4, "pixels")
	if len(parts) != 3 || parts[1].X != 25 || parts[1].Width != 62.5 || math.Abs(parts[2].X+parts[2].Width-100) > 1e-9 {
		t.Errorf("%+v", parts)
	}
	if stack([]float64{0, 0, 0, 0}, 0, "pixels") != nil || stack([]float64{nan, 0, 0, 0}, 1, "pixels") != nil {
		t.Error("something is drawn of nothing")
	}
}

// TestUnitPath: undefined points break a line, points at the same place are drawn once.
func TestUnitPath(t *testing.T) {
	if got := unitPath([]float64{0, 0.5, nan, 1, 1, 1}, []float64{0, 1, 0, 0, 0, 1}); got != "M40.0 188.0L130.0 8.0M220.0 188.0L220.0 8.0" {
		t.Error(got)
	}
	if unitPath([]float64{nan}, []float64{1}) != "" {
		t.Error("a line of nothing")
	}
	for _, c := range []struct{ threshold, want float64 }{{0, 4}, {0.25, 3}, {0.5, 2}, {1, 6}, {2, 6}} {
		if got := between([]float64{4, 2, 6}, c.threshold); got != c.want {
			t.Errorf("at %v: %v, want %v", c.threshold, got, c.want)
		}
	}
	if !math.IsNaN(between([]float64{1}, 0.5)) || !math.IsNaN(between([]float64{1, nan}, 1)) || !math.IsNaN(between([]float64{1, 2}, nan)) {
		t.Error("a value of nothing")
	}
}

// TestLinksIntoTheDocs: every link of the page into the documentation has its heading there.
func TestLinksIntoTheDocs(t *testing.T) {
	_, page := rendered(t, summary0(), 1)
	found := regexp.MustCompile(regexp.QuoteMeta(docsAddress)+`([a-z-]+\.md)(?:#([^"]*))?`).FindAllStringSubmatch(page, -1)
	if len(found) < 10 {
		t.Errorf("%d links", len(found))
	}
	for _, l := range found {
		text, err := os.ReadFile(filepath.Join("..", "docs", l[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		there := l[2] == ""
		for line := range strings.Lines(string(text)) {
			heading, ok := strings.CutPrefix(strings.TrimLeft(strings.TrimSpace(line), "#"), " ")
			there = there || ok && strings.HasPrefix(line, "#") && anchor(heading) == template.HTMLEscapeString(l[2])
		}
		if !there {
			t.Errorf("docs/%s has no heading for #%s", l[1], l[2])
		}
	}
}

// summary0 is a summary whose metrics the documentation has.
func summary0() *record.Summary {
	s := summary()
	s.Classes, s.PerClass, s.Metrics = []string{"a", "b"}, nil, s.Metrics[:1]
	return s
}

// TestTips: definitions are of what has one, and a page that has none shows no button.
func TestTips(t *testing.T) {
	find := finder([]tip{{ID: "d0", Name: "mIoU"}})
	if find("mIoU").ID != "d0" || find("other") != (tip{}) {
		t.Error("the wrong definition")
	}
	var b bytes.Buffer
	if err := template.Must(pageTemplate.Clone()).ExecuteTemplate(&b, "what", tip{}); err != nil || strings.Contains(b.String(), "button") {
		t.Errorf("%v: %s", err, b.String())
	}
	for heading, want := range map[string]string{"mIoU": "miou", "ce: Cross-entropy": "ce-cross-entropy", "Stages and latency": "stages-and-latency", "boundary_IoU": "boundary_iou"} {
		if got := anchor(heading); got != want {
			t.Errorf("%s: %s, want %s", heading, got, want)
		}
	}
}
