package main

import (
	"context"
	"iter"
	"path/filepath"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
)

// selection is which of a run's images take part.
type selection struct {
	items []dataset.Item
	index []int // of each of the run's images: its place among the items, −1 where it takes no part
	of    int   // images of the run
}

// convert yields the rows of the images that take part, as a run would have left them.
func (r *rescoring) convert(ctx context.Context) iter.Seq2[*pipeline.Row, error] {
	return func(yield func(*pipeline.Row, error) bool) {
		at := 0
		for row, err := range r.Rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && at >= len(r.chosen.index) {
				err = fault.Dataf("%s has statistics of more images than it names", filepath.Join(r.dir, store.Name))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			index := r.chosen.index[at]
			at++
			if index < 0 {
				continue
			}
			if err := r.rows.Convert(row); err != nil {
				yield(nil, err)
				return
			}
			row.Index = index
			if row.Thumbnail != nil {
				row.Thumbnail.Index = index
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// rescoredManifest says what the rescoring took, and of what run it is, whose manifest it has.
func (a *app) rescoredManifest(r *rescoring, s *pipeline.Summary, started time.Time) (*record.Manifest, error) {
	of := &record.Rescored{Run: r.dir, Statistics: fileDigest(filepath.Join(r.dir, store.Name)), Config: fileDigest(filepath.Join(r.dir, "config.yaml")), Images: r.chosen.of, Left: r.leave}
	for _, c := range r.changes {
		of.Changes = append(of.Changes, c.String())
	}
	var err error
	if of.Manifest, err = readManifest(r.dir); err != nil {
		return nil, err
	}
	m := a.pastManifest(s, started)
	m.Device, m.Oriented, m.Placement, m.Providers, m.RescoredFrom = of.Manifest.Device, r.evaluator.Oriented(), of.Manifest.Placement, of.Manifest.Providers, of
	return m, nil
}
