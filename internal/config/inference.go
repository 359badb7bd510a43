package config

import (
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
)

// Inference is the `inference:` section: how the model is applied to a picture.
type Inference struct {
	Mode     string `yaml:"mode"`                // whole | slide
	CropSize []int  `yaml:"crop_size,omitempty"` // of slide: [height, width] of a window; absent: the model's fixed size
	Stride   []int  `yaml:"stride,omitempty"`    // of slide: from window to window; absent: three quarters of the window
	Blend    string `yaml:"blend,omitempty"`     // of slide: constant | gaussian
	Batch    int    `yaml:"batch,omitempty"`     // of slide: windows of a row that go in at a time; absent: the model's fixed batch, or one
	// TTA is test-time augmentation: the views whose probabilities are averaged.
	TTA model.AugmentOptions `yaml:"tta,omitempty"`
}

// The modes of inference.
const (
	ModeWhole = "whole"
	ModeSlide = "slide"
)

// Validate reports options of windows without mode slide.
func (i Inference) Validate() error {
	if i.Mode == ModeSlide {
		return nil
	}
	for key, given := range map[string]bool{"crop_size": i.CropSize != nil, "stride": i.Stride != nil, "blend": i.Blend != "", "batch": i.Batch != 0} {
		if given {
			return fault.Usagef("inference.%s belongs to mode slide; set inference.mode: slide, or leave it out", key)
		}
	}
	return nil
}

// Apply makes a session that is applied to pictures as the section says. An option that does not fit the model is a usage
// error.
func (i Inference) Apply(s model.Session) (model.Session, error) {
	var err error
	if i.Mode == ModeSlide {
		o := model.SlideOptions{Blend: i.Blend, Batch: i.Batch}
		copy(o.CropSize[:], i.CropSize)
		copy(o.Stride[:], i.Stride)
		if s, err = model.Slide(s, o); err != nil {
			return nil, err
		}
	}
	if i.TTA.Scales == nil && i.TTA.Flip == nil {
		return s, nil
	}
	return model.Augment(s, i.TTA)
}
