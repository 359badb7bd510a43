package dataset

// cv_cubic is OpenCV's INTER_CUBIC on bytes. Its builds differ among themselves by 1: some filter in floats and round once,
// as here, some have weights of 11 bits.
func init() {
	registerResizer("cv_cubic", func() Resizer {
		return &roundedPlanes{planes: &separable{taps: func(a *floatAxis, i, n, m int) {
			a.cubic(float64(float32((float64(i)+0.5)*(1/(float64(m)/float64(n)))-0.5)), n)
		}}}
	})
}
