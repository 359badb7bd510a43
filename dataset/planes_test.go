package dataset

import (
	"math"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

func wavy(w, h int) *raster.Picture {
	pic := &raster.Picture{}
	pic.Resize(w, h)
	for i := range pic.Pix {
		pic.Pix[i] = uint8(i * i >> 3)
	}
	return pic
}

// TestFractionsReachTheTensor: torch's modes resize floats, so no value is rounded to a byte before it is normalised; windows
// hold the same.
func TestFractionsReachTheTensor(t *testing.T) {
	pic := wavy(23, 17)
	modes := map[string]string{ColorRGB: PadConstant, ColorBGR: PadReflect, ColorGray: PadEdge}
	for _, color := range []string{ColorRGB, ColorBGR, ColorGray} {
		p := DefaultPreprocess()
		p.Pad.Mode = modes[color]
		p.Interpolation, p.Size, p.Fit, p.Color = "torch_bilinear", []int{20, 31}, FitLetterbox, color
		p.Mean, p.Std = []float64{0.4}, []float64{0.2}
		channels := 3
		if color == ColorGray {
			channels = 1
		}
		l := newLoader(t, DefaultOptions(), p, Input{Channels: channels})
		g, err := l.Geometry(pic.Width, pic.Height)
		if err != nil {
			t.Fatal(err)
		}
		whole := make([]float32, channels*g.Height*g.Width)
		if err := l.Tensor(pic, g, whole); err != nil {
			t.Fatal(err)
		}
		plane := make([]float32, pic.Width*pic.Height)
		for i := range plane { // of the tensor's first channel
			px := pic.Pix[3*i:]
			plane[i] = float32(map[string]uint8{ColorRGB: px[0], ColorBGR: px[2], ColorGray: uint8((19595*uint32(px[0]) + 38470*uint32(px[1]) + 7471*uint32(px[2]) + 32768) >> 16)}[color])
		}
		want, err := ResizePlanes(plane, [3]int{1, pic.Height, pic.Width}, g.ContentHeight, g.ContentWidth, p.Interpolation)
		if err != nil {
			t.Fatal(err)
		}
		fractions := 0
		for y := range g.ContentHeight {
			for x := range g.ContentWidth {
				v := float64(want[y*g.ContentWidth+x])
				if v != math.Trunc(v) {
					fractions++
				}
				if got := float64(whole[(g.Top+y)*g.Width+g.Left+x]); math.Abs(got-(v/255-0.4)/0.2) > 1e-6 {
					t.Fatalf("%s, row %d, column %d: %v, want %v", color, y, x, got, (v/255-0.4)/0.2)
				}
			}
		}
		if fractions == 0 {
			t.Errorf("%s: nothing had to be interpolated", color)
		}
		for _, at := range [][2]int{{8, 0}, {0, 20}} {
			window := make([]float32, channels*6*9)
			l.View(pic, g).Fill(at[0], at[1], 6, 9, window)
			for i, v := range window {
				if w := whole[(i/54*g.Height+at[0]+i/9%6)*g.Width+at[1]+i%9]; v != w {
					t.Fatalf("%s: value %d of a window is %v, the tensor has %v", color, i, v, w)
				}
			}
		}
		left, border := whole[(g.Height/2)*g.Width], whole[(g.Height/2)*g.Width+g.Left] // constant padding is 0 before scaling
		if want := map[bool]float32{true: -2, false: border}[color == ColorRGB]; g.Left < 1 || color != ColorBGR && left != want {
			t.Errorf("%s: the border is %v, want %v", color, left, want)
		}
	}
}

// TestNormalizeImage: every channel has mean 0 and deviation 1 (numpy's std), a plain picture is 0, and bytes and planes agree.
func TestNormalizeImage(t *testing.T) {
	for _, mode := range []string{"pil_bilinear", "torch_bilinear"} {
		p := DefaultPreprocess()
		p.Interpolation, p.Size, p.Normalize = mode, []int{11, 19}, NormalizeImage
		l := newLoader(t, DefaultOptions(), p, Input{Channels: 3})
		for _, plain := range []bool{false, true} {
			pic := wavy(23, 17)
			if plain {
				fill(pic.Pix, 77)
			}
			g, err := l.Geometry(pic.Width, pic.Height)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, 3*11*19)
			if err := l.Tensor(pic, g, got); err != nil {
				t.Fatal(err)
			}
			for c := range 3 {
				mean, deviation := moments(got[c*11*19:][:11*19])
				want := 1.0
				if plain {
					want = 0
				}
				if math.Abs(mean) > 1e-6 || math.Abs(deviation-want) > 1e-6 {
					t.Errorf("%s, plain %v, channel %d: mean %g, deviation %g, want 0 and %g", mode, plain, c, mean, deviation, want)
				}
			}
		}
	}
	p := DefaultPreprocess()
	p.Normalize, p.Mean = NormalizeImage, []float64{0.5}
	if p.Validate() == nil {
		t.Error("normalize: image with a mean was accepted")
	}
}
