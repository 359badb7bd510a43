package main

import (
	"context"
	"errors"
	"iter"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/report"
)

// output is a run folder that is being written, with the journal of its statistics.
type output struct {
	folder    *report.Folder
	journal   *store.Journal
	evaluator *pipeline.Evaluator
	config    []byte

	predictions *report.Predictions // nil unless they are stored
}

// newOutput begins a run folder, with a journal that open makes.
func newOutput(o report.Options, overwrite bool, e *pipeline.Evaluator, config []byte, open func() (*store.Journal, error)) (*output, error) {
	folder, err := report.Create(o, e.Columns(), overwrite)
	if err != nil {
		return nil, err
	}
	journal, err := open()
	if err != nil {
		folder.Abort()
		return nil, err
	}
	folder.Sweep() // the journal is locked: what lies there is no other process's
	out := &output{folder: folder, journal: journal, evaluator: e, config: config}
	if o.Predictions {
		if err := out.openPredictions(); err != nil {
			return nil, errors.Join(err, out.giveUp())
		}
	}
	journal.Worst = e.Thumbnails
	e.KeepRows(journal)
	defineAll(folder, e)
	return out, nil
}

// openPredictions begins to store predictions, or goes on with those of the journal's images. Images from the first on that lacks
// some of its files are evaluated again.
func (o *output) openPredictions() (err error) {
	if o.journal.Len() == 0 {
		o.predictions, err = o.folder.BeginPredictions()
		return err
	}
	whole := 0
	if o.predictions, whole, err = o.folder.ResumePredictions(o.journal.Rows(), o.scores()); err != nil {
		return err
	}
	return o.journal.Cut(whole)
}

// scores says whether the model gives scores: predictions then have margins.
func (o *output) scores() bool { return o.journal.Header.Model.Kind != model.KindLabels }

// giveUp ends a run that could not begin: what an earlier process has done stays.
func (o *output) giveUp() error {
	o.folder.Abort()
	if o.journal.Len() > 0 {
		return o.journal.Close()
	}
	return o.journal.Remove()
}

// discard removes everything: doing it again is the way to go on.
func (o *output) discard() error {
	o.folder.Abort()
	return errors.Join(o.journal.Remove(), o.folder.Discard())
}

// take writes records as they come. interrupted is the error of a context that was cancelled; any other ends the run, and
// leaves what the journal has.
func (o *output) take(records iter.Seq2[*pipeline.Record, error], each func()) (interrupted, err error) {
	for r, err := range records {
		if err == nil {
			err = o.folder.Add(r)
		}
		if errors.Is(err, context.Canceled) {
			return err, nil
		}
		if err != nil {
			o.folder.Abort()
			return nil, err
		}
		each()
	}
	return nil, nil
}

// finish writes everything else and gives all files their names, with what gates said; nil where none was judged. The journal of
// a run that was interrupted stays.
func (o *output) finish(s *pipeline.Summary, m *record.Manifest, verdict *record.Release) error {
	m.Gates = report.GatesOf(verdict)
	o.folder.Judge(verdict)
	path, err := o.folder.Place(store.Name)
	if err != nil {
		return err
	}
	worst := o.evaluator.Thumbnails()
	if err := o.journal.Write(path, !s.Partial, worst); err != nil {
		o.folder.Abort()
		return err
	}
	if err := o.folder.Finish(s, m, o.config, worst); err != nil {
		return err
	}
	if s.Partial {
		return o.journal.Close()
	}
	return o.journal.Remove()
}

// close closes the journal, which stays unless the run came to its end.
func (o *output) close() { _ = o.journal.Close() } // what it holds was committed, or the error was returned
