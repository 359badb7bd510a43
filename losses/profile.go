package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// GradientProfile says how large a loss's gradient is on one image, and where it pulls. A pixel's mass is the sum of its
// gradient's magnitudes over the logits; the shares are of all pixels' mass, NaN where that is 0.
type GradientProfile struct {
	L1, L2     float64 // norms of the gradient with respect to the logits
	Foreground float64 // share of the mass on pixels of classes above 0
	Boundary   float64 // share on pixels less than 3 px from a pixel that has a neighbour of another class
	Hardest    float64 // share on the tenth of the pixels with the largest −log p_t
}

// ProfileNames name the figures of a profile, in the order of Figures.
var ProfileNames = [...]string{"l1", "l2", "foreground", "boundary", "hardest"}

// Figures returns the profile's figures.
func (p GradientProfile) Figures() [len(ProfileNames)]float64 {
	return [...]float64{p.L1, p.L2, p.Foreground, p.Boundary, p.Hardest}
}

// bandSquared is the square of the boundary band's width in pixels.
const bandSquared = 3 * 3

// Profiler measures the gradients of one image after another. It serves one goroutine at a time.
type Profiler struct {
	plan    *Plan
	band    []bool
	kept    Kept
	masses  [][5]float64
	profile []GradientProfile
	work    Workspace
	limit   float32
	ties    int
	differ  *differentiator
}

// NewProfiler returns a profiler for the plan.
func (p *Plan) NewProfiler() *Profiler {
	return &Profiler{plan: p, masses: make([][5]float64, len(p.outputs)), profile: make([]GradientProfile, len(p.outputs)),
		differ: p.newDifferentiator()}
}

// Profile walks over the image again whose State the meter has just given, and returns every loss's profile, valid until
// the next call. Losses without a gradient have NaN.
func (p *Profiler) Profile(m *Meter, scanner *pass.Scanner, scores pass.Scores, window pass.Window, labels *raster.Labels) ([]GradientProfile, error) {
	state := m.state // the caller has asked for it: finishing whole-image losses twice would cost as much again
	s := &scoring{plan: p.plan, wants: true, meters: []*Meter{m}, states: []State{state}, total: state, steps: make([][]Step, len(p.plan.parts))}
	for k := range s.steps {
		s.steps[k] = make([]Step, 1)
	}
	s.reduce()
	p.differ.load(s.steps, 0)
	p.kept.reset(p.plan.shape, labels.Width, labels.Height, Keep{NLL: true})
	if _, err := scanner.Scan(scores, window, labels, keeper{&p.kept}); err != nil {
		return nil, err
	}
	p.locate(labels)
	clear(p.masses)
	if _, err := scanner.Scan(scores, window, labels, p); err != nil {
		return nil, err
	}
	for k, sums := range p.masses {
		share := func(x float64) float64 { return x / sums[0] } // NaN for 0/0
		p.profile[k] = GradientProfile{sums[0], math.Sqrt(sums[1]), share(sums[2]), share(sums[3]), share(sums[4])}
	}
	return p.profile, nil
}

// keeper keeps an image's losses.
type keeper struct{ *Kept }

func (k keeper) Visit(b *pass.Block) { k.visit(b) }

// locate finds the boundary band and the loss from which on a pixel is among the hardest.
func (p *Profiler) locate(labels *raster.Labels) {
	w, h := labels.Width, labels.Height
	p.band = resize(p.band, w*h)
	p.work.mask = resize(p.work.mask, w*h)
	p.work.distances = resize(p.work.distances, w*h)
	for i := range p.work.mask {
		p.work.mask[i] = 1
		if atBoundary(labels, i) {
			p.work.mask[i] = 0
		}
	}
	found := p.work.transform.Squared(p.work.distances, p.work.mask, w, h)
	for i, d := range p.work.distances {
		p.band[i] = found && d < bandSquared
	}
	nll := gather(&p.work, []*Kept{&p.kept})
	if len(nll) > 0 && !p.kept.nan {
		p.limit, p.ties = topShare(nll, 0.1)
	}
}

// atBoundary says whether a pixel has a neighbour to its sides of another class.
func atBoundary(l *raster.Labels, i int) bool {
	t, x := l.Class[i], i%l.Width
	if t == raster.Ignored {
		return false
	}
	other := func(j int) bool { return l.Class[j] != t && l.Class[j] != raster.Ignored }
	return x > 0 && other(i-1) || x+1 < l.Width && other(i+1) || i >= l.Width && other(i-l.Width) || i+l.Width < len(l.Class) && other(i+l.Width)
}

// Visit adds a block's gradients.
func (p *Profiler) Visit(b *pass.Block) {
	p.differ.prepare(b)
	ties := p.ties
	for k := range p.masses {
		p.ties = ties
		p.add(b, p.differ.gradient(b, k), &p.masses[k])
	}
}

func (p *Profiler) add(b *pass.Block, g []float32, sums *[5]float64) {
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		mass := 0.0
		for c := range b.Planes {
			x := float64(g[c*pass.BlockSize+i])
			mass += math.Abs(x)
			sums[1] += x * x
		}
		sums[0] += mass
		if t > 0 {
			sums[2] += mass
		}
		if p.band[b.Start+i] {
			sums[3] += mass
		}
		if nll := max(0, b.NLL[i]); nll > p.limit || nll == p.limit && p.ties > 0 {
			if nll == p.limit {
				p.ties--
			}
			sums[4] += mass
		}
	}
}
