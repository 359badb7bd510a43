package pass

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// Expected values in this file are closed forms in float64 (math.Exp, math.Log1p).

func TestExp(t *testing.T) {
	for i := range 200000 {
		x := -float32(i) * 87.2 / 200000
		want := math.Exp(float64(x))
		if e := math.Abs(float64(exp(x))-want) / want; e > 2e-7 {
			t.Fatalf("exp(%g) = %g, want %g (relative error %.1e, allowed 2e-7)", x, exp(x), want, e)
		}
	}
	if exp(0) != 1 || exp(-200) != 0 || exp(-inf) != 0 {
		t.Errorf("exp(0), exp(-200), exp(-Inf) = %g, %g, %g", exp(0), exp(-200), exp(-inf))
	}
	if x := exp(float32(math.NaN())); x == x {
		t.Errorf("exp(NaN) = %g", x)
	}
}

func TestLog1p(t *testing.T) {
	for e := -80.0; e < 80; e += 0.01 {
		x := float32(math.Exp(e))
		want := math.Log1p(float64(x))
		if r := math.Abs(float64(log1p(x))-want) / want; r > 2e-7 {
			t.Fatalf("log1p(%g) = %g, want %g (relative error %.1e, allowed 2e-7)", x, log1p(x), want, r)
		}
	}
	if x := log1p(float32(math.NaN())); x == x {
		t.Errorf("log1p(NaN) = %g", x)
	}
	if log1p(inf) != inf || log1p(0) != 0 {
		t.Errorf("log1p(+Inf), log1p(0) = %g, %g", log1p(inf), log1p(0))
	}
}

// copyVisitor keeps what a pass showed, plane by plane.
type copyVisitor struct {
	pixels         int
	labels, argmax []int16
	p, z           [][]float32
	nll, q, qtop   []float32
}

func (v *copyVisitor) Visit(b *Block) {
	if v.p == nil {
		v.p, v.z = make([][]float32, b.Planes), make([][]float32, b.Planes)
	}
	v.pixels += b.N
	v.labels = append(v.labels, b.Labels...)
	v.argmax = append(v.argmax, b.Predicted...)
	v.nll, v.q, v.qtop = append(v.nll, b.NLL...), append(v.q, b.Q...), append(v.qtop, b.QTop...)
	for c := range b.Planes {
		v.p[c] = append(v.p[c], b.ProbabilityPlane(c)...)
		v.z[c] = append(v.z[c], b.LogitPlane(c)...)
	}
}

func randomScores(seed uint64, c, h, w int, spread float64) Scores {
	r := rand.New(rand.NewPCG(seed, 1))
	s := Scores{Data: make([]float32, c*h*w), Channels: c, Height: h, Width: w}
	for i := range s.Data {
		s.Data[i] = float32(r.NormFloat64() * spread)
	}
	return s
}

func randomLabels(seed uint64, classes, h, w int, ignored float64) *raster.Labels {
	r := rand.New(rand.NewPCG(seed, 2))
	l := &raster.Labels{Width: w, Height: h, Class: make([]int16, h*w)}
	for i := range l.Class {
		l.Class[i] = int16(r.IntN(classes))
		if r.Float64() < ignored {
			l.Class[i] = raster.Ignored
		}
	}
	return l
}

func scan(t *testing.T, o Options, s Scores, w Window, l *raster.Labels) (*copyVisitor, int64) {
	t.Helper()
	sc, err := NewScanner(o)
	if err != nil {
		t.Fatal(err)
	}
	v := &copyVisitor{}
	bad, err := sc.Scan(s, w, l, v)
	if err != nil {
		t.Fatal(err)
	}
	if v.pixels != l.Width*l.Height {
		t.Fatalf("%d pixels visited of %d", v.pixels, l.Width*l.Height)
	}
	return v, bad
}

