package losses

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/segmetry/segmetry/internal/raster"
)

// The conformance suite runs over the registry: a loss is tested the day it is registered.

var shapes = []Shape{{Sigmoid, 2}, {Softmax, 2}, {Softmax, 5}, {Softmax, 150}}

func randomBatch(seed uint64, s Shape, images, h, w int, spread, ignored float64) *Batch {
	r := rand.New(rand.NewPCG(seed, 7))
	b := &Batch{Images: images, Channels: s.Planes(), Height: h, Width: w, Logits: make([]float32, images*s.Planes()*h*w), Labels: make([]int16, images*h*w)}
	for i := range b.Logits {
		b.Logits[i] = float32(r.NormFloat64() * spread)
	}
	for i := range b.Labels {
		b.Labels[i] = int16(r.IntN(s.Classes))
		if r.Float64() < ignored {
			b.Labels[i] = raster.Ignored
		}
	}
	return b
}

// defaultSpec asks for a loss with its defaults; a weighted sum has none, and gets its sample.
func defaultSpec(name string) Spec {
	if name == "weighted_sum" {
		return registry[name].sample()
	}
	return Spec{Name: name}
}

// each runs a test for every loss and shape with the default options.
func each(t *testing.T, test func(t *testing.T, p *Plan, s Shape)) {
	for _, name := range Names() {
		for _, s := range shapes {
			t.Run(fmt.Sprintf("%s/%v%d", name, s.Head, s.Classes), func(t *testing.T) {
				if registry[name].fits(s) != nil {
					return // TestBadRequests asks for the error
				}
				p, err := Compile([]Spec{defaultSpec(name)}, s)
				if err != nil {
					t.Fatal(err)
				}
				test(t, p, s)
			})
		}
	}
}

func score(t *testing.T, p *Plan, b *Batch) (float64, []float32) {
	t.Helper()
	g := make([]float32, len(b.Logits))
	r, err := p.Score(b, [][]float32{g})
	if err != nil {
		t.Fatal(err)
	}
	return r[0].Value, g
}

// eachGradient is each for the losses that have a gradient.
func eachGradient(t *testing.T, test func(t *testing.T, p *Plan, s Shape)) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		if !p.HasGradient(0) {
			t.Skip("skipped: a value only")
		}
		test(t, p, s)
	})
}

// TestGradientIsTheSlope compares the gradient with the difference of values along it. The step is large enough for
// float32 logits, so 1% of the slope is allowed for curvature and rounding. Losses that rank pixels or measure distances
// to predicted regions have kinks: where a pixel crosses one between two steps, a smaller step must do.
func TestGradientIsTheSlope(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(1, s, 2, 6, 7, 1.5, 0.1)
		_, g := score(t, p, b)
		direction := make([]float64, len(g))
		for i, x := range g {
			direction[i] = float64(x)
		}
		norm := floats.Norm(direction, 2)
		if norm == 0 {
			t.Fatal("the gradient is 0")
		}
		var slope float64
		for _, step := range []float64{0.02, 0.005, 0.001} {
			at := func(sign float64) float64 {
				moved := *b
				moved.Logits = slices.Clone(b.Logits)
				for i := range moved.Logits {
					moved.Logits[i] += float32(sign * step * direction[i] / norm)
				}
				v, _ := score(t, p, &moved)
				return v
			}
			if slope = (at(1) - at(-1)) / (2 * step); math.Abs(slope-norm) <= 0.01*norm {
				return
			}
		}
		t.Errorf("the value rises by %g a step, the gradient's norm is %g", slope, norm)
	})
}

func TestIgnoredPixelsDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(2, s, 2, 9, 31, 3, 0.3)
		v, g := score(t, p, b)
		plane := b.Height * b.Width
		for i, y := range b.Labels {
			if y == raster.Ignored {
				for c := range b.Channels {
					k := (i/plane*b.Channels+c)*plane + i%plane
					if g[k] != 0 && p.HasGradient(0) {
						t.Fatalf("pixel %d is ignored and has gradient %g", i, g[k])
					}
					b.Logits[k] = 50 * float32(c%2)
				}
			}
		}
		if w, _ := score(t, p, b); w != v {
			t.Errorf("other logits at ignored pixels change the value from %v to %v", v, w)
		}
	})
}

