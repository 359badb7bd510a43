package report

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
)

// trendExample has two changes, a gap, a release and hostile names.
func trendExample() []Trend {
	nan := math.NaN()
	t := Trend{Dataset: `cells <script>alert(1)</script>`, Digest: "0123456789ab"}
	s := TrendSeries{Name: "mIoU", Noise: .001, Segments: []TrendSegment{{0, 4, .7}, {4, 8, .6}, {8, 12, .65}}}
	latency := TrendSeries{Name: "latency.p95_ms", Plain: true}
	for i := range 12 {
		r := TrendRun{ID: int64(i + 1), When: "2026-11-25 10:00", Model: strings.Repeat("a-very-long-name-of-a-model", 3) + ".onnx", Names: "nightly", Release: i == 3}
		t.Runs = append(t.Runs, r)
		level := []float64{.7, .6, .65}[i/4]
		s.Points = append(s.Points, TrendPoint{level, level - .02, level + .02})
		latency.Points = append(latency.Points, TrendPoint{10 + float64(i), nan, nan})
	}
	s.Points[5] = TrendPoint{nan, nan, nan}
	s.Points[8].Low, s.Points[8].High = nan, nan
	latency.Segments = []TrendSegment{{0, 12, 15}}
	t.Series = []TrendSeries{s, latency}
	return []Trend{t, {Dataset: "one run", Runs: t.Runs[:1], Series: []TrendSeries{{Name: "IoU[a]", Points: []TrendPoint{{.5, .5, .5}}, Segments: []TrendSegment{{0, 1, .5}}}}}}
}

func TestTrends(t *testing.T) {
	var text strings.Builder
	if err := Trends(&text, "12 runs.", trendExample()); err != nil {
		t.Fatal(err)
	}
	for _, say := range []string{"mIoU over 12 runs, from", "the last is 65.00; 2 changes", "−10.00", "&#43;5.00", "outside of run 4’s", "outside of run 8’s", "run 4, 2026-11-25 10:00", "&lt;script&gt;", `class="dot release"`, "No change of level"} {
		if !strings.Contains(text.String(), say) {
			t.Errorf("the page does not say %q", say)
		}
	}
	for _, never := range []string{"NaN", "Inf", "<script", "http:", "https:"} {
		if strings.Contains(text.String(), never) {
			t.Errorf("the page has %q", never)
		}
	}
	if ribbons := strings.Count(text.String(), "Z\""); ribbons != 2 {
		t.Errorf("%d ribbons, want one of each series with intervals", ribbons)
	}
}

// TestTrendsInABrowser: the page is silent, fits a phone, and has its colours in both schemes.
func TestTrendsInABrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trend.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Trends(f, "12 runs.", trendExample()), f.Close()); err != nil {
		t.Fatal(err)
	}
	paper := map[string]string{}
	for _, view := range []struct {
		scheme string
		width  int
	}{{"light", 1200}, {"dark", 1200}, {"light", 360}} {
		p, err := browser.Open(t.Context(), file, view.width, view.scheme)
		if errors.Is(err, browser.ErrNoBrowser) {
			t.Skipf("skipped: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		wide, err1 := browser.Eval[int](p, `document.documentElement.scrollWidth`)
		dots, err2 := browser.Eval[int](p, `document.querySelectorAll("svg circle").length`)
		narrow, err3 := browser.Eval[int](p, `[...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width < 250).length`)
		colour, err4 := browser.Eval[string](p, `getComputedStyle(document.body).backgroundColor`)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		if wide > view.width || dots != 24 || narrow > 0 {
			t.Errorf("%s at %d: %d wide, %d dots, %d charts are too narrow", view.scheme, view.width, wide, dots, narrow)
		}
		for _, problem := range p.Problems() {
			t.Error(problem)
		}
		if dir := os.Getenv("SEGMETRY_SCREENSHOTS"); dir != "" {
			if png, err := p.Screenshot(); err != nil || os.WriteFile(filepath.Join(dir, "trend-"+view.scheme+".png"), png, 0o600) != nil {
				t.Error(err)
			}
		}
		paper[view.scheme] = colour
		p.Close()
	}
	if paper["light"] == paper["dark"] {
		t.Errorf("the page is %s in both schemes", paper["light"])
	}
}
