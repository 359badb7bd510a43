package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// flood labels the objects by the definition: one pixel after another takes its connected neighbours of the same class.
func flood(labels []int16, w, h int, eight bool) (object []int, count int) {
	object = make([]int, len(labels))
	for i := range object {
		object[i] = -1
	}
	for start, class := range labels {
		if class == raster.Ignored || object[start] >= 0 {
			continue
		}
		queue := []int{start}
		object[start] = count
		for len(queue) > 0 {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					y, x := i/w+dy, i%w+dx
					if y < 0 || y >= h || x < 0 || x >= w || !eight && dx*dy != 0 {
						continue
					}
					if j := y*w + x; labels[j] == class && object[j] < 0 {
						object[j] = count
						queue = append(queue, j)
					}
				}
			}
		}
		count++
	}
	return object, count
}

func TestComponentsAreTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var o components
	for n := range 400 {
		w, h, classes := 1+r.IntN(30), 1+r.IntN(25), 1+r.IntN(4)
		labels := make([]int16, w*h)
		for i := range labels {
			labels[i] = int16(r.IntN(classes+1)) - 1
			if n%2 == 0 && i > 0 && r.IntN(3) > 0 {
				labels[i] = labels[i-1]
			}
		}
		eight := n%4 < 2
		o.find(labels, w, h, eight)
		want, count := flood(labels, w, h, eight)
		if len(o.classes) != count {
			t.Fatalf("case %d, %d×%d: %d objects, want %d", n, w, h, len(o.classes), count)
		}
		areas := make([]int64, count)
		for y := range h {
			for _, run := range o.runs[o.rows[y]:o.rows[y+1]] {
				for x := run.from; x < run.to; x++ {
					i := y*w + int(x)
					if int(run.object) != want[i] || run.class != labels[i] {
						t.Fatalf("case %d: pixel %d is of object %d, want %d", n, i, run.object, want[i])
					}
					if want[i] >= 0 {
						areas[want[i]]++
					}
				}
			}
		}
		for i, a := range areas {
			if o.areas[i] != a {
				t.Fatalf("case %d: object %d has %d pixels, want %d", n, i, o.areas[i], a)
			}
		}
	}
}

// paint draws rectangles {class, top, left, bottom, right} on class 0.
func paint(w, h int, rectangles ...[5]int) *raster.Labels {
	l := &raster.Labels{Width: w, Height: h, Class: make([]int16, w*h)}
	for _, r := range rectangles {
		for y := r[1]; y < r[3]; y++ {
			for x := r[2]; x < r[4]; x++ {
				l.Class[y*w+x] = int16(r[0])
			}
		}
	}
	return l
}

// list returns the values of one class's list.
func list(t *testing.T, truth, predicted *raster.Labels, class int, specs ...Spec) []float64 {
	t.Helper()
	set, err := Compile(specs, Shape{Classes: 4})
	if err != nil {
		t.Fatal(err)
	}
	total := set.NewTotal()
	total.Add(measureMaps(set.NewMeter(), truth, predicted))
	if class < 0 {
		return total.Metrics()[0].Value.Values
	}
	return total.PerClass()[0].Values[class].Values
}

// TestSizes: one small object that is found, a medium one that is missed, and a large one that is invented.
func TestSizes(t *testing.T) {
	truth := paint(400, 200, [5]int{1, 2, 2, 12, 12}, [5]int{1, 20, 20, 70, 70})
	predicted := paint(400, 200, [5]int{1, 2, 2, 12, 12}, [5]int{1, 80, 200, 190, 390})
	for size, want := range map[string][3]float64{"all": {1, 1, 1}, "small": {1, 0, 0}, "medium": {0, 0, 1}, "large": {0, 1, 0}} {
		got := list(t, truth, predicted, 1, with("matches", "test", func(o *ObjectOptions) { o.Size = size }))
		if [3]float64(got) != want {
			t.Errorf("%s: TP, FP, FN %v, want %v", size, got, want)
		}
	}
}

