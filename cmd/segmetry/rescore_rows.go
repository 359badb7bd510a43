package main

import (
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/rss"
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
	path := filepath.Join(r.dir, "manifest.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("%s is no complete run folder: %w", r.dir, err)
	}
	of.Manifest = &record.Manifest{}
	if err := json.Unmarshal(text, of.Manifest); err != nil {
		return nil, fault.Dataf("%s: %w", path, err)
	}
	wall := time.Since(started).Seconds()
	m := &record.Manifest{Schema: 1, Started: started.UTC(), WallS: wall, ImagesPerS: float64(s.Counts.Images) / wall, PeakRSSBytes: rss.Peak(),
		Stages: map[string]record.Stage{}, Latency: []record.Latency{}, OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Versions: versions(), Command: a.args,
		Device: of.Manifest.Device, Oriented: r.evaluator.Oriented(), Digests: map[string]string{"model": s.Model.SHA256, "dataset": s.Dataset.Digest},
		Placement: of.Manifest.Placement, Providers: of.Manifest.Providers, RescoredFrom: of}
	m.Host, _ = os.Hostname() // a host without a name is no reason to fail
	return m, nil
}