// near allows a relative error of 1e-6 (float32 statistics against float64 closed forms; the error of z−max, up to
// 2e-6 of the exponential at gaps of 40, included by the slack).
func near(got float32, want, slack float64) bool {
	return math.Abs(float64(got)-want) <= slack*math.Abs(want)+1e-37
}

func TestSoftmaxStatistics(t *testing.T) {
	for _, spread := range []float64{0.1, 3, 30} {
		for _, classes := range []int{2, 3, 21, 150} {
			s := randomScores(uint64(classes), classes, 9, 31, spread)
			l := randomLabels(7, classes, 9, 31, 0.1)
			v, bad := scan(t, Options{Channels: classes, Classes: classes}, s, Window{}, l)
			if bad != 0 {
				t.Errorf("%d non-finite pixels in finite logits", bad)
			}
			for i, label := range v.labels {
				checkSoftmaxPixel(t, v, s, i, int(label), classes)
			}
		}
	}
}

func checkSoftmaxPixel(t *testing.T, v *copyVisitor, s Scores, i, label, classes int) {
	t.Helper()
	z := make([]float64, classes)
	top := 0
	for c := range z {
		z[c] = float64(s.Data[c*s.Height*s.Width+i])
		if z[c] > z[top] {
			top = c
		}
	}
	rest := 0.0
	for c := range z {
		if c != top {
			rest += math.Exp(z[c] - z[top])
		}
	}
	if int(v.argmax[i]) != top {
		t.Fatalf("pixel %d: argmax %d, want %d", i, v.argmax[i], top)
	}
	if label < 0 {
		if v.nll[i] != 0 || v.q[i] != 0 || v.p[0][i] != 0 {
			t.Fatalf("pixel %d is ignored and has nll %g, q %g, p0 %g", i, v.nll[i], v.q[i], v.p[0][i])
		}
		return
	}
	nll := z[top] - z[label] + math.Log1p(rest)
	q := rest / (1 + rest)
	if label != top {
		q = 1 - math.Exp(z[label]-z[top])/(1+rest)
	}
	if rest > 1e-36 && (!near(v.nll[i], nll, 2e-5) || !near(v.q[i], q, 2e-5)) {
		t.Fatalf("pixel %d: nll %g, q %g; want %g, %g", i, v.nll[i], v.q[i], nll, q)
	}
	for c := range z {
		if p := math.Exp(z[c]-z[top]) / (1 + rest); p > 1e-36 && !near(v.p[c][i], p, 2e-5) {
			t.Fatalf("pixel %d class %d: p %g, want %g", i, c, v.p[c][i], p)
		}
	}
}

func TestSoftmaxKeepsDigitsOfSurePixels(t *testing.T) {
	// At a gap of 20 the cross-entropy is 2.0611536e-9 for two classes; float32 log-softmax gives 0.
	s := Scores{Data: []float32{20, 0}, Channels: 2, Height: 1, Width: 1}
	v, _ := scan(t, Options{Channels: 2, Classes: 2}, s, Window{}, &raster.Labels{Width: 1, Height: 1, Class: []int16{0}})
	if want := math.Log1p(math.Exp(-20)); !near(v.nll[0], want, 1e-6) {
		t.Errorf("nll %g, want %g", v.nll[0], want)
	}
}