// TestConstantShift: softmax does not see a constant that is added to all logits (float32 rounding: 1e-5).
func TestConstantShift(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		if s.Head == Sigmoid {
			t.Skip("skipped: a sigmoid sees the constant")
		}
		b := randomBatch(3, s, 1, 8, 40, 3, 0)
		v, _ := score(t, p, b)
		for i := range b.Logits {
			b.Logits[i] += 8
		}
		if w, _ := score(t, p, b); math.Abs(w-v) > 1e-5*max(1, math.Abs(v)) {
			t.Errorf("%v becomes %v", v, w)
		}
	})
}

// TestImagePermutation: the order of images is no matter (summation order: 1e-12).
func TestImagePermutation(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(4, s, 3, 8, 8, 2, 0.1)
		v, _ := score(t, p, b)
		size, plane := b.Channels*64, 64
		turned := *b
		turned.Logits = append(slices.Clone(b.Logits[size:]), b.Logits[:size]...)
		turned.Labels = append(slices.Clone(b.Labels[plane:]), b.Labels[:plane]...)
		if w, _ := score(t, p, &turned); math.Abs(w-v) > 1e-12*max(1, math.Abs(v)) {
			t.Errorf("%v becomes %v", v, w)
		}
	})
}

// TestConstantGradient: softmax does not see a constant, so the gradient of a pixel sums to 0 over the classes (float32
// rounding of 150 classes: 3e-6 of the largest).
func TestConstantGradient(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		if s.Head == Sigmoid {
			t.Skip("skipped: a sigmoid sees the constant")
		}
		b := randomBatch(10, s, 1, 5, 7, 3, 0.1)
		_, g := score(t, p, b)
		largest := float64(slices.Max(g))
		for i := range b.Labels {
			sum := 0.0
			for c := range b.Channels {
				sum += float64(g[c*len(b.Labels)+i])
			}
			if math.Abs(sum) > 3e-6*largest {
				t.Fatalf("pixel %d: the gradient sums to %g, the largest is %g", i, sum, largest)
			}
		}
	})
}

// TestClassPermutation: renaming the classes above 0 renames the gradient and leaves the value (summation order: 1e-6).
func TestClassPermutation(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		if s.Head == Sigmoid || s.Classes < 3 {
			t.Skip("skipped: fewer than two classes above 0")
		}
		b := randomBatch(11, s, 2, 6, 8, 2, 0.1)
		v, g := score(t, p, b)
		turned := *b
		turned.Logits, turned.Labels = slices.Clone(b.Logits), slices.Clone(b.Labels)
		const plane = 48
		last := s.Classes - 1
		swap := func(x []float32) {
			for n := range b.Images {
				one, other := x[(n*s.Classes+1)*plane:][:plane], x[(n*s.Classes+last)*plane:][:plane]
				for i := range one {
					one[i], other[i] = other[i], one[i]
				}
			}
		}
		swap(turned.Logits)
		for i, y := range turned.Labels {
			switch int(y) {
			case 1:
				turned.Labels[i] = int16(last)
			case last:
				turned.Labels[i] = 1
			}
		}
		w, h := score(t, p, &turned)
		if math.Abs(w-v) > 1e-6*max(1, math.Abs(v)) {
			t.Errorf("%v becomes %v", v, w)
		}
		swap(h)
		largest := float64(slices.Max(g))
		for i := range g {
			if p.HasGradient(0) && math.Abs(float64(g[i]-h[i])) > 2e-6*largest {
				t.Fatalf("gradient[%d] %g becomes %g", i, g[i], h[i])
			}
		}
	})
}

