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
