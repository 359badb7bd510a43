package kernel

// Taps say where each pixel of a stretched row reads: source[At]·G + source[At+1]·F, or source[At] alone where it is the
// last.
type Taps struct {
	At   []int32
	G, F []float32
	// Bases and Indices are At of eight pixels at a time as a base and offsets of less than reach, so that they can be read as
	// vectors of sources: Groups of them from the first pixel on, and one more where Last is not negative, which begins at pixel
	// Last and may go over pixels of the others again.
	Bases   []int32
	Indices []int32
	Groups  int
	Last    int
	reach   int32
}

// A group's offsets are less than nearReach where rows grow, and less than farReach down to half a row's width.
const (
	nearReach = 8
	farReach  = 16
)

// Prepare derives the groups from At, for sources of the given length.
func (t *Taps) Prepare(source int) {
	inner := len(t.At) // pixels between two sources
	for inner > 0 && int(t.At[inner-1]) == source-1 {
		inner--
	}
	for _, t.reach = range []int32{nearReach, farReach} {
		t.Groups, t.Last = 0, -1
		t.Indices, t.Bases = t.Indices[:0], t.Bases[:0]
		for t.group(8*t.Groups, source) {
			t.Groups++
		}
		if done := 8 * t.Groups; done > 0 && done < inner && inner-8 <= done && t.group(inner-8, source) {
			t.Last = inner - 8
		}
		if max(8*t.Groups, t.Last+8) >= inner || source <= farReach {
			return
		}
	}
}

// group adds the group of eight pixels from i on; false: there is none.
func (t *Taps) group(i, source int) bool {
	if i+8 > len(t.At) {
		return false
	}
	base := min(t.At[i], int32(source)-t.reach-1)
	if base < 0 || t.At[i+7]-base >= t.reach {
		return false
	}
	t.Bases = append(t.Bases, base)
	for _, at := range t.At[i : i+8] {
		t.Indices = append(t.Indices, at-base)
	}
	return true
}

// stretchGo writes the pixels from the first on.
func stretchGo(dst, source []float32, t *Taps, first int) {
	last := int32(len(source) - 1)
	for i := first; i < len(dst); i++ {
		at := t.At[i]
		dst[i] = float32(t.G[i]*source[at]) + float32(t.F[i]*source[min(at+1, last)])
	}
}