// TestPixelPermutation: mirrored pictures have the same loss (summation order: 1e-6). Distances and regions are mirrored
// along.
func TestPixelPermutation(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(12, s, 2, 9, 40, 2, 0.1)
		v, _ := score(t, p, b)
		turned := *b
		turned.Logits, turned.Labels = slices.Clone(b.Logits), slices.Clone(b.Labels)
		for y := range len(turned.Logits) / 40 {
			slices.Reverse(turned.Logits[y*40:][:40])
		}
		for y := range len(turned.Labels) / 40 {
			slices.Reverse(turned.Labels[y*40:][:40])
		}
		if w, _ := score(t, p, &turned); math.Abs(w-v) > 1e-6*max(1, math.Abs(v)) {
			t.Errorf("%v becomes %v", v, w)
		}
	})
}

// TestOddTruths: one class everywhere, classes that are absent, a single pixel, a single row: every value and gradient
// is finite.
func TestOddTruths(t *testing.T) {
	truths := map[string]func(i, classes int) int16{
		"class 0 alone":  func(int, int) int16 { return 0 },
		"last class":     func(_, classes int) int16 { return int16(classes - 1) },
		"half of it":     func(i, classes int) int16 { return int16(i % 2 * (classes - 1)) },
		"one pixel of 1": func(i, _ int) int16 { return int16(min(1, i/3) - min(1, i/4)) },
	}
	sizes := [][2]int{{1, 1}, {1, 7}, {6, 1}, {5, 8}}
	each(t, func(t *testing.T, p *Plan, s Shape) {
		for name, truth := range truths {
			for _, size := range sizes {
				b := randomBatch(13, s, 2, size[0], size[1], 2, 0)
				for i := range b.Labels {
					b.Labels[i] = truth(i, s.Classes)
				}
				v, g := score(t, p, b)
				if undefined(v) {
					t.Errorf("%s, %v: value %v", name, size, v)
				}
				for i, x := range g {
					if undefined(float64(x)) && p.HasGradient(0) {
						t.Fatalf("%s, %v: gradient[%d] = %v", name, size, i, x)
					}
				}
			}
		}
	})
}

// TestMeterAgreesWithScore: the pass that run uses gives what Score gives for one image.
func TestMeterAgreesWithScore(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(14, s, 1, 17, 33, 2, 0.1)
		want, _ := score(t, p, b)
		m := meterState(t, p, b)
		got := make([]Result, 1)
		p.Evaluate(m, got)
		if math.Abs(got[0].Value-want) > 1e-12*max(1, math.Abs(want)) { // equal errors may be added in another order
			t.Errorf("the meter gives %v, Score %v", got[0].Value, want)
		}
	})
}

func TestSaturatedLogitsStayFinite(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(5, s, 1, 8, 8, 1, 0)
		for i := range b.Logits {
			b.Logits[i] = 60 * float32(1-2*(i%2))
		}
		v, g := score(t, p, b)
		if undefined(v) {
			t.Errorf("value %v", v)
		}
		for i, x := range g {
			if undefined(float64(x)) && p.HasGradient(0) {
				t.Fatalf("gradient[%d] = %v", i, x)
			}
		}
	})
}

func TestNaNIsNotHidden(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(6, s, 1, 4, 4, 1, 0)
		b.Logits[3] = float32(math.NaN())
		if v, _ := score(t, p, b); !math.IsNaN(v) {
			t.Errorf("a NaN logit gives %v", v)
		}
	})
}

func TestEverythingIgnored(t *testing.T) {
	each(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(7, s, 2, 4, 4, 1, 1.1)
		g := make([]float32, len(b.Logits))
		r, err := p.Score(b, [][]float32{g})
		if !p.HasGradient(0) {
			clear(g)
		}
		if err != nil || r[0] != (Result{}) || slices.Max(g) != 0 || slices.Min(g) != 0 {
			t.Errorf("%v, %v: want value 0, count 0 and no gradient", r, err)
		}
	})
}

func TestImagesOneByOne(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(8, s, 1, 6, 6, 2, 0.1)
		_, want := score(t, p, b)
		got := make([]float32, len(want))
		if err := p.ScoreImages(b, [][]float32{got}); err != nil || !slices.Equal(got, want) {
			t.Errorf("one image scored alone differs from a batch of one: %v", err)
		}
	})
}

