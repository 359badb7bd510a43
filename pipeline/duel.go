package pipeline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/parity"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/model"
)

// duel runs the reference on a worker's pictures, one after the other with the model, and compares the two label maps. The
// reference has a runner, a loader and buffers of its own, so that both outputs are at hand at once. Where both models give
// scores, their logits are walked side by side, block by block; a label map is brought to the label's size first.
type duel struct {
	model, reference *worker
	prediction       model.Prediction
	geometry         dataset.Geometry
	tally            *parity.Tally
	logits           bool  // both give logits
	means            []int // the reference's place of each scalar metric of the model; −1: it has none
	margins          [pass.BlockSize]float32
	codes            [pass.BlockSize]uint8
}

// rival is what a worker makes of an item with the reference.
type rival struct {
	outcome
	tally *parity.Tally
}

// newDuel makes the reference's worker; nil where there is no reference. A nil duel does nothing.
func newDuel(w *worker) (*duel, error) {
	e := w.evaluator.reference
	if e == nil {
		return nil, nil
	}
	reference, err := newWorker(e)
	if err != nil {
		return nil, fmt.Errorf("model.reference: %w", err)
	}
	d := &duel{model: w, reference: reference, logits: w.gives(model.KindLogits) && reference.gives(model.KindLogits)}
	theirs := e.metrics.Means()
	for _, name := range w.evaluator.metrics.Means() {
		d.means = append(d.means, slices.Index(theirs, name))
	}
	switch {
	case !w.gives(model.KindLabels):
		w.visitors = append(w.visitors, visit(d.visitModel))
	case !reference.gives(model.KindLabels):
		reference.visitors = append(reference.visitors, visit(d.visitReference))
	}
	return d, nil
}

// visit is a visitor that is a function.
type visit func(b *pass.Block)

func (v visit) Visit(b *pass.Block) { v(b) }

// gives says whether the worker's model gives this kind of output.
func (w *worker) gives(kind string) bool { return w.evaluator.options.Session.Signature().Kind == kind }

func (d *duel) close() error {
	if d == nil {
		return nil
	}
	return d.reference.close()
}

// run runs the reference on a picture. Its time is no part of the model's stages.
func (d *duel) run(ctx context.Context, name string, picture *raster.Picture, c *clock) error {
	if d == nil {
		return nil
	}
	var err error
	if d.geometry, err = d.reference.prepare(picture); err != nil {
		return fmt.Errorf("model.reference: %w", err)
	}
	if d.prediction, err = d.reference.runner.Run(ctx); err != nil {
		return fmt.Errorf("running model.reference on %s: %w", name, err)
	}
	now := time.Now()
	c.r.Reference, c.last = now.Sub(c.last), now
	return nil
}

// score scores both predictions and compares them.
func (d *duel) score(p model.Prediction, g dataset.Geometry, labels *raster.Labels, out *outcome) error {
	r := d.reference
	d.tally = parity.NewTally(r.measures.Confusion.Classes)
	out.against = &rival{outcome: outcome{record: &Record{Index: out.record.Index, Image: out.record.Image, Status: out.record.Status, Width: labels.Width, Height: labels.Height}}, tally: d.tally}
	mine, theirs := func() error { return d.model.score(p, g, labels, out) }, func() error {
		if err := r.score(d.prediction, d.geometry, labels, &out.against.outcome); err != nil {
			return fmt.Errorf("model.reference: %w", err)
		}
		return nil
	}
	var err error
	switch {
	case r.gives(model.KindLabels): // its label map is complete when the model's logits are walked
		if err = theirs(); err == nil {
			err = mine()
		}
	case d.model.gives(model.KindLabels):
		if err = mine(); err == nil {
			err = theirs()
		}
	default:
		err = d.sideBySide(labels, out, mine)
	}
	if err != nil {
		return err
	}
	if r.gives(model.KindLabels) && d.model.gives(model.KindLabels) {
		d.tally.Add(labels.Class, r.predicted.labels.Class, d.model.predicted.labels.Class, nil)
	}
	figures := d.tally.Figures()
	figures.ReferenceLosses, figures.ReferenceMeans = out.against.record.Losses, d.align(out.against.record.Means)
	out.record.Parity = &figures
	if text := out.against.record.Error; text != "" {
		out.record.Error = strings.TrimPrefix(out.record.Error+"; model.reference: "+text, "; ")
	}
	return nil
}

// align puts the reference's scalar metrics in the model's order, NaN where it has none.
func (d *duel) align(values []float64) []float64 {
	list := make([]float64, len(d.means))
	for i, at := range d.means {
		if list[i] = math.NaN(); at >= 0 {
			list[i] = values[at]
		}
	}
	return list
}

// sideBySide walks both models' logits: the model's walk pulls the reference's blocks along.
func (d *duel) sideBySide(labels *raster.Labels, out *outcome, mine func() error) error {
	r, p := d.reference, d.prediction
	r.meter.Reset(labels.Width, labels.Height)
	r.measures.Reset(nil)
	r.predicted.reset(labels)
	scores := pass.Scores{Data: p.Logits, Channels: p.Channels, Height: p.Height, Width: p.Width}
	if err := r.scanner.Begin(scores, window(p, d.geometry), labels); err != nil {
		return fmt.Errorf("model.reference: %w", err)
	}
	if err := mine(); err != nil {
		return err
	}
	r.fill(r.scanner.NonFinite(), labels, &out.against.outcome)
	return nil
}

// visitModel compares a block of the model's logits with the reference.
func (d *duel) visitModel(b *pass.Block) {
	if d.reference.gives(model.KindLabels) {
		d.compare(b, at(&d.reference.predicted.labels, b), b.Predicted)
		return
	}
	r := d.reference.scanner.Next()
	for _, v := range d.reference.visitors {
		v.Visit(r)
	}
	d.compare(r, r.Predicted, b.Predicted)
	d.tally.AddScores(r, b, d.logits)
}

// visitReference compares a block of the reference's logits with the model's label map.
func (d *duel) visitReference(b *pass.Block) {
	d.compare(b, b.Predicted, at(&d.model.predicted.labels, b))
}

// compare counts a block's pixels, with the margins of the logits of scored.
func (d *duel) compare(scored *pass.Block, reference, model []int16) {
	margins, codes := d.margins[:scored.N], d.codes[:scored.N]
	scored.Margins(margins)
	for i, m := range margins {
		codes[i] = parity.Code(m)
	}
	d.tally.Add(scored.Labels, reference, model, codes)
	d.tally.Widest(scored.Labels, reference, model, margins)
}

// at is the part of a label map that a block covers.
func at(l *raster.Labels, b *pass.Block) []int16 { return l.Class[b.Start:][:b.N] }
