package model

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

func augmentOver(t *testing.T, s Session, o AugmentOptions, height, width int, v func(i int) float32) Prediction {
	t.Helper()
	session, err := Augment(s, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := session.NewRunner()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return predict(t, r, []int64{1, 2, int64(height), int64(width)}, v)
}

// softmax2 are the probabilities of two logits.
func softmax2(a, b float32) float64 { return 1 / (1 + math.Exp(float64(b)-float64(a))) }

// TestAugmentFlips: a model without context gives the probabilities of the picture itself under any flips: each view is
// turned back (tolerance 1e-6: float32 sums).
func TestAugmentFlips(t *testing.T) {
	v := func(i int) float32 { return float32(math.Sin(float64(i) * 1.7)) }
	const height, width = 6, 10
	p := augmentOver(t, &stub{shrink: 1}, AugmentOptions{Flip: []string{FlipNone, FlipHorizontal, FlipVertical}}, height, width, v)
	for i := range height * width {
		got, want := softmax2(p.Logits[i], p.Logits[height*width+i]), softmax2(v(i), v(height*width+i))
		if math.Abs(got-want) > 1e-6 {
			t.Fatalf("pixel %d: probability %v, want %v", i, got, want)
		}
	}
}

// TestAugmentSigmoids: of labels that may overlap every channel is averaged by its own probability (tolerance 1e-6: float32).
func TestAugmentSigmoids(t *testing.T) {
	v := func(i int) float32 { return float32(math.Sin(float64(i) * 1.7)) }
	s := &stub{shrink: 1, signature: Signature{Activation: Sigmoid}}
	p := augmentOver(t, s, AugmentOptions{Flip: []string{FlipNone, FlipVertical}}, 6, 10, v)
	for i, got := range p.Logits {
		if math.Abs(float64(got-v(i))) > 1e-6 {
			t.Fatalf("channel %d, pixel %d: logit %v, want %v", i/60, i%60, got, v(i))
		}
	}
}

// onlyFirst is a model whose logits are (4, 0) in the first column and (0, 0) elsewhere.
type onlyFirst struct{ stub }

type onlyFirstRunner struct{ stubRunner }

func (s *onlyFirst) NewRunner() (Runner, error) {
	return &onlyFirstRunner{stubRunner{stub: &stub{shrink: 1}}}, nil
}

func (r *onlyFirstRunner) Run(ctx context.Context) (Prediction, error) {
	p, err := r.stubRunner.Run(ctx)
	clear(p.Logits)
	for y := range p.Height {
		p.Logits[y*p.Width] = 4
	}
	return p, err
}

// TestAugmentAverages: two views whose logits differ are averaged as probabilities, not as logits.
func TestAugmentAverages(t *testing.T) {
	p := augmentOver(t, &onlyFirst{}, AugmentOptions{Flip: []string{FlipNone, FlipHorizontal}}, 1, 2, func(int) float32 { return 0 })
	// The model gives logits (4, 0) in its first column and (0, 0) elsewhere: seen once from either side.
	want := (softmax2(4, 0) + .5) / 2
	for i := range 2 {
		if got := softmax2(p.Logits[i], p.Logits[2+i]); math.Abs(got-want) > 1e-6 {
			t.Errorf("column %d: probability %v, want %v", i, got, want)
		}
	}
}

// TestAugmentScales: of a constant nothing is lost at any scale, and sizes stay multiples of the power of two that they had.
func TestAugmentScales(t *testing.T) {
	s := &stub{shrink: 1}
	p := augmentOver(t, s, AugmentOptions{Scales: []float64{.5, 1, 1.75}}, 24, 40, func(i int) float32 { return float32(i / (24 * 40)) })
	for i := range 24 * 40 {
		if got, want := softmax2(p.Logits[i], p.Logits[24*40+i]), softmax2(0, 1); math.Abs(got-want) > 1e-6 {
			t.Fatalf("pixel %d: probability %v, want %v", i, got, want)
		}
	}
	if s.runs != 3 {
		t.Errorf("%d runs, want 3", s.runs)
	}
	for _, c := range []struct {
		length, want int
		scale        float64
	}{{360, 544, 1.5}, {480, 256, .5}, {33, 50, 1.5}, {64, 32, .01}, {33, 33, 1}} {
		if got := scaledSize(c.length, c.scale); got != c.want {
			t.Errorf("%d times %g is %d, want %d", c.length, c.scale, got, c.want)
		}
	}
}

// TestAugmentSlides: views may be slid, too.
func TestAugmentSlides(t *testing.T) {
	slid, err := Slide(&stub{shrink: 1}, SlideOptions{CropSize: [2]int{16, 16}})
	if err != nil {
		t.Fatal(err)
	}
	v := func(i int) float32 { return float32(math.Cos(float64(i))) }
	p := augmentOver(t, slid, AugmentOptions{Flip: []string{FlipVertical}}, 20, 30, v)
	for i := range 600 {
		if got, want := softmax2(p.Logits[i], p.Logits[600+i]), softmax2(v(i), v(600+i)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("pixel %d: probability %v, want %v", i, got, want)
		}
	}
}

func TestAugmentRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		sig Signature
		o   AugmentOptions
	}{
		"label maps":          {Signature{Kind: KindLabels}, AugmentOptions{}},
		"fixed at 64×32":      {Signature{Height: 32, Width: 64}, AugmentOptions{Scales: []float64{1, 2}}},
		"from 1/16 to 16":     {Signature{}, AugmentOptions{Scales: []float64{0}}},
		"none, horizontal or": {Signature{}, AugmentOptions{Flip: []string{"left"}}},
		"asked for twice":     {Signature{}, AugmentOptions{Scales: []float64{1, 1}}},
	} {
		if _, err := Augment(&stub{signature: c.sig}, c.o); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v; want a usage error that says %q", c, err, want)
		}
	}
}
