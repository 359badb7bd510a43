package losses

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Batch is logits with their truth.
type Batch struct {
	Images, Channels, Height, Width int
	Logits                          []float32 // Images×Channels×Height×Width
	Labels                          []int16   // Images×Height×Width: a class, or raster.Ignored
}

// image returns image n's scores and truth.
func (b *Batch) image(n int) (pass.Scores, *raster.Labels) {
	plane := b.Height * b.Width
	size := b.Channels * plane
	return pass.Scores{Data: b.Logits[n*size:][:size], Channels: b.Channels, Height: b.Height, Width: b.Width},
		&raster.Labels{Width: b.Width, Height: b.Height, Class: b.Labels[n*plane:][:plane]}
}

// Score evaluates every loss on a batch. Where gradients is not nil, gradients[k] has the shape of the logits and
// receives the gradient of loss k over the whole batch with respect to them. An error means a shape or label that does
// not fit.
func (p *Plan) Score(b *Batch, gradients [][]float32) ([]Result, error) {
	if err := p.checkShape(b); err != nil {
		return nil, err
	}
	scanner, err := pass.NewScanner(pass.Options{Channels: b.Channels, Head: p.shape.Head, Classes: p.shape.Classes})
	if err != nil {
		return nil, err
	}
	states := make([]State, b.Images)
	meter := p.NewMeter()
	for n := range states {
		meter.Reset()
		scores, labels := b.image(n)
		if _, err := scanner.Scan(scores, pass.Window{}, labels, meter); err != nil {
			return nil, err
		}
		states[n] = append(State(nil), meter.State()...)
	}
	results, steps := p.reduce(states, gradients != nil)
	if gradients == nil {
		return results, nil
	}
	for n := range states {
		scores, labels := b.image(n)
		v := gradientVisitor{plan: p, steps: steps[n], dst: gradients, base: n * b.Channels * b.Height * b.Width, plane: b.Height * b.Width, block: make([]float32, b.Channels*pass.BlockSize)}
		if _, err := scanner.Scan(scores, pass.Window{}, labels, &v); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// step is how one loss's gradient is taken on one image.
type step struct {
	coefficients []float64
	scale        float64
}

// reduce turns the images' states into the batch's results and, where wished, each image's gradient steps.
func (p *Plan) reduce(states []State, wantSteps bool) ([]Result, [][]step) {
	results := make([]Result, len(p.losses))
	steps := make([][]step, len(states))
	for n := range steps {
		steps[n] = make([]step, len(p.losses))
	}
	total := p.NewState()
	for _, s := range states {
		total.Add(s)
	}
	for k, l := range p.losses {
		evaluate := func(s State) (Result, step) {
			var sums Sums
			p.unpack(s, &sums)
			st := step{scale: 1}
			if wantSteps {
				st.coefficients = make([]float64, l.Coefficients())
			}
			return l.Value(&sums, p.own(s, k), st.coefficients), st
		}
		if l.PerImage() {
			results[k] = meanOfImages(states, steps, k, evaluate)
			continue
		}
		r, st := evaluate(total)
		results[k] = r
		for n := range steps {
			steps[n][k] = st
		}
	}
	return results, steps
}

// meanOfImages is the mean over the images that have a valid pixel.
func meanOfImages(states []State, steps [][]step, k int, evaluate func(State) (Result, step)) Result {
	var sum Result
	images := 0.0
	for n, s := range states {
		r, st := evaluate(s)
		steps[n][k] = st
		if r.Count > 0 {
			images++
			sum.Value += r.Value
			sum.Count += r.Count
		}
	}
	if images == 0 {
		return Result{}
	}
	for n := range steps {
		steps[n][k].scale = 1 / images
	}
	sum.Value /= images
	return sum
}

// gradientVisitor writes every loss's gradient of an image, block by block.
type gradientVisitor struct {
	plan        *Plan
	steps       []step
	dst         [][]float32
	base, plane int
	block       []float32
}

func (v *gradientVisitor) Visit(b *pass.Block) {
	for k, l := range v.plan.losses {
		clear(v.block)
		l.Gradient(b, v.steps[k].coefficients, v.steps[k].scale, v.block)
		for c := range b.Planes {
			copy(v.dst[k][v.base+c*v.plane+b.Start:][:b.N], v.block[c*pass.BlockSize:])
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
	images := make([]int, len(p.losses))
	for n := range b.Images {
		one := &Batch{Images: 1, Channels: b.Channels, Height: b.Height, Width: b.Width, Logits: b.Logits[n*size:][:size], Labels: b.Labels[n*plane:][:plane]}
		views := make([][]float32, len(gradients))
		for k, g := range gradients {
			views[k] = g[n*size:][:size]
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
