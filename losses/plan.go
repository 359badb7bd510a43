package losses

import (
	"errors"
	"fmt"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
)

// Spec asks for one loss by name.
type Spec struct {
	Name  string
	Label string // its key in the output; "" means Name
	// Decode fills the loss's options, which hold the defaults. nil leaves the defaults.
	Decode func(options any) error
}

// Plan is a set of losses compiled for one shape. It is immutable and may be shared.
type Plan struct {
	shape   Shape
	labels  []string
	losses  []Loss
	offsets []int // of each loss's own sums in a state
	regions bool
	length  int
}

// Compile makes a plan. Every wrong loss, option and repeated label is reported at once.
func Compile(specs []Spec, shape Shape) (*Plan, error) {
	p := &Plan{shape: shape, length: stateHeader + sumsLength(shape)}
	var problems []error
	for _, spec := range specs {
		if err := p.add(spec); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Plan) add(spec Spec) error {
	d, err := Find(spec.Name)
	if err != nil {
		return err
	}
	label := spec.Label
	if label == "" {
		label = spec.Name
	}
	if slices.Contains(p.labels, label) {
		return fault.Usagef("loss %q is asked for twice: give one of them a label of its own", label)
	}
	options := d.Options()
	if spec.Decode != nil {
		if err := spec.Decode(options); err != nil {
			return err
		}
	}
	l, err := d.New(options, p.shape)
	if err != nil {
		return fault.Usagef("loss %s: %w", label, err)
	}
	p.labels, p.losses, p.offsets = append(p.labels, label), append(p.losses, l), append(p.offsets, p.length)
	p.length += l.Terms()
	p.regions = p.regions || l.NeedsRegions()
	return nil
}

// Labels returns the losses' keys in the output, in the order asked.
func (p *Plan) Labels() []string { return p.labels }

// Shape returns what the plan was compiled for.
func (p *Plan) Shape() Shape { return p.shape }

// State is everything that the losses need to know of an image, as one vector: adding two states gives the state of
// both. Its length is the same for every image of a plan.
type State []float64

// The first elements of a state.
const (
	statePixels = iota
	stateImages
	stateAll
	stateHeader
)

// Add adds o to s.
func (s State) Add(o State) {
	for i, x := range o {
		s[i] += x
	}
}

// NewState returns the state of no image.
func (p *Plan) NewState() State { return make(State, p.length) }

// unpack views a state as sums and the losses' own sums.
func (p *Plan) unpack(state State, sums *Sums) {
	sums.Shape = p.shape
	sums.Pixels, sums.Images, sums.All = state[statePixels], state[stateImages], state[stateAll]
	sums.view(state[stateHeader:])
}

func (p *Plan) own(state State, k int) []float64 {
	return state[p.offsets[k]:][:p.losses[k].Terms()]
}

// Evaluate writes each loss's result for the images of a state, taken as one batch whose accumulators are pooled.
func (p *Plan) Evaluate(state State, dst []Result) {
	var sums Sums
	p.unpack(state, &sums)
	for k, l := range p.losses {
		dst[k] = l.Value(&sums, p.own(state, k), nil)
	}
}

// Meter gathers the state of one image after another from the blocks of a pass. It serves one goroutine at a time.
type Meter struct {
	plan  *Plan
	state State
	sums  Sums
}

// NewMeter returns a meter for the plan.
func (p *Plan) NewMeter() *Meter {
	m := &Meter{plan: p, state: p.NewState()}
	p.unpack(m.state, &m.sums)
	return m
}

// Reset forgets the image.
func (m *Meter) Reset() {
	clear(m.state)
	m.sums.Pixels, m.sums.Images, m.sums.All = 0, 0, 0
}

// Visit adds a block.
func (m *Meter) Visit(b *pass.Block) {
	m.sums.count(b)
	if m.plan.regions {
		m.sums.regions(b)
	}
	for k, l := range m.plan.losses {
		l.Sum(b, m.plan.own(m.state, k))
	}
}

// State returns the image's state. It is valid until the next Reset or Visit.
func (m *Meter) State() State {
	m.sums.finish()
	m.state[statePixels], m.state[stateImages], m.state[stateAll] = m.sums.Pixels, m.sums.Images, m.sums.All
	return m.state
}

// checkShape reports logits that the plan was not compiled for.
func (p *Plan) checkShape(b *Batch) error {
	plane := b.Height * b.Width
	switch {
	case b.Channels != p.shape.Planes():
		return fmt.Errorf("logits have %d channels, the losses were compiled for %d", b.Channels, p.shape.Planes())
	case len(b.Logits) != b.Images*b.Channels*plane:
		return fmt.Errorf("logits have %d values, their shape %d×%d×%d×%d asks for %d", len(b.Logits), b.Images, b.Channels, b.Height, b.Width, b.Images*b.Channels*plane)
	case len(b.Labels) != b.Images*plane:
		return fmt.Errorf("%d labels for %d×%d×%d pixels", len(b.Labels), b.Images, b.Height, b.Width)
	}
	for i, t := range b.Labels {
		if int(t) >= p.shape.Classes || t < -1 {
			return fmt.Errorf("label %d at pixel %d: expected 0 to %d or ignored", t, i, p.shape.Classes-1)
		}
	}
	return nil
}
