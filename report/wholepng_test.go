package report

import (
	"bytes"
	"image"
	"image/png"
	"testing"
)

// TestWholePNG: a file is whole, and no longer so when anything is cut off or any byte is another.
func TestWholePNG(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 9, 7))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i * i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	if err := wholePNG(b.Bytes()); err != nil {
		t.Errorf("a whole file: %v", err)
	}
	for i := range b.Len() {
		if wholePNG(b.Bytes()[:i]) == nil {
			t.Errorf("the first %d of %d bytes are a whole file", i, b.Len())
		}
		changed := bytes.Clone(b.Bytes())
		changed[i] ^= 16
		if wholePNG(changed) == nil {
			t.Errorf("a file with another byte %d is whole", i)
		}
	}
	if wholePNG(make([]byte, b.Len())) == nil {
		t.Error("zeros are a whole file")
	}
}
