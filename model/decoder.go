package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
)

// Prediction is one image's decoded output. Its slices alias the runner's buffers: they hold until its next Run.
type Prediction struct {
	Kind string // logits, or labels for label maps
	// Logits is Channels×Height×Width, channels first. A softmax head has a channel a class; a channel of a sigmoid head
	// holds x with p = 1/(1+exp(-x)), and several of them are labels that may overlap. NaN and Inf are passed on as the model gave them.
	Logits                  []float32
	Channels, Height, Width int
	// Images is how many pictures there are, one behind the other in Logits and Labels; 0 counts as 1. A run has as many as
	// its input.
	Images int
	// Rows, where not nil, stands in Logits' place and makes them row by row as they are read. See [Streamer].
	Rows pass.Rows
	// Labels is Height×Width, the model's class at each pixel. Only label maps have it.
	Labels []int16
}

// Decoder turns a model's raw output into a Prediction. A new kind of output is a new file that calls RegisterDecoder in
// its init.
type Decoder interface {
	// Kind is the word of `model.kind` that it decodes.
	Kind() string
	// Accepts says why an output of this signature cannot be decoded, nil where it can.
	Accepts(s Signature) error
	// Decode reads the raw output, which it may change in place and alias, into p, whose Images are how many pictures went in.
	Decode(s Signature, raw Tensor, p *Prediction) error
}

var decoders = map[string]Decoder{}

// RegisterDecoder makes a decoder known by its kind. It panics when the kind is taken: a programmer's error.
func RegisterDecoder(d Decoder) {
	if _, taken := decoders[d.Kind()]; taken {
		panic("model: two decoders for kind " + d.Kind())
	}
	decoders[d.Kind()] = d
}

// DecoderKinds returns the kinds of output that can be decoded, sorted.
func DecoderKinds() []string {
	kinds := make([]string, 0, len(decoders))
	for k := range decoders {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// decoderFor returns the decoder of a signature, an error that names what was found and what can be decoded.
func decoderFor(s Signature) (Decoder, error) {
	if s.Kind == "" {
		return nil, fault.Usagef("cannot tell what output %q holds: %s; set model.kind to %s", s.Output, strings.Join(s.about(aboutKind), "; "), strings.Join(DecoderKinds(), " or "))
	}
	d, ok := decoders[s.Kind]
	if !ok {
		return nil, fault.Runtimef("output %q holds %s; this version decodes %s", s.Output, s.Kind, strings.Join(DecoderKinds(), " and "))
	}
	if err := d.Accepts(s); err != nil {
		return nil, err
	}
	return d, nil
}

// acceptScores is the part of Accepts that the decoders of scores share.
func acceptScores(s Signature) error {
	if err := knownType("output", s.Output, s.OutputType); err != nil {
		return err
	}
	if s.OutputLayout == "" {
		return fault.Usagef("output %q is of an unknown layout; set model.layout", s.Output)
	}
	if !isFloat(s.OutputType) && s.OutputQuantised.none() {
		return fault.Usagef("output %q is %s and holds %s by model.kind: say how an element e stands for a number, scale·(e − zero point), with model.output_scale and model.output_zero_point", s.Output, s.OutputType, s.Kind)
	}
	return nil
}

// scores checks a raw output of scores and describes it in p: [n, C, H, W], with the classes that the file states.
func scores(s Signature, raw Tensor, p *Prediction) error {
	sh, n := raw.Shape, int64(p.images())
	if len(sh) != 4 || sh[0] != n || (s.Classes > 0 && sh[1] != int64(s.Classes)) || slices.Min(sh) < 1 {
		classes := "classes"
		if s.Classes > 0 {
			classes = fmt.Sprint(s.Classes)
		}
		return fault.Runtimef("output %q has shape %v; expected [%d, %s, height, width]", s.Output, sh, n, classes)
	}
	*p = Prediction{Kind: KindLogits, Logits: raw.Data, Channels: int(sh[1]), Height: int(sh[2]), Width: int(sh[3]), Images: int(n)}
	return nil
}

func (p *Prediction) images() int { return max(1, p.Images) }

// Image is one of the pictures; its slices are parts of the prediction's.
func (p Prediction) Image(i int) Prediction {
	one := p
	one.Images = 1
	if size := p.Channels * p.Height * p.Width; p.Logits != nil {
		one.Logits = p.Logits[i*size:][:size]
	}
	if size := p.Height * p.Width; p.Labels != nil {
		one.Labels = p.Labels[i*size:][:size]
	}
	return one
}
