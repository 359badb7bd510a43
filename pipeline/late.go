package pipeline

import (
	"context"
	"time"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/model"
)

// lateRows are logits that the model makes while they are scored. It measures the time that takes: it is inference's, not
// scoring's.
type lateRows struct {
	rows  pass.Rows
	spent time.Duration
}

// Need implements pass.Rows.
func (l *lateRows) Need(first, last int) (pass.Part, error) {
	begin := time.Now()
	defer func() { l.spent += time.Since(begin) }()
	return l.rows.Need(first, last)
}

// infer runs the model. Where it can make its logits while they are read, and they are read once, they are never held as a
// whole.
func (w *worker) infer(ctx context.Context) (model.Prediction, error) {
	w.late = lateRows{}
	s, ok := w.runner.(model.Streamer)
	if !ok || w.duel != nil || w.evaluator.options.Gradients {
		return w.runner.Run(ctx)
	}
	p, err := s.Stream(ctx)
	if p.Rows != nil {
		w.late.rows, p.Rows = p.Rows, &w.late
	}
	return p, err
}
