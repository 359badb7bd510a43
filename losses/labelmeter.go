package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// NewState returns the state of no image: the labels' states one after another, so that it can be added like theirs.
func (m *MultiLabel) NewState() State { return make(State, m.channels*m.plan.length) }

// Evaluate writes each loss's result for the images of a state, taken as one batch whose accumulators are pooled, label
// by label: the mean over the labels that have a valid pixel. It is NaN where [Plan.Evaluate]'s is.
func (m *MultiLabel) Evaluate(state State, dst []Result) {
	one, mean := make([]Result, len(dst)), newLabelMean(len(dst))
	for c := range m.channels {
		m.plan.Evaluate(state[c*m.plan.length:][:m.plan.length], one)
		mean.add(one)
	}
	mean.write(dst)
}

// labelMean is the mean of each loss over the labels that have a valid pixel.
type labelMean struct {
	total   []Result
	counted []int
}

func newLabelMean(losses int) *labelMean {
	return &labelMean{make([]Result, losses), make([]int, losses)}
}

// add adds one label's results.
func (m *labelMean) add(results []Result) {
	for k, r := range results {
		if r.Count > 0 {
			m.total[k].Value += r.Value
			m.total[k].Count += r.Count
			m.counted[k]++
		}
	}
}

// write writes the means and forgets them.
func (m *labelMean) write(dst []Result) {
	for k, n := range m.counted {
		dst[k] = m.total[k]
		if n > 0 {
			dst[k].Value /= float64(n)
		}
	}
	clear(m.total)
	clear(m.counted)
}

// LabelMeter gathers the state of one image after another from a walk over several labels. It serves one goroutine at a
// time.
type LabelMeter struct {
	labels *MultiLabel
	meters []*Meter
	state  State
	one    []Result
	mean   *labelMean
}

// NewMeter returns a meter for the losses.
func (m *MultiLabel) NewMeter() *LabelMeter {
	n := len(m.plan.outputs)
	l := &LabelMeter{labels: m, meters: make([]*Meter, m.channels), state: m.NewState(), one: make([]Result, n), mean: newLabelMean(n)}
	workspace := &Workspace{} // the labels are finished one after another
	for c := range l.meters {
		l.meters[c] = m.plan.NewMeter()
		l.meters[c].workspace = workspace
	}
	return l
}

// Reset forgets the image; the next one's label has the given size.
func (m *LabelMeter) Reset(width, height int) {
	for _, one := range m.meters {
		one.Reset(width, height)
	}
}

// VisitLabel adds a block of one label.
func (m *LabelMeter) VisitLabel(label int, b *pass.Block) { m.meters[label].Visit(b) }

// State returns the image's state. It is valid until the next Reset or VisitLabel.
func (m *LabelMeter) State() State {
	for c, one := range m.meters {
		copy(m.state[c*m.labels.plan.length:], one.State())
	}
	return m.state
}

// Evaluate writes each loss's result for the image whose State was just asked for: the mean over its labels.
func (m *LabelMeter) Evaluate(dst []Result) {
	for _, one := range m.meters {
		one.Evaluate(m.one)
		m.mean.add(m.one)
	}
	m.mean.write(dst)
}

// LabelProfiler measures the gradients of one image after another, each loss being the mean over the labels.
type LabelProfiler struct {
	profiler *Profiler
	scanner  *pass.Scanner
	labels   raster.Labels
	profile  []GradientProfile
}

// NewProfiler returns a profiler for the losses.
func (m *MultiLabel) NewProfiler() (*LabelProfiler, error) {
	scanner, err := pass.NewScanner(pass.Options{Channels: 1, Classes: 2, Head: Sigmoid})
	if err != nil {
		return nil, err
	}
	return &LabelProfiler{profiler: m.plan.NewProfiler(), scanner: scanner, profile: make([]GradientProfile, len(m.plan.outputs))}, nil
}

// Profile walks over the image again whose State the meter has just given, and returns every loss's profile, valid until
// the next call. Norms are of the gradient with respect to all labels' logits; shares are of the mass of all labels,
// boundaries and the hardest tenth being each label's own.
func (p *LabelProfiler) Profile(m *LabelMeter, scores pass.Scores, window pass.Window, truth pass.Truth) ([]GradientProfile, error) {
	clear(p.profile)
	width, height := truth.Size()
	p.labels.Resize(width, height)
	counted := 0.0
	for c, meter := range m.meters {
		truth.Label(p.labels.Class, 0, c)
		plane := scores.Height * scores.Width
		one := pass.Scores{Data: scores.Data[c*plane:][:plane], Channels: 1, Height: scores.Height, Width: scores.Width}
		profiles, err := p.profiler.Profile(meter, p.scanner, one, window, &p.labels)
		if err != nil {
			return nil, err
		}
		if meter.sums.Pixels == 0 {
			continue
		}
		counted++
		for k, add := range profiles {
			p.profile[k].add(add)
		}
	}
	for k := range p.profile {
		p.profile[k].finish(max(1, counted))
	}
	return p.profile, nil
}

// add adds one label's profile, its shares as masses and its L2 norm as a square.
func (p *GradientProfile) add(o GradientProfile) {
	p.L1 += o.L1
	p.L2 += o.L2 * o.L2
	if o.L1 == 0 {
		return // without a gradient there are no shares
	}
	p.Foreground += o.L1 * o.Foreground
	p.Boundary += o.L1 * o.Boundary
	p.Hardest += o.L1 * o.Hardest
}

// finish turns the sums over n labels into the profile of their mean.
func (p *GradientProfile) finish(n float64) {
	mass := p.L1 // NaN shares for 0/0
	*p = GradientProfile{L1: mass / n, L2: math.Sqrt(p.L2) / n, Foreground: p.Foreground / mass, Boundary: p.Boundary / mass, Hardest: p.Hardest / mass}
}
