package pipeline

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// only are some images of a dataset.
type only struct {
	dataset.Source
	names []string
}

func (o only) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for item, err := range o.Source.Items() {
			if slices.Contains(o.names, item.Name) && !yield(item, err) {
				return
			}
		}
	}
}

// sliced evaluates the quickstart's pictures with slices, or some of them without.
func sliced(t *testing.T, workers int, names []string, group bool, specs ...slicing.Spec) (*Summary, []*Record) {
	t.Helper()
	e := evaluator(t, &fakeSession{}, 14, func(o *Options) {
		o.Workers, o.Gradients = workers, true
		o.Metrics = []metrics.Spec{{Name: "standard"}, {Name: "mIoU_p10"}, {Name: "ece"}, {Name: "hd95"}}
		o.Bootstrap = &Bootstrap{Options: stats.Options{Resamples: 200, Seed: 4, Workers: workers}}
		if group {
			o.Bootstrap.Group = func(image string) string { return image[len(image)-5:] }
		}
		list, err := slicing.Compile(specs, slicing.Data{Classes: o.Source.Classes()})
		if err != nil {
			t.Fatal(err)
		}
		if o.Slices = list; names != nil {
			o.Source = only{o.Source, names}
		}
	})
	if e.total.slices != nil && workers > 1 {
		e.total.slices.log.limit = 1000 // into the temporary file
	}
	records, err := consume(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return e.Summary(), records
}

// TestSlicesAreRuns: a slice has the figures and intervals of a run over its images alone, to the bit, for any number of
// workers, in memory and from the temporary file; the worst come first.
func TestSlicesAreRuns(t *testing.T) {
	for _, group := range []bool{false, true} {
		t.Run(fmt.Sprintf("groups %v", group), func(t *testing.T) {
			specs := []slicing.Spec{{Name: "size"}, {Name: "brightness"}, {Name: "class"}}
			one, records := sliced(t, 1, nil, group, specs...)
			three, _ := sliced(t, 3, nil, group, specs...)
			if len(one.Slices) < 8 || len(one.Slices) != len(three.Slices) {
				t.Fatalf("%d and %d slices", len(one.Slices), len(three.Slices))
			}
			for i, s := range one.Slices {
				other := three.Slices[i]
				if s.By != other.By || s.Name != other.Name || !slices.Equal(bits(s.Summary), bits(other.Summary)) || !same(s.Difference.Value, other.Difference.Value) || !same(s.Difference.CI.Low, other.Difference.CI.Low) {
					t.Errorf("%s %s: three workers give other figures than one", s.By, s.Name)
				}
				if i > 0 && s.Difference.Worse() > one.Slices[i-1].Difference.Worse() {
					t.Errorf("%s %s is worse than the one before", s.By, s.Name)
				}
			}
			for _, by := range []string{"size", "brightness"} {
				checkRuns(t, one, records, by, group)
			}
		})
	}
}

// checkRuns evaluates each slice's images alone. Which these are follows from the records.
func checkRuns(t *testing.T, whole *Summary, records []*Record, by string, group bool) {
	t.Helper()
	images := 0
	for _, s := range whole.Slices {
		if s.By != by {
			continue
		}
		var names []string
		for _, r := range records {
			value := float64(r.Width * r.Height)
			if by == "brightness" {
				value = r.Brightness
			}
			if inRange(t, s.Name, value) {
				names = append(names, r.Image)
			}
		}
		alone, _ := sliced(t, 2, names, group)
		if images += len(names); alone.Counts.OK != s.Summary.Counts.OK || alone.Counts.ValidPixels != s.Summary.Counts.ValidPixels || !slices.Equal(bits(alone), bits(s.Summary)) || !slices.Equal(alone.Confusion, s.Summary.Confusion) {
			t.Errorf("%s %s: a run over its %d images has other figures", by, s.Name, len(names))
		}
		if want := alone.Metrics[2].Value.Value - whole.Metrics[2].Value.Value; s.Difference.Metric != "mIoU" || s.Difference.Value != want {
			t.Errorf("%s %s: %+v, want a difference of %v", by, s.Name, s.Difference, want)
		}
		if s.Telling != (len(names) >= 10) {
			t.Errorf("%s %s: telling %v of %d images", by, s.Name, s.Telling, len(names))
		}
	}
	if images != len(records) {
		t.Errorf("by %s: %d images in slices of %d", by, images, len(records))
	}
}

// inRange reads a slice's name.
func inRange(t *testing.T, name string, x float64) bool {
	t.Helper()
	var from, to float64
	if n, _ := fmt.Sscanf(name, "below %g", &to); n == 1 {
		return x < to
	}
	if n, _ := fmt.Sscanf(name, "%g to below %g", &from, &to); n == 2 {
		return from <= x && x < to
	}
	if n, _ := fmt.Sscanf(name, "%g", &from); n == 1 {
		return from <= x
	}
	t.Fatalf("slice %q", name)
	return false
}

func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// TestSliceOfAll: the slice that has every image differs by nothing, and its interval is that point.
func TestSliceOfAll(t *testing.T) {
	s, _ := sliced(t, 2, nil, false, slicing.Spec{Name: "class"})
	for _, part := range s.Slices {
		if part.Summary.Counts.OK == s.Counts.OK && (part.Difference.Value != 0 || *part.Difference.CI != record.Interval{} || !slices.Equal(bits(part.Summary), bits(s))) {
			t.Errorf("%s: %+v, %+v", part.Name, part.Difference, part.Difference.CI)
		}
	}
}

// TestSliceErrors: too many values end in an error of the run, and the figures of all images stand.
func TestSliceErrors(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 3, func(o *Options) {
		o.Slices = []slicing.Slicing{{By: "broken", New: func() slicing.Splitter { return brokenSplitter{} }}}
	})
	if _, err := consume(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if s := e.Summary(); s.Slices != nil || s.Counts.OK != 3 || e.Err() == nil {
		t.Errorf("%d slices, %d images, %v", len(s.Slices), s.Counts.OK, e.Err())
	}
}

type brokenSplitter struct{}

func (brokenSplitter) Add(*slicing.Image) error { return fmt.Errorf("broken") }
func (brokenSplitter) Slices() []slicing.Slice  { return nil }

// TestBrightness: of a grey picture it is the grey; of halves, the mean; of pure colours, the weights of BT.601.
func TestBrightness(t *testing.T) {
	fill := func(width, height int, pixel func(x, y int) [3]uint8) *raster.Picture {
		p := &raster.Picture{}
		p.Resize(width, height)
		for y := range height {
			for x := range width {
				c := pixel(x, y)
				copy(p.Pix[3*(y*width+x):], c[:])
			}
		}
		return p
	}
	for _, c := range []struct {
		name    string
		picture *raster.Picture
		want    float64
	}{
		{"one pixel", fill(1, 1, func(int, int) [3]uint8 { return [3]uint8{7, 7, 7} }), 7},
		{"grey", fill(500, 333, func(int, int) [3]uint8 { return [3]uint8{131, 131, 131} }), 131},
		{"red", fill(70, 3, func(int, int) [3]uint8 { return [3]uint8{200, 0, 0} }), 59.8},
		{"green", fill(70, 3, func(int, int) [3]uint8 { return [3]uint8{0, 200, 0} }), 117.4},
		{"blue", fill(70, 3, func(int, int) [3]uint8 { return [3]uint8{0, 0, 200} }), 22.8},
		{"halves", fill(640, 480, func(x, _ int) [3]uint8 { v := uint8(x / 320 * 100); return [3]uint8{v, v, v} }), 50},
		{"a small one, every pixel", fill(3, 2, func(x, y int) [3]uint8 { v := uint8(10 * (3*y + x)); return [3]uint8{v, v, v} }), 25},
	} {
		if got := brightness(c.picture); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
