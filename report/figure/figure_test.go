package figure

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"

	"github.com/segmetry/segmetry/internal/record"
)

// hostile are what classes may be called.
var hostile = []string{"sky", `a|b\c_d % & # $ {x} ~^`, "<script>alert(\"1\")</script>", "line\nbreak\t\u202eתמונה🔬", "", "日本語 道路", strings.Repeat("long ", 2000), "дорога", "\x00\xff\ufffe"}

func plain(x float64) record.Value { return record.Value{Value: x} }

// many is a run of so many classes that has what every figure needs. Class 3 has no IoU.
func many(n int) *Run {
	s := &record.Summary{Confusion: make([]int64, n*n)}
	list := func(name string, value func(c int) record.Value) {
		m := record.ClassMetric{Name: name}
		for c := range n {
			m.Values = append(m.Values, value(c))
		}
		s.PerClass = append(s.PerClass, m)
	}
	curve := func(value func(x, quality float64) float64) func(c int) record.Value {
		return func(c int) record.Value {
			values := make([]float64, 101)
			for i := range values {
				values[i] = value(float64(i)/100, float64(c+1)/float64(n))
			}
			values[100] = math.NaN()
			return record.Value{Value: math.NaN(), Values: values}
		}
	}
	for c := range n {
		name := fmt.Sprintf("class number %d", c)
		if c < len(hostile) && n > 1 {
			name = hostile[c]
		}
		s.Classes = append(s.Classes, name)
		s.Confusion[c*n+c] = 700
		s.Confusion[c*n+(c*7+3)%n] += 300
	}
	for _, b := range classBars {
		list(b.measure, func(c int) record.Value {
			v := math.Mod(0.37*float64(c+1), 1)
			if c == 3 {
				v = math.NaN()
			}
			return record.Value{Value: v, CI: &record.Interval{Low: v * 0.9, High: v * 1.1}}
		})
		s.Metrics = append(s.Metrics, record.MetricValue{Name: b.mean, Value: plain(0.5)})
	}
	for i, k := range ErrorKinds {
		list(k.Measure, func(c int) record.Value { return plain(float64(i+1) / 50) })
		s.Metrics = append(s.Metrics, record.MetricValue{Name: k.Measure, Value: plain(0.1)})
	}
	list("pr_curve_precision", curve(func(x, q float64) float64 { return 1 - (1-q)*(1-x) }))
	list("pr_curve_recall", curve(func(x, _ float64) float64 { return 1 - x }))
	list("average_precision", func(c int) record.Value { return plain(float64(c+1) / float64(n)) })
	list("roc_curve_tpr", curve(func(x, q float64) float64 { return math.Pow(x, 1-q) }))
	list("roc_curve_fpr", curve(func(x, _ float64) float64 { return x }))
	bins := func(name string, values ...float64) {
		s.Metrics = append(s.Metrics, record.MetricValue{Name: name, Value: record.Value{Value: math.NaN(), Values: values}})
	}
	bins("reliability_confidence", math.NaN(), 0.3, 0.5, 0.95)
	bins("reliability_accuracy", math.NaN(), 0.35, 0.4, 0.9)
	bins("reliability_pixels", 0, 100, 300, 600)
	for i := range 4 {
		s.Slices = append(s.Slices, record.Slice{By: "path", Name: hostile[i], Summary: &record.Summary{},
			Difference: record.SliceDifference{Metric: "mIoU", Value: float64(i-1) / 50, CI: &record.Interval{Low: float64(i-2) / 50, High: math.NaN()}}})
	}
	r := &Run{Summary: s, Distributions: []Distribution{{"loss<&", []float32{1, 2, 2, float32(math.NaN())}}, {"one", []float32{7}}, {"none", nil},
		{"wide", []float32{float32(math.Inf(1)), math.MaxFloat32, -math.MaxFloat32}}}}
	return r
}

func drawn(t *testing.T, r *Run, o Options) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	if err := Draw(r, o, func(name string, data []byte) error {
		if _, twice := files[name]; twice || filepath.Base(name) != name {
			t.Errorf("%q was drawn twice, or leaves the folder", name)
		}
		files[name] = bytes.Clone(data)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// TestDraw: every figure is there in every format, whole, and the same a second time, whatever classes are called.
func TestDraw(t *testing.T) {
	for _, format := range Formats {
		o := Options{Format: format, DPI: 60}
		files, again := drawn(t, many(9), o), drawn(t, many(9), o)
		for _, d := range All() {
			if len(files[d.Name+"."+format]) == 0 {
				t.Errorf("no %s.%s", d.Name, format)
			}
		}
		for name, data := range files {
			if !bytes.Equal(data, again[name]) {
				t.Errorf("%s differs the second time", name)
			}
			whole(t, name, data)
		}
	}
}

func whole(t *testing.T, name string, data []byte) {
	t.Helper()
	switch filepath.Ext(name) {
	case ".png":
		if _, err := png.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	case ".svg":
		for d := xml.NewDecoder(bytes.NewReader(data)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s is no XML: %v", name, err)
				break
			}
			if e, is := token.(xml.StartElement); is && e.Name.Local == "script" {
				t.Errorf("%s has a class's name as markup", name)
			}
		}
		if bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf")) {
			t.Errorf("%s has coordinates that are none", name)
		}
	case ".pdf":
		if !bytes.HasPrefix(data, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF")) {
			t.Errorf("%s is no whole PDF", name)
		}
	}
}

