package kernel

// NoRow is above (negated) and below where a column has no such pixel.
const NoRow = 1 << 28

// NearestSide is the longest side of a picture that [Nearest] takes.
const NearestSide = 1 << 14

// NearestPad is how many columns of NoRow above and below must have before a picture of this width, and after it.
func NearestPad(width int) int { return width + 8 }

// nearestGo looks at columns ever farther from the pixel's own.
func nearestGo(above, below []int32, at, y, reach int) int {
	best := 1<<31 - 1
	for d := 0; d <= reach && d*d < best; d++ {
		left := min(y-int(above[at-d]), int(below[at-d])-y, 1<<15-1)
		right := min(y-int(above[at+d]), int(below[at+d])-y, 1<<15-1)
		v := min(left, right)
		best = min(best, d*d+v*v)
	}
	return best
}
