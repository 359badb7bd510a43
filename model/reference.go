package model

import "slices"

// ReferenceCPU is the word of `model.reference` for the same model on the CPU.
const ReferenceCPU = "cpu"

// ReferenceOptions are the options under which the reference is opened. The same model keeps them all but the device. For
// another file, names of inputs and outputs hold where it has them; what was said of kind, activation and layout holds where
// both files read alike without it: where they do not, the reference is another kind of export (labels beside logits), and
// its own file decides.
func (o Options) ReferenceOptions() (Options, error) {
	r := o
	r.Reference = ""
	if o.Reference == ReferenceCPU {
		r.Device = "cpu"
		return r, nil
	}
	file, err := ReadONNX(o.Reference)
	if err != nil {
		return r, err
	}
	own, err := ReadONNX(o.Path)
	if err != nil {
		return r, err
	}
	r.Path = o.Reference
	if !slices.Contains(names(file.Inputs), r.Input) {
		r.Input = ""
	}
	if !slices.Contains(names(file.Outputs), r.Output) {
		r.Output = ""
	}
	r.Inputs = nil
	for name, feed := range o.Inputs {
		if slices.Contains(names(file.Inputs), name) {
			if r.Inputs == nil {
				r.Inputs = map[string]Feed{}
			}
			r.Inputs[name] = feed
		}
	}
	theirs, err := ReadSignature(file, Options{Input: r.Input, Output: r.Output})
	if err != nil {
		return r, err
	}
	mine, err := ReadSignature(own, Options{Input: o.Input, Output: o.Output})
	if err != nil {
		return r, err
	}
	if theirs.InputType != mine.InputType {
		r.InputScale, r.InputZeroPoint = 0, 0
	}
	if theirs.OutputType != mine.OutputType {
		r.OutputScale, r.OutputZeroPoint = 0, 0
	}
	if theirs.Layout != mine.Layout {
		r.Layout = ""
	}
	if theirs.Kind != mine.Kind || theirs.Activation != mine.Activation || theirs.OutputLayout != mine.OutputLayout {
		r.Kind, r.Activation = "", ""
	}
	return r, nil
}
