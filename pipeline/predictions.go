package pipeline

import (
	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/parity"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/model"
)

// PredictionWriter takes the predicted labels of every image that was scored, at the label's size, with the codes of their
// margins (see [parity.Code]), nil where the model gives labels. It is called by several goroutines at once; what it is
// given is valid during the call. An error ends the run.
type PredictionWriter interface {
	Write(image string, predicted, truth *dataset.Labels, margins []uint8) error
}

// CanStore says why predictions cannot be stored; nil where they can.
func (e *Evaluator) CanStore() error {
	if e.overlap != nil {
		return fault.Usagef("report.predictions stores one class a pixel, and these labels may overlap: leave it out")
	}
	return nil
}

// StorePredictions hands every image's prediction of the run that follows to w.
func (e *Evaluator) StorePredictions(w PredictionWriter) {
	e.keeper, e.scan.LabelsOnly = w, false // margins need merged logits
}

// keepPredictions adds the visitors that gather what is stored.
func (w *worker) keepPredictions() {
	if w.evaluator.keeper == nil {
		return
	}
	if w.evaluator.gallery.size == 0 && !w.evaluator.metrics.NeedsMaps() {
		w.visitors = append(w.visitors, &w.predicted)
	}
	if !w.gives(model.KindLabels) {
		w.margins = &margins{}
		w.visitors = append(w.visitors, w.margins)
	}
}

// store hands the image's prediction on.
func (w *worker) store(image string, truth *raster.Labels) error {
	to := w.evaluator.keeper
	if to == nil {
		return nil
	}
	var codes []uint8
	if w.margins != nil {
		codes = w.margins.codes
	}
	return to.Write(image, &w.predicted.labels, truth, codes)
}

// margins gathers the codes of an image's margins.
type margins struct {
	values [pass.BlockSize]float32
	codes  []uint8
}

// Visit keeps a block's codes.
func (m *margins) Visit(b *pass.Block) {
	m.codes = m.codes[:b.Start]
	b.Margins(m.values[:])
	for _, x := range m.values[:b.N] {
		m.codes = append(m.codes, parity.Code(x))
	}
}
