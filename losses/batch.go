package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Batch is logits with their truth.
type Batch struct {
	Images, Channels, Height, Width int
	Logits                          []float32 // Images×Channels×Height×Width
	Labels                          []int16   // Images×Height×Width: a class, or Ignored
}

// image returns image n's scores and truth.
func (b *Batch) image(n int) (pass.Scores, *raster.Labels) {
	plane := b.Height * b.Width
	size := b.Channels * plane
	return pass.Scores{Data: b.Logits[n*size:][:size], Channels: b.Channels, Height: b.Height, Width: b.Width},
		&raster.Labels{Width: b.Width, Height: b.Height, Class: b.Labels[n*plane:][:plane]}
}

// Score evaluates every loss on a batch. Where gradients is not nil, gradients[k] has the shape of the logits and
// receives the gradient of loss k over the whole batch with respect to them, NaN for a loss without one; a nil
// gradients[k] is left out. An error means a shape or label that does not fit.
func (p *Plan) Score(b *Batch, gradients [][]float32) ([]Result, error) {
	if err := p.checkShape(b); err != nil {
		return nil, err
	}
	s, err := p.newScoring(b, gradients != nil)
	if err != nil {
		return nil, err
	}
	if err := s.measure(); err != nil {
		return nil, err
	}
	results := s.reduce()
	if gradients == nil {
		return results, nil
	}
	return results, s.differentiate(gradients)
}

// scoring is one call of Score.
type scoring struct {
	plan    *Plan
	batch   *Batch
	scanner *pass.Scanner
	meters  []*Meter // an image
	states  []State
	total   State
	steps   [][]Step // of a part, an image; nil where no gradient is wanted
	wants   bool
}

func (p *Plan) newScoring(b *Batch, gradients bool) (*scoring, error) {
	scanner, err := pass.NewScanner(pass.Options{Channels: b.Channels, Head: p.shape.Head, Classes: p.shape.Classes})
	if err != nil {
		return nil, err
	}
	s := &scoring{plan: p, batch: b, scanner: scanner, total: p.NewState(), wants: gradients}
	s.steps = make([][]Step, len(p.parts))
	for k := range s.steps {
		s.steps[k] = make([]Step, b.Images)
	}
	return s, nil
}

// measure walks over every image once.
func (s *scoring) measure() error {
	workspace := &Workspace{}
	for n := range s.batch.Images {
		m := s.plan.NewMeter()
		m.workspace = workspace
		scores, labels := s.batch.image(n)
		m.Reset(labels.Width, labels.Height)
		if _, err := s.scanner.Scan(scores, pass.Window{}, labels, m); err != nil {
			return err
		}
		s.meters = append(s.meters, m)
		state := m.summed() // whole-image losses are finished by part, over the images that they take together
		s.states = append(s.states, state)
		s.total.Add(state)
	}
	return nil
}

// reduce forms the batch's results and the steps of the gradients.
func (s *scoring) reduce() []Result {
	results := make([]Result, len(s.plan.outputs))
	for k, o := range s.plan.outputs {
		parts := make([]Result, len(o.Parts))
		for i := range o.Parts {
			parts[i] = s.part(o.first + i)
		}
		r, slope := o.combine(parts)
		results[k] = r
		for i, summand := range o.Parts {
			for n := range s.steps[o.first+i] {
				s.steps[o.first+i][n].Scale *= summand.Weight * slope
			}
		}
	}
	return results
}

// part evaluates part k over the batch.
func (s *scoring) part(k int) Result {
	l := s.plan.parts[k]
	switch {
	case l.PerImage():
		return s.meanOfImages(k)
	case l.whole != nil:
		return s.together(k, s.images(), s.steps[k])
	}
	r, step := s.evaluate(k, s.total)
	for n := range s.steps[k] {
		s.steps[k][n] = step
	}
	return r
}

func (s *scoring) images() []*Kept {
	kept := make([]*Kept, len(s.meters))
	for n, m := range s.meters {
		kept[n] = &m.kept
	}
	return kept
}

func (s *scoring) evaluate(k int, state State) (Result, Step) {
	l := s.plan.parts[k]
	var sums Sums
	s.plan.unpack(state, &sums)
	step := Step{Scale: 1}
	if s.wants {
		step.Coefficients = make([]float64, l.Coefficients())
	}
	return l.Value(&sums, s.plan.own(state, k), step.Coefficients), step
}

// together finishes a whole-image loss over several images at once.
func (s *scoring) together(k int, images []*Kept, steps []Step) Result {
	l := s.plan.parts[k].whole
	var slopes [][]float32
	if s.wants {
		slopes = make([][]float32, len(images))
		for n, kept := range images {
			slopes[n] = make([]float32, l.Slots()*kept.pixels())
		}
	}
	sum, count := s.plan.finishOne(s.meters[0].workspace, images, l, slopes)
	valid := 0
	for n, kept := range images {
		valid += kept.valid()
		if s.wants {
			steps[n] = Step{Scale: inverse(count), Slopes: slopes[n], Pixels: kept.pixels()}
		}
	}
	if valid == 0 || count == 0 {
		return Result{Count: float64(valid)}
	}
	return Result{Value: sum / count, Count: float64(valid)}
}

