package pipeline

import (
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/model"
)

// scoreLabels counts a label map: each pixel of the truth takes the class of the nearest pixel of the map. There are no
// losses.
func (w *worker) scoreLabels(p model.Prediction, window pass.Window, labels *raster.Labels, out *outcome) error {
	w.measures.Reset(nil)
	confusion := w.measures.Confusion
	w.meter.Reset(labels.Width, labels.Height)
	columns := nearest(labels.Width, window.Left, window.Width, p.Width)
	rows := nearest(labels.Height, window.Top, window.Height, p.Height)
	for y, from := range rows {
		source := p.Labels[from*p.Width:][:p.Width]
		truth, predicted := labels.Class[y*labels.Width:][:labels.Width], w.predicted.labels.Class[y*labels.Width:][:labels.Width]
		for x := range truth {
			class, err := w.classOf(source[columns[x]])
			if err != nil {
				return err
			}
			predicted[x] = class
			if truth[x] != raster.Ignored {
				confusion.Counts[int(truth[x])*confusion.Classes+int(class)]++
			}
		}
		w.hash.add(truth, predicted)
	}
	out.state = w.evaluator.plan.NewState()
	w.finishMeasures(labels, out)
	return nil
}

// classOf maps a class of the model to one of the dataset.
func (w *worker) classOf(class int16) (int16, error) {
	if m := w.evaluator.options.ClassMap; m != nil {
		if int(class) >= len(m) {
			return 0, fault.Dataf("the model says class %d, and model.class_map names classes 0 to %d", class, len(m)-1)
		}
		return m[class], nil
	}
	if n := w.measures.Confusion.Classes; int(class) >= n {
		return 0, fault.Dataf("the model says class %d, and the dataset has classes 0 to %d: name as many, or use model.class_map", class, n-1)
	}
	return class, nil
}

// nearest lists which of size pixels each of n targets takes: the one that its centre falls into.
func nearest(n int, origin, extent float64, size int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = max(0, min(int(origin+(float64(i)+0.5)*extent/float64(n)), size-1))
	}
	return at
}
