// Package losses computes segmentation losses and their gradients with respect to the logits, as the reference
// libraries do, in one pass over the logits for all of them together.
//
// # Shapes and conventions
//
// Logits are float32 planes (C, H, W) of one image, or of N images one after another. A softmax head has a plane a
// class; a sigmoid head has one plane, the logit x of class 1 against class 0, and region losses then take the
// foreground alone. Truth is one class index a pixel; [Ignored] pixels count nowhere. Values are float64 sums of
// float32 block statistics in a fixed order. An image without a valid pixel has value 0 and count 0. NaN or infinite
// logits give NaN: they are never clamped away.
//
// # Families
//
// A loss belongs to a family, which says what it reads and supplies everything else:
//
//   - per pixel: a function of −log p_t and 1−p_t, summed with class weights ([Pixel]);
//   - ranked: a function of the order of all pixels, by loss or by error ([Whole]): topk_ce, ohem_ce, Lovász;
//   - field: a sum over pixels weighted by distances to boundaries ([Field]): boundary, Hausdorff, U-Net weights;
//   - compound: a function of a weighted sum of the others ([Compound]);
//   - per region: a function of the accumulators I = Σ m·o·p, P = Σ m·p, Q = Σ m·p², I2 = Σ m·o·p², Y = Σ m·o and
//     M = Σ m of each class ([Region]), where m is 0 at ignored pixels and o is the one-hot truth.
//
// # The document that the first six losses come from
//
// ce, bce, weighted_bce, focal, soft_dice and soft_iou are described in the project's source document, which is wrong in
// places. What is right stands with each loss; the list is [Errata].
package losses

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Head is what turns logits into probabilities.
type Head = pass.Head

// The heads.
const (
	Softmax = pass.Softmax
	Sigmoid = pass.Sigmoid
)

// Ignored is the label of a pixel that counts nowhere.
const Ignored = raster.Ignored

// Block is what a [Loss] is shown of an image: so many neighbouring pixels at most as BlockSize says.
type Block = pass.Block

// BlockSize is how far apart a block's planes are.
const BlockSize = pass.BlockSize

// Shape is what a loss is compiled for.
type Shape struct {
	Head    Head
	Classes int // that a label can name: 2 for a sigmoid head
}

// Planes is the number of planes of logits: Classes, or 1 for a sigmoid head.
func (s Shape) Planes() int {
	if s.Head == Sigmoid {
		return 1
	}
	return s.Classes
}

// Loss is one loss with its options, compiled for a shape. It holds no state of an image, so any number of goroutines
// may use it; what it sums lies in the caller's slices.
type Loss interface {
	// Terms is the number of float64 sums that the loss keeps for an image, beside the shared accumulators.
	Terms() int
	// NeedsRegions says whether the loss reads the shared accumulators P, I, Q and I2.
	NeedsRegions() bool
	// Sum adds a block's share to the loss's own sums.
	Sum(b *pass.Block, sums []float64)
	// Value is the loss of one image, or of several whose sums were added. Where coefficients is not nil it receives
	// what Gradient needs; it has Coefficients() elements.
	Value(s *Sums, own []float64, coefficients []float64) Result
	// Coefficients is the number of values that Gradient needs.
	Coefficients() int
	// Gradient adds the step's scale times the gradient with respect to the block's logits to dst, whose planes are
	// [pass.BlockSize] apart like those of b.Z.
	Gradient(b *pass.Block, s *Step, dst []float32)
	// PerImage says that the loss of a batch is the mean of its images' losses; otherwise it is the loss of their sums.
	PerImage() bool
}

// Step is how one loss's gradient is taken on one image.
type Step struct {
	Coefficients []float64 // as Value left them
	Scale        float64
	Slopes       []float32 // what a [Whole] loss left for each pixel: planes of Pixels values
	Pixels       int       // of the image
	Residuals    []float32 // p − o of the block, planes like dst's
	Scratch      []float32 // planes like dst's, for use during one call

	slopes [][4]float32 // a region loss's Coefficients by plane
}

// Result is a loss's value and what it was averaged over.
type Result struct {
	Value float64 // NaN: undefined, because a logit was NaN or infinite
	Count float64 // the denominator's pixels; 0: nothing was valid, and Value is 0
}

// Sums are the shared accumulators of one image, or of several added.
type Sums struct {
	Shape  Shape
	Pixels float64   // M: valid pixels
	Images float64   // images added
	All    float64   // pixels, ignored ones too
	Labels []float64 // valid pixels by truth, one a class
	Y      []float64 // the same, one a plane (a sigmoid head's plane is class 1)
	P      []float64 // Σ p, one a plane
	I      []float64 // Σ o·p
	Q      []float64 // Σ p²
	I2     []float64 // Σ o·p²

	counts []uint32 // valid pixels that are not in Labels yet, by truth + 1
}

// Definition describes a loss to the registry: what it is called, what it takes, how it is made, and what the user is
// told about it. A file that adds a loss registers one.
type Definition struct {
	Name     string
	Title    string
	Family   string // pixel, region, ranked, field or compound
	Formula  string // of the default, in words of section "Families" and the package documentation
	Gradient string // with respect to the logits
	Range    string
	Matches  string // the library call that the default equals
	Paper    string
	Notes    []string // behaviour that surprises: absent classes, empty truth
	Document string   // where the source document is wrong about it; "" where it is right or silent
	// Options returns a pointer to the loss's options, filled with the defaults; New gets it back decoded.
	Options func() any
	New     func(options any, shape Shape) (Compound, error)
	// Fits says why the loss has no meaning for a shape; nil: it fits every one.
	Fits func(shape Shape) error
	// Sample sets options where the defaults mean nothing on one pixel, and SampleNote says which; nil: the defaults do.
	Sample     func(options any)
	SampleNote string
	// ValueOnly says that there is no gradient.
	ValueOnly bool
}
