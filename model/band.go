package model

import "github.com/segmetry/segmetry/internal/fault"

// band is some rows of a picture's logits, into which overlapping windows are added. It moves down the picture with the
// windows: what is above it was read and is forgotten.
type band struct {
	sum        []float32 // planes×rows×width
	planes     int       // 0 until the first window is there
	rows       int       // room in each plane
	width      int
	top, below int // the rows of the picture that the band has: from top on, before below
	end        int // logits before this row have every window's share
	next       int // the row of windows to run next
}

// reset begins a picture with room for some rows.
func (b *band) reset(rows, width int) {
	*b = band{sum: b.sum, rows: rows, width: width}
}

// move makes the band hold rows top to below, the new ones 0. Rows that it has and that stay keep their logits.
func (b *band) move(top, below int) {
	from := *b
	b.top, b.below = top, below
	if b.planes == 0 {
		return
	}
	b.rows = max(b.rows, below-top)
	if b.rows > from.rows {
		b.sum = make([]float32, b.planes*b.rows*b.width)
	}
	kept := max(0, from.below-top)
	for c := range b.planes {
		plane := b.sum[c*b.rows*b.width:][:b.rows*b.width]
		copy(plane[:kept*b.width], from.sum[(c*from.rows+top-from.top)*b.width:])
		clear(plane[kept*b.width : (below-top)*b.width])
	}
}

// fits makes room for the first window's channels, which every other window must have too.
func (b *band) fits(channels int) error {
	if b.planes == channels {
		return nil
	}
	if b.planes != 0 {
		return fault.Runtimef("a window gave %d channels, the one before it %d", channels, b.planes)
	}
	if n := int64(channels) * int64(b.rows) * int64(b.width); n > maxElements {
		return fault.Dataf("logits of %d×%d×%d have more than %d elements; set preprocess.size", channels, b.rows, b.width, int64(maxElements))
	}
	b.planes = channels
	b.sum = grown(b.sum, channels*b.rows*b.width)
	clear(b.sum)
	return nil
}

// add adds a window's share to the logits.
func (b *band) add(p Prediction, rows, columns interval) {
	for c := range p.Channels {
		for y, row := range rows.shares {
			source := p.Logits[(c*p.Height+y)*p.Width:][:len(columns.shares)]
			dst := b.sum[(c*b.rows+rows.start+y-b.top)*b.width+columns.start:][:len(source)]
			for x, share := range columns.shares {
				dst[x] += row * share * source[x]
			}
		}
	}
}
