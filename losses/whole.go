package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/distance"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Whole is a loss that needs all pixels of an image, or of a batch, before it can say anything: the ranked losses and
// the field losses. The pass keeps what it asks for; they are finished once the pass is over.
type Whole interface {
	Loss
	// Keeps says what must be kept of every pixel.
	Keeps() Keep
	// Slots is the number of planes of slopes that Gradient needs: one value a pixel each.
	Slots() int
}

// Finisher is a whole-image loss that is finished in one piece; a [Field] is finished class by class.
type Finisher interface {
	Whole
	// Finish returns the loss of the images taken together as sum/count. Where slopes is not nil, slopes[n] receives
	// what Gradient needs of image n; it is zero before.
	Finish(w *Workspace, images []*Kept, slopes [][]float32) (sum, count float64)
}

// Keep is what a pass keeps of every pixel.
type Keep struct{ NLL, Errors, Logits bool }

func (k Keep) or(o Keep) Keep {
	return Keep{k.NLL || o.NLL, k.Errors || o.Errors, k.Logits || o.Logits}
}

// Kept is what a pass kept of an image, at the label's size.
type Kept struct {
	Shape         Shape
	Width, Height int
	Labels        []int16
	NLL           []float32 // −log p_t; 0 at ignored pixels
	Errors        []float32 // |o_c − p_c|, a plane a class, as [errorOf] reads them; 0 at ignored pixels
	Logits        []float32 // of a one-channel head
	keep          Keep
	nan           bool // a valid pixel has NaN
}

func (k *Kept) reset(shape Shape, width, height int, keep Keep) {
	n := width * height
	k.Shape, k.Width, k.Height, k.keep, k.nan = shape, width, height, keep, false
	k.Labels = resize(k.Labels, n)
	if keep.NLL {
		k.NLL = resize(k.NLL, n)
	}
	if keep.Errors {
		k.Errors = resize(k.Errors, n*shape.Planes())
	}
	if keep.Logits {
		k.Logits = resize(k.Logits, n)
	}
}

// resize returns a slice of n elements, the old one where it is large enough. Its content is not cleared.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func (k *Kept) pixels() int { return k.Width * k.Height }

// visit keeps a block.
func (k *Kept) visit(b *pass.Block) {
	copy(k.Labels[b.Start:], b.Labels)
	check := float32(0)
	for _, x := range b.NLL {
		check += x - x // NaN for NaN and infinity
	}
	k.nan = k.nan || check != check
	if k.keep.NLL {
		copy(k.NLL[b.Start:], b.NLL)
	}
	if k.keep.Logits {
		copy(k.Logits[b.Start:], b.LogitPlane(0))
	}
	if !k.keep.Errors {
		return
	}
	n := k.pixels()
	if b.Head == Sigmoid {
		for i, t := range b.Labels {
			k.Errors[b.Start+i] = keptError(b.Q[i], b.QTop[i])
			if t == raster.Ignored {
				k.Errors[b.Start+i] = 0
			}
		}
		return
	}
	for c := range b.Planes {
		copy(k.Errors[c*n+b.Start:], b.ProbabilityPlane(c))
	}
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		top := b.Stats.Top[i]
		k.Errors[int(top)*n+b.Start+i] = keptError(b.P[int(top)*pass.BlockSize+i], b.QTop[i])
		k.Errors[int(t)*n+b.Start+i] = keptError(b.Q[i], b.P[int(t)*pass.BlockSize+i])
	}
}

// keptError packs an error e with 1−e: above one half −(1−e) is kept, so that errors near 1 keep their digits, and
// their order, too.
func keptError(e, complement float32) float32 {
	if e <= 0.5 {
		return e
	}
	return math.Float32frombits(math.Float32bits(complement) | 1<<31)
}

// errorOf unpacks an error.
func errorOf(kept float32) float64 {
	if math.Float32bits(kept)>>31 != 0 {
		return 1 + float64(kept)
	}
	return float64(kept)
}

// plane returns the errors of plane c.
func (k *Kept) plane(c int) []float32 { return k.Errors[c*k.pixels():][:k.pixels()] }

// class is the class that plane c stands for.
func (k *Kept) class(c int) int16 {
	if k.Shape.Head == Sigmoid {
		return 1
	}
	return int16(c)
}

// valid counts the pixels that are not ignored.
func (k *Kept) valid() (n int) {
	for _, t := range k.Labels {
		if t != raster.Ignored {
			n++
		}
	}
	return n
}

// Workspace is the memory that whole-image losses share. It serves one goroutine at a time.
type Workspace struct {
	fields     Fields
	transform  distance.Transform
	keys, swap []uint32
	pairs      []uint64
	pairSwap   []uint64
	ranked     []ranked
	values     []float32
	mask       []uint8
	distances  []int32
	instances  instances
}

// whole supplies what every whole-image loss has in common: two sums, the loss's sum and count.
type whole struct {
	shape Shape
	// additive says that the loss of several images is their sums' quotient; otherwise it is known for single images
	// and whole batches only.
	additive bool
	perImage bool
}

func (l *whole) Terms() int                 { return 2 }
func (l *whole) NeedsRegions() bool         { return false }
func (l *whole) Sum(*pass.Block, []float64) {}
func (l *whole) Coefficients() int          { return 0 }
func (l *whole) PerImage() bool             { return l.perImage }

func (l *whole) Value(s *Sums, own, _ []float64) Result {
	switch {
	case s.Pixels == 0:
		return Result{}
	case s.Images > 1 && !l.additive:
		return Result{Value: math.NaN(), Count: s.Pixels}
	case own[1] == 0: // nothing to rank or to measure a distance to: no loss
		return Result{Count: s.Pixels}
	}
	return Result{Value: own[0] / own[1], Count: s.Pixels}
}

// residualSlopes is the gradient of losses that are Σ w_i·(−log p_t): w_i·(p − o), the w_i being the slopes.
type residualSlopes struct{}

func (residualSlopes) Slots() int { return 1 }

func (residualSlopes) Gradient(b *pass.Block, s *Step, dst []float32) {
	factors := b.Scratch[:b.N]
	scale := float32(s.Scale)
	for i, x := range s.Slopes[b.Start:][:b.N] {
		factors[i] = x * scale
	}
	addResiduals(b, s.Residuals, factors, dst)
}

// probabilitySlopes is the gradient of losses whose slopes are derivatives with respect to the probabilities.
type probabilitySlopes struct{ planes int }

func (l probabilitySlopes) Slots() int { return l.planes }

func (l probabilitySlopes) Gradient(b *pass.Block, s *Step, dst []float32) {
	for c := range l.planes {
		copy(s.Scratch[c*pass.BlockSize:][:b.N], s.Slopes[c*s.Pixels+b.Start:])
	}
	addFromProbabilities(b, s.Scratch, float32(s.Scale), dst)
}

// anyNaN reports whether a valid pixel of the images is NaN.
func anyNaN(images []*Kept) bool {
	for _, k := range images {
		if k.nan {
			return true
		}
	}
	return false
}
