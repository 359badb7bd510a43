package dataset

import "math"

// torch's F.interpolate on floats. torch computes scale and place in float32, with fused steps on some machines; here they
// are float64, within its own uncertainty.
func init() {
	for name, taps := range map[string]func(a *floatAxis, i, n, m int){
		"torch_bicubic":         func(a *floatAxis, i, n, m int) { a.cubic(halfPixel(i, n, m), n) },
		"torch_bicubic_corners": func(a *floatAxis, i, n, m int) { a.cubic(corners(i, n, m), n) },
	} {
		registerPlanes(name, func() PlaneResizer { return &separable{taps: taps} })
	}
	registerPlanes("torch_bilinear", func() PlaneResizer {
		return &linearPlanes{place: func(i, n, m int) float64 { return max(halfPixel(i, n, m), 0) }}
	})
	registerPlanes("torch_bilinear_corners", func() PlaneResizer { return &linearPlanes{place: corners} })
	for _, filter := range []string{"bilinear", "bicubic"} { // antialias=True: Pillow's windows, on floats without its rounding
		k := pilKernels[filter]
		name, taps := "torch_"+filter+"_antialias", antialiased(k.radius, k.kernel)
		planeResizers[name] = func() PlaneResizer { return &separable{taps: taps} }
		registerResizer(name, func() Resizer { return &pilResizer{radius: k.radius, kernel: k.kernel} })
	}
	for _, name := range []string{"torch_nearest", "torch_nearest_exact"} {
		index := nearestConventions[name]
		planeResizers[name] = func() PlaneResizer { return &nearestPlanes{index} } // bytes are registered in nearest.go
	}
}

// halfPixel is the place of target i where pixels are areas (align_corners=False).
func halfPixel(i, n, m int) float64 { return (float64(i)+0.5)*float64(n)/float64(m) - 0.5 }

// corners is the place of target i where the outermost pixels' centres lie on each other (align_corners=True).
func corners(i, n, m int) float64 {
	if m == 1 {
		return 0
	}
	return float64(i) * float64(n-1) / float64(m-1)
}

// cubic adds the taps of place x with a = −0.75, repeating the border.
func (a *floatAxis) cubic(x float64, n int) {
	const c = -0.75
	floor := math.Floor(x)
	f, j := x-floor, int(floor)
	near := func(t float64) float64 { return ((c+2)*t-(c+3))*t*t + 1 }
	far := func(t float64) float64 { return ((c*t-5*c)*t+8*c)*t - 4*c }
	for k, w := range [4]float64{far(f + 1), near(f), near(1 - f), far(2 - f)} {
		a.add(max(0, min(j+k-1, n-1)), w)
	}
}

func antialiased(radius float64, kernel func(float64) float64) func(a *floatAxis, i, n, m int) {
	filter := pilResizer{radius: radius, kernel: kernel}
	return func(a *floatAxis, i, n, m int) {
		a.window.set(&filter, i, n, m)
		for k, w := range a.window.weights {
			a.add(a.window.first+k, w)
		}
	}
}

// nearestPlanes copies values.
type nearestPlanes struct{ index func(n, m int) []int }

// ResizePlane copies the nearest values.
func (r *nearestPlanes) ResizePlane(dst []float32, width, height int, src []float32, columns, rows int) {
	across, down := r.index(columns, width), r.index(rows, height)
	for y, sy := range down {
		for x, sx := range across {
			dst[y*width+x] = src[sy*columns+sx]
		}
	}
}
