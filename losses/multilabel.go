package losses

import "fmt"

// MultiLabel scores heads whose channels are independent sigmoids, several of which may be right at once. Every channel
// is a one-channel head of its own, and a loss is the mean over the channels that have a valid pixel. That is torch's
// BCEWithLogitsLoss of the whole tensor, MONAI's sigmoid=True with the mean over images and classes, and one definition
// for every loss of a one-channel head.
type MultiLabel struct {
	plan     *Plan
	channels int
}

// NewMultiLabel returns the scoring of the given number of channels with a plan for a one-channel head.
func NewMultiLabel(p *Plan, channels int) (*MultiLabel, error) {
	if p.shape.Head != Sigmoid || channels < 1 {
		return nil, fmt.Errorf("several labels at once need losses of a one-channel sigmoid head, found %v with %d channels", p.shape.Head, channels)
	}
	return &MultiLabel{p, channels}, nil
}

// Score is [Plan.Score] for a batch whose Labels are Images×Channels×Height×Width of 0, 1 and Ignored.
func (m *MultiLabel) Score(b *Batch, gradients [][]float32) ([]Result, error) {
	plane := b.Height * b.Width
	if b.Channels != m.channels || len(b.Logits) != b.Images*b.Channels*plane || len(b.Labels) != len(b.Logits) {
		return nil, fmt.Errorf("%d logits and %d labels for %d×%d×%d×%d: expected one of each", len(b.Logits), len(b.Labels), b.Images, b.Channels, b.Height, b.Width)
	}
	mean := newLabelMean(len(m.plan.outputs))
	for c := range b.Channels {
		one, views := channel(b, c, gradients)
		results, err := m.plan.Score(one, views)
		if err != nil {
			return nil, err
		}
		scatter(b, c, gradients, views)
		mean.add(results)
	}
	for k, g := range gradients {
		for i := range g {
			g[i] /= float32(max(1, mean.counted[k]))
		}
	}
	results := make([]Result, len(m.plan.outputs))
	mean.write(results)
	return results, nil
}

// channel copies channel c of every image into a batch of its own, with room for its gradients.
func channel(b *Batch, c int, gradients [][]float32) (*Batch, [][]float32) {
	plane := b.Height * b.Width
	one := &Batch{Images: b.Images, Channels: 1, Height: b.Height, Width: b.Width}
	for n := range b.Images {
		at := (n*b.Channels + c) * plane
		one.Logits = append(one.Logits, b.Logits[at:][:plane]...)
		one.Labels = append(one.Labels, b.Labels[at:][:plane]...)
	}
	if gradients == nil {
		return one, nil
	}
	views := make([][]float32, len(gradients))
	for k, g := range gradients {
		if g != nil {
			views[k] = make([]float32, len(one.Logits))
		}
	}
	return one, views
}

// scatter copies the gradients of channel c to their places.
func scatter(b *Batch, c int, gradients, views [][]float32) {
	plane := b.Height * b.Width
	for k, g := range gradients {
		if g == nil {
			continue
		}
		for n := range b.Images {
			copy(g[(n*b.Channels+c)*plane:][:plane], views[k][n*plane:])
		}
	}
}

// Plan returns the losses of one label.
func (m *MultiLabel) Plan() *Plan { return m.plan }

// Labels returns the results' names.
func (m *MultiLabel) Labels() []string { return m.plan.labels }
