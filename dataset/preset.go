package dataset

import (
	"maps"
	"slices"
)

// imagenet are the mean and deviation of ImageNet's pixels from 0 to 1, which torchvision, timm and SMP share.
func imagenet(p *Preprocess) {
	p.Mean, p.Std = []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}
	p.Scale = &Ratio{"1/255", 1.0 / 255}
}

// presets are what each library does to a picture before inference; docs/preprocess.md has the sources.
var presets = map[string]func(p *Preprocess){
	"torchvision": func(p *Preprocess) { // transforms.SemanticSegmentation(resize_size=520)
		imagenet(p)
		p.Size, p.Fit, p.Interpolation = []int{520, 520}, FitShort, "pil_bilinear"
	},
	"mmseg": func(p *Preprocess) { // Resize(scale=(2048, 512), keep_ratio=True), SegDataPreProcessor(bgr_to_rgb=True)
		p.Size, p.Fit, p.Interpolation, p.Orientation = []int{512, 2048}, FitRescale, "cv_linear", OrientationApply
		p.Mean, p.Std = []float64{123.675, 116.28, 103.53}, []float64{58.395, 57.12, 57.375}
		p.Scale = &Ratio{"1", 1}
	},
	"timm": func(p *Preprocess) { // create_transform of a 224 model with crop_pct 0.875
		imagenet(p)
		p.Size, p.Fit, p.Interpolation, p.Crop = []int{256, 256}, FitShort, "pil_bicubic", []int{224, 224}
		p.Pad = Pad{Mode: PadConstant}
	},
	"smp": func(p *Preprocess) { // get_preprocessing_params of an ImageNet encoder; sides that its decoders take
		imagenet(p)
		p.Fit, p.Interpolation, p.Pad = FitNone, "cv_linear", Pad{Multiple: 32, Mode: PadConstant}
	},
	"nnunet": func(p *Preprocess) { // ZScoreNormalization; the picture keeps its spacing
		p.Fit, p.Normalize = FitNone, NormalizeImage
	},
	"keras": func(p *Preprocess) { // tf.image.resize, then preprocess_input(mode="tf")
		p.Fit, p.Interpolation = FitStretch, "torch_bilinear"
		p.Mean, p.Std = []float64{1, 1, 1}, []float64{1, 1, 1}
		p.Scale = &Ratio{"1/127.5", 1 / 127.5}
	},
}

// Presets lists the known presets by name.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// PreprocessPreset returns the preprocess section that a preset stands for, and whether it is known.
func PreprocessPreset(name string) (Preprocess, bool) {
	set, known := presets[name]
	p := DefaultPreprocess()
	if known {
		p.Preset = name
		set(&p)
	}
	return p, known
}
