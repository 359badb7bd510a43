package metrics

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// view says how a measure's images are brought together.
type view struct {
	kind       viewKind
	percentile int // of viewPercentile
}

type viewKind int

const (
	viewDataset    viewKind = iota // the measure of the merged states
	viewImages                     // _img: per image first (over classes where it is a mean), then the mean over images
	viewClasses                    // _img_classes: each class's mean over images, then the mean over classes
	viewPairs                      // _img_pairs: the mean over all defined pairs of image and class
	viewPercentile                 // _p5: a percentile over images
)

// splitView splits a name such as mIoU_img or mIoU_p5 into the measure's and how images are brought together.
func splitView(name string) (base string, v view) {
	if _, ok := registry[name]; ok {
		return name, view{}
	}
	for suffix, kind := range map[string]viewKind{"_img": viewImages, "_img_classes": viewClasses, "_img_pairs": viewPairs} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base, view{kind: kind}
		}
	}
	if at := strings.LastIndex(name, "_p"); at > 0 {
		if p, err := strconv.Atoi(name[at+2:]); err == nil && p >= 0 && p <= 100 && strconv.Itoa(p) == name[at+2:] {
			return name[:at], view{viewPercentile, p}
		}
	}
	return name, view{}
}

// percentilePattern is a measure's name with a number that a percentile might be.
var percentilePattern = regexp.MustCompile(`^(.+)_p-?[0-9.]+$`)

// percentiles says which there are.
const percentiles = "percentiles over images go from _p0, the least, to _p100, the largest"

// wrongPercentile says whether a name asks for a percentile of a measure that there is none of: mIoU_p101, mIoU_p2.5.
func wrongPercentile(name string) bool {
	m := percentilePattern.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	_, known := registry[m[1]]
	return known
}

// Base is the measure that a figure is of, without how its images are brought together: that of mIoU_p5 is mIoU.
func Base(name string) string {
	base, _ := splitView(name)
	return base
}

// suffix is the view's part of a name.
func (v view) suffix() string {
	if v.kind == viewPercentile {
		return fmt.Sprintf("_p%d", v.percentile)
	}
	return map[viewKind]string{viewImages: "_img", viewClasses: "_img_classes", viewPairs: "_img_pairs"}[v.kind]
}

func (v view) doc() string {
	switch v.kind {
	case viewImages:
		return " Per image first, then the mean over the images where it is defined."
	case viewClasses:
		return " Each class's mean over the images where it is defined, then the mean over the classes."
	case viewPairs:
		return " The mean over all pairs of image and class where it is defined."
	case viewPercentile:
		return fmt.Sprintf(" The %s percentile over images of the image's value, by linear interpolation.", ordinal(v.percentile))
	}
	return ""
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
