package pass

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
)

// Options fixes what every image of a run has in common.
type Options struct {
	Channels int  // planes of the scores
	Head     Head // Sigmoid needs Channels == 1
	// Merge maps each channel to a dataset class, nil where they are the same. Predictions are the argmax over the
	// channels, then mapped; probabilities of merged channels are added.
	Merge   []int16
	Classes int // dataset classes (2 for a sigmoid head)
	// Threshold is the probability from which on a sigmoid head predicts class 1; 0 means 0.5.
	Threshold float64
	// LabelsOnly leaves out everything but Labels, Predicted and Z: enough for confusion counts.
	LabelsOnly bool
}

// Validate reports an impossible combination.
func (o Options) Validate() error {
	switch {
	case o.Channels < 1 || o.Classes < 1 || o.Classes > raster.MaxClasses:
		return fmt.Errorf("%d channels and %d classes: expected at least one of each", o.Channels, o.Classes)
	case o.Head == Sigmoid && (o.Channels != 1 || o.Classes != 2):
		return fmt.Errorf("a sigmoid head has one channel and two classes, found %d and %d", o.Channels, o.Classes)
	case o.Merge == nil && o.Head == Softmax && o.Channels != o.Classes:
		return fmt.Errorf("the model has %d channels, the dataset %d classes", o.Channels, o.Classes)
	case o.Merge != nil && len(o.Merge) != o.Channels:
		return fmt.Errorf("the class map names %d channels, the model has %d", len(o.Merge), o.Channels)
	}
	return nil
}

// Scanner walks over images. It owns the block and the interpolated rows, so that one image after another needs no new
// memory; it serves one goroutine at a time.
type Scanner struct {
	options Options
	sampler sampler
	labels  *raster.Labels
	next    int   // raster index of the next block's first pixel
	bad     int64 // valid pixels with a NaN or infinite logit so far
	err     error // ended the walk
	block   *Block
	merger  *merger   // nil where channels are classes
	raw     []float32 // the channels' logits where they are merged, else the block's own Z
	logit   float32   // of the sigmoid threshold
}

// NewScanner returns a scanner for images with the given options.
func NewScanner(o Options) (*Scanner, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	planes := o.Classes
	if o.Head == Sigmoid {
		planes = 1
	}
	s := &Scanner{options: o, block: newBlock(planes, o.Head), logit: logitOf(o.Threshold)}
	s.raw = s.block.Z
	if o.Merge != nil {
		s.raw = make([]float32, o.Channels*BlockSize)
		s.merger = newMerger(o.Merge, o.Classes)
	}
	s.block.threshold = s.logit
	return s, nil
}

// Scan hands the blocks of one image to the visitors, in raster order, and returns how many valid pixels have a NaN or
// infinite logit. The window says which part of the scores shows the labelled picture.
func (s *Scanner) Scan(scores Scores, w Window, labels *raster.Labels, visitors ...Visitor) (nonFinite int64, err error) {
	if err := s.Begin(scores, w, labels); err != nil {
		return 0, err
	}
	for b := s.Next(); b != nil; b = s.Next() {
		for _, v := range visitors {
			v.Visit(b)
		}
	}
	return s.bad, s.err
}

// Begin prepares a walk whose blocks Next gives one by one: for two scanners that walk side by side, over labels of the
// same size.
func (s *Scanner) Begin(scores Scores, w Window, labels *raster.Labels) error {
	if scores.Channels != s.options.Channels || !scores.complete() {
		return fmt.Errorf("scores of %d×%d×%d in %d values: expected %d channels", scores.Channels, scores.Height, scores.Width, len(scores.Data), s.options.Channels)
	}
	s.sampler.reset(scores, w, labels.Width, labels.Height)
	s.labels, s.next, s.bad, s.err = labels, 0, 0, nil
	return nil
}

// Next returns the next block, which is valid until the next call; nil after the last one, and where its scores could not
// be had, which Err then says.
func (s *Scanner) Next() *Block {
	total := s.labels.Width * s.labels.Height
	if s.next >= total {
		return nil
	}
	b := s.block
	b.begin(s.next, min(BlockSize, total-s.next))
	if s.err = s.sampler.ready(b.Start, b.N); s.err != nil {
		return nil
	}
	s.next += b.N
	copy(b.Labels, s.labels.Class[b.Start:])
	s.bad += s.statistics()
	return b
}

// Err is what ended the walk before the last block.
func (s *Scanner) Err() error { return s.err }

// NonFinite is how many valid pixels of the blocks so far have a NaN or infinite logit.
func (s *Scanner) NonFinite() int64 { return s.bad }

// statistics derives everything in the block from its raw logits, and returns the number of valid pixels whose logits
// are not all finite.
func (s *Scanner) statistics() (bad int64) {
	b := s.block
	b.truth()
	if b.Head == Sigmoid {
		s.sampler.fill(b, s.raw)
		sigmoidPredict(b, s.logit)
		bad = countNonFinite(b.Labels, s.raw, 1)
		if !s.options.LabelsOnly {
			sigmoidStatistics(b)
		}
		return bad
	}
	source, stride, direct := s.sampler.run(b.Start, b.N)
	if !direct {
		s.sampler.fill(b, s.raw)
		source, stride = s.raw, BlockSize
	}
	finite := kernel.Argmax(&b.Stats.Top, &b.Stats.Best, s.raw, source, stride, s.options.Channels, b.N)
	if !finite {
		argmax(&b.Stats.Top, s.raw, s.options.Channels, b.N)
		bad = countNonFinite(b.Labels, s.raw, s.options.Channels)
	}
	if s.options.Merge != nil {
		s.merger.predict(b.Predicted, b.Stats.Top[:])
	} else {
		kernel.Narrow(b.Predicted, b.Stats.Top[:b.N])
	}
	if s.options.LabelsOnly {
		return bad
	}
	if s.options.Merge != nil {
		s.merger.merge(b, s.raw, finite)
		if finite = kernel.Argmax(&b.Stats.Top, &b.Stats.Best, b.Z, b.Z, BlockSize, b.Planes, b.N); !finite {
			argmax(&b.Stats.Top, b.Z, b.Planes, b.N)
		}
	}
	softmaxStatistics(b, finite)
	if s.options.Merge != nil {
		infiniteLosses(b)
	}
	return bad
}

// truth derives the plane that each pixel's label is; a sigmoid head's other class gets a number of its own.
func (b *Block) truth() {
	labels := b.Labels
	truth := b.Stats.Truth[:len(labels)]
	if b.Head == Sigmoid {
		for i, t := range labels {
			truth[i] = 1 - int32(t) | int32(t)>>31 // −1 stays −1
		}
	} else {
		kernel.Widen(truth, labels)
	}
	for i := b.N; i&15 != 0; i++ {
		b.Stats.Truth[i] = -1
	}
}

// countNonFinite counts the valid pixels that have a NaN or infinite logit. x−x is 0 for finite x and NaN otherwise.
func countNonFinite(labels []int16, z []float32, channels int) (count int64) {
	var check float32
	for c := range channels {
		for _, x := range z[c*BlockSize:][:len(labels)] {
			check += x - x
		}
	}
	if check == 0 {
		return 0
	}
	for i, t := range labels {
		if t != raster.Ignored && !finite(z, channels, i) {
			count++
		}
	}
	return count
}

func finite(z []float32, channels, i int) bool {
	for c := range channels {
		if x := z[c*BlockSize+i]; x-x != 0 {
			return false
		}
	}
	return true
}
