package release

import (
	"iter"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// ahead is how many rows a side is read ahead of the other at most, and batch how many change hands at once.
const (
	ahead = 256
	batch = 32
)

// fetched are some rows of a side, or the error that ends it.
type fetched struct {
	rows []*pipeline.Row
	err  error
}

// readAhead yields a side's rows with what follows from their states filled in, while a goroutine of its own reads and
// completes the next ones. The rows it yields are those of s.Rows, in their order.
func (s *Side) readAhead() iter.Seq2[*pipeline.Row, error] {
	return func(yield func(*pipeline.Row, error) bool) {
		queue, stop := make(chan fetched, ahead/batch), make(chan struct{})
		go s.fetch(queue, stop)
		defer func() { // what it reads is closed by the caller: it has to be over
			close(stop)
			for range queue { //nolint:revive // until it is closed
			}
		}()
		for f := range queue {
			for _, row := range f.rows {
				if !yield(row, nil) {
					return
				}
			}
			if f.err != nil {
				yield(nil, f.err)
				return
			}
		}
	}
}

// fetch fills a queue until there is no more, or nobody takes any.
func (s *Side) fetch(queue chan<- fetched, stop <-chan struct{}) {
	defer close(queue)
	send := func(f fetched) bool {
		select {
		case queue <- f:
			return true
		case <-stop:
			return false
		}
	}
	var rows []*pipeline.Row
	for row, err := range s.Rows {
		if err == nil && row.Status == record.OK {
			err = s.Evaluator.Complete(row)
		}
		if err != nil {
			send(fetched{rows, err})
			return
		}
		if rows = append(rows, row); len(rows) == batch {
			if !send(fetched{rows: rows}) {
				return
			}
			rows = nil
		}
	}
	send(fetched{rows: rows})
}