func TestSigmoidStatistics(t *testing.T) {
	s := randomScores(3, 1, 20, 37, 10)
	s.Data[5], s.Data[6] = 120, -120
	l := randomLabels(4, 2, 20, 37, 0.1)
	v, _ := scan(t, Options{Channels: 1, Classes: 2, Head: Sigmoid}, s, Window{}, l)
	for i, x32 := range s.Data {
		x, sign := float64(x32), 1.0
		if (v.argmax[i] == 1) != (x >= 0) {
			t.Fatalf("x = %g predicts %d", x, v.argmax[i])
		}
		if l.Class[i] == raster.Ignored {
			continue
		}
		if l.Class[i] == 0 {
			sign = -1
		}
		q := 1 / (1 + math.Exp(sign*x))
		nll := max(-sign*x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
		if q > 1e-36 && (!near(v.q[i], q, 5e-6) || !near(v.nll[i], nll, 5e-6)) {
			t.Fatalf("x = %g, truth %d: q %g, nll %g; want %g, %g", x, l.Class[i], v.q[i], v.nll[i], q, nll)
		}
	}
}

func TestThreshold(t *testing.T) {
	s := Scores{Data: []float32{0.8, 0.9}, Channels: 1, Height: 1, Width: 2} // σ = .690, .711
	l := &raster.Labels{Width: 2, Height: 1, Class: []int16{0, 0}}
	v, _ := scan(t, Options{Channels: 1, Classes: 2, Head: Sigmoid, Threshold: 0.7}, s, Window{}, l)
	if v.argmax[0] != 0 || v.argmax[1] != 1 {
		t.Errorf("predicted %v, want [0 1]", v.argmax)
	}
}

func TestMerge(t *testing.T) {
	const classes = 3
	table := []int16{0, 1, 0, 2, 0, 1}
	s := randomScores(5, len(table), 8, 40, 4)
	l := randomLabels(6, classes, 8, 40, 0)
	v, _ := scan(t, Options{Channels: len(table), Classes: classes, Merge: table}, s, Window{}, l)
	plane := s.Height * s.Width
	for i := range plane {
		var sum [classes]float64
		total, top := 0.0, 0
		for c, to := range table {
			e := math.Exp(float64(s.Data[c*plane+i]))
			sum[to] += e
			total += e
			if s.Data[c*plane+i] > s.Data[top*plane+i] {
				top = c
			}
		}
		if v.argmax[i] != table[top] {
			t.Fatalf("pixel %d: predicted %d, want the class of channel %d, %d", i, v.argmax[i], top, table[top])
		}
		for c := range classes {
			if !near(v.p[c][i], sum[c]/total, 3e-6) {
				t.Fatalf("pixel %d class %d: p %g, want %g", i, c, v.p[c][i], sum[c]/total)
			}
		}
	}
}

func TestMergeWithoutMembers(t *testing.T) {
	s := Scores{Data: []float32{1, 2}, Channels: 2, Height: 1, Width: 1}
	l := &raster.Labels{Width: 1, Height: 1, Class: []int16{0}}
	v, _ := scan(t, Options{Channels: 2, Classes: 3, Merge: []int16{0, 1}}, s, Window{}, l)
	if v.p[2][0] != 0 {
		t.Errorf("a class without channels has probability %g", v.p[2][0])
	}
}

func TestNonFiniteIsCountedAndStaysVisible(t *testing.T) {
	nan := float32(math.NaN())
	s := Scores{Data: []float32{nan, 1, 0, inf, 0, 0, nan, 0}, Channels: 2, Height: 1, Width: 4}
	l := &raster.Labels{Width: 4, Height: 1, Class: []int16{0, 1, raster.Ignored, 0}}
	v, bad := scan(t, Options{Channels: 2, Classes: 2}, s, Window{}, l)
	if bad != 2 { // pixels 0 and 3; pixel 2 is ignored
		t.Errorf("%d non-finite pixels, want 2", bad)
	}
	if v.nll[0] == v.nll[0] || v.nll[3] == v.nll[3] {
		t.Errorf("nll %v: NaN and +Inf logits must give NaN", v.nll)
	}
	if v.argmax[0] != 0 {
		t.Errorf("NaN in channel 0 predicts %d, want 0 (numpy's argmax)", v.argmax[0])
	}
}

func TestResizeMatchesClosedForm(t *testing.T) {
	s := randomScores(9, 3, 7, 5, 2)
	l := randomLabels(1, 3, 23, 31, 0)
	w := Window{Top: 1, Left: 0.5, Height: 5, Width: 4}
	v, _ := scan(t, Options{Channels: 3, Classes: 3}, s, w, l)
	at := func(c int, y, x float64) float64 {
		y0, x0 := int(y), int(x)
		y1, x1 := min(y0+1, s.Height-1), min(x0+1, s.Width-1)
		g := func(y, x int) float64 { return float64(s.Data[(c*s.Height+y)*s.Width+x]) }
		fy, fx := y-float64(y0), x-float64(x0)
		return (1-fy)*((1-fx)*g(y0, x0)+fx*g(y0, x1)) + fy*((1-fx)*g(y1, x0)+fx*g(y1, x1))
	}
	for i := range l.Class {
		y := (float64(i/l.Width)+0.5)*w.Height/float64(l.Height) - 0.5 + w.Top
		x := (float64(i%l.Width)+0.5)*w.Width/float64(l.Width) - 0.5 + w.Left
		y, x = max(w.Top, min(y, w.Top+w.Height-1)), max(w.Left, min(x, w.Left+w.Width-1))
		for c := range 3 {
			if want := at(c, y, x); math.Abs(float64(v.z[c][i])-want) > 2e-6 {
				t.Fatalf("pixel %d class %d: %g, want %g", i, c, v.z[c][i], want)
			}
		}
	}
}

func TestCropCopies(t *testing.T) {
	s := randomScores(10, 2, 16, 24, 1)
	l := randomLabels(2, 2, 13, 17, 0)
	v, _ := scan(t, Options{Channels: 2, Classes: 2}, s, Window{Top: 2, Left: 3, Height: 13, Width: 17}, l)
	for i := range l.Class {
		if want := s.Data[(2+i/17)*24+3+i%17]; v.z[0][i] != want {
			t.Fatalf("pixel %d: %g, want %g", i, v.z[0][i], want)
		}
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	s := randomScores(11, 5, 32, 48, 1)
	l := randomLabels(3, 5, 64, 80, 0.1)
	sc, err := NewScanner(Options{Channels: 5, Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	v := []Visitor{nothing{}}
	run := func() {
		if _, err := sc.Scan(s, Window{}, l, v...); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(5, run); n != 0 {
		t.Errorf("%g allocations an image, want 0", n)
	}
}

type nothing struct{}

func (nothing) Visit(*Block) {}

func TestOptionsValidate(t *testing.T) {
	for name, o := range map[string]Options{
		"no channels":              {Classes: 2},
		"sigmoid with two planes":  {Channels: 2, Classes: 2, Head: Sigmoid},
		"channels are not classes": {Channels: 4, Classes: 3},
		"short class map":          {Channels: 4, Classes: 3, Merge: []int16{0}},
	} {
		if _, err := NewScanner(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	sc, err := NewScanner(Options{Channels: 2, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sc.Scan(Scores{Channels: 3}, Window{}, &raster.Labels{}); err == nil {
		t.Error("scores of another channel count: accepted")
	}
}

func BenchmarkScan(b *testing.B) {
	s := randomScores(11, 21, 512, 512, 3)
	l := randomLabels(3, 21, 512, 512, 0)
	sc, _ := NewScanner(Options{Channels: 21, Classes: 21})
	b.SetBytes(int64(4 * len(s.Data)))
	for b.Loop() {
		if _, err := sc.Scan(s, Window{}, l, nothing{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUpsampleArgmax is a city picture's prediction: 19×512×1024 logits to 1024×2048 labels.
func BenchmarkUpsampleArgmax(b *testing.B) {
	s := randomScores(12, 19, 512, 1024, 3)
	l := randomLabels(4, 19, 1024, 2048, 0)
	sc, _ := NewScanner(Options{Channels: 19, Classes: 19, LabelsOnly: true})
	for b.Loop() {
		if _, err := sc.Scan(s, Window{}, l, nothing{}); err != nil {
			b.Fatal(err)
		}
	}
}
