package dataset

import (
	"fmt"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

var speedSizes = []struct{ w, h, tw, th int }{{2048, 1024, 1024, 512}, {2048, 1024, 1000, 500}, {480, 360, 512, 512}, {480, 360, 224, 224}, {1024, 512, 1024, 512}}

func speedCase(tb testing.TB, mode string, w, h, tw, th int) (*Loader, *raster.Picture, Geometry) {
	p := DefaultPreprocess()
	p.Interpolation, p.Size = mode, []int{th, tw}
	p.Mean, p.Std = []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}
	l, err := NewLoader(DefaultOptions(), p, Input{Channels: 3})
	if err != nil {
		tb.Fatal(err)
	}
	pic := &raster.Picture{}
	pic.Resize(w, h)
	for i := range pic.Pix {
		pic.Pix[i] = uint8(i * i >> 7)
	}
	g, err := l.Geometry(w, h)
	if err != nil {
		tb.Fatal(err)
	}
	return l, pic, g
}

// BenchmarkPreprocess times resizing and normalising together.
func BenchmarkPreprocess(b *testing.B) {
	for _, mode := range []string{"cv_linear", "pil_bilinear", "pil_bicubic", "cv_area", "cv_cubic", "torch_bilinear", "torch_bilinear_antialias", "cv_nearest"} {
		for _, s := range speedSizes {
			b.Run(fmt.Sprintf("%s/%dx%d-%dx%d", mode, s.w, s.h, s.tw, s.th), func(b *testing.B) {
				l, pic, g := speedCase(b, mode, s.w, s.h, s.tw, s.th)
				dst := make([]float32, 3*g.Height*g.Width)
				for b.Loop() {
					if err := l.Tensor(pic, g, dst); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestTensorAllocatesNothing: once its buffers have grown, a loader takes no memory for a picture of the same size.
func TestTensorAllocatesNothing(t *testing.T) {
	for _, mode := range []string{"cv_linear", "pil_bilinear", "pil13_lanczos"} {
		l, pic, g := speedCase(t, mode, 97, 61, 64, 48)
		dst := make([]float32, 3*g.Height*g.Width)
		if l.scale.spread == nil {
			t.Error("the usual normalisation is looked up, not computed")
		}
		if n := testing.AllocsPerRun(10, func() { _ = l.Tensor(pic, g, dst) }); n > 0 {
			t.Errorf("%s: %v allocations a picture", mode, n)
		}
	}
}
