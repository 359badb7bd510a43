package pipeline

import (
	"bytes"
	"iter"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// checkTime bounds the time that is spent on whether files still are what they were. Names are always compared.
const checkTime = time.Second

// Resume makes the run that follows begin with the rows of a run that did not come to its end: they must be the first of
// the dataset's, in order, of an evaluation with the same options. Their images are not evaluated again, and every figure
// is what it would be if they were. Names are held against the dataset, and for a second files against their digests.
func (e *Evaluator) Resume(rows iter.Seq2[*Row, error]) { e.past = rows }

// replay begins a run with the rows of Resume. It says whether the run goes on.
func (e *Evaluator) replay(next func() (dataset.Item, error, bool), yield func(*Record, error) bool) bool {
	if e.past == nil {
		return true
	}
	c := follower{next: next, until: time.Now().Add(checkTime)}
	for row, err := range e.past {
		if err == nil {
			err = c.follow(row)
		}
		var out outcome
		if err == nil {
			out, err = e.outcomeOf(row)
		}
		if err == nil {
			err = e.consume(&out, false)
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		if !yield(out.record, nil) {
			return false
		}
	}
	return true
}

// follower walks a dataset's items along stored rows.
type follower struct {
	next  func() (dataset.Item, error, bool)
	until time.Time
	file  bytes.Buffer
}

// follow says why a row is not that of the dataset's next item.
func (f *follower) follow(row *Row) error {
	item, err, more := f.next()
	switch {
	case more && item.Name == "":
		return err
	case !more:
		return changed("image %d was %q, and now there is none", row.Index, row.Image)
	case item.Name != row.Image || item.Index != row.Index:
		return changed("image %d was %q, and image %d now is %q", row.Index, row.Image, item.Index, item.Name)
	case row.Status != record.OK || time.Now().After(f.until):
		return nil
	}
	for k, ref := range []dataset.Ref{item.Image, item.Mask} {
		if sum, known, err := ref.Sum(&f.file); known && (err != nil || sum != row.Digests[k]) {
			return changed("%s is another file than it was", ref.Name)
		}
	}
	return nil
}

func changed(format string, values ...any) error {
	return fault.Usagef("the dataset is not that of the run that is resumed: %w; begin again with --overwrite instead of --resume", fault.Usagef(format, values...))
}
