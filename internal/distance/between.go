package distance

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

// Seeker finds how far points are from the nearest of other points, exactly. Points are raster indices in rising order.
// It serves one goroutine at a time; pictures of the same size need no new memory.
//
// Walking down the rows it keeps, for every column, the nearest other point above and below. A point looks at columns
// ever farther from its own until none can be nearer: a few steps where two outlines are close. A row whose points had to
// look far gets a lower envelope of parabolas (Felzenszwalb and Huttenlocher, 2012) instead, so that time is linear in
// points and pixels at worst.
type Seeker struct {
	rows         []int32 // the other points' rows, column by column
	next         []int32 // of each column: where in rows the first row below stands
	above, below []int32 // of each column: the nearest row at or above, and below
	starts       []int32
	padded       [2][]int32 // above and below with pad columns before and after, which hold no points
	pad          int

	envelope
	sy, sx      float64 // squares of the spacing
	left, right int     // the columns that hold other points
}

// none is a row farther than any. Its square times that of a spacing fits a float64 with room to spare.
const none = kernel.NoRow

// patience is how many steps the points of one row may take together, as multiples of the row's width, before the row
// gets an envelope.
const patience = 4

// vectorSteps is how many columns [kernel.Nearest] looks at in the time of one step.
const vectorSteps = 4

// Between appends to dst each point's distance to the nearest of others, which must not be empty. Spacing is the
// distance between rows and between columns.
func (s *Seeker) Between(dst []float64, points, others []int32, width int, spacing [2]float64) []float64 {
	s.sy, s.sx = spacing[0]*spacing[0], spacing[1]*spacing[1]
	s.index(others, width)
	whole := spacing == [2]float64{1, 1} && small(points, width) && small(others, width)
	row, seen, spent, built := -1, 0, 0, false
	for _, p := range points {
		y, x := int(p)/width, int(p)%width
		if y != row {
			seen = s.advance(others, seen, (y+1)*width, width)
			row, spent, built = y, 0, false
		}
		if !built && spent > patience*(s.right-s.left+1) {
			s.build(s, y)
			built = true
		}
		if built {
			dst = append(dst, math.Sqrt(s.at(x)))
			continue
		}
		if whole {
			square := kernel.Nearest(s.padded[0], s.padded[1], s.pad+x, y, max(x-s.left, s.right-x))
			root := math.Sqrt(float64(square))
			spent += int(root) / vectorSteps
			dst = append(dst, root)
			continue
		}
		square, steps := s.look(x, y)
		spent += steps
		dst = append(dst, math.Sqrt(square))
	}
	return dst
}

// small says that points are of a picture that [kernel.Nearest] takes.
func small(points []int32, width int) bool {
	return width <= kernel.NearestSide && (len(points) == 0 || int(points[len(points)-1])/width < kernel.NearestSide)
}

// index sorts the other points by column.
func (s *Seeker) index(others []int32, width int) {
	if len(s.next) < width+1 {
		s.next, s.starts = make([]int32, width+1), make([]int32, width+1)
		s.pad = kernel.NearestPad(width)
		s.padded[0], s.padded[1] = make([]int32, width+2*s.pad), make([]int32, width+2*s.pad)
		s.above, s.below = s.padded[0][s.pad:][:width], s.padded[1][s.pad:][:width]
	}
	for x := range s.padded[0] {
		s.padded[0][x], s.padded[1][x] = -none, none
	}
	if cap(s.rows) < len(others) {
		s.rows = make([]int32, len(others))
	}
	s.rows = s.rows[:len(others)]
	clear(s.starts)
	for _, p := range others {
		s.starts[int(p)%width]++
	}
	s.left, s.right = width, 0
	sum := int32(0)
	for x := range width {
		n := s.starts[x]
		if n > 0 {
			s.left, s.right = min(s.left, x), x
		}
		s.starts[x], s.next[x] = sum, sum
		sum += n
	}
	s.starts[width] = sum
	for _, p := range others {
		x := int(p) % width
		s.rows[s.next[x]] = p / int32(width)
		s.next[x]++
	}
	for x := s.left; x <= s.right; x++ {
		s.next[x] = s.starts[x]
		s.below[x] = s.rowBelow(x)
	}
}

// rowBelow is the next row of column x.
func (s *Seeker) rowBelow(x int) int32 {
	if s.next[x] == s.starts[x+1] {
		return none
	}
	return s.rows[s.next[x]]
}

// advance moves the other points before index end from below to above.
func (s *Seeker) advance(others []int32, seen, end, width int) int {
	for ; seen < len(others) && int(others[seen]) < end; seen++ {
		x := int(others[seen]) % width
		s.above[x] = others[seen] / int32(width)
		s.next[x]++
		s.below[x] = s.rowBelow(x)
	}
	return seen
}

// vertical is the squared distance to the nearest other point of column x.
func (s *Seeker) vertical(x, y int) float64 {
	d := float64(min(int32(y)-s.above[x], s.below[x]-int32(y)))
	return d * d * s.sy
}

// look returns the squared distance of (x, y), and how many columns it looked at.
func (s *Seeker) look(x, y int) (best float64, steps int) {
	best = math.Inf(1)
	for d := max(0, s.left-x, x-s.right); ; d++ {
		square := float64(d) * float64(d) * s.sx
		if square >= best || x-d < s.left && x+d > s.right {
			return best, steps
		}
		if k := x - d; k >= s.left && k <= s.right {
			best = min(best, square+s.vertical(k, y))
		}
		if k := x + d; d > 0 && k >= s.left && k <= s.right {
			best = min(best, square+s.vertical(k, y))
		}
		steps++
	}
}

// envelope is the lowest of the parabolas sx·(x−v)² + vertical(v) of one row.
type envelope struct {
	centers []int
	from    []float64 // from where on each is the lowest
	heights []float64
	scale   float64
	current int
}

func (e *envelope) build(s *Seeker, y int) {
	e.scale, e.current = s.sx, 0
	e.centers, e.from, e.heights = e.centers[:0], e.from[:0], e.heights[:0]
	for x := s.left; x <= s.right; x++ {
		if s.above[x] == -none && s.below[x] == none {
			continue
		}
		h, start := s.vertical(x, y), math.Inf(-1)
		for k := len(e.centers) - 1; k >= 0; k-- {
			v := e.centers[k]
			start = (float64(x+v) + (h-e.heights[k])/(s.sx*float64(x-v))) / 2
			if start > e.from[k] {
				break
			}
			e.centers, e.from, e.heights = e.centers[:k], e.from[:k], e.heights[:k]
			start = math.Inf(-1)
		}
		e.centers, e.from, e.heights = append(e.centers, x), append(e.from, start), append(e.heights, h)
	}
}

// at is the envelope at x, which must not be left of an earlier one.
func (e *envelope) at(x int) float64 {
	for e.current+1 < len(e.centers) && e.from[e.current+1] <= float64(x) {
		e.current++
	}
	d := float64(x - e.centers[e.current])
	return d*d*e.scale + e.heights[e.current]
}
