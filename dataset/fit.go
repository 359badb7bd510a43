package dataset

import (
	"math"
	"strings"
)

// fitted is the resized picture's height and width, rounded as the library does that has the rule.
func (p *Preprocess) fitted(width, height int, size []int) (h, w int) {
	short, long := min(width, height), max(width, height)
	switch p.Fit {
	case FitShort: // torchvision's Resize(s, max_size)
		s := min(size[0], size[1])
		l := max(1, s*long/short)
		if p.MaxSize > 0 && l > p.MaxSize {
			s, l = max(1, p.MaxSize*s/l), p.MaxSize
		}
		return upright(width <= height, s, l)
	case FitLong:
		l := max(size[0], size[1])
		return upright(width <= height, max(1, l*short/long), l)
	case FitRescale: // mmcv's imrescale
		f := min(float64(max(size[0], size[1]))/float64(long), float64(min(size[0], size[1]))/float64(short))
		return max(1, int(float64(height)*f+0.5)), max(1, int(float64(width)*f+0.5))
	case FitLetterbox:
		if p.opencv() {
			return letterboxYOLO(width, height, size)
		}
		return letterboxPIL(width, height, size)
	}
	return size[0], size[1]
}

// upright turns a short and a long side into height and width.
func upright(tall bool, short, long int) (h, w int) {
	if tall {
		return long, short
	}
	return short, long
}

// opencv says whether a letterbox is rounded as those who use OpenCV do.
func (p *Preprocess) opencv() bool { return strings.HasPrefix(p.Interpolation, "cv") }

// letterboxYOLO is the size of a picture in YOLO's letterbox.
func letterboxYOLO(width, height int, size []int) (h, w int) {
	f := min(float64(size[0])/float64(height), float64(size[1])/float64(width))
	return max(1, even(float64(height)*f)), max(1, even(float64(width)*f))
}

// letterboxPIL is the size of a picture in Pillow's ImageOps.contain.
func letterboxPIL(width, height int, size []int) (h, w int) {
	is, asked := float64(width)/float64(height), float64(size[1])/float64(size[0])
	switch {
	case is > asked:
		return max(1, even(float64(height)/float64(width)*float64(size[1]))), size[1]
	case is < asked:
		return size[0], max(1, even(float64(width)/float64(height)*float64(size[0])))
	}
	return size[0], size[1]
}

// letterboxOffset is how much of the free rows or columns lies before the picture.
func (p *Preprocess) letterboxOffset(free int) int {
	if p.opencv() {
		return even(float64(free)/2 - 0.1)
	}
	return even(float64(free) * 0.5)
}

// cropOffset is where a side of n pixels begins in its middle of m, as torchvision's CenterCrop: below 0 where it is cut.
func cropOffset(n, m int) int {
	if n < m {
		return (m - n) / 2
	}
	return -even(float64(n-m) / 2)
}

func even(x float64) int { return int(math.RoundToEven(x)) }
