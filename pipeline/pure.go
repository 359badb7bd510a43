package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/model"
)

// Pure runs the model alone over inputs that were prepared beforehand: what an evaluation's time is held against.
type Pure struct {
	inputs  []preparedInput
	runners []model.Runner
}

// preparedInput is a picture's input tensor.
type preparedInput struct {
	shape []int64
	data  []float32
}

// NewPure prepares the inputs of the items, in their order, until they take maxBytes, and opens as many runners as the
// options have workers. An item that cannot be prepared is an error.
func NewPure(ctx context.Context, o Options, maxBytes int64) (*Pure, error) {
	s := o.Session.Signature()
	loader, err := dataset.NewLoader(o.Dataset, o.Preprocess, dataset.Input{Channels: s.Channels, Height: s.Height, Width: s.Width, Integer: s.IntegerInput})
	if err != nil {
		return nil, err
	}
	p := &Pure{}
	for item, err := range o.Source.Items() {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = p.prepare(loader, item, s.Channels)
		}
		if err != nil {
			return nil, err
		}
		if maxBytes -= 4 * int64(len(p.inputs[len(p.inputs)-1].data)); maxBytes <= 0 {
			break
		}
	}
	return p.On(o.Session, o.Workers)
}

// On returns the same inputs for another session, with runners of its own.
func (p *Pure) On(session model.Session, workers int) (*Pure, error) {
	other := &Pure{inputs: p.inputs}
	for range workers {
		r, err := session.NewRunner()
		if err != nil {
			return nil, errors.Join(err, other.Close())
		}
		other.runners = append(other.runners, r)
	}
	return other, nil
}

func (p *Pure) prepare(loader *dataset.Loader, item dataset.Item, channels int) error {
	picture, err := loader.ImageOf(item.Image)
	if err != nil {
		return err
	}
	g, err := loader.Geometry(picture.Width, picture.Height)
	if err != nil {
		return err
	}
	in := preparedInput{shape: []int64{1, int64(channels), int64(g.Height), int64(g.Width)}, data: make([]float32, channels*g.Height*g.Width)}
	p.inputs = append(p.inputs, in)
	return loader.Tensor(picture, g, in.data)
}

// Images is the number of inputs.
func (p *Pure) Images() int { return len(p.inputs) }

// Pass runs the model on every input once and returns the time from the first to the last. Each input is copied into its
// runner's tensor: that copy is within the time.
func (p *Pure) Pass(ctx context.Context) (time.Duration, error) {
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make([]error, len(p.runners))
	begin := time.Now()
	for k, r := range p.runners {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(p.inputs) || failed[k] != nil {
					return
				}
				failed[k] = p.run(ctx, r, p.inputs[i])
			}
		})
	}
	group.Wait()
	return time.Since(begin), errors.Join(failed...)
}

func (p *Pure) run(ctx context.Context, r model.Runner, in preparedInput) error {
	dst, err := r.Input(in.shape)
	if err != nil {
		return err
	}
	copy(dst, in.data)
	if _, err := r.Run(ctx); err != nil {
		return fmt.Errorf("running the model alone: %w", err)
	}
	return nil
}

// Close frees the runners.
func (p *Pure) Close() error {
	var errs []error
	for _, r := range p.runners {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}
