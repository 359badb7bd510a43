package losses

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// A twin is a loss written a second time, from its formula in ../shared/losses.md or the docs, in float64 and without
// regard to time: sums as they stand, ranks by a full sort, distances by looking at every pixel. Every registered loss with
// a gradient must have one in twins, which are in twin_losses_test.go.

// twin is one image of a batch in float64.
type twin struct {
	shape         Shape
	width, height int
	z             [][]float64 // planes × pixels
	p             [][]float64 // probabilities
	truth         []int       // −1 is ignored
}

func twinsOf(b *Batch, s Shape) []*twin {
	images := make([]*twin, b.Images)
	plane := b.Height * b.Width
	for n := range images {
		im := &twin{shape: s, width: b.Width, height: b.Height, truth: make([]int, plane)}
		for i := range im.truth {
			im.truth[i] = int(b.Labels[n*plane+i])
		}
		for c := range s.Planes() {
			z := make([]float64, plane)
			for i := range z {
				z[i] = float64(b.Logits[(n*s.Planes()+c)*plane+i])
			}
			im.z, im.p = append(im.z, z), append(im.p, make([]float64, plane))
		}
		for i := range im.truth {
			im.activate(i)
		}
		images[n] = im
	}
	return images
}

// activate computes the probabilities of pixel i.
func (t *twin) activate(i int) {
	if t.shape.Head == Sigmoid {
		t.p[0][i] = 1 / (1 + math.Exp(-t.z[0][i]))
		return
	}
	sum := 0.0
	for c := range t.z {
		t.p[c][i] = math.Exp(t.z[c][i])
		sum += t.p[c][i]
	}
	for c := range t.p {
		t.p[c][i] /= sum
	}
}

func (t *twin) valid(i int) bool { return t.truth[i] >= 0 }

// is says whether pixel i belongs to plane c's class.
func (t *twin) is(c, i int) bool { return t.truth[i] == c+t.shape.Classes-len(t.z) }

// own is the probability of pixel i's own class.
func (t *twin) own(i int) float64 {
	if t.shape.Head == Softmax {
		return t.p[t.truth[i]][i]
	}
	if t.truth[i] == 0 {
		return 1 / (1 + math.Exp(t.z[0][i]))
	}
	return t.p[0][i]
}

// twinStep is the difference in a logit for numeric gradients: in float64 their error is about 1e-10.
const twinStep = 1e-5

// TestTwins: values within 1e-6 and gradients within 2e-6 of their largest, the tolerances of the golden cases, of the
// float64 twin's value and its central differences.
func TestTwins(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		name := p.Labels()[0]
		if name == "mine" {
			name = "weighted_sum"
		}
		value, ok := twins[name]
		if !ok {
			t.Fatalf("loss %q has no float64 twin: write one in twin_losses_test.go", name)
		}
		b := randomBatch(21, s, 2, 6, 7, 1.5, 0.1)
		got, g := score(t, p, b)
		images := twinsOf(b, s)
		if want := value(images); math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Fatalf("value %v, the twin's is %v", got, want)
		}
		largest := 0.0
		for _, x := range g {
			largest = max(largest, math.Abs(float64(x)))
		}
		if largest == 0 {
			t.Fatal("the gradient is 0")
		}
		for _, k := range someOf(len(g), max(30, 300/s.Planes())) {
			if want := slopeOf(value, images, k); math.Abs(float64(g[k])-want) > 2e-6*largest {
				t.Fatalf("gradient[%d] = %v, the twin's is %v, the largest %v", k, g[k], want, largest)
			}
		}
	})
}

// someOf returns count different indices below n, or all.
func someOf(n, count int) []int {
	return rand.New(rand.NewPCG(22, 7)).Perm(n)[:min(n, count)]
}

// slopeOf is the twin's derivative by logit k of the batch.
func slopeOf(value func([]*twin) float64, images []*twin, k int) float64 {
	pixels := len(images[0].truth)
	size := pixels * len(images[0].z)
	im, c, i := images[k/size], k%size/pixels, k%pixels
	z := im.z[c][i]
	at := func(x float64) float64 {
		im.z[c][i] = x
		im.activate(i)
		return value(images)
	}
	high, low := at(z+twinStep), at(z-twinStep)
	at(z)
	return (high - low) / (2 * twinStep)
}

// TestStreamedGradients: gradients that are written straight to their place are those that are added up in a block and
// copied. A place that is not aligned takes the second way; -0 and 0 are equal.
func TestStreamedGradients(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(23, s, 1, 16, 48, 2, 0.1)
		_, want := score(t, p, b)
		got := make([]float32, len(b.Logits)+1)[1:]
		if _, err := p.Score(b, [][]float32{got}); err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("gradient[%d]: %v in place, %v by way of a block", i, want[i], got[i])
			}
		}
	})
}

// Example of what a twin sees: two pixels, two classes.
func Example_twin() {
	b := &Batch{Images: 1, Channels: 2, Height: 1, Width: 2, Logits: []float32{0, 1, 0, -1}, Labels: []int16{0, 1}}
	fmt.Printf("%.6f\n", twins["ce"](twinsOf(b, Shape{Softmax, 2})))
	// Output: 1.410038
}
