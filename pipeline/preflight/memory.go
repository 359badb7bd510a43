package preflight

import (
	"context"
	"fmt"
	"iter"

	"github.com/dustin/go-humanize"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/pipeline"
)

// Memory is how much a run will take. It is measured, not modelled: some workers evaluate the largest picture a few times,
// and what the process grows by is shared out among them. The runtime library and the model are in Base.
type Memory struct {
	Image     string `json:"image"` // the largest picture
	Size      [2]int `json:"size"`  // its [height, width]
	Base      int64  `json:"base_bytes"`
	PerWorker int64  `json:"per_worker_bytes"`
	Workers   int    `json:"workers"`
	Predicted int64  `json:"predicted_bytes"` // of that many workers
}

// again is a source of one item, several times.
type again struct {
	item    dataset.Item
	times   int
	classes []string
}

func (s again) Classes() []string { return s.classes }

func (s again) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for i := range s.times {
			s.item.Index = i
			if !yield(s.item, nil) {
				return
			}
		}
	}
}

// rounds is how often each worker evaluates the largest picture: buffers of the runtime library grow twice.
const rounds = 3

// MeasureMemory lets some workers evaluate the listing's largest picture. The options are those of the run; its session is
// open.
func MeasureMemory(ctx context.Context, o pipeline.Options, l *Listing, workers int) (*Memory, error) {
	if l.Biggest.Image.IsZero() {
		return nil, fault.Dataf("no picture of the dataset could be looked at")
	}
	m := &Memory{Image: l.Biggest.Name, Size: l.Largest, Base: rss.Peak(), Workers: o.Workers}
	o.Source, o.Workers = again{l.Biggest, rounds * workers, o.Source.Classes()}, workers
	e, err := pipeline.New(o)
	if err != nil {
		return nil, err
	}
	for _, err := range e.Run(ctx) {
		if err != nil {
			return nil, err
		}
	}
	if err := e.Err(); err != nil {
		return nil, err
	}
	m.PerWorker = max(0, rss.Peak()-m.Base) / int64(workers)
	m.Predicted = m.For(m.Workers)
	return m, nil
}

// For is the prediction for a number of workers.
func (m *Memory) For(workers int) int64 { return m.Base + int64(workers)*m.PerWorker }

// Fit is the largest number of workers, up to those asked for, that keep within a cap; an error where not even one does.
func (m *Memory) Fit(cap int64) (int, error) {
	for n := m.Workers; n >= 1; n-- {
		if m.For(n) <= cap {
			return n, nil
		}
	}
	return 0, fault.Usagef("run.memory: %s are too little: %s of %d×%d pixels takes about %d MiB; allow more, make preprocess.size smaller, or set inference.mode to slide, whose memory does not grow with the picture",
		humanize.IBytes(uint64(cap)), m.Image, m.Size[1], m.Size[0], m.For(1)>>20)
}

// String says it in a line.
func (m *Memory) String() string {
	return fmt.Sprintf("%d MiB predicted for %d workers: %d MiB, and %d MiB a worker for %s of %d×%d pixels", m.Predicted>>20, m.Workers, m.Base>>20, m.PerWorker>>20, m.Image, m.Size[1], m.Size[0])
}
