package main

import (
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
)

// header says of what evaluation the rows of a store are.
func (j job) header(config []byte) store.Header {
	return store.Header{Version: version, Runtime: j.opened.library.Version, Config: string(config), Model: j.opened.modelOf(j.cfg.Model),
		Dataset: record.Dataset{Name: datasetName(j.cfg.Dataset), Format: j.cfg.Dataset.Format}, Columns: j.evaluator.Columns(), Keys: j.evaluator.Measures().Keys(), Shard: j.cfg.Run.Shard}
}

// past is an evaluation that is over, as its run folder's statistics have it.
type past struct {
	*store.Store
	dir       string
	config    *config.Config
	evaluator *pipeline.Evaluator // of no model and no dataset: Replay, Complete, Measures, Columns
}

// openPast opens the statistics of a run folder. Close it.
//
// Its rows come by Rows; evaluator.Complete fills in what follows from their states (values of measures, confusion counts),
// and a [metrics.Rows] of evaluator.Measures takes them as they then are. evaluator.Replay(p.Rows()) yields the records and
// forms the whole summary again.
func openPast(dir string) (*past, error) {
	s, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	p := &past{Store: s, dir: dir}
	items, err := itemsOf(s)
	if err == nil {
		err = p.compile(namedItems{s.Header.Columns.Classes, items})
	}
	if err != nil {
		_ = s.Close() // it was only read
		return nil, err
	}
	return p, nil
}

// compile compiles the losses and measures that the run's configuration asks for. Groups and slices are of the source's names.
func (p *past) compile(source dataset.Source) error {
	var err error
	if p.config, err = config.Stored(filepath.Join(p.dir, "config.yaml"), []byte(p.Header.Config)); err != nil {
		return err
	}
	if p.evaluator, err = evaluatorOf(p.config, p.Header.Model, source); err != nil {
		return err
	}
	return checkKeys(p.dir, p.Header, p.evaluator)
}

// evaluatorOf compiles what a configuration asks for, for rows of a model and of a source's names.
func evaluatorOf(cfg *config.Config, m record.Model, source dataset.Source) (*pipeline.Evaluator, error) {
	specs, err := expandLosses(cfg.Score.Losses)
	if err != nil {
		return nil, err
	}
	o := pipeline.Options{Dataset: cfg.Dataset, Preprocess: cfg.Preprocess, Thresholds: cfg.Model.Threshold, Losses: specs, Metrics: specsOf(cfg.Score.Metrics),
		OnError: cfg.Score.OnError, Over: cfg.Score.Classes, Compat: cfg.Score.Compat, Gallery: cfg.Report.Gallery(), Gradients: cfg.Report.Gradients}
	if !cfg.Model.ClassMap.IsZero() {
		if o.ClassMap, err = cfg.Model.ClassMap.Table(m.Channels); err != nil {
			return nil, err
		}
	}
	if o.Bootstrap, err = bootstrapOf(cfg, source); err != nil {
		return nil, err
	}
	if o.Slices, err = slicesOf(cfg, source); err != nil {
		return nil, err
	}
	return pipeline.NewPast(m, source.Classes(), o)
}

// checkKeys holds what was compiled against what the rows hold: a later version may measure otherwise.
func checkKeys(dir string, h store.Header, e *pipeline.Evaluator) error {
	theirs, ours := h.Keys, e.Measures().Keys()
	if !slices.Equal(theirs, ours) {
		return fault.Dataf("%s has the statistics %s, and this version makes %s of its config.yaml: use segmetry %s, which wrote it, or run again",
			filepath.Join(dir, store.Name), strings.Join(theirs, ", "), strings.Join(ours, ", "), h.Version)
	}
	return nil
}

// namedItems is a dataset of which classes and names are known.
type namedItems struct {
	classes []string
	items   []dataset.Item
}

func (n namedItems) Classes() []string { return n.classes }

func (n namedItems) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for _, item := range n.items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// itemsOf are the items that a store's rows are of.
func itemsOf(s *store.Store) (items []dataset.Item, err error) {
	err = s.Names(func(index int, name string) { items = append(items, dataset.Item{Index: index, Name: name}) })
	return items, err
}
