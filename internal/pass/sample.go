package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

// Scores is a model's output for one image: Channels planes of Height×Width float32 logits, in Data or, row by row as the
// walk comes to them, from Rows.
type Scores struct {
	Data                    []float32
	Channels, Height, Width int
	Rows                    Rows // nil where Data holds everything
}

// Rows makes scores while they are read, so that they are never held as a whole.
type Rows interface {
	// Need returns a part of the scores that has rows first to last. It is valid until the next call, and rows before first
	// are not asked for again.
	Need(first, last int) (Part, error)
}

// Part is some rows of every plane of scores.
type Part struct {
	Data     []float32
	Top, End int // the rows: from Top on, before End
	Stride   int // rows from one plane to the next in Data
}

// complete says whether the scores are as many as they claim.
func (s Scores) complete() bool { return s.Rows != nil || len(s.Data) >= s.Channels*s.Height*s.Width }

// Window is the part of the scores that shows the labelled picture, in score pixels: where padding was cut off. The
// zero Window is all of them.
type Window struct {
	Top, Left, Height, Width float64
}

// sampler brings scores to the label's size: a copy where the sizes agree, else bilinear interpolation with
// align_corners=false, as torch.nn.functional.interpolate and OpenCV do it. Each row of the scores is interpolated
// along its width once; rows are then blended pairwise.
type sampler struct {
	scores        Scores
	width, height int // of the label
	copies        bool
	top, left     int         // of a copied window
	columns       kernel.Taps // of a source row's label columns
	taps          []tap       // the same, one by one
	rows          []tap       // one a label row
	cache         [2]line     // the two source rows in use, interpolated along the width
	part          Part        // of the scores, at hand
}

// tap is where one target coordinate reads: source a with weight 1−f, source b with weight f.
type tap struct {
	a, b int32
	f    float32
}

// line is one source row at the label's width, all channels.
type line struct {
	row  int
	data []float32 // channels × width
}

// reset prepares the sampler for one image. It allocates only when an image is larger than all before it.
func (s *sampler) reset(scores Scores, w Window, width, height int) {
	if w == (Window{}) {
		w = Window{Height: float64(scores.Height), Width: float64(scores.Width)}
	}
	s.scores, s.width, s.height = scores, width, height
	s.part = Part{}
	if scores.Rows == nil {
		s.part = Part{Data: scores.Data, End: scores.Height, Stride: scores.Height}
	}
	s.top, s.left = int(w.Top), int(w.Left)
	s.copies = w.Height == float64(height) && w.Width == float64(width) && w.Top == math.Trunc(w.Top) && w.Left == math.Trunc(w.Left)
	if s.copies {
		return
	}
	s.taps = taps(s.taps, width, w.Left, w.Width, scores.Width)
	split(&s.columns, s.taps, scores.Width)
	s.rows = taps(s.rows, height, w.Top, w.Height, scores.Height)
	for i := range s.cache {
		s.cache[i].row = -1
		if n := scores.Channels * width; cap(s.cache[i].data) < n {
			s.cache[i].data = make([]float32, n)
		}
		s.cache[i].data = s.cache[i].data[:scores.Channels*width]
	}
}

// taps lists where each of n targets reads on an axis whose window starts at origin and is extent long.
func taps(dst []tap, n int, origin, extent float64, size int) []tap {
	if cap(dst) < n {
		dst = make([]tap, n)
	}
	dst = dst[:n]
	scale := extent / float64(n)
	last := math.Min(origin+extent, float64(size)) - 1
	for i := range dst {
		x := max(origin, min((float64(i)+0.5)*scale-0.5+origin, last))
		a := int(x)
		dst[i] = tap{int32(a), int32(min(a+1, size-1)), float32(x - float64(a))}
	}
	return dst
}

// ready makes sure that the source rows of n pixels from raster index start on are at hand.
func (s *sampler) ready(start, n int) (err error) {
	if s.scores.Rows == nil {
		return nil
	}
	y, end := start/s.width, (start+n-1)/s.width
	first, last := s.top+y, s.top+end
	if !s.copies {
		first, last = int(s.rows[y].a), int(max(s.rows[end].a, s.rows[end].b))
	}
	if last >= s.part.End {
		s.part, err = s.scores.Rows.Need(first, last)
	}
	return err
}

// fill writes the logits of b.N label pixels from raster index b.Start on into planes, BlockSize apart.
func (s *sampler) fill(b *Block, planes []float32) {
	for done := 0; done < b.N; {
		y, x := (b.Start+done)/s.width, (b.Start+done)%s.width
		n := min(b.N-done, s.width-x)
		if s.copies {
			s.copyRow(planes[done:], y, x, n)
		} else {
			s.blendRow(planes[done:], y, x, n)
		}
		done += n
	}
}

// run returns where n pixels from raster index start on lie in the scores themselves, a plane stride values apart; false
// where they must be interpolated or cut out first.
func (s *sampler) run(start, n int) (source []float32, stride int, direct bool) {
	if !s.copies || s.left != 0 || s.width != s.scores.Width {
		return nil, 0, false
	}
	return s.part.Data[(s.top-s.part.Top)*s.width+start:], s.part.Stride * s.scores.Width, true
}

func (s *sampler) copyRow(planes []float32, y, x, n int) {
	from := (s.top+y-s.part.Top)*s.scores.Width + s.left + x
	plane := s.part.Stride * s.scores.Width
	for c := range s.scores.Channels {
		copy(planes[c*BlockSize:][:n], s.part.Data[c*plane+from:][:n])
	}
}

func (s *sampler) blendRow(planes []float32, y, x, n int) {
	t := s.rows[y]
	upper := s.line(int(t.a), int(t.b))
	lower := upper
	if t.b != t.a {
		lower = s.line(int(t.b), int(t.a))
	}
	for c := range s.scores.Channels {
		kernel.Lerp(planes[c*BlockSize:][:n], upper[c*s.width+x:][:n], lower[c*s.width+x:][:n], t.f)
	}
}

// line returns source row y at the label's width, interpolating it unless it is cached; row keep stays cached.
func (s *sampler) line(y, keep int) []float32 {
	slot := 0
	for i := range s.cache {
		if s.cache[i].row == y {
			return s.cache[i].data
		}
		if s.cache[i].row == keep {
			slot = 1 - i
		}
	}
	l := &s.cache[slot]
	l.row = y
	for c := range s.scores.Channels {
		source := s.part.Data[(c*s.part.Stride+y-s.part.Top)*s.scores.Width:][:s.scores.Width]
		kernel.Stretch(l.data[c*s.width:][:s.width], source, &s.columns)
	}
	return l.data
}

// split lays taps out as the kernel reads them. It reads source at+1 with weight f, which is 0 or the same pixel where
// there is none.
func split(dst *kernel.Taps, list []tap, source int) {
	dst.At, dst.G, dst.F = dst.At[:0], dst.G[:0], dst.F[:0]
	for _, t := range list {
		dst.At, dst.G, dst.F = append(dst.At, t.a), append(dst.G, 1-t.f), append(dst.F, t.f)
	}
	dst.Prepare(source)
}
