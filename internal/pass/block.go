// Package pass walks over an image's logits once, at the label's size, in blocks of 256 pixels that stay in cache.
// Whoever measures something (losses, confusion counts) is handed each block in turn: nobody walks the logits alone,
// and logits are never materialised at the label's size.
//
// Storage is float32; sums over a block may be float32, sums over blocks are the visitors' float64. Blocks come in
// raster order and have the same borders whatever the number of workers, so every sum has one fixed order.
package pass

import "github.com/segmetry/segmetry/internal/kernel"

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
	Top       []int16   // the plane of the largest logit after merging (softmax)
	QTop      []float32 // 1 − p of the likelier class without cancellation; 0 at ignored pixels
	Scratch   []float32 // BlockSize values that a visitor may use while it is visited

	Sums      []kernel.Sums  // of each plane of P over the block
	Own       kernel.Indices // the plane that each pixel's truth is; another number for the rest, negative at ignored pixels
	best      kernel.Pixels  // the largest logit
	top       kernel.Indices // its plane
	rest      kernel.Pixels  // Σ e^(z−best) but for the largest
	inverse   kernel.Pixels
	logarithm kernel.Pixels
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
	return &Block{
		Planes: planes, Head: head,
		Labels: make([]int16, BlockSize), Predicted: make([]int16, BlockSize), Top: make([]int16, BlockSize),
		Z: make([]float32, planes*BlockSize), P: make([]float32, planes*BlockSize),
		NLL: make([]float32, BlockSize), Q: make([]float32, BlockSize), QTop: make([]float32, BlockSize),
		Scratch: make([]float32, BlockSize), Sums: make([]kernel.Sums, planes),
	}
}

// truncate shortens the per-pixel slices to n pixels.
func (b *Block) truncate(n int) {
	b.N = n
	b.Labels, b.Predicted, b.Top = b.Labels[:n], b.Predicted[:n], b.Top[:n]
	b.NLL, b.Q, b.QTop = b.NLL[:n], b.Q[:n], b.QTop[:n]
}
