package dataset

import (
	"fmt"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// TestViewIsTheTensor: every window of a picture holds what the whole tensor holds there, borders and grey models too.
func TestViewIsTheTensor(t *testing.T) {
	pic := &raster.Picture{}
	pic.Resize(37, 23)
	for i := range pic.Pix {
		pic.Pix[i] = uint8(i * 31)
	}
	for _, channels := range []int{1, 3} {
		for _, mode := range []string{PadConstant, PadEdge, PadReflect, PadMirror} {
			for _, fit := range []string{FitNone, FitLetterbox} {
				t.Run(fmt.Sprint(channels, mode, fit), func(t *testing.T) {
					p := DefaultPreprocess()
					p.Fit, p.Pad.Mode, p.Pad.Multiple = fit, mode, 16
					if fit == FitLetterbox {
						p.Size = []int{40, 48}
					}
					l, err := NewLoader(DefaultOptions(), p, Input{Channels: channels})
					if err != nil {
						t.Fatal(err)
					}
					g, err := l.Geometry(pic.Width, pic.Height)
					if err != nil {
						t.Fatal(err)
					}
					whole := make([]float32, channels*g.Height*g.Width)
					if err := l.Tensor(pic, g, whole); err != nil {
						t.Fatal(err)
					}
					const top, left, height, width = 9, 15, 11, 17
					window := make([]float32, channels*height*width)
					l.View(pic, g).Fill(top, left, height, width, window)
					for i, x := range window {
						c, y, x0 := i/(height*width), i/width%height, i%width
						if want := whole[(c*g.Height+top+y)*g.Width+left+x0]; x != want {
							t.Fatalf("channel %d, row %d, column %d: %v, the tensor has %v", c, top+y, left+x0, x, want)
						}
					}
				})
			}
		}
	}
}
