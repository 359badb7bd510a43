package jpeg

import (
	"slices"

	"github.com/segmetry/segmetry/internal/kernel"
)

// render writes the picture's rows: each component's row at full width, then the colours.
func (d *Decoder) render(dst []byte) {
	f := &d.frame
	for i := range f.components[:f.n] {
		f.components[i].edges()
		d.rows[i] = grow(d.rows[i], 8*f.mcusX*f.hMax+2*margin)
	}
	paint, rows := d.painter(), &d.lines
	for y := range f.height {
		for i := range f.components[:f.n] {
			rows[i] = d.upsampled(i, y)
		}
		paint(dst[3*f.width*y:][:3*f.width], rows)
	}
}

// edges repeats the first and the last real sample of each row beyond it: the triangle filter then needs no special case.
func (c *component) edges() {
	for y := range c.height {
		row := c.row(y)
		row[margin-1], row[margin+c.width] = row[margin], row[margin+c.width-1]
	}
}

// upsampled is row y of a component at the picture's full width, at least.
func (d *Decoder) upsampled(i, y int) []byte {
	f, out := &d.frame, d.rows[i][margin:]
	c := &f.components[i]
	kx, ky := f.hMax/c.h, f.vMax/c.v
	near := y / ky
	far := max(0, min(c.height-1, near-1+2*(y&1)))
	switch {
	case kx == 1 && ky == 1:
		return c.row(y)[margin:]
	case kx == 1 && ky == 2:
		mixRows(out[:c.width], c.row(near)[margin:], c.row(far)[margin:], uint16(1+y&1))
	case kx == 2 && ky == 1 && c.width > 2:
		kernel.WidenRow(out, c.row(near)[margin-1:], c.width)
	case kx == 2 && ky == 2 && c.width > 2:
		kernel.WidenRows(out, c.row(near)[margin-1:], c.row(far)[margin-1:], c.width)
	default:
		repeat(out, c.row(near)[margin:][:c.width], kx)
	}
	return out
}

// repeat writes each sample k times.
func repeat(dst, from []byte, k int) {
	for x, v := range from {
		for j := range k {
			dst[k*x+j] = v
		}
	}
}

// mixRows writes (3·near + far + bias) / 4: triangle upsampling down the picture.
func mixRows(dst, near, far []byte, bias uint16) {
	near, far = near[:len(dst)], far[:len(dst)]
	for x := range dst {
		dst[x] = byte((3*uint16(near[x]) + uint16(far[x]) + bias) >> 2)
	}
}

// painter is what turns rows of components into RGB, by libjpeg's rules of which colours a file has.
func (d *Decoder) painter() func(dst []byte, rows *[4][]byte) {
	f := &d.frame
	switch {
	case f.n == 1:
		return paintGray
	case f.n == 3 && d.isRGB():
		return paintRGB
	case f.n == 3:
		return paintYCC
	case d.adobe && d.transform != 0 && d.OpenCV:
		return paintYCCKOpenCV
	case d.adobe && d.transform != 0:
		return paintYCCK
	case d.OpenCV:
		return paintCMYKOpenCV
	}
	return paintCMYK
}

// isRGB says whether three components are red, green and blue.
func (d *Decoder) isRGB() bool {
	c := &d.frame.components
	ids := []byte{c[0].id, c[1].id, c[2].id}
	return !d.jfif && (d.adobe && d.transform == 0 || !d.adobe && slices.Equal(ids, []byte("RGB")))
}

func paintGray(dst []byte, rows *[4][]byte) {
	for x, v := range rows[0][:len(dst)/3] {
		dst[3*x], dst[3*x+1], dst[3*x+2] = v, v, v
	}
}

func paintRGB(dst []byte, rows *[4][]byte) {
	n := len(dst) / 3
	r, g, b := rows[0][:n], rows[1][:n], rows[2][:n]
	for x, v := range r {
		dst[3*x], dst[3*x+1], dst[3*x+2] = v, g[x], b[x]
	}
}

func paintYCC(dst []byte, rows *[4][]byte) {
	kernel.PaintYCC(dst, rows[0], rows[1], rows[2])
}

// paintCMYK takes every file to have inverted inks, as PIL and OpenCV do.
func paintCMYK(dst []byte, rows *[4][]byte) { paintInks(dst, rows, multiply) }

func paintCMYKOpenCV(dst []byte, rows *[4][]byte) { paintInks(dst, rows, multiplyOpenCV) }

func paintInks(dst []byte, rows *[4][]byte, multiply func(a, b byte) byte) {
	n := len(dst) / 3
	c, m, y := rows[0][:n], rows[1][:n], rows[2][:n]
	for x, k := range rows[3][:n] {
		dst[3*x], dst[3*x+1], dst[3*x+2] = multiply(c[x], k), multiply(m[x], k), multiply(y[x], k)
	}
}

// paintYCCK undoes YCbCr, whose result stands for the inks before they were inverted.
func paintYCCK(dst []byte, rows *[4][]byte) { paintYCCInks(dst, rows, multiply) }

func paintYCCKOpenCV(dst []byte, rows *[4][]byte) { paintYCCInks(dst, rows, multiplyOpenCV) }

func paintYCCInks(dst []byte, rows *[4][]byte, multiply func(a, b byte) byte) {
	kernel.PaintYCC(dst, rows[0], rows[1], rows[2])
	for x, k := range rows[3][:len(dst)/3] {
		for i := range 3 {
			dst[3*x+i] = multiply(255-dst[3*x+i], k)
		}
	}
}

// multiply is a·b/255, rounded, as PIL has it.
func multiply(a, b byte) byte {
	t := uint32(a)*uint32(b) + 128
	return byte((t + t>>8) >> 8)
}

// multiplyOpenCV is b − (255−a)·b/256, cut.
func multiplyOpenCV(a, b byte) byte { return b - byte(uint32(255-a)*uint32(b)>>8) }
