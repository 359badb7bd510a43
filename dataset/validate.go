package dataset

import (
	"cmp"
	"errors"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// DefaultOptions returns the dataset section of an empty configuration.
func DefaultOptions() Options { return Options{Format: FormatAuto} }

// DefaultPreprocess returns the preprocess section of an empty configuration.
func DefaultPreprocess() Preprocess {
	return Preprocess{Fit: FitStretch, Interpolation: "pil_bilinear", Orientation: OrientationIgnore, Decode: DecodeAuto, Convert: ConvertPIL, Pad: Pad{Mode: PadEdge}, Color: ColorRGB}
}

// Validate reports everything that is wrong with options that were resolved, each error beginning with its key.
func (o *Options) Validate() error {
	var problems []error
	report := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fault.Usagef(format, args...))
		}
	}
	if o.Format != FormatAuto { // which Resolve could not find, and has said why
		f, known := formats[o.Format]
		report(!known, "dataset.format: unknown format %q; did you mean %q?", o.Format, nearest(o.Format, append(formatNames(), FormatAuto)))
		if err := f.missing(o); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(o.validateOverlapping(), o.validateBuckets()); err != nil {
		problems = append(problems, err)
	}
	report(len(o.ClassNames()) == 0, "dataset.classes: name the classes, in the order of their numbers (--classes background,cell)")
	report(len(o.Classes) > raster.MaxClasses, "dataset.classes: %d names: expected at most %d", len(o.Classes), raster.MaxClasses)
	for i, name := range o.Classes {
		report(name == "" || slices.Contains(o.Classes[:i], name), "dataset.classes: %q stands twice or is empty", name)
	}
	report(o.Palette != nil && len(o.Palette) != len(o.ClassNames()), "dataset.palette: %d colours for %d classes", len(o.Palette), len(o.ClassNames()))
	for _, v := range o.IgnoreValues {
		report(v < 0 || v > 65535, "dataset.ignore_values: %d: expected mask values from 0 to 65535", v)
	}
	for _, c := range o.IgnoreColors {
		report(slices.Contains(o.Palette, c), "dataset.ignore_colors: %v is the colour of a class in dataset.palette", c)
	}
	report(len(o.IgnoreColors) > 0 && o.Palette == nil, "dataset.ignore_colors: masks in colour need dataset.palette, the colour of each class")
	report(o.InstanceDivisor < 0 || o.InstanceDivisor == 1, "dataset.instance_divisor: expected a number from 2 on, such as 1000, or 0 for none, found %d", o.InstanceDivisor)
	report(o.IgnoreIndex != nil && (*o.IgnoreIndex < 0 || *o.IgnoreIndex > 65535), "dataset.ignore_index: expected a mask value from 0 to 65535")
	_, err := path.Match(o.Filter, "")
	report(err != nil, "dataset.filter: %q is not a glob pattern such as val/*.png", o.Filter)
	report(o.Limit < 0, "dataset.limit: expected a number from 0 on, found %d", o.Limit)
	problems = append(problems, o.validateLabels()...)
	if len(o.Classes) > 0 && !o.Overlap() { // it goes to mask values there
		if err := o.LabelMap.validate(o.Classes); err != nil {
			problems = append(problems, fault.Usagef("%w", err))
		}
	}
	return errors.Join(problems...)
}

// Validate reports everything that is wrong with the preprocessing, each error beginning with its key.
func (p *Preprocess) Validate() error {
	var problems []error
	report := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fault.Usagef(format, args...))
		}
	}
	choice := func(key, value string, known ...string) {
		report(!slices.Contains(known, value), "%s: expected one of %s, found %q", key, strings.Join(known, ", "), value)
	}
	report(p.Size != nil && (len(p.Size) != 2 || slices.Min(p.Size) < 1 || slices.Max(p.Size) > maxSide), "preprocess.size: expected [height, width], each from 1 to %d, found %v", maxSide, p.Size)
	report(p.Crop != nil && (len(p.Crop) != 2 || slices.Min(p.Crop) < 1 || slices.Max(p.Crop) > maxSide), "preprocess.crop: expected [height, width], each from 1 to %d, found %v", maxSide, p.Crop)
	report(p.Crop != nil && p.Fit == FitLetterbox, "preprocess.crop: a letterbox has nothing to cut off: leave one of the two out")
	report(p.MaxSize < 0 || p.MaxSize > maxSide, "preprocess.max_size: expected a number from 0 to %d, found %d", maxSide, p.MaxSize)
	report(p.MaxSize > 0 && p.Fit != FitShort, "preprocess.max_size: limits the long side of fit: short, found fit: %s", p.Fit)
	_, preset := presets[p.Preset]
	report(p.Preset != "" && !preset, "preprocess.preset: unknown preset %q; did you mean %q? Known: %s", p.Preset, nearest(p.Preset, Presets()), strings.Join(Presets(), ", "))
	choice("preprocess.normalize", cmp.Or(p.Normalize, NormalizeFixed), NormalizeFixed, NormalizeImage)
	report(p.Normalize == NormalizeImage && (p.Mean != nil || p.Std != nil), "preprocess.normalize: image takes each picture's own mean and std: leave preprocess.mean and preprocess.std out")
	choice("preprocess.fit", p.Fit, FitStretch, FitShort, FitLong, FitRescale, FitLetterbox, FitNone)
	choice("preprocess.orientation", p.Orientation, OrientationIgnore, OrientationApply)
	choice("preprocess.decode", p.Decode, DecodeAuto, DecodeGo, DecodeTurbo)
	choice("preprocess.convert", p.Convert, ConvertPIL, ConvertCV)
	choice("preprocess.pad.mode", p.Pad.Mode, PadEdge, PadConstant, PadReflect, PadMirror)
	choice("preprocess.color", p.Color, ColorRGB, ColorBGR, ColorGray)
	report(p.Pad.Multiple < 0, "preprocess.pad.multiple: expected a number from 0 on, found %d", p.Pad.Multiple)
	_, known := resizers[p.Interpolation]
	report(!known, "preprocess.interpolation: unknown mode %q; did you mean %q? Known: %s", p.Interpolation, nearest(p.Interpolation, Interpolations()), strings.Join(Interpolations(), ", "))
	for i, s := range p.Std {
		report(s == 0 || math.IsNaN(s), "preprocess.std: element %d is %g, and is divided by", i, s)
	}
	return errors.Join(problems...)
}

// nearest returns the known name that is closest to what was written.
func nearest(name string, known []string) string {
	return slices.MinFunc(known, func(a, b string) int {
		return cmp.Or(levenshtein.ComputeDistance(name, a)-levenshtein.ComputeDistance(name, b), cmp.Compare(a, b))
	})
}

// perChannel returns channel c of a list that holds one value a channel, or one for all.
func perChannel(values []float64, c int, absent float64) float64 {
	switch len(values) {
	case 0:
		return absent
	case 1:
		return values[0]
	}
	return values[c]
}

func checkChannels(key string, values []float64, channels int) error {
	if n := len(values); n > 1 && n != channels {
		return fault.Usagef("%s: %d values for %d channels: give one a channel, or one for all", key, n, channels)
	}
	return nil
}
