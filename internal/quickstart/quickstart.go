// Package quickstart renders the pictures of testdata/quickstart: fluorescence-like cell nuclei with the truth drawn
// beside them (0 background, 1 interior, 2 border), like enough to real ones that a model trained on those works.
//
// Only +, −, ×, ÷ and the square root are used, each rounded by an explicit conversion, so that every machine renders
// the same bytes.
package quickstart

import (
	"math"
	"math/rand/v2"
)

// Count is the number of pictures.
const Count = 24

// The classes of the truth.
const (
	Background uint8 = iota
	Interior
	Border
)

// Scene is a rendered picture: grey values, and the class of each pixel.
type Scene struct {
	Width, Height int
	Gray          []uint8
	Class         []uint8
}

// sizes are taken in turn; the model takes multiples of 8.
var sizes = [][2]int{{256, 256}, {320, 256}, {256, 320}, {256, 256}}

// nucleus is an ellipse with a soft edge.
type nucleus struct {
	x, y, a, b, cos, sin, bright float64
}

// Render renders picture index, from 0 to Count-1.
func Render(index int) *Scene {
	r := rand.New(rand.NewPCG(0x5e9, uint64(index)))
	size := sizes[index%len(sizes)]
	s := &Scene{Width: size[0], Height: size[1], Gray: make([]uint8, size[0]*size[1]), Class: make([]uint8, size[0]*size[1])}
	count := 6 + r.IntN(10)
	switch index {
	case 5:
		count = 1 // nearly empty
	case 11, 17:
		count = 34 // dense
	}
	level := 40 + float64(r.IntN(110))
	var nuclei []nucleus
	for range count {
		nuclei = append(nuclei, place(r, s, nuclei, level))
	}
	owner := s.paint(r, nuclei, 3+float64(r.IntN(12)))
	s.label(owner)
	return s
}

// place draws a nucleus that does not lie on another one; some touch.
func place(r *rand.Rand, s *Scene, others []nucleus, level float64) nucleus {
	var n nucleus
	for range 40 {
		t := float64(r.IntN(2001)-1000) / 1000 // tangent of half the angle: no sine is needed
		d := 1 + float64(t*t)
		a := 6 + float64(r.IntN(60))/10
		n = nucleus{x: float64(r.IntN(s.Width)), y: float64(r.IntN(s.Height)), a: a, b: float64(a * (0.65 + float64(r.IntN(30))/100)),
			cos: (1 - float64(t*t)) / d, sin: float64(2*t) / d, bright: float64(level * (0.8 + float64(r.IntN(50))/100))}
		if !n.overlaps(others) {
			return n
		}
	}
	return n
}

func (n nucleus) overlaps(others []nucleus) bool {
	for _, o := range others {
		dx, dy, reach := n.x-o.x, n.y-o.y, float64(0.9*(n.a+o.a))
		if float64(dx*dx)+float64(dy*dy) < float64(reach*reach) {
			return true
		}
	}
	return false
}

// inside is the signed distance to the edge in pixels, roughly; positive inside.
func (n nucleus) inside(x, y float64) float64 {
	dx, dy := x-n.x, y-n.y
	u := (float64(dx*n.cos) + float64(dy*n.sin)) / n.a
	v := (float64(dy*n.cos) - float64(dx*n.sin)) / n.b
	radius := math.Sqrt(float64(u*u) + float64(v*v))
	return float64((1 - radius) * math.Sqrt(float64(n.a*n.b)))
}

// paint draws the picture and returns which nucleus owns each pixel, 0 for none.
func (s *Scene) paint(r *rand.Rand, nuclei []nucleus, dark float64) []int {
	owner := make([]int, len(s.Gray))
	slopeX, slopeY := float64(r.IntN(5)), float64(r.IntN(5))
	for i := range s.Gray {
		x, y := float64(i%s.Width), float64(i/s.Width)
		light := dark + float64(slopeX*x)/float64(s.Width) + float64(slopeY*y)/float64(s.Height)
		best := 0.0
		for k, n := range nuclei {
			d := n.inside(x, y)
			if d > 0 && d >= best {
				best, owner[i] = d, k+1
			}
			light += float64(n.bright * profile(d))
		}
		texture := float64(r.IntN(9)-4) / 100 // of the chromatin
		noise := float64(r.IntN(3) + r.IntN(3) - 2)
		s.Gray[i] = uint8(max(0, min(255, math.Floor(float64(light*(1+texture))+noise+0.5))))
	}
	return owner
}

// profile is a nucleus's brightness at a distance from its edge: 0 outside, ½ at the edge, rising a little to the middle.
func profile(d float64) float64 {
	t := max(0, min(1, float64((d+1.6)/3.2)))
	edge := float64(t * t * (3 - float64(2*t)))
	return float64(edge * (0.85 + float64(0.15*min(1, max(0, float64(d/6))))))
}

// label makes a nucleus's outermost two pixels its border.
func (s *Scene) label(owner []int) {
	for i, k := range owner {
		if k == 0 {
			continue
		}
		s.Class[i] = Interior
		x, y := i%s.Width, i/s.Width
		for dy := -2; dy <= 2; dy++ {
			for dx := -2; dx <= 2; dx++ {
				nx, ny := x+dx, y+dy
				if dx*dx+dy*dy > 4 || nx < 0 || ny < 0 || nx >= s.Width || ny >= s.Height {
					continue
				}
				if owner[ny*s.Width+nx] != k {
					s.Class[i] = Border
				}
			}
		}
	}
}
