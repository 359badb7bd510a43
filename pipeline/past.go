package pipeline

import (
	"errors"
	"iter"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
)

// NewPast returns an evaluator of images that were evaluated before: it needs neither their model nor their dataset, and
// [Evaluator.Replay] yields the records. m and classes are what the run said of its model and dataset; of the options all
// but Source and Session are those of the run.
func NewPast(m Model, classes []string, o Options) (*Evaluator, error) {
	o.Source, o.Session = pastSource(classes), pastSession{m}
	return New(o)
}

var errPast = errors.New("an evaluation of stored rows has no model and no dataset")

// pastSource is a dataset of which only the classes are known.
type pastSource []string

func (s pastSource) Classes() []string { return s }

func (s pastSource) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) { yield(dataset.Item{}, errPast) }
}

// pastSession is a model of which only the summary is known.
type pastSession struct{ model record.Model }

func (s pastSession) Signature() model.Signature {
	return model.Signature{Kind: s.model.Kind, Activation: s.model.Activation, Classes: s.model.Channels}
}

func (s pastSession) NewRunner() (model.Runner, error) { return nil, errPast }

func (s pastSession) Placement() record.Placement { return record.Placement{} }

func (s pastSession) Close() error { return nil }
