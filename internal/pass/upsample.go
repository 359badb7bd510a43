package pass

import "github.com/segmetry/segmetry/internal/kernel"

// Upsampler brings all scores of a picture to another size at once, by the same interpolation as [Scanner]. It serves one
// goroutine at a time.
type Upsampler struct{ sampler sampler }

// Resize writes channels×height×width scores to dst.
func (u *Upsampler) Resize(dst []float32, scores Scores, height, width int) {
	s := &u.sampler
	s.reset(scores, Window{}, width, height)
	if s.copies {
		copy(dst, scores.Data[:scores.Channels*height*width])
		return
	}
	for y := range height {
		t := s.rows[y]
		upper := s.line(int(t.a), int(t.b))
		lower := upper
		if t.b != t.a {
			lower = s.line(int(t.b), int(t.a))
		}
		for c := range scores.Channels {
			kernel.Lerp(dst[(c*height+y)*width:][:width], upper[c*width:][:width], lower[c*width:][:width], t.f)
		}
	}
}
