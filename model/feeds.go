package model

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"go.yaml.in/yaml/v3"
)

// Feed is what an input beside the image is given: a word, or numbers.
type Feed struct {
	Word    string    // image_size | original_size | scale | image_info; "" for numbers
	Numbers []float64 // one for every element, or as many as there are for a picture
}

// What an input beside the image may be given. Sizes are [height, width].
const (
	FeedImageSize    = "image_size"    // of the image as it goes in, after preprocessing
	FeedOriginalSize = "original_size" // of the picture before preprocessing
	FeedScale        = "scale"         // image size ÷ original size, for height and width, or for the height alone
	FeedImageInfo    = "image_info"    // image size and scale of the height: Detectron's im_info
)

var feedWords = []string{FeedImageSize, FeedOriginalSize, FeedScale, FeedImageInfo}

// UnmarshalYAML reads a word, a number or a list of numbers.
func (f *Feed) UnmarshalYAML(node *yaml.Node) error {
	*f = Feed{}
	var one float64
	switch {
	case node.Kind == yaml.ScalarNode && node.Decode(&one) == nil:
		f.Numbers = []float64{one}
	case node.Kind == yaml.ScalarNode && slices.Contains(feedWords, node.Value):
		f.Word = node.Value
	case node.Kind == yaml.SequenceNode && node.Decode(&f.Numbers) == nil && len(f.Numbers) > 0:
	default:
		return fmt.Errorf("line %d, column %d: model.inputs: expected %s, a number or a list of numbers%s", node.Line, node.Column,
			strings.Join(feedWords, ", "), didYouMean(node.Value, feedWords))
	}
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (f Feed) MarshalYAML() (any, error) {
	switch {
	case f.Word != "":
		return f.Word, nil
	case len(f.Numbers) == 1:
		return f.Numbers[0], nil
	}
	node := &yaml.Node{}
	err := node.Encode(f.Numbers)
	node.Style = yaml.FlowStyle
	return node, err
}

// MarshalJSON writes the same for machines.
func (f Feed) MarshalJSON() ([]byte, error) {
	if f.Word != "" {
		return json.Marshal(f.Word)
	}
	return json.Marshal(f.Numbers)
}

// Side is an input beside the image, and what it is given.
type Side struct {
	Port
	Feed
}

// picture says whether what is given depends on the picture's size before preprocessing.
func (f Feed) picture() bool {
	return f.Word == FeedOriginalSize || f.Word == FeedScale || f.Word == FeedImageInfo
}

// perPicture is how many numbers of it stand for a picture; 0 where that is any.
func (f Feed) perPicture(elements int64) int64 {
	switch f.Word {
	case FeedImageSize, FeedOriginalSize:
		return 2
	case FeedImageInfo:
		return 3
	case FeedScale:
		if elements == 1 {
			return 1
		}
		return 2
	}
	return int64(len(f.Numbers))
}

// shape is the side's shape for n pictures: a dynamic first axis of two or more is theirs, another dynamic one the numbers'.
func (s Side) shape(n int64) ([]int64, error) {
	shape := slices.Clone(s.Shape)
	for i, d := range shape {
		switch {
		case d > 0:
		case i == 0 && len(shape) > 1:
			shape[i] = n
		case i == len(shape)-1:
			shape[i] = max(1, s.perPicture(0))
		default:
			return nil, fault.Runtimef("input %q of shape %v: how many elements axis %d has cannot be told", s.Name, s.Shape, i)
		}
	}
	return shape, nil
}

// fill returns the side's shape and elements for n pictures of size (H, W) that were of another size before
// preprocessing.
func (s Side) fill(n int64, size, original [2]int64) (shape []int64, data []byte, err error) {
	if shape, err = s.shape(n); err != nil {
		return nil, nil, err
	}
	count := int64(1)
	for _, d := range shape {
		count *= d
	}
	if count > maxSide {
		return nil, nil, fault.Runtimef("input %q of shape %v has more than %d elements", s.Name, shape, maxSide)
	}
	values := s.values(size, original)
	if k := s.perPicture(count); k < 1 || count%k != 0 || s.Word == "" && len(values) > 1 && count != k && count != n*k {
		return nil, nil, fault.Usagef("model.inputs.%s gives %d numbers, and the input's shape is %v", s.Name, k, shape)
	} else {
		values = values[:k]
	}
	all := make([]float32, count)
	for i := range all {
		all[i] = values[i%len(values)]
	}
	c := codecs[s.Type]
	data = make([]byte, max(1, count*int64(c.size)))
	c.put(data, all)
	return shape, data, nil
}

// feeds are the names of the inputs that a run is given: the image's first.
func (s Signature) feeds() []string {
	list := []string{s.Input}
	for _, side := range s.Sides {
		list = append(list, side.Name)
	}
	return list
}

// maxSide bounds an input beside the image.
const maxSide = 1 << 20

// values are the numbers for one picture.
func (s Side) values(size, original [2]int64) []float32 {
	scale := [2]float32{1, 1}
	for i := range original {
		if original[i] == 0 {
			original[i] = size[i]
		}
		scale[i] = float32(size[i]) / float32(original[i])
	}
	switch s.Word {
	case FeedImageSize:
		return []float32{float32(size[0]), float32(size[1])}
	case FeedOriginalSize:
		return []float32{float32(original[0]), float32(original[1])}
	case FeedScale:
		return scale[:]
	case FeedImageInfo:
		return []float32{float32(size[0]), float32(size[1]), scale[0]}
	}
	list := make([]float32, len(s.Numbers))
	for i, v := range s.Numbers {
		list[i] = float32(v)
	}
	return list
}

// feedRules are names of inputs that libraries give to sizes and scales. What a name means is sure where one library
// alone has it.
var feedRules = []struct {
	parts []string
	word  string
	sure  bool
	why   string
}{
	{[]string{"scale_factor", "im_scale"}, FeedScale, true, "PaddleDetection's name for image size ÷ original size"},
	{[]string{"im_info"}, FeedImageInfo, true, "Detectron's name for [height, width, scale]"},
	{[]string{"im_shape"}, FeedImageSize, true, "PaddleDetection's and PaddleSeg's name for the size of the image as it goes in"},
	{[]string{"orig", "ori_shape", "ori_size"}, FeedOriginalSize, true, "a name for the size before preprocessing"},
	{[]string{"image_shape", "img_shape", "image_size", "img_size", "im_size", "input_size", "input_shape"}, FeedImageSize, false,
		"a name for the size of the image as it goes in, or of the picture before preprocessing"},
	{[]string{"scale"}, FeedScale, false, "a name for image size ÷ original size"},
}

// readSides settles what every input beside the image is given. A name in the options that is no other input is a usage
// error.
func (s *Signature) readSides(inputs []Value, o Options) error {
	var others []string
	for _, v := range inputs {
		if v.Name != s.Input {
			others = append(others, v.Name)
		}
	}
	for name := range o.Inputs {
		switch {
		case name == s.Input:
			return fault.Usagef("model.inputs.%s is the image; name the inputs beside it", name)
		case len(others) == 0:
			return fault.Usagef("model.inputs.%s: the model has no input beside %q, the image", name, s.Input)
		case !slices.Contains(others, name):
			return fault.Usagef("model.inputs.%s: the model's inputs beside the image are %q%s", name, others, didYouMean(name, others))
		}
	}
	for _, v := range inputs {
		if v.Name == s.Input || s.Input == "" {
			continue
		}
		side := Side{Port: portOf(v)}
		given, ok := o.Inputs[v.Name]
		if ok {
			side.Feed = given
			s.say(aboutSide(v.Name), fmt.Sprintf("model.inputs.%s says what input %q is given", v.Name, v.Name))
		} else if side.Feed, ok = s.ruleFor(v); !ok {
			s.ask(aboutSide(v.Name), fmt.Sprintf("what is input %s given? (model.inputs.%s: %s, a number or a list of numbers)", describe([]Value{v}), v.Name, strings.Join(feedWords, ", ")))
			s.Open = append(s.Open, v.Name)
			continue
		}
		if err := knownType("input", v.Name, v.Type); err != nil {
			return err
		}
		if _, _, err := side.fill(1, [2]int64{1, 1}, [2]int64{1, 1}); err != nil {
			return err
		}
		setRole(s.Inputs, v.Name, side.Word)
		s.Sides = append(s.Sides, side)
	}
	return nil
}

// ruleFor applies the rules to an input's name, type and shape.
func (s *Signature) ruleFor(v Value) (Feed, bool) {
	name := strings.ToLower(v.Name)
	for _, r := range feedRules {
		if !slices.ContainsFunc(r.parts, func(part string) bool { return strings.Contains(name, part) }) {
			continue
		}
		f := Feed{Word: r.word}
		if !f.suits(v) {
			return Feed{}, false
		}
		text := fmt.Sprintf("input %s is given the %s: %q is %s", describe([]Value{v}), strings.ReplaceAll(r.word, "_", " "), v.Name, r.why)
		if r.sure {
			s.say(aboutSide(v.Name), text)
		} else {
			s.doubt(aboutSide(v.Name), fmt.Sprintf("%s; is that so? (model.inputs.%s)", text, v.Name))
		}
		return f, true
	}
	return Feed{}, false
}

// suits says whether an input's type and shape hold what the word stands for, a picture at a time.
func (f Feed) suits(v Value) bool {
	if !v.HasShape || len(v.Dims) > 2 || !isFloat(v.Type) && (v.Type != "int32" && v.Type != "int64" || f.Word == FeedScale || f.Word == FeedImageInfo) {
		return false
	}
	last := int64(1)
	if len(v.Dims) > 0 {
		last = v.Dims[len(v.Dims)-1].Size
	}
	return last == f.perPicture(last)
}