// TestSizes: figures come out at any width and number of classes, pictures as wide as was asked for, and none is larger than memory bears.
func TestSizes(t *testing.T) {
	for classes, wide := range map[int]float64{0: 2, 1: 12, 2: 2, 60: 3, 200: 5.5} {
		for name, data := range drawn(t, many(classes), Options{Width: wide, DPI: 50}) {
			c, err := png.DecodeConfig(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			own := strings.HasPrefix(name, "confusion") || strings.HasPrefix(name, "reliability")
			if c.Width > 12*50 || c.Height > 13*50 || !own && c.Width != int(50*wide) {
				t.Errorf("%d classes, %g in: %s has %d×%d pixels", classes, wide, name, c.Width, c.Height)
			}
		}
	}
	if files := drawn(t, &Run{Summary: &record.Summary{Classes: []string{"a"}}}, Options{}); len(files) != 0 {
		t.Errorf("a run without measures has figures: %d", len(files))
	}
}

// TestResolution: a PNG says how large it is in print: 300 dots an inch are 11811 a metre.
func TestResolution(t *testing.T) {
	data := drawn(t, many(2), Options{})["class_IoU.png"]
	if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 1650 {
		t.Errorf("5.5 inches have %d pixels, %v", c.Width, err)
	}
	if at := bytes.Index(data, []byte("pHYs")); at != 37 || binary.BigEndian.Uint32(data[at+4:]) != 11811 || data[at+12] != 1 {
		t.Errorf("no resolution: %x", data[:60])
	}
}

// painted counts a picture's pixels of exactly one colour.
func painted(t *testing.T, data []byte, want color.Color) (n int) {
	t.Helper()
	p, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	wr, wg, wb, _ := want.RGBA()
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			if r, g, b, _ := p.At(x, y).RGBA(); r == wr && g == wg && b == wb {
				n++
			}
		}
	}
	return n
}

// TestBarsAreValues: the painted area of a bar is proportional to its value.
func TestBarsAreValues(t *testing.T) {
	area := func(value float64) float64 {
		r := &Run{Summary: &record.Summary{Classes: []string{"a"}, PerClass: []record.ClassMetric{{Name: "IoU", Values: []record.Value{plain(value)}}}}}
		return float64(painted(t, drawn(t, r, Options{DPI: 150})["class_IoU.png"], sky))
	}
	if ratio := area(0.8) / area(0.2); math.Abs(ratio-4) > 0.05 { // edges are blended: a pixel of 140
		t.Errorf("0.8 has %.3f times the area of 0.2", ratio)
	}
}

// TestCellsAreShares: a matrix has as many cells of a shade as there are such shares, each of n×n of its area.
func TestCellsAreShares(t *testing.T) {
	r := &Run{Summary: &record.Summary{Classes: []string{"a", "b"}, Confusion: []int64{30, 10, 0, 8}}}
	data := drawn(t, r, Options{DPI: 150})["confusion.png"]
	cell := float64(largeCell) / 72 * 150
	for share, want := range map[float64]float64{0.75: 1, 0.25: 1, 1: 1} {
		if got := float64(painted(t, data, shade(share))) / (cell * cell); math.Abs(got-want) > 0.12 { // figures and blended edges
			t.Errorf("the share %g fills %.2f cells, want %g", share, got, want)
		}
	}
}

// TestMostConfused: of many classes those with the most wrong pixels are shown, in their order.
func TestMostConfused(t *testing.T) {
	n := mostCells + 2
	confusion := make([]int64, n*n)
	for c := range n {
		confusion[c*n+c] = 1000
		confusion[c*n] += 5 // every class but 0 has wrong pixels
	}
	confusion[7*n], confusion[9*n] = 0, 1
	shown := mostConfused(confusion, n)
	if len(shown) != mostCells || shown[0] != 0 || shown[7] != 8 || shown[8] != 10 {
		t.Errorf("%d classes: %v", len(shown), shown[:12])
	}
}

// TestHistogram: a distribution's bars are as high as there are images between their ends.
func TestHistogram(t *testing.T) {
	p := distributionPanel(Distribution{"loss.ce", []float32{0, 0, 0, 1, float32(math.NaN())}})
	if p.title != "loss.ce, median 0" || p.plot.Y.Max != 3 || p.plot.X.Max != 1 {
		t.Errorf("%q, up to %g, from %g to %g", p.title, p.plot.Y.Max, p.plot.X.Min, p.plot.X.Max)
	}
}

// TestMissingLetters: a letter that the font does not have is a box in a picture, and stays itself in an SVG.
func TestMissingLetters(t *testing.T) {
	r := func(name string) *Run {
		return &Run{Summary: &record.Summary{Classes: []string{name}, PerClass: []record.ClassMetric{{Name: "IoU", Values: []record.Value{plain(0.5)}}}}}
	}
	if got := drawable(font.DefaultCache.Lookup(sans(6), 6), "aд日本"); got != "aд□□" {
		t.Errorf("a picture shows %q", got)
	}
	if svg := drawn(t, r("日本"), Options{Format: "svg"})["class_IoU.svg"]; !bytes.Contains(svg, []byte("日本")) {
		t.Error("the SVG lost the name")
	}
}

func TestValidate(t *testing.T) {
	if err := (Options{}).Validate(); err != nil {
		t.Error(err)
	}
	err := Options{Format: "gif", Width: math.NaN(), DPI: 9000}.Validate()
	for _, key := range []string{"report.plots.format", "report.plots.width", "report.plots.dpi"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not name %s", err, key)
		}
	}
}

// TestDocs: docs/exports.md has a row a figure, as the registry says it.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "exports.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range All() {
		if row := "| `" + d.Name + "` | " + d.About + " | " + d.Needs + " |\n"; !strings.Contains(string(text), row) {
			t.Errorf("docs/exports.md has no row\n%s", row)
		}
	}
}
