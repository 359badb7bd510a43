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
	// IfFits leaves the loss out without an error where it has no meaning for the shape: members of a group.
	IfFits bool
}

// Plan is a set of losses compiled for one shape. It is immutable and may be shared.
type Plan struct {
	shape   Shape
	labels  []string
	outputs []output
	parts   []part
	regions bool
	keep    Keep
	whole   bool
	length  int
}

// output is a loss as it was asked for: the parts from first on.
type output struct {
	Compound
	first     int
	valueOnly bool
	name      string
	options   any // as they were decoded
}

// part is one loss with its place in a state.
type part struct {
	Loss
	whole  Whole // the loss, where it needs the whole image
	offset int
	like   int // the earlier part whose sums are this one's too; −1: none
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
	if err := d.fits(p.shape); err != nil {
		if spec.IfFits {
			return nil
		}
		return fault.Usagef("loss %s: %w", label, err)
	}
	if slices.Contains(p.labels, label) {
		return fault.Usagef("loss %q is asked for twice: give one of them a label of its own", label)
	}
	c, options, err := d.compile(spec.Decode, p.shape)
	if err != nil {
		return fault.Usagef("loss %s: %w", label, err)
	}
	p.labels = append(p.labels, label)
	p.outputs = append(p.outputs, output{c, len(p.parts), d.ValueOnly, d.Name, options})
	for _, summand := range c.Parts {
		p.addPart(summand.Loss)
	}
	return nil
}

func (p *Plan) addPart(l Loss) {
	w, _ := l.(Whole)
	p.parts = append(p.parts, part{l, w, p.length, p.summedLike(l)})
	p.length += l.Terms()
	p.regions = p.regions || l.NeedsRegions()
	if w != nil {
		p.whole, p.keep = true, p.keep.or(w.Keeps())
	}
}

// fits says why a loss has no meaning for a shape.
func (d Definition) fits(s Shape) error {
	if d.Fits == nil {
		return nil
	}
	return d.Fits(s)
}

// compile makes the loss with decoded options.
func (d Definition) compile(decode func(any) error, s Shape) (c Compound, options any, err error) {
	options = d.Options()
	if decode != nil {
		if err := decode(options); err != nil {
			return Compound{}, nil, err
		}
	}
	c, err = d.New(options, s)
	return c, options, err
}

// Labels returns the losses' keys in the output, in the order asked.
func (p *Plan) Labels() []string { return p.labels }

// Name is the loss that an output is of, whatever its label.
func (p *Plan) Name(k int) string { return p.outputs[k].name }

// Shape returns what the plan was compiled for.
func (p *Plan) Shape() Shape { return p.shape }

// HasGradient says whether loss k has one.
func (p *Plan) HasGradient(k int) bool { return !p.outputs[k].valueOnly }

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
	return state[p.parts[k].offset:][:p.parts[k].Terms()]
}

// Evaluate writes each loss's result for the images of a state, taken as one batch whose accumulators are pooled. It is
// NaN for ranked losses of more than one image: only Score, which sees the pixels, knows them.
func (p *Plan) Evaluate(state State, dst []Result) {
	var sums Sums
	p.unpack(state, &sums)
	p.evaluate(&sums, state, dst)
}

func (p *Plan) evaluate(sums *Sums, state State, dst []Result) {
	var few [8]Result // no compound has more parts, short of an unusual weighted sum
	for k, o := range p.outputs {
		parts := few[:0]
		for i := range o.Parts {
			parts = append(parts, p.parts[o.first+i].Value(sums, p.own(state, o.first+i), nil))
		}
		dst[k], _ = o.combine(parts)
	}
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

// Meter gathers the state of one image after another from the blocks of a pass. It serves one goroutine at a time.
type Meter struct {
	plan      *Plan
	state     State
	sums      Sums
	kept      Kept
	workspace *Workspace
	images    []*Kept // the one image, for losses that take several
}

// NewMeter returns a meter for the plan.
func (p *Plan) NewMeter() *Meter {
	m := &Meter{plan: p, state: p.NewState(), workspace: &Workspace{}}
	m.images = []*Kept{&m.kept}
	p.unpack(m.state, &m.sums)
	return m
}

// Reset forgets the image; the next one's label has the given size.
func (m *Meter) Reset(width, height int) {
	clear(m.state)
	clear(m.sums.counts)
	m.sums.Pixels, m.sums.Images, m.sums.All = 0, 0, 0
	if m.plan.whole {
		m.kept.reset(m.plan.shape, width, height, m.plan.keep)
	}
}

// Visit adds a block.
func (m *Meter) Visit(b *pass.Block) {
	m.sums.count(b)
	if m.plan.regions {
		m.sums.regions(b)
	}
	for k := range m.plan.parts {
		if p := &m.plan.parts[k]; p.like < 0 {
			p.Sum(b, m.plan.own(m.state, k))
		}
	}
	if m.plan.whole {
		m.kept.visit(b)
	}
}

// State returns the image's state. It is valid until the next Reset or Visit.
func (m *Meter) State() State {
	state := m.summed()
	if m.plan.whole {
		m.plan.finish(m.workspace, m.images, state)
	}
	return state
}

// summed is the state but for the whole-image losses.
func (m *Meter) summed() State {
	m.sums.finish()
	m.state[statePixels], m.state[stateImages], m.state[stateAll] = m.sums.Pixels, m.sums.Images, m.sums.All
	for k, p := range m.plan.parts {
		if p.like >= 0 {
			copy(m.plan.own(m.state, k), m.plan.own(m.state, p.like))
		}
	}
	return m.state
}

// Evaluate writes each loss's result for the image whose State was just asked for.
func (m *Meter) Evaluate(dst []Result) { m.plan.evaluate(&m.sums, m.state, dst) }
