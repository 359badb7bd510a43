package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// Field is a whole-image loss that is a sum over classes of something weighted by distances to the class's boundary.
// All field losses of a plan share one set of distance transforms a class.
type Field interface {
	Whole
	// Plane adds plane c's share to the sum of one image, and writes its slopes where they are not nil.
	Plane(f *Fields, slopes []float32) float64
	// Counts says whether a plane takes part.
	Counts(plane int) bool
}

// field supplies what the field losses have in common. The count is valid pixels times the planes that take part.
type field struct {
	whole
	probabilitySlopes
	includeBackground bool
}

func newField(s Shape, includeBackground bool) field {
	return field{whole{shape: s, additive: true}, probabilitySlopes{s.Planes()}, includeBackground || s.Planes() == 1}
}

func (l *field) Keeps() Keep { return Keep{Errors: true} }

func (l *field) Counts(plane int) bool { return plane > 0 || l.includeBackground }

// finish sums up the state of a plan's whole-image losses, an image at a time; the field losses class by class, so that
// they share the distances.
func (p *Plan) finish(w *Workspace, images []*Kept, state State) {
	for k := range p.parts {
		switch own := p.own(state, k); l := p.parts[k].whole.(type) {
		case Finisher:
			own[0], own[1] = l.Finish(w, images, nil)
		case Field:
			own[0], own[1] = 0, 0
		}
	}
	for _, kept := range images {
		p.finishFields(w, kept, state)
	}
}

func (p *Plan) finishFields(w *Workspace, kept *Kept, state State) {
	valid := float64(-1)
	for c := range p.shape.Planes() {
		fresh := true
		for k := range p.parts {
			l, ok := p.parts[k].whole.(Field)
			if !ok || !l.Counts(c) {
				continue
			}
			if fresh {
				w.fields.load(w, kept, c)
				fresh = false
			}
			if valid < 0 {
				valid = float64(kept.valid())
			}
			own := p.own(state, k)
			own[0] += l.Plane(&w.fields, nil)
			own[1] += valid
		}
	}
}

// finishOne finishes one whole-image loss over images taken together.
func (p *Plan) finishOne(w *Workspace, images []*Kept, l Whole, slopes [][]float32) (sum, count float64) {
	if l, ok := l.(Finisher); ok {
		return l.Finish(w, images, slopes)
	}
	f := l.(Field)
	for n, kept := range images {
		valid := float64(kept.valid())
		for c := range p.shape.Planes() {
			if !f.Counts(c) {
				continue
			}
			w.fields.load(w, kept, c)
			var dst []float32
			if slopes != nil {
				dst = slopes[n][c*kept.pixels():][:kept.pixels()]
			}
			sum += f.Plane(&w.fields, dst)
			count += valid
		}
	}
	return sum, count
}

// Fields are the distances around one class of one image, computed when they are first asked for.
type Fields struct {
	workspace *Workspace
	Kept      *Kept
	Plane     int
	truth     planeField
	predicted planeField
}

// planeField is the squared distances inside and outside a region; Ok says that the region is neither empty nor full.
type planeField struct {
	known, Ok       bool
	Inside, Outside []int32
}

func (f *Fields) load(w *Workspace, kept *Kept, plane int) {
	f.workspace, f.Kept, f.Plane = w, kept, plane
	f.truth.known, f.predicted.known = false, false
}

// Errors are the plane's |o − p|.
func (f *Fields) Errors() []float32 { return f.Kept.plane(f.Plane) }

// Truth is the field of the pixels whose label is the class; ignored pixels are outside.
func (f *Fields) Truth() *planeField {
	if f.truth.known {
		return &f.truth
	}
	class := f.Kept.class(f.Plane)
	mask := f.mask()
	for i, t := range f.Kept.Labels {
		mask[i] = 0
		if t == class {
			mask[i] = 1
		}
	}
	f.fill(&f.truth, mask)
	return &f.truth
}

// Predicted is the field of the pixels whose probability of the class is above one half; ignored pixels are outside.
func (f *Fields) Predicted() *planeField {
	if f.predicted.known {
		return &f.predicted
	}
	class, errors := f.Kept.class(f.Plane), f.Errors()
	mask := f.mask()
	for i, t := range f.Kept.Labels {
		mask[i] = 0
		if t != raster.Ignored && errors[i] != 0.5 && (math.Float32bits(errors[i])>>31 != 0) != (t == class) {
			mask[i] = 1
		}
	}
	f.fill(&f.predicted, mask)
	return &f.predicted
}

func (f *Fields) mask() []uint8 {
	f.workspace.mask = resize(f.workspace.mask, f.Kept.pixels())
	return f.workspace.mask
}

// fill computes both distances of a region; the mask is used up.
func (f *Fields) fill(p *planeField, mask []uint8) {
	n := len(mask)
	p.known, p.Inside, p.Outside = true, resize(p.Inside, n), resize(p.Outside, n)
	w := f.workspace
	p.Ok = w.transform.Squared(p.Inside, mask, f.Kept.Width, f.Kept.Height)
	if !p.Ok {
		return
	}
	for i := range mask {
		mask[i] ^= 1
	}
	p.Ok = w.transform.Squared(p.Outside, mask, f.Kept.Width, f.Kept.Height)
}
