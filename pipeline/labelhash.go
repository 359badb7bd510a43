package pipeline

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
)

// labelHash hashes the predicted classes of an image where its truth is not ignored (xxHash64): whether the labels of two
// runs are the same is then known without the labels themselves.
type labelHash struct {
	digest xxhash.Digest
	buffer []byte
}

// reset begins an image of this size.
func (h *labelHash) reset(width, height int) {
	h.digest.Reset()
	h.buffer = binary.LittleEndian.AppendUint64(h.buffer[:0], uint64(width)<<32|uint64(uint32(height)))
	_, _ = h.digest.Write(h.buffer) // a hash's Write never fails
}

// add adds pixels in raster order.
func (h *labelHash) add(truth, predicted []int16) {
	if cap(h.buffer) < 2*len(truth) {
		h.buffer = make([]byte, 2*len(truth))
	}
	b := h.buffer[:2*len(truth)]
	kernel.Shown(b, truth, predicted) // ignored: all ones
	_, _ = h.digest.Write(b)          // as above
}

// Visit adds a block.
func (h *labelHash) Visit(b *pass.Block) { h.add(b.Labels, b.Predicted[:len(b.Labels)]) }

// VisitLabel adds a block of one label.
func (h *labelHash) VisitLabel(_ int, b *pass.Block) { h.Visit(b) }

// sum is the hash; 0 stands for none.
func (h *labelHash) sum() uint64 { return max(1, h.digest.Sum64()) }
