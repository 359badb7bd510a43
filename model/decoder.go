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
	// Decode reads the raw output, which it may change in place and alias, into p.
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
		return nil, fault.Usagef("cannot tell what output %q holds: %s; set model.kind to %s", s.Output, strings.Join(s.Evidence, "; "), strings.Join(DecoderKinds(), " or "))
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
	if err := knownType("output", s.Output, s.OutputType, getters[s.OutputType] != nil); err != nil {
		return err
	}
	if s.OutputLayout != NCHW && s.OutputLayout != NHWC {
		found := s.OutputLayout
		if found == "" {
			found = "of an unknown layout"
		}
		return fault.Runtimef("output %q is %s; expected nchw or nhwc", s.Output, found)
	}
	return nil
}

// scores checks a raw output of scores and describes it in p: [1, C, H, W], with the classes that the file states.
func scores(s Signature, raw Tensor, p *Prediction) error {
	sh := raw.Shape
	if len(sh) != 4 || sh[0] != 1 || (s.Classes > 0 && sh[1] != int64(s.Classes)) || slices.Min(sh) < 1 {
		classes := "classes"
		if s.Classes > 0 {
			classes = fmt.Sprint(s.Classes)
		}
		return fault.Runtimef("output %q has shape %v; expected [1, %s, height, width]", s.Output, sh, classes)
	}
	*p = Prediction{Kind: KindLogits, Logits: raw.Data, Channels: int(sh[1]), Height: int(sh[2]), Width: int(sh[3])}
	return nil
}
