package metrics

import "slices"

// output is a figure of the summary: a scalar one, or one of every class.
type output struct {
	label  string
	figure int
	view   view
}

// scalarOutputs are the summary's scalar figures and lists: the dataset's first, then those over images.
func (s *Set) scalarOutputs() []output {
	var list []output
	for _, e := range s.entries {
		if f := &s.figures[e.figure]; e.view.kind == viewDataset && (f.Scalar != nil || f.List != nil) {
			list = withOutput(list, output(e))
		}
	}
	for _, e := range s.entries {
		o := output(e)
		if s.figures[e.figure].Scalar == nil {
			continue
		}
		if o.view.kind == viewDataset {
			o.label, o.view.kind = o.label+"_img", viewImages
		}
		list = withOutput(list, o)
	}
	return list
}

// classOutputs are the summary's figures of every class: the dataset's first, then the means over images.
func (s *Set) classOutputs() []output {
	var list []output
	for _, e := range s.entries {
		if f := &s.figures[e.figure]; e.view.kind == viewDataset && (f.ClassList != nil || f.Class != nil && !f.Hidden) {
			list = withOutput(list, output(e))
		}
	}
	for _, e := range s.entries {
		f, o := &s.figures[e.figure], output(e)
		if f.Class == nil || f.Hidden || o.view.kind == viewDataset && f.Averaged || o.view.kind > viewImages {
			continue
		}
		if o.view.kind == viewDataset {
			o.label, o.view.kind = o.label+"_img", viewImages
		}
		list = withOutput(list, o)
	}
	return list
}

// withOutput adds an output whose label is new.
func withOutput(list []output, o output) []output {
	if slices.ContainsFunc(list, func(other output) bool { return other.label == o.label }) {
		return list
	}
	return append(list, o)
}
