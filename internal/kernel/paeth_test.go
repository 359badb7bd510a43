package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestPaeth: the bytes are those of the definition (PNG specification, section 9.4), also where the row moves to the
// front of its own memory.
func TestPaeth(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, size := range []int{3, 4} {
		for pixels := range 40 {
			memory, above, want := make([]byte, pixels*size+5), make([]byte, pixels*size), make([]byte, pixels*size)
			for i := range memory {
				memory[i] = byte(r.IntN(256))
			}
			for i := range above {
				above[i] = byte(r.IntN(256))
			}
			row := bytes.Clone(memory[5:])
			for i := range want {
				a, c := 0, 0
				if i >= size {
					a, c = int(want[i-size]), int(above[i-size])
				}
				b := int(above[i])
				p := a + b - c
				pa, pb, pc := max(p-a, a-p), max(p-b, b-p), max(p-c, c-p)
				best := c
				if pb <= pc {
					best = b
				}
				if pa <= pb && pa <= pc {
					best = a
				}
				want[i] = row[i] + byte(best)
			}
			Paeth(memory[:len(row)], memory[5:], above, size)
			if !bytes.Equal(memory[:len(row)], want) {
				t.Fatalf("%d pixels of %d bytes: %v, want %v", pixels, size, memory[:len(row)], want)
			}
		}
	}
}

// TestPaethOfAll: every byte to the left, above and above left gives what the twin does. Pixels come in pairs, the first of
// which is the left one and has the corner above it; the three bytes of a pixel are of different lefts.
func TestPaethOfAll(t *testing.T) {
	const pairs = 86 // of three: all 256
	row, above, out, want := make([]byte, 6*pairs+9), make([]byte, 6*pairs+9), make([]byte, 6*pairs+9), make([]byte, 6*pairs+9)
	for pair := range 1 << 16 {
		corner, up := byte(pair>>8), byte(pair)
		for i := range row {
			a, c := int32(0), int32(0)
			if i >= 3 {
				a, c = int32(want[i-3]), int32(above[i-3])
			}
			if above[i] = up; i/3%2 == 0 {
				above[i], want[i] = corner, byte(i/6+pairs*(i%3))
				row[i] = want[i] - paethOf(a, int32(corner), c)
			} else {
				row[i] = 1
				want[i] = 1 + paethOf(a, int32(up), c)
			}
		}
		if Paeth(out, row, above, 3); !bytes.Equal(out, want) {
			t.Fatalf("%d above, %d above left: %v, want %v", up, corner, out, want)
		}
	}
}
