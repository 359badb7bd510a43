package pipeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// logMemory is how much of the images' statistics is kept in memory; what is older lies in a temporary file.
const logMemory = 64 << 20

// rowLog keeps the statistics of every scored image, from which the figures of any choice of images are formed again, to
// the bit.
type rowLog struct {
	set       *metrics.Set
	losses    int
	gradients int
	states    int // numbers of the losses' state
	limit     int
	memory    []byte   // of the images since flushed
	flushed   int64    // bytes in the file
	file      *os.File // nil as long as memory suffices
	ends      []int64  // where each image's bytes end
	buffer    []byte
}

func newRowLog(c record.Columns, plan lossTotal, set *metrics.Set) *rowLog {
	return &rowLog{set: set, losses: len(c.Losses), gradients: len(c.Gradients), states: len(plan.NewState()), limit: logMemory}
}

// append keeps an image's statistics: counts as varints, since most are small, and the bits of floats.
func (l *rowLog) append(out *outcome) error {
	r, b := out.record, l.buffer[:0]
	b = binary.AppendUvarint(b, uint64(len(r.Image)))
	b = append(b, r.Image...)
	b = binary.AppendVarint(binary.AppendVarint(b, r.ValidPixels), r.NaNPixels)
	for i := range out.measured {
		for _, n := range out.measured[i].Counts {
			b = binary.AppendVarint(b, n)
		}
		b = appendFloats(b, out.measured[i].Sums)
	}
	b = appendFloats(appendFloats(appendFloats(b, r.Losses), r.Gradients), out.state)
	l.buffer = b
	if len(l.memory)+len(b) > l.limit {
		if err := l.flush(); err != nil {
			return err
		}
	}
	l.memory = append(l.memory, b...)
	l.ends = append(l.ends, l.flushed+int64(len(l.memory)))
	return nil
}

func appendFloats(b []byte, values []float64) []byte {
	for _, x := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// flush moves what is in memory to the file.
func (l *rowLog) flush() error {
	var err error
	if l.file == nil {
		if l.file, err = os.CreateTemp("", "segmetry-slices-*"); err != nil {
			return fault.Runtimef("keeping statistics for score.slices: %w", err)
		}
		_ = os.Remove(l.file.Name()) // gone when it is closed, also after a crash; where files in use stay, close removes it
	}
	if _, err = l.file.Write(l.memory); err != nil {
		return fault.Runtimef("keeping statistics for score.slices in %s: %w; is the disk full?", os.TempDir(), err)
	}
	l.flushed += int64(len(l.memory))
	l.memory = l.memory[:0]
	return nil
}

// read brings an image's statistics back. What it returns is valid until the next call, but for the states, which are the
// caller's to release.
func (l *rowLog) read(image int) (*outcome, error) {
	from, to := int64(0), l.ends[image]
	if image > 0 {
		from = l.ends[image-1]
	}
	var b []byte
	if from >= l.flushed {
		b = l.memory[from-l.flushed : to-l.flushed]
	} else {
		l.buffer = append(l.buffer[:0], make([]byte, to-from)...)
		b = l.buffer
		if _, err := l.file.ReadAt(b, from); err != nil {
			return nil, fault.Runtimef("reading statistics for score.slices: %w", err)
		}
	}
	return l.decode(b)
}

func (l *rowLog) decode(b []byte) (*outcome, error) {
	d := decoder{b: b}
	r := &Record{Status: record.OK, Image: string(d.bytes(int(d.uvarint())))}
	r.ValidPixels, r.NaNPixels = d.varint(), d.varint()
	measured := l.set.Take()
	for i := range measured {
		for k := range measured[i].Counts {
			measured[i].Counts[k] = d.varint()
		}
		d.floats(measured[i].Sums)
	}
	r.Losses, r.Gradients = make([]float64, l.losses), make([]float64, l.gradients)
	state := make(losses.State, l.states)
	d.floats(r.Losses)
	d.floats(r.Gradients)
	d.floats(state)
	if len(d.b) != 0 || d.short {
		return nil, fault.Runtimef("the statistics kept for score.slices are damaged: %w", fmt.Errorf("%d bytes are left", len(d.b)))
	}
	r.Means, r.PerClass = l.set.Values(measured)
	return &outcome{record: r, measured: measured, state: state}, nil
}

// close removes the file.
func (l *rowLog) close() {
	if l.file != nil {
		_ = l.file.Close()
		_ = os.Remove(l.file.Name())
	}
}

// decoder takes values off the front of bytes.
type decoder struct {
	b     []byte
	short bool
}

func (d *decoder) bytes(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.short = true
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	d.bytes(max(n, 0))
	d.short = d.short || n <= 0
	return x
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.b)
	d.bytes(max(n, 0))
	d.short = d.short || n <= 0
	return x
}

func (d *decoder) floats(dst []float64) {
	b := d.bytes(8 * len(dst))
	for i := range dst {
		if !d.short {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
}
