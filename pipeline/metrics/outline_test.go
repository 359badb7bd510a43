package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/raster"
)

// asking makes a request of a measure's name and its options as YAML.
func asking(label, name, options string) Spec {
	return Spec{Name: name, Label: label, Decode: func(o any) error { return yaml.Unmarshal([]byte(options), o) }}
}

// corner is a piece of contour in the slow form.
type corner struct{ y, x, length float64 }

// contourOf lists the corners of a class one by one: those with one of the four pixels around them of the class, or two, or three.
func contourOf(l *raster.Labels, class int16, sy, sx float64) (list []corner) {
	in := func(y, x int) float64 {
		if y < 0 || x < 0 || y >= l.Height || x >= l.Width || l.Class[y*l.Width+x] != class {
			return 0
		}
		return 1
	}
	cut := math.Sqrt(sy*sy+sx*sx) / 2
	for y := range l.Height + 1 {
		for x := range l.Width + 1 {
			a, b, c, d := in(y-1, x-1), in(y-1, x), in(y, x-1), in(y, x)
			length := 0.0
			switch n := a + b + c + d; {
			case n == 0 || n == 4:
				continue
			case n != 2:
				length = cut
			case a == b:
				length = sx
			case a == c:
				length = sy
			default:
				length = 2 * cut
			}
			list = append(list, corner{float64(y) * sy, float64(x) * sx, length})
		}
	}
	return list
}

// directed sums up one direction by the definition: the weighted distances, the length, that within 1.2, and the largest.
func directed(from, to []corner) (total, length, within, largest float64) {
	for _, p := range from {
		d := math.Inf(1)
		for _, q := range to {
			d = min(d, math.Sqrt((p.y-q.y)*(p.y-q.y)+(p.x-q.x)*(p.x-q.x)))
		}
		total += d * p.length
		length += p.length
		largest = max(largest, d)
		if d <= 1.2 {
			within += p.length
		}
	}
	return total, length, within, largest
}

// TestCornersAreTheDefinition holds surfaces of corners of several classes with ignored pixels against the definition, corner by
// corner (tolerance: 1e-12, sums in another order). The golden values of surface-distance have one class each.
func TestCornersAreTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	const o = "{edges: corners, spacing: [1.5, 0.7]}"
	set, err := Compile([]Spec{asking("hd", "hd", o), asking("assd", "assd", o), asking("masd", "masd", o), asking("nsd", "nsd", "{edges: corners, spacing: [1.5, 0.7], tolerance: 1.2}")}, Shape{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	meter := set.NewMeter()
	for n := range 60 {
		truth, predicted := draw(r, Shape{Classes: 3}, 0.1*float64(n%2)).labels, &raster.Labels{}
		*predicted = raster.Labels{Width: truth.Width, Height: truth.Height, Class: make([]int16, len(truth.Class))}
		clean := *predicted
		clean.Class = make([]int16, len(truth.Class))
		for i, y := range truth.Class {
			predicted.Class[i] = max(0, y)
			if r.IntN(6) == 0 {
				predicted.Class[i] = int16(r.IntN(3))
			}
			clean.Class[i] = predicted.Class[i]
			if y == raster.Ignored {
				clean.Class[i] = raster.Ignored
			}
		}
		total := set.NewTotal()
		total.Add(measureMaps(meter, truth, predicted))
		for c := range 3 {
			a, b := contourOf(truth, int16(c), 1.5, 0.7), contourOf(&clean, int16(c), 1.5, 0.7)
			if len(a) == 0 || len(b) == 0 {
				continue
			}
			s1, l1, w1, h1 := directed(a, b)
			s2, l2, w2, h2 := directed(b, a)
			for i, want := range []float64{max(h1, h2), (s1 + s2) / (l1 + l2), (s1/l1 + s2/l2) / 2, (w1 + w2) / (l1 + l2)} {
				got := total.PerClass()[i]
				if v := got.Values[c].Value; !(math.Abs(v-want) <= 1e-12*max(1, want)) {
					t.Fatalf("case %d, class %d: %s is %v, want %v", n, c, got.Name, v, want)
				}
			}
		}
	}
}

// TestPercentileOfContour: of pieces with lengths 1, 2, 3 and 4 at distances 4, 3, 2 and 1 the shares up to a distance are 0.4, 0.7, 0.9
// and 1 (closed form).
func TestPercentileOfContour(t *testing.T) {
	var w workspace
	near, far := &sheet{[]float64{1, 3}, []float64{4, 2}}, &sheet{[]float64{4, 2}, []float64{1, 3}}
	for q, want := range map[float64]float64{0: 1, 0.39: 1, 0.41: 2, 0.69: 2, 0.71: 3, 0.91: 4, 1: 4} {
		if got := w.quantile(q, near, far); got != want {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
}

// TestDroppedSurfaces: a prediction all of whose edge pixels lie under ignored truth has no surface, and its distance is undefined;
// where they are background it has one (closed form).
func TestDroppedSurfaces(t *testing.T) {
	truth := &raster.Labels{Width: 5, Height: 5, Class: make([]int16, 25)}
	predicted := &raster.Labels{Width: 5, Height: 5, Class: make([]int16, 25)}
	for i := range truth.Class {
		truth.Class[i], predicted.Class[i] = raster.Ignored, 1
	}
	truth.Class[12] = 1
	for ignored, want := range map[string]float64{"background": 0, "dropped": math.NaN()} {
		set, err := Compile([]Spec{asking("x", "hd", fmt.Sprintf("{ignored: %s}", ignored))}, Shape{Classes: 2})
		if err != nil {
			t.Fatal(err)
		}
		total := set.NewTotal()
		total.Add(measureMaps(set.NewMeter(), truth, predicted))
		v := total.PerClass()[0].Values[1]
		if !same([]float64{v.Value}, []float64{want}) || (v.NUndefined == 1) != (want != want) {
			t.Errorf("%s: %+v, want %v", ignored, v, want)
		}
	}
}

// TestOptionsAreChecked: what an option does not know is refused by its name.
func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct{ name, options, want string }{
		{"hd", "{edges: sides}", "edges: expected pixels or corners"},
		{"nsd", "{ignored: void}", "ignored: expected background or dropped"},
		{"assd", "{edges: corners, ignored: dropped}", "take ignored: background"},
		{"hd95", "{directions: both}", "directions: expected larger or together"},
		{"hd_percentile", "{directions: both}", "directions: expected larger or together"},
		{"IoU", "{zero_division: 0}", "zero_division: expected undefined, zero or one"},
		{"Fscore", "{zero_division: nan}", "zero_division: expected undefined, zero or one"},
		{"average_precision", "{zero_division: one}", "zero_division: expected undefined or zero"},
		{"nll", "{clip: 0.5}", "clip: expected a probability from 0 to 0.1"},
		{"nll", "{clip: .nan}", "clip: expected a probability from 0 to 0.1"},
	} {
		_, err := Compile([]Spec{asking("x", c.name, c.options)}, Shape{Classes: 2, Scores: true})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.name, c.options, err, c.want)
		}
	}
}
