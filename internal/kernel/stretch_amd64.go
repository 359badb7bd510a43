//go:build amd64 && !purego

package kernel

// Stretch writes one row at another width. AVX-512 machines use the AVX2 kernel: twice as wide a one was no faster, as the rows come
// from memory.
func Stretch(dst, source []float32, t *Taps) { stretch(set, dst, source, t) }

func stretch(set int, dst, source []float32, t *Taps) {
	n := 0
	if set != setGo && t.Groups > 0 {
		n = 8 * t.Groups
		stretchGroups(dst[:n], source, t, 0, 0)
		if t.Last >= 0 {
			n = t.Last + 8
			stretchGroups(dst[:n], source, t, t.Groups, t.Last)
		}
	}
	stretchGo(dst, source, t, n)
}

// stretchGroups writes the pixels of dst from the given one on, from their groups, the first of which is given.
func stretchGroups(dst, source []float32, t *Taps, group, from int) {
	groups := (len(dst) - from) / 8
	bases, indices := t.Bases[group:][:groups], t.Indices[8*group:][:8*groups]
	_ = source[bases[groups-1]+t.reach]
	if t.reach == nearReach {
		stretchAVX2(&dst[from], &source[0], &bases[0], &indices[0], &t.G[from], &t.F[from], len(source), groups)
	} else {
		stretchWideAVX2(&dst[from], &source[0], &bases[0], &indices[0], &t.G[from], &t.F[from], len(source), groups)
	}
}