// meanOfImages is the mean over the images that have a valid pixel.
func (s *scoring) meanOfImages(k int) Result {
	var sum Result
	images := 0.0
	for n, state := range s.states {
		var r Result
		if s.plan.parts[k].whole != nil {
			r = s.together(k, []*Kept{&s.meters[n].kept}, s.steps[k][n:n+1])
		} else {
			r, s.steps[k][n] = s.evaluate(k, state)
		}
		if r.Count > 0 {
			images++
			sum.Value += r.Value
			sum.Count += r.Count
		}
	}
	if images == 0 {
		return Result{}
	}
	for n := range s.steps[k] {
		s.steps[k][n].Scale /= images
	}
	sum.Value /= images
	return sum
}

// differentiate walks over every image again and writes the gradients.
func (s *scoring) differentiate(gradients [][]float32) error {
	size, plane := s.batch.Channels*s.batch.Height*s.batch.Width, s.batch.Height*s.batch.Width
	d := s.plan.newDifferentiator()
	defer kernel.Fence()
	for n := range s.batch.Images {
		scores, labels := s.batch.image(n)
		d.load(s.steps, n)
		v := gradientWriter{d, gradients, n * size, plane}
		if _, err := s.scanner.Scan(scores, pass.Window{}, labels, v); err != nil {
			return err
		}
	}
	return nil
}

// differentiator turns a block into every loss's gradient.
type differentiator struct {
	plan      *Plan
	steps     []Step // of each part, for the image at hand
	residuals []float32
	scratch   []float32
	block     []float32
}

func (p *Plan) newDifferentiator() *differentiator {
	n := p.shape.Planes() * pass.BlockSize
	return &differentiator{p, make([]Step, len(p.parts)), make([]float32, n), make([]float32, n), make([]float32, n)}
}

// load takes the steps of image n.
func (d *differentiator) load(steps [][]Step, n int) {
	for k := range d.steps {
		d.steps[k] = steps[k][n]
		d.steps[k].Residuals, d.steps[k].Scratch = d.residuals, d.scratch
	}
}

// gradient returns loss k's gradient of the block, planes [pass.BlockSize] apart, valid until the next call. prepare
// must have seen the block.
func (d *differentiator) gradient(b *pass.Block, k int) []float32 {
	o := d.plan.outputs[k]
	if o.valueOnly {
		fill(d.block, float32(math.NaN()))
		return d.block
	}
	for c := range b.Planes {
		clear(d.block[c*pass.BlockSize:][:b.N])
	}
	for i := range o.Parts {
		d.plan.parts[o.first+i].Gradient(b, &d.steps[o.first+i], d.block)
	}
	return d.block
}

// stream writes loss k's gradient of the block straight to dst, planes stride apart, where it is of a family that can: it
// saves clearing, adding up and copying a block. A type that embeds a family's is not that family.
func (d *differentiator) stream(b *pass.Block, k int, dst []float32, stride int) bool {
	o := d.plan.outputs[k]
	if len(o.Parts) != 1 || o.valueOnly || b.Head != Softmax || !kernel.Streams(dst, stride, b.N) {
		return false
	}
	step := &d.steps[o.first]
	switch l := d.plan.parts[o.first].Loss.(type) {
	case *Pixel:
		l.stream(b, step, dst, stride)
	case *Region:
		l.stream(b, step, dst, stride)
	default:
		return false
	}
	return true
}

func (d *differentiator) prepare(b *pass.Block) { residuals(b, d.residuals) }

func fill(dst []float32, x float32) {
	for i := range dst {
		dst[i] = x
	}
}

// gradientWriter writes every loss's gradient of an image, block by block.
type gradientWriter struct {
	*differentiator
	dst         [][]float32
	base, plane int
}

func (v gradientWriter) Visit(b *pass.Block) {
	v.prepare(b)
	for k, dst := range v.dst {
		if dst == nil {
			continue
		}
		if v.stream(b, k, dst[v.base+b.Start:], v.plane) {
			continue
		}
		g := v.gradient(b, k)
		for c := range b.Planes {
			kernel.Stream(dst[v.base+c*v.plane+b.Start:][:b.N], g[c*pass.BlockSize:])
		}
	}
}

// ScoreImages writes into gradients the gradients of the mean over images of each loss, every image being a batch of
// its own. Images without a valid pixel do not enter the mean.
func (p *Plan) ScoreImages(b *Batch, gradients [][]float32) error {
	size, plane := b.Channels*b.Height*b.Width, b.Height*b.Width
	if err := p.checkShape(b); err != nil {
		return err
	}
	images := make([]int, len(p.outputs))
	for n := range b.Images {
		one := &Batch{Images: 1, Channels: b.Channels, Height: b.Height, Width: b.Width, Logits: b.Logits[n*size:][:size], Labels: b.Labels[n*plane:][:plane]}
		views := make([][]float32, len(gradients))
		for k, g := range gradients {
			if g != nil {
				views[k] = g[n*size:][:size]
			}
		}
		results, err := p.Score(one, views)
		if err != nil {
			return err
		}
		for k, r := range results {
			if r.Count > 0 {
				images[k]++
			}
		}
	}
	for k, g := range gradients {
		for i := range g {
			g[i] /= float32(max(1, images[k]))
		}
	}
	return nil
}
