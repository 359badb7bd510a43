package pass

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// LabelVisitor is handed every block of a walk over several labels, label by label: each block is that of a one-channel
// sigmoid head, its Labels and Predicted being 1 where the pixel has the label. Blocks come in raster order, and the
// labels of a block in their order.
type LabelVisitor interface {
	VisitLabel(label int, b *Block)
}

// Truth says which labels each pixel of an image has.
type Truth interface {
	// Size is the image's width and height.
	Size() (width, height int)
	// Label writes 1, 0 or raster.Ignored of consecutive pixels from raster index start on.
	Label(dst []int16, start, label int)
}

// SetTruth is truth of which each pixel stands for a set of labels.
type SetTruth struct {
	Labels *raster.Labels
	Sets   *raster.LabelSets
}

// Size is the raster's.
func (t *SetTruth) Size() (width, height int) { return t.Labels.Width, t.Labels.Height }

// Label looks the sets up.
func (t *SetTruth) Label(dst []int16, start, label int) {
	t.Sets.Expand(dst, t.Labels.Class[start:][:len(dst)], label)
}

// PlaneTruth is truth of a plane a label, so that labels may be ignored one by one.
type PlaneTruth struct {
	Width, Height int
	Planes        []int16 // labels×Height×Width of 1, 0 and raster.Ignored
}

// Size is the planes'.
func (t *PlaneTruth) Size() (width, height int) { return t.Width, t.Height }

// Label copies a part of the label's plane.
func (t *PlaneTruth) Label(dst []int16, start, label int) {
	copy(dst, t.Planes[label*t.Width*t.Height+start:])
}

// LabelOptions fixes what every image of a run has in common.
type LabelOptions struct {
	Labels     int       // planes of the scores, each the logit of one label
	Thresholds []float64 // the probability from which on a label is predicted: one for all, or one a label; nil means 0.5
	LabelsOnly bool      // leaves out everything but Labels, Predicted and Z: enough for counts
}

// LabelScanner walks over images whose planes are independent sigmoids, of which several may be right at once. All planes
// are brought to the label's size in one walk. It owns its buffers like [Scanner], and serves one goroutine at a time.
type LabelScanner struct {
	options LabelOptions
	sampler sampler
	block   *Block
	raw     []float32 // a block's logits, planes BlockSize apart
	logits  []float32 // of the labels' thresholds
	bad     [BlockSize]bool
}

// NewLabelScanner returns a scanner for images with the given options.
func NewLabelScanner(o LabelOptions) (*LabelScanner, error) {
	if o.Labels < 1 || o.Labels > raster.MaxLabels {
		return nil, fmt.Errorf("%d labels: expected 1 to %d", o.Labels, raster.MaxLabels)
	}
	if n := len(o.Thresholds); n > 1 && n != o.Labels {
		return nil, fmt.Errorf("%d thresholds for %d labels: expected one, or one a label", n, o.Labels)
	}
	s := &LabelScanner{options: o, block: newBlock(1, Sigmoid), raw: make([]float32, o.Labels*BlockSize), logits: make([]float32, o.Labels)}
	for c := range s.logits {
		if n := len(o.Thresholds); n > 0 {
			s.logits[c] = logitOf(o.Thresholds[c%n])
		}
	}
	return s, nil
}

// logitOf is the logit of a threshold's probability; 0 stands for one half.
func logitOf(threshold float64) float32 {
	if threshold == 0 {
		return 0
	}
	return float32(math.Log(threshold) - math.Log1p(-threshold))
}

// Scan hands the blocks of one image to the visitors and returns how many pixels have a NaN or infinite logit of a label
// that is not ignored there. The window says which part of the scores shows the labelled picture.
func (s *LabelScanner) Scan(scores Scores, w Window, truth Truth, visitors ...LabelVisitor) (nonFinite int64, err error) {
	if scores.Channels != s.options.Labels || !scores.complete() {
		return 0, fmt.Errorf("scores of %d×%d×%d in %d values: expected %d channels", scores.Channels, scores.Height, scores.Width, len(scores.Data), s.options.Labels)
	}
	width, height := truth.Size()
	s.sampler.reset(scores, w, width, height)
	for start := 0; start < width*height; start += BlockSize {
		s.block.begin(start, min(BlockSize, width*height-start))
		if err := s.sampler.ready(start, s.block.N); err != nil {
			return nonFinite, err
		}
		s.sampler.fill(s.block, s.raw)
		nonFinite += s.labels(truth, visitors)
	}
	return nonFinite, nil
}

// labels shows the block label by label, and returns the number of its pixels with a logit that is not finite.
func (s *LabelScanner) labels(truth Truth, visitors []LabelVisitor) (nonFinite int64) {
	b := s.block
	for label := range s.options.Labels {
		b.missesKnown = false
		b.Z = s.raw[label*BlockSize:][:BlockSize]
		truth.Label(b.Labels, b.Start, label)
		b.truth()
		sigmoidPredict(b, s.logits[label])
		nonFinite += s.countNonFinite(b)
		if !s.options.LabelsOnly {
			sigmoidStatistics(b)
		}
		for _, v := range visitors {
			v.VisitLabel(label, b)
		}
	}
	if nonFinite > 0 {
		clear(s.bad[:])
	}
	return nonFinite
}

// countNonFinite counts the block's pixels that are bad for the first time.
func (s *LabelScanner) countNonFinite(b *Block) (count int64) {
	if countNonFinite(b.Labels, b.Z, 1) == 0 {
		return 0
	}
	for i, t := range b.Labels {
		if t != raster.Ignored && !finite(b.Z, 1, i) && !s.bad[i] {
			s.bad[i] = true
			count++
		}
	}
	return count
}
