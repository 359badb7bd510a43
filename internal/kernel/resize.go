package kernel

// Kernels over rows of three interleaved bytes a pixel. Each gives the bits of a library's arithmetic, which package
// dataset names.

// halveRowGo writes the rounded mean of two by two pixels, from target first on.
func halveRowGo(dst, upper, lower []uint8, first int) {
	dst, upper, lower = dst[3*first:], upper[6*first:], lower[6*first:]
	for ; len(dst) > 0; dst, upper, lower = dst[3:], upper[6:], lower[6:] {
		to, u, l := (*[3]uint8)(dst), (*[6]uint8)(upper), (*[6]uint8)(lower)
		to[0] = uint8((uint(u[0]) + uint(u[3]) + uint(l[0]) + uint(l[3]) + 2) >> 2)
		to[1] = uint8((uint(u[1]) + uint(u[4]) + uint(l[1]) + uint(l[4]) + 2) >> 2)
		to[2] = uint8((uint(u[2]) + uint(u[5]) + uint(l[2]) + uint(l[5]) + 2) >> 2)
	}
}

// LinearTaps say where each target of a row reads: byte At of the source row with weight Weights[2i] and the next pixel
// with Weights[2i+1], weights of 11 bits.
type LinearTaps struct {
	At      []int32
	Weights []int16
	// Groups of four targets can be read eight bytes at a time.
	Groups int
}

// Prepare derives the groups for source rows of the given number of bytes.
func (t *LinearTaps) Prepare(bytes int) {
	t.Groups = 0
	for i := 3; i < len(t.At) && int(t.At[i])+8 <= bytes; i += 4 {
		t.Groups++
	}
}

// LinearPadding is how many values beyond a row's three a target [LinearRow] may overwrite.
const LinearPadding = 4

// linearRowGo writes the targets from the first on. A weight of 0 is not read for: its pixel may lie beyond the row.
func linearRowGo(dst []int16, row []uint8, t *LinearTaps, first int) {
	for i := first; i < len(t.At); i++ {
		at, a, b := int(t.At[i]), int32(t.Weights[2*i]), int32(t.Weights[2*i+1])
		next := at
		if b != 0 {
			next += 3
		}
		for c := range 3 {
			dst[3*i+c] = int16((a*int32(row[at+c]) + b*int32(row[next+c])) >> 4)
		}
	}
}

func linearColumnsGo(dst []uint8, upper, lower []int16, a, b int16) {
	upper, lower = upper[:len(dst)], lower[:len(dst)]
	for i := range dst {
		dst[i] = uint8(((int32(a)*int32(upper[i]))>>16 + (int32(b)*int32(lower[i]))>>16 + 2) >> 2)
	}
}

// Filter is one axis of a separable filter on bytes: each target is the sum of Taps weights of 22 bits times the pixels
// from First on, rounded and clamped.
type Filter struct {
	First   []int32
	Taps    int
	Weights []int32 // Taps a target
	bytes   []int32 // First as bytes, of those targets whose row can be read by vectors
	halves  []int16 // four taps: the upper halves of their weights, the lower 11 bits of each
}

// Padded is the number of taps that vectors want for a filter of so many taps over n pixels, or taps where n is too few.
func Padded(taps, n int) int {
	if four := (taps + 3) &^ 3; four <= n {
		return four
	}
	return taps
}

// Prepare derives what the vectors need, for n source pixels.
func (f *Filter) Prepare(n int) {
	f.bytes, f.halves = f.bytes[:0], f.halves[:0]
	if f.Taps%4 != 0 {
		return
	}
	for _, first := range f.First {
		if int(first)+f.Taps+2 > n { // rows are read four bytes beyond the taps
			break
		}
		f.bytes = append(f.bytes, 3*first)
	}
	for i := 0; i < len(f.Weights); i += 4 {
		w := f.Weights[i : i+4]
		f.halves = append(f.halves, int16(w[0]>>11), int16(w[1]>>11), int16(w[2]>>11), int16(w[3]>>11),
			int16(w[0]&2047), int16(w[1]&2047), int16(w[2]&2047), int16(w[3]&2047))
	}
}

func clip22(sum int32) uint8 { return uint8(max(0, min(255, sum>>22))) }

// filterRowGo writes the targets from the first on.
func filterRowGo(dst, row []uint8, f *Filter, first int) {
	for i := first; i < len(f.First); i++ {
		from := row[3*f.First[i]:]
		var r, g, b int32 = 1 << 21, 1 << 21, 1 << 21
		for k, w := range f.Weights[i*f.Taps:][:f.Taps] {
			r += w * int32(from[3*k])
			g += w * int32(from[3*k+1])
			b += w * int32(from[3*k+2])
		}
		dst[3*i], dst[3*i+1], dst[3*i+2] = clip22(r), clip22(g), clip22(b)
	}
}

// filterColumnsGo writes the columns from the first on of target row y.
func filterColumnsGo(dst, src []uint8, stride int, f *Filter, y, first int) {
	src = src[int(f.First[y])*stride:]
	weights := f.Weights[y*f.Taps:][:f.Taps]
	for i := first; i < len(dst); i++ {
		sum := int32(1 << 21)
		for k, w := range weights {
			sum += w * int32(src[k*stride+i])
		}
		dst[i] = clip22(sum)
	}
}

// Affine is a line a channel, on which every byte's value lies.
type Affine struct{ Factor, Offset [3]float64 }

// At is the value of byte x on channel c: computed in float64 without fusing, rounded once.
func (a *Affine) At(c int, x uint8) float32 {
	return float32(float64(a.Factor[c]*float64(x)) + a.Offset[c])
}

// spreadGo writes the pixels from the first on.
func spreadGo(planes *[3][]float32, src []uint8, a *Affine, first int) {
	p0, p1, p2 := planes[0], planes[1], planes[2]
	p1, p2 = p1[:len(p0)], p2[:len(p0)]
	for i := first; i < len(p0); i++ {
		pixel := src[3*i : 3*i+3 : 3*i+3]
		p0[i], p1[i], p2[i] = a.At(0, pixel[0]), a.At(1, pixel[1]), a.At(2, pixel[2])
	}
}
