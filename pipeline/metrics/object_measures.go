package metrics

import (
	"fmt"
	"slices"
)

const familyObjects = "objects"

// ObjectOptions are the options of all measures of objects.
type ObjectOptions struct {
	Connectivity int     `yaml:"connectivity" doc:"8: pixels connect over sides and corners; 4: over sides"`
	IoU          float64 `yaml:"iou" doc:"two objects of a class match where their IoU is above this, 0.5 to 1"`
	Size         string  `yaml:"size" doc:"all, small, medium or large: matches and misses by the true object's area, others by their own"`
	Small        int     `yaml:"small" doc:"area in pixels from which on an object is medium"`
	Large        int     `yaml:"large" doc:"area in pixels from which on an object is large"`
	Ignored      string  `yaml:"ignored" doc:"background: ignored pixels are background in both maps; void: objects of the whole prediction, void pixels in no union, and a predicted object that is more than half void is not counted (COCO panoptic)"`
}

func (o *ObjectOptions) check() error {
	switch {
	case o.Connectivity != 4 && o.Connectivity != 8:
		return fmt.Errorf("connectivity: expected 4 or 8, found %d", o.Connectivity)
	case !(o.IoU >= 0.5 && o.IoU < 1):
		return fmt.Errorf("iou: expected a number from 0.5 on and below 1, so that no object has two matches, found %g", o.IoU)
	case !slices.Contains([]string{"all", "small", "medium", "large"}, o.Size):
		return fmt.Errorf("size: expected all, small, medium or large, found %q", o.Size)
	case o.Small < 1 || o.Large <= o.Small:
		return fmt.Errorf("small, large: expected areas, the second the larger, found %d and %d", o.Small, o.Large)
	case o.Ignored != "background" && o.Ignored != "void":
		return fmt.Errorf("ignored: expected background or void, found %q", o.Ignored)
	}
	return nil
}

// strata are the sizes that are counted, from (with) to (without).
func (o *ObjectOptions) strata() (from, to int) {
	if at := slices.Index([]string{"small", "medium", "large"}, o.Size); at >= 0 {
		return at, at + 1
	}
	return 0, sizes
}

// objectMeasure registers a measure of objects.
func objectMeasure(name, formula, span, undefined, matches string, set func(m *Measure, a objects, read func(s *State, class int) found)) {
	Register(Definition{Name: name, Family: familyObjects, Formula: formula, Range: span, Undefined: undefined, Matches: matches,
		Paper:   "Kirillov et al., Panoptic segmentation, 2019",
		Options: func() any { return &ObjectOptions{8, 0.5, "all", 32 * 32, 96 * 96, "background"} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*ObjectOptions)
			if err := o.check(); err != nil {
				return Measure{}, err
			}
			a := newObjects(s.Classes, o)
			from, to := o.strata()
			k := max(0, slices.Index(a.list, o.IoU))
			m := Measure{From: a}
			set(&m, a, func(st *State, class int) found { return a.read(st, class, k, from, to) })
			if m.Class != nil {
				m.average(s.Classes, nil)
			}
			return m, nil
		}})
}

// foundMeasure is an objectMeasure of one threshold.
func foundMeasure(name, formula, undefined, matches string, of func(f found) float64) {
	objectMeasure(name, formula, "1 to 0", undefined, matches, func(m *Measure, _ objects, read func(*State, int) found) {
		m.Class = func(s *State, c int) float64 { return of(read(s, c)) }
	})
}

func init() {
	introductions[familyObjects] = `An object is a connected region of a class; class 0 has objects, too. Counts are summed over the images. Sizes are COCO's: small
below 32², large from 96² pixels on. A figure without a class is the mean over the classes where it is defined. Values are
held against scipy's label and torchmetrics' panoptic_quality.`
	groups["objects"] = named("pq", "sq", "rq", "object_f1", "object_f1_sweep", "object_precision", "object_recall", "object_count_error")
	const nothing, scipy = "no object in either map", "scipy ndimage.label and closed form; torchmetrics panoptic_quality, which says 0 where ours is undefined"
	foundMeasure("pq", "Panoptic quality: Σ IoU of the matches / (TP + FP/2 + FN/2), which is sq·rq.", nothing, scipy, found.panoptic)
	foundMeasure("sq", "Segmentation quality: the matches' mean IoU.", "no match", scipy, found.segmentation)
	foundMeasure("rq", "Recognition quality: TP / (TP + FP/2 + FN/2), the same as object_f1.", nothing, scipy, found.f1)
	foundMeasure("object_f1", "Harmonic mean of the objects' precision and recall: 2·TP / (2·TP + FP + FN).", nothing, scipy, found.f1)
	foundMeasure("object_precision", "Share of the predicted objects that match: TP / (TP + FP).", "no predicted object", scipy, func(f found) float64 { return quotient(f.tp, f.tp+f.fp) })
	foundMeasure("object_recall", "Share of the true objects that match: TP / (TP + FN).", "no true object", scipy, func(f found) float64 { return quotient(f.tp, f.tp+f.fn) })
	objectMeasure("object_f1_sweep", "Mean of object_f1 at the IoU thresholds 0.5, 0.55, … 0.95; option iou has no effect.", "1 to 0", nothing, scipy, func(m *Measure, a objects, _ func(*State, int) found) {
		o := ObjectOptions{IoU: 0.5}
		full := newObjects(a.classes, &o)
		full.eight, full.void, full.small, full.large = a.eight, a.void, a.small, a.large
		m.From = full
		m.Class = func(s *State, c int) float64 {
			sum := 0.0
			for k := range full.list {
				sum += full.read(s, c, k, 0, sizes).f1()
			}
			return sum / float64(len(full.list))
		}
	})
	objectMeasure("object_count_error", "Mean over images of |predicted objects − true objects|.", "0 up", "no image with a valid pixel", "closed form", func(m *Measure, a objects, _ func(*State, int) found) {
		m.Plain, m.Averaged = true, true
		m.Class = a.countError
	})
	objectMeasure("instances", "Objects of the truth and of the prediction.", "a list of two counts, in summary.json", "never", "scipy ndimage.label", func(m *Measure, _ objects, read func(*State, int) found) {
		m.ClassList = func(s *State, c int) []float64 {
			f := read(s, c)
			return []float64{float64(f.truth), float64(f.predicted)}
		}
	})
	objectMeasure("matches", "Matches, predicted objects without one, true objects without one: TP, FP, FN.", "a list of three counts, in summary.json", "never", "scipy ndimage.label and closed form", func(m *Measure, _ objects, read func(*State, int) found) {
		m.ClassList = func(s *State, c int) []float64 {
			f := read(s, c)
			return []float64{float64(f.tp), float64(f.fp), float64(f.fn)}
		}
	})
}
