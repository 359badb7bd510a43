// Package pass walks over an image's logits once, at the label's size, in blocks of 256 pixels that stay in cache.
// Whoever measures something (losses, confusion counts) is handed each block in turn: nobody walks the logits alone,
// and logits are never materialised at the label's size.
//
// Storage is float32; sums over a block may be float32, sums over blocks are the visitors' float64. Blocks come in
// raster order and have the same borders whatever the number of workers, so every sum has one fixed order.
package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

// BlockSize is the number of pixels in a full block. The last block of an image may be shorter.
const BlockSize = kernel.Block

// Head says how logits become probabilities.
type Head int

const (
	// Softmax is one plane of logits a class, at least two.
	Softmax Head = iota
	// Sigmoid is one plane: the logit of class 1 against class 0.
	Sigmoid
)

func (h Head) String() string {
	if h == Sigmoid {
		return "sigmoid"
	}
	return "softmax"
}

// Block is up to BlockSize consecutive pixels of an image with everything that softmax (or sigmoid) says about them.
// Planes are BlockSize apart: class c's logits are Z[c*BlockSize:][:N]. A visitor must not keep it, nor
// change anything but Scratch.
type Block struct {
	Start  int // raster index of the first pixel in the label
	N      int // pixels
	Planes int // planes of Z and P: the classes after merging; 1 for a sigmoid head
	Head   Head

	Labels    []int16   // truth, raster.Ignored where nothing counts
	Predicted []int16   // argmax over the model's classes, mapped to the dataset's; ties go to the lower class, NaN wins
	Z         []float32 // logits
	P         []float32 // probabilities; 0 at ignored pixels, so that sums need no mask
	NLL       []float32 // −log p_t; 0 at ignored pixels
	Q         []float32 // 1 − p_t without cancellation; 0 at ignored pixels
	QTop      []float32 // 1 − p of the likelier class without cancellation; 0 at ignored pixels
	Scratch   []float32 // BlockSize values that a visitor may use while it is visited

	Sums []kernel.Sums // of each plane of P over the block

	// Statistics are what the kernels say of every pixel; NLL, Q and QTop above are views of them.
	Stats kernel.Statistics

	threshold   float32       // the logit from which on a sigmoid head predicts class 1
	misses      kernel.Pixels // see Misses
	missesKnown bool
}

// LogitPlane returns the block's logits of plane c.
func (b *Block) LogitPlane(c int) []float32 { return b.Z[c*BlockSize:][:b.N] }

// ProbabilityPlane returns the block's probabilities of plane c.
func (b *Block) ProbabilityPlane(c int) []float32 { return b.P[c*BlockSize:][:b.N] }

// Classes returns how many classes a label of this block can name: Planes, or two for a sigmoid head.
func (b *Block) Classes() int {
	if b.Head == Sigmoid {
		return 2
	}
	return b.Planes
}

// Visitor is handed every block of a pass, in raster order.
type Visitor interface {
	Visit(b *Block)
}

func newBlock(planes int, head Head) *Block {
	b := &Block{
		Planes: planes, Head: head,
		Labels: make([]int16, BlockSize), Predicted: make([]int16, BlockSize),
		Z: make([]float32, planes*BlockSize), P: make([]float32, planes*BlockSize),
		Scratch: make([]float32, BlockSize), Sums: make([]kernel.Sums, planes),
	}
	b.NLL, b.Q, b.QTop = b.Stats.NLL[:], b.Stats.Q[:], b.Stats.QTop[:]
	return b
}

// Misses returns −Σ log(1−p_c) of each pixel over the classes that it is not (softmax); 0 at ignored pixels. It is
// computed when first asked for.
//
// With u = 1 − Π (1−p_c) over the classes that are neither the pixel's own nor the likeliest, that is
// log1p(u/(1−u)), and where the likeliest is not its own log1p(1/rest) more, as 1−p of the likeliest is rest/(1+rest).
func (b *Block) Misses() []float32 {
	if b.missesKnown {
		return b.misses[:b.N]
	}
	b.missesKnown = true
	s := &b.Stats
	var u kernel.Pixels
	kernel.Misses(&u, b.P, &s.Top, &s.Truth, b.Planes, b.N)
	if !kernel.MissLosses(&b.misses, &u, &s.Rest, &s.Top, &s.Truth, b.N) {
		b.rareMisses(&u)
	}
	return b.misses[:b.N]
}

// rareMisses computes the pixels that the kernel could not: NaN, or odds beyond float32's range, one logit being far above
// the others.
func (b *Block) rareMisses(u *kernel.Pixels) {
	s := &b.Stats
	for i, x := range u[:b.N] {
		odds := (x + 1/s.Rest[i]) / (1 - x)
		switch {
		case b.NLL[i]-b.NLL[i] != 0:
			b.misses[i] = b.NLL[i]
		case s.Truth[i] >= 0 && s.Truth[i] != s.Top[i] && odds-odds != 0:
			b.misses[i] = kernel.Log1p1(x/(1-x)) + float32(b.logOddsOfTop(i))
		}
	}
}

// logOddsOfTop is −log(1 − p_top) = log(1 + e^gap) of a pixel, gap being how far the largest logit is above the
// log-sum-exp of the rest.
func (b *Block) logOddsOfTop(i int) float64 {
	top := int(b.Stats.Top[i])
	gap := float64(b.Z[top*BlockSize+i]) - b.RestLogSum(i, top)
	return gap + math.Log1p(math.Exp(-gap))
}

// RestLogSum is log Σ_{k≠skip} e^{z_k} of pixel i.
func (b *Block) RestLogSum(i, skip int) float64 {
	largest := math.Inf(-1)
	for c := range b.Planes {
		if c != skip {
			largest = max(largest, float64(b.Z[c*BlockSize+i]))
		}
	}
	sum := 0.0
	for c := range b.Planes {
		if c != skip {
			sum += math.Exp(float64(b.Z[c*BlockSize+i]) - largest)
		}
	}
	return largest + math.Log(sum)
}

// begin makes it the block of n pixels from raster index start on.
func (b *Block) begin(start, n int) {
	b.Labels, b.Predicted = b.Labels[:BlockSize], b.Predicted[:BlockSize]
	b.NLL, b.Q, b.QTop = b.NLL[:BlockSize], b.Q[:BlockSize], b.QTop[:BlockSize]
	b.missesKnown = false
	b.Start = start
	b.truncate(n)
}

// truncate shortens the per-pixel slices to n pixels.
func (b *Block) truncate(n int) {
	b.N = n
	b.Labels, b.Predicted = b.Labels[:n], b.Predicted[:n]
	b.NLL, b.Q, b.QTop = b.NLL[:n], b.Q[:n], b.QTop[:n]
}