// TestMeterAllocatesNothing: in steady state an image costs no allocation, with every loss at once.
func TestMeterAllocatesNothing(t *testing.T) {
	for _, s := range shapes[:3] {
		var specs []Spec
		all, _ := Group("all")
		for _, name := range all {
			specs = append(specs, Spec{Name: name, IfFits: true})
		}
		p, err := Compile(specs, s)
		if err != nil {
			t.Fatal(err)
		}
		results := make([]Result, len(p.Labels()))
		m, visit := meterRun(t, p, randomBatch(9, p.Shape(), 1, 48, 64, 2, 0.1))
		if n := testing.AllocsPerRun(5, func() { visit(); m.Evaluate(results) }); n != 0 {
			t.Errorf("%v, %d classes: %g allocations an image, want 0", s.Head, s.Classes, n)
		}
	}
}

func TestBadRequests(t *testing.T) {
	soft, sigm := Shape{Softmax, 3}, Shape{Sigmoid, 2}
	for name, c := range map[string]struct {
		spec  Spec
		shape Shape
		say   string
	}{
		"unknown loss":          {Spec{Name: "fokal"}, soft, `did you mean "focal"`},
		"weights too short":     {withOptions("ce", map[string]any{"class_weights": []float64{1}}), soft, "expected 3 numbers"},
		"negative weight":       {withOptions("ce", map[string]any{"class_weights": []float64{1, -1, 1}}), soft, "≥ 0"},
		"smoothing of one":      {withOptions("ce", map[string]any{"label_smoothing": 1}), soft, "label_smoothing"},
		"denominator":           {withOptions("ce", map[string]any{"denominator": "some"}), soft, "weighted, valid or all"},
		"negative gamma":        {withOptions("focal", map[string]any{"gamma": -1}), soft, "gamma"},
		"alpha of a softmax":    {withOptions("focal", map[string]any{"alpha": 0.25}), soft, "class_weights"},
		"alpha above one":       {withOptions("focal", map[string]any{"alpha": 2}), sigm, "[0, 1]"},
		"softmax of a sigmoid":  {withOptions("focal", map[string]any{"activation": "softmax"}), sigm, "no softmax"},
		"odd activation":        {withOptions("focal", map[string]any{"activation": "tanh"}), soft, "tanh"},
		"weights of a sigmoid":  {withOptions("focal", map[string]any{"class_weights": []float64{1, 1}}), sigm, "alpha"},
		"negative smooth":       {withOptions("soft_dice", map[string]any{"smooth": -1}), soft, "smooth"},
		"odd absent":            {withOptions("soft_iou", map[string]any{"absent": "hide"}), soft, "hide"},
		"no background plane":   {withOptions("soft_dice", map[string]any{"include_background": false}), sigm, "no background"},
		"positive weights":      {withOptions("weighted_bce", map[string]any{"pos_weight": []float64{1, 2}}), soft, "1 or 3"},
		"k of zero":             {withOptions("topk_ce", map[string]any{"k": 0}), soft, "(0, 1]"},
		"k in percent":          {withOptions("topk_ce", map[string]any{"k": 10}), soft, "(0, 1]"},
		"ohem threshold":        {withOptions("ohem_ce", map[string]any{"threshold": 1.5}), soft, "threshold"},
		"ohem min_kept":         {withOptions("ohem_ce", map[string]any{"min_kept": -1}), soft, "min_kept"},
		"distances not square":  {withOptions("wasserstein_dice", map[string]any{"distances": [][]float64{{0, 1, 1}, {1, 0}, {1, 1, 0}}}), soft, "row 1 has 2 numbers"},
		"too few distances":     {withOptions("wasserstein_dice", map[string]any{"distances": [][]float64{{0}}}), soft, "expected 3 rows"},
		"negative distance":     {withOptions("wasserstein_dice", map[string]any{"distances": [][]float64{{0, 1, 1}, {1, 0, -1}, {1, 1, 0}}}), soft, "row 1, column 2"},
		"diagonal distance":     {withOptions("wasserstein_dice", map[string]any{"distances": [][]float64{{0, 1, 1}, {1, 2, 1}, {1, 1, 0}}}), soft, "diagonal"},
		"distances of nothing":  {withOptions("wasserstein_dice", map[string]any{"distances": [][]float64{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}}), soft, "all are 0"},
		"odd weighting":         {withOptions("wasserstein_dice", map[string]any{"weighting": "mine"}), soft, "GDL"},
		"wasserstein sigmoid":   {Spec{Name: "wasserstein_dice"}, sigm, "softmax"},
		"hinge of a softmax":    {Spec{Name: "lovasz_hinge"}, soft, "one-channel"},
		"unified of three":      {Spec{Name: "unified_focal"}, soft, "two classes"},
		"unified part":          {withOptions("unified_focal", map[string]any{"part": "x"}), sigm, "focal or tversky"},
		"unified gamma":         {withOptions("unified_focal", map[string]any{"gamma": 2}), sigm, "below 1"},
		"unified delta":         {withOptions("unified_focal", map[string]any{"delta": 2}), sigm, "delta"},
		"unified weight":        {withOptions("unified_focal", map[string]any{"weight": -1}), sigm, "weight"},
		"negative weight_fp":    {withOptions("tversky", map[string]any{"weight_fp": -1}), soft, "weight_fp"},
		"focal tversky gamma":   {withOptions("focal_tversky", map[string]any{"gamma": 0}), soft, "gamma"},
		"asymmetric beta":       {withOptions("asymmetric", map[string]any{"beta": -1}), soft, "beta"},
		"weights of gd":         {withOptions("generalized_dice", map[string]any{"weight": "cube"}), soft, "square, simple or uniform"},
		"smooth of gd":          {withOptions("generalized_dice", map[string]any{"smooth": -1}), soft, "smooth"},
		"penalty":               {withOptions("penalty_gd", map[string]any{"k": -1}), soft, "k: expected"},
		"sensitivity r":         {withOptions("sensitivity_specificity", map[string]any{"r": 2}), soft, "r: expected"},
		"sensitivity eps":       {withOptions("sensitivity_specificity", map[string]any{"eps": 0}), soft, "eps"},
		"mcc eps":               {withOptions("mcc", map[string]any{"eps": 0}), soft, "eps"},
		"lovasz classes":        {withOptions("lovasz_softmax", map[string]any{"classes": "some"}), soft, "present or all"},
		"hausdorff alpha":       {withOptions("hausdorff_dt", map[string]any{"alpha": 0}), soft, "alpha"},
		"erosions":              {withOptions("hausdorff_er", map[string]any{"erosions": 0}), soft, "1 to 1000"},
		"erosion alpha":         {withOptions("hausdorff_er", map[string]any{"alpha": -1}), soft, "alpha"},
		"beta of balanced":      {withOptions("balanced_bce", map[string]any{"beta": 2}), soft, "[0, 1]"},
		"beta of words":         {withOptions("balanced_bce", map[string]any{"beta": "some"}), soft, "auto or a number"},
		"combo alpha":           {withOptions("combo", map[string]any{"alpha": 2}), soft, "alpha"},
		"combo beta":            {withOptions("combo", map[string]any{"beta": 2}), soft, "beta"},
		"exp_log gamma":         {withOptions("exp_log", map[string]any{"gamma": 0}), soft, "gamma"},
		"exp_log weights":       {withOptions("exp_log", map[string]any{"weight_ce": -1}), soft, "weight_ce"},
		"exp_log classes":       {withOptions("exp_log", map[string]any{"class_weights": []float64{1}}), soft, "expected 3 numbers"},
		"poly1 epsilon":         {withOptions("poly1", map[string]any{"epsilon": -2}), soft, "epsilon"},
		"sigma":                 {withOptions("unet_weighted_ce", map[string]any{"sigma": 0}), soft, "sigma"},
		"w0":                    {withOptions("unet_weighted_ce", map[string]any{"w0": -1}), soft, "w0"},
		"unet classes":          {withOptions("unet_weighted_ce", map[string]any{"class_weights": []float64{1}}), soft, "expected 3 numbers"},
		"pair weights":          {withOptions("dice_ce", map[string]any{"weights": []float64{1}}), soft, "two numbers"},
		"dice_focal weight":     {withOptions("dice_focal", map[string]any{"weight_dice": -1}), soft, "weight_dice"},
		"dice_focal gamma":      {withOptions("dice_focal", map[string]any{"gamma": -1}), soft, "gamma"},
		"sum of nothing":        {Spec{Name: "weighted_sum"}, soft, "found none"},
		"sum of the unknown":    {withOptions("weighted_sum", map[string]any{"losses": []any{"cee"}}), soft, "did you mean"},
		"sum with odd option":   {withOptions("weighted_sum", map[string]any{"losses": []any{map[string]any{"name": "tversky", "weight_fpp": 1}}}), soft, "weight_fp"},
		"sum of values":         {withOptions("weighted_sum", map[string]any{"losses": []any{"hausdorff_er"}}), soft, "no gradient"},
		"sum of a curve":        {withOptions("weighted_sum", map[string]any{"losses": []any{"log_cosh_dice"}}), soft, "not a sum"},
		"sum that does not fit": {withOptions("weighted_sum", map[string]any{"losses": []any{"lovasz_hinge"}}), soft, "one-channel"},
		"sum of lists":          {withOptions("weighted_sum", map[string]any{"losses": []any{[]any{"ce"}}}), soft, "name or a map"},
		"negative pos_weight":   {withOptions("weighted_bce", map[string]any{"pos_weight": -2}), soft, "≥ 0"},
	} {
		if _, err := Compile([]Spec{c.spec}, c.shape); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v; expected it to say %q", name, err, c.say)
		}
	}
	if _, err := Compile([]Spec{{Name: "ce"}, {Name: "ce"}}, soft); err == nil {
		t.Error("the same loss twice without labels was accepted")
	}
	p, _ := Compile([]Spec{{Name: "ce"}}, soft)
	for name, b := range map[string]*Batch{
		"channels": {Images: 1, Channels: 2, Height: 1, Width: 1, Logits: make([]float32, 2), Labels: make([]int16, 1)},
		"values":   {Images: 1, Channels: 3, Height: 1, Width: 1, Logits: make([]float32, 2), Labels: make([]int16, 1)},
		"labels":   {Images: 1, Channels: 3, Height: 1, Width: 1, Logits: make([]float32, 3)},
		"class":    {Images: 1, Channels: 3, Height: 1, Width: 1, Logits: make([]float32, 3), Labels: []int16{3}},
	} {
		if _, err := p.Score(b, nil); err == nil {
			t.Errorf("a batch with wrong %s was accepted", name)
		}
		if err := p.ScoreImages(b, nil); err == nil {
			t.Errorf("a batch with wrong %s was accepted", name)
		}
	}
}

func TestOptionsOfTheDefinitions(t *testing.T) {
	if len(Errata()) != len(document) {
		t.Errorf("%d errata, want one for each of %v", len(Errata()), document)
	}
	for _, name := range Names() {
		d, err := Find(name)
		if err != nil || d.Title == "" || d.Formula == "" || d.Gradient == "" || d.Range == "" || d.Matches == "" {
			t.Errorf("%s is not documented: %v", name, err)
		}
		for _, o := range d.ListOptions() {
			if o.Name == "" || o.Doc == "" || o.Default == "" {
				t.Errorf("%s: option %+v is not documented", name, o)
			}
		}
	}
	for _, group := range []string{"document", "all", "none"} {
		if _, ok := Group(group); !ok {
			t.Errorf("group %s is unknown", group)
		}
	}
	if _, ok := Group("ce"); ok {
		t.Error("ce is no group")
	}
}
