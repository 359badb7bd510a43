package pipeline

import "github.com/segmetry/segmetry/internal/raster"

// lumaGrid is how many rows and columns of a picture its brightness looks at, at least; where there are fewer, at all.
const lumaGrid = 64

// brightness is the mean luma of a picture, 0 to 255 (0.299 R + 0.587 G + 0.114 B, ITU-R BT.601), over every s-th row and
// column from the middle of the first s on, s the longest step that leaves lumaGrid of each. Sums are whole numbers: the
// figure is the same everywhere.
func brightness(p *raster.Picture) float64 {
	dy, dx := max(1, p.Height/lumaGrid), max(1, p.Width/lumaGrid)
	var sum, n int64
	for y := dy / 2; y < p.Height; y += dy {
		row := p.Pix[3*y*p.Width:][:3*p.Width]
		for x := 3 * (dx / 2); x+2 < len(row); x += 3 * dx {
			sum += 299*int64(row[x]) + 587*int64(row[x+1]) + 114*int64(row[x+2])
			n++
		}
	}
	return float64(sum) / float64(1000*n)
}