// TestErrorKinds draws each kind: an outline off by two pixels, a part of an object under another class, an object
// swallowed, one that is not there, and one as a whole under another class.
func TestErrorKinds(t *testing.T) {
	object := [5]int{1, 10, 10, 50, 50}
	cases := map[string]struct {
		truth, predicted *raster.Labels
		want             [errorKinds]float64
	}{
		"an outline": {paint(100, 60, object), paint(100, 60, [5]int{1, 12, 10, 50, 50}), [errorKinds]float64{2 * 40, 0, 0, 0}},
		"a part":     {paint(100, 60, object), paint(100, 60, object, [5]int{0, 20, 20, 30, 30}, [5]int{0, 20, 30, 21, 60}), [errorKinds]float64{3, 10*10 + 20 - 3, 0, 0}},
		"swallowed":  {paint(100, 60, object), paint(100, 60), [errorKinds]float64{40*40 - 34*34, 0, 34 * 34, 0}},
		"invented":   {paint(100, 60), paint(100, 60, object), [errorKinds]float64{0, 0, 0, 40 * 40}},
		"as a whole": {paint(100, 60, object), paint(100, 60, [5]int{2, 10, 10, 50, 50}), [errorKinds]float64{40*40 - 34*34, 34 * 34, 0, 0}},
	}
	for name, c := range cases {
		got := list(t, c.truth, c.predicted, -1, Spec{Name: "error_counts"})
		if name == "a part" { // the row of 30 lies in the object for 20 and outside for 10: it ties the part to class 0
			c.want = [errorKinds]float64{got[0], got[1], 0, 0}
			if got[0]+got[1] != 10*10+20 || got[1] < 100 {
				t.Errorf("%s: %v", name, got)
			}
		}
		if [errorKinds]float64(got) != c.want || got[errorKinds] != 6000 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestErrorsAddUp: in every image and over all of them the four kinds' counts are the wrong pixels, exactly, and the four shares sum to
// 1 − aAcc (tolerance: 4 roundings of numbers up to 1, 4·2⁻⁵³). Maps are random, of 2 to 6 classes, up to half of them ignored.
func TestErrorsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for classes := 2; classes <= 6; classes++ {
		shape := Shape{Classes: classes, Scores: true}
		set, err := Compile(named("error_boundary", "error_confusion", "error_missed", "error_invented", "aAcc", "error_counts"), shape)
		if err != nil {
			t.Fatal(err)
		}
		meter, all, wrong := set.NewMeter(), set.NewTotal(), int64(0)
		for n := range 40 {
			s := draw(r, shape, float64(n%6)/10)
			one, states := set.NewTotal(), measureScores(t, meter, shape, s.probabilities, s.labels)
			one.Add(states)
			all.Add(states)
			wrong += addsUp(t, one, classes)
		}
		if got := addsUp(t, all, classes); got != wrong || wrong == 0 {
			t.Errorf("%d classes: %d wrong pixels, and %d image by image", classes, got, wrong)
		}
	}
}

// addsUp holds the kinds against aAcc and the confusion matrix, and returns the wrong pixels.
func addsUp(t *testing.T, total *Total, classes int) int64 {
	t.Helper()
	figures, m := total.Metrics(), matrix{classes, &total.states[0]}
	sum, counts := 0.0, [errorKinds + 1]int64{}
	for _, f := range figures[:errorKinds] {
		sum += f.Value.Value
	}
	if want := 1 - figures[errorKinds].Value.Value; !(math.Abs(sum-want) <= 4*0x1p-53) {
		t.Errorf("the shares sum to %v, want 1 − aAcc = %v", sum, want)
	}
	for _, v := range total.PerClass()[errorKinds].Values {
		for i, n := range v.Values {
			counts[i] += int64(n)
		}
	}
	wrong := m.pixels() - m.correct()
	if got := counts[0] + counts[1] + counts[2] + counts[3]; got != wrong || counts[errorKinds] != m.pixels() {
		t.Errorf("%d of %d pixels are of a kind, want %d of %d", got, counts[errorKinds], wrong, m.pixels())
	}
	return wrong
}

// BenchmarkObjects matches the objects of 19 classes on 2048×1024.
func BenchmarkObjects(b *testing.B) { benchmarkMaps(b, "pq", "object_f1_sweep") }

// BenchmarkErrors decomposes the errors.
func BenchmarkErrors(b *testing.B) { benchmarkMaps(b, "error_boundary") }

// BenchmarkBoundaries is boundary IoU and a trimap's.
func BenchmarkBoundaries(b *testing.B) { benchmarkMaps(b, "boundary_IoU", "trimap_IoU") }

func benchmarkMaps(b *testing.B, names ...string) {
	truth, predicted := cityscape(2048, 1024, 19)
	set, err := Compile(named(names...), Shape{Classes: 19})
	if err != nil {
		b.Fatal(err)
	}
	m := set.NewMeter()
	for b.Loop() {
		m.Reset(nil)
		set.Release(m.Finish(truth, predicted))
	}
}
