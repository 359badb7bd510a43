package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/segmetry/segmetry/dataset"
)

// feeder lists a dataset for the workers. Items are worked on in their order but for the last ones, which begin with the largest
// file: no worker then begins a large picture when the others are about to end. A single worker keeps the order to the end.
type feeder struct {
	ctx     context.Context
	jobs    chan<- job
	slots   chan<- chan outcome
	pending []sizedJob // listed, in their order, and not yet handed on
	last    int        // how many at most
}

// sizedJob is a job and the bytes of its picture.
type sizedJob struct {
	job
	bytes int64
}

// lastItems is how many items a worker are handed on by size at the end of the listing: enough to even out what the workers
// have left, few enough that results still come soon.
const lastItems = 8

func newFeeder(ctx context.Context, jobs chan<- job, slots chan<- chan outcome, workers int) *feeder {
	f := &feeder{ctx: ctx, jobs: jobs, slots: slots}
	if workers > 1 {
		f.last = lastItems * workers
	}
	return f
}

// run hands on the items from the next one on, and closes both channels. The slot of an item enters the queue before the item
// enters the line: that bounds how far workers may run ahead of the consumer.
func (f *feeder) run(next func() (dataset.Item, error, bool)) {
	defer close(f.slots)
	defer close(f.jobs)
	for {
		item, err, more := next()
		if !more {
			break
		}
		j := job{item, err, make(chan outcome, 1)}
		select {
		case f.slots <- j.slot:
		case <-f.ctx.Done():
			f.drop()
			return
		}
		f.add(j)
	}
	slices.SortStableFunc(f.pending, func(a, b sizedJob) int { return cmp.Compare(b.bytes, a.bytes) })
	f.hand(len(f.pending))
}

// add hands on the oldest job where enough are pending. A job whose size is not known waits for none: what it names may be held
// in memory.
func (f *feeder) add(j job) {
	bytes, known := j.item.Image.FileSize()
	f.pending = append(f.pending, sizedJob{j, bytes})
	switch {
	case !known:
		f.hand(len(f.pending))
	case len(f.pending) > f.last:
		f.hand(1)
	}
}

// hand hands on the first n pending jobs; once the run is cancelled, their results are that.
func (f *feeder) hand(n int) {
	for _, j := range f.pending[:n] {
		select {
		case f.jobs <- j.job:
		case <-f.ctx.Done():
			j.slot <- outcome{err: f.ctx.Err()}
		}
	}
	f.pending = slices.Delete(f.pending, 0, n)
}

// drop answers for the pending jobs of a run that was cancelled.
func (f *feeder) drop() {
	for _, j := range f.pending {
		j.slot <- outcome{err: f.ctx.Err()}
	}
}
