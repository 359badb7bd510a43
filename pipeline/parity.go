package pipeline

import (
	"fmt"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/parity"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
)

// Reference is a variant of the model whose labels the model's are held against: another precision, opset or provider. It
// sees the same pictures by the same preprocessing, but for the element type, layout and size that its own signature asks
// for.
type Reference struct {
	Session  model.Session
	ClassMap []int16
}

// refer prepares the evaluation of the reference. It is scored as the model is, with the same losses and metrics: channels
// and classes must fit likewise.
func (e *Evaluator) refer(r *Reference) error {
	if r == nil {
		return nil
	}
	o := e.options
	o.Session, o.ClassMap, o.Reference, o.Bootstrap, o.Gallery, o.Gradients = r.Session, r.ClassMap, nil, nil, record.Gallery{}, false
	if r.Session.Signature().Kind == model.KindLabels { // it lacks what needs scores
		o.Metrics = slices.Clone(o.Metrics)
		for i := range o.Metrics {
			o.Metrics[i].IfFits = true
		}
	}
	reference, err := New(o)
	if err != nil {
		return fmt.Errorf("model.reference: %w", err)
	}
	if reference.overlap != nil {
		return fault.Usagef("model.reference: its %d sigmoid channels are labels that may overlap, and the model's classes are exclusive: the two cannot be compared", r.Session.Signature().Classes)
	}
	e.scan.LabelsOnly, reference.scan.LabelsOnly = false, false // margins need merged logits
	e.reference, e.parity = reference, parity.NewTotal(e.scan.Classes)
	return nil
}

// addReference adds what the reference made of an image, in input order. An image that one of the two could not be run on
// counts for neither.
func (e *Evaluator) addReference(out *outcome) {
	if e.reference == nil || out.against == nil || out.record.Status != record.OK {
		return
	}
	a := out.against
	a.record.Stages[record.Inference] = out.record.Reference
	a.sums = out.sums
	e.reference.total.add(&a.outcome)
	e.parity.Add(out.record.Image, a.tally)
}

// ReferenceTime is the time that the reference's preprocessing and inference took, by image.
func (e *Evaluator) ReferenceTime() record.Stage {
	if e.reference == nil {
		return record.Stage{}
	}
	return e.reference.total.times[record.Inference].stage()
}

// paritySummary compares the summaries of both models; nil without a reference.
func (e *Evaluator) paritySummary(s *Summary) *record.ParitySummary {
	if e.reference == nil {
		return nil
	}
	p := e.parity.Summary()
	switch kind := func(e *Evaluator) string { return e.options.Session.Signature().Kind }; {
	case kind(e.reference) != model.KindLabels:
		p.MarginOf = "reference"
	case kind(e) != model.KindLabels:
		p.MarginOf = "model"
	}
	p.Comparisons = compare(s, e.reference.total.summary())
	return p
}

// compare puts the figures of two summaries side by side, in the order of summary.csv. What the reference does not have is
// NaN: a label map has no losses. Curves are left out.
func compare(s, reference *Summary) (list []record.Comparison) {
	type key struct{ name, class string }
	theirs := map[key]float64{}
	figures(reference, func(name, class string, value float64, _ bool) { theirs[key{name, class}] = value })
	figures(s, func(name, class string, value float64, plain bool) {
		other, found := theirs[key{name, class}]
		if !found {
			other = math.NaN()
		}
		list = append(list, record.Comparison{Name: name, Class: class, Model: value, Reference: other, Plain: plain})
	})
	return list
}

// figures walks over the figures of a summary that are one number.
func figures(s *Summary, yield func(name, class string, value float64, plain bool)) {
	for _, m := range s.Metrics {
		if m.Value.Values == nil {
			yield(m.Name, "", m.Value.Value, m.Plain)
		}
	}
	for _, m := range s.PerClass {
		for c, v := range m.Values {
			if v.Values == nil {
				yield(m.Name, s.Classes[c], v.Value, m.Plain)
			}
		}
	}
	for _, l := range s.Losses {
		yield("loss."+l.Name, "", l.Value.Value, true)
		yield("loss."+l.Name+".pooled", "", l.Pooled, true)
	}
}
