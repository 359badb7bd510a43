package pipeline

import "github.com/segmetry/segmetry/internal/pass"

// scoreMaps notes, while the logits of an image are walked over, what its thumbnail's layers of loss and confidence would
// show: logits that are made while they are read cannot be walked over again, and whether a list wants the image is known
// afterwards. It is two values for each of the thumbnail's pixels; nothing is made of them unless the image is drawn.
type scoreMaps struct {
	walk
	loss  []float32 // −log of the true class's probability; where labels overlap, the mean over them
	doubt []float32 // 1 − the likeliest class's probability; where labels overlap, the largest of them
}

// begin begins an image whose label has the given size.
func (m *scoreMaps) begin(width, height int) {
	m.walk.begin(width, height)
	if n := m.pixels(); cap(m.loss) < n {
		m.loss, m.doubt = make([]float32, n), make([]float32, n)
	}
	m.loss, m.doubt = m.loss[:m.pixels()], m.doubt[:m.pixels()]
}

// Visit keeps what the thumbnail shows of a block.
func (m *scoreMaps) Visit(b *pass.Block) {
	for {
		first, offset, columns := m.next(b.Start + b.N)
		if len(columns) == 0 {
			return
		}
		loss, doubt := m.loss[first:][:len(columns)], m.doubt[first:][:len(columns)]
		nll, q := b.NLL, b.QTop
		for i, x := range columns {
			at := offset + x - b.Start
			loss[i], doubt[i] = nll[at], q[at]
		}
	}
}
