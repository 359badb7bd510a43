package model

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// stub is a session that returns its input, scaled in size, and counts its runs.
type stub struct {
	signature Signature
	shrink    int // of the output's size
	runs      int
}

func (s *stub) Signature() Signature        { return s.signature }
func (s *stub) NewRunner() (Runner, error)  { return &stubRunner{stub: s}, nil }
func (s *stub) Placement() record.Placement { return record.Placement{} }
func (s *stub) Close() error                { return nil }

type stubRunner struct {
	*stub
	shape []int64
	data  []float32
}

func (r *stubRunner) Input(shape []int64) ([]float32, error) {
	r.shape, r.data = slices.Clone(shape), make([]float32, product(shape))
	return r.data, nil
}

func (r *stubRunner) Run(context.Context) (Prediction, error) {
	r.runs++
	height, width := int(r.shape[2])/r.shrink, int(r.shape[3])/r.shrink
	p := Prediction{Kind: KindLogits, Channels: int(r.shape[1]), Height: height, Width: width, Images: int(r.shape[0])}
	for c := range p.Channels * p.Images {
		for y := range height {
			for x := range width {
				p.Logits = append(p.Logits, r.data[(c*int(r.shape[2])+y*r.shrink)*int(r.shape[3])+x*r.shrink])
			}
		}
	}
	return p, nil
}

// slideOver runs a stub over a picture of two channels and returns its logits.
func slideOver(t *testing.T, s *stub, o SlideOptions, height, width int, v func(i int) float32) []float32 {
	t.Helper()
	session, err := Slide(s, o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := session.NewRunner()
	if err != nil {
		t.Fatal(err)
	}
	p := predict(t, r, []int64{1, 2, int64(height), int64(width)}, v)
	if p.Channels != 2 || p.Height != height || p.Width != width {
		t.Fatalf("logits of %d×%d×%d, want 2×%d×%d", p.Channels, p.Height, p.Width, height, width)
	}
	return p.Logits
}

// TestSlideWeightsSumToOne: a model without context gives over windows what it gives at once, for either blending, and for
// windows larger than the picture (tolerance 1e-6: shares of float32).
func TestSlideWeightsSumToOne(t *testing.T) {
	for _, blend := range []string{BlendConstant, BlendGaussian} {
		for _, size := range [][2]int{{64, 64}, {65, 97}, {20, 100}, {150, 33}} {
			o := SlideOptions{CropSize: [2]int{32, 40}, Stride: [2]int{20, 13}, Blend: blend}
			v := func(i int) float32 { return 1 + float32(i%7) }
			for i, x := range slideOver(t, &stub{shrink: 1}, o, size[0], size[1], v) {
				if math.Abs(float64(x/v(i)-1)) > 1e-6 {
					t.Fatalf("%s, %v: logit %d is %v, want %v", blend, size, i, x, v(i))
				}
			}
		}
	}
}

// TestSlideWindows counts windows as mmsegmentation does: max(length − crop + stride − 1, 0)/stride + 1 an axis.
func TestSlideWindows(t *testing.T) {
	for _, c := range []struct{ height, width, want int }{{64, 64, 1}, {65, 64, 2}, {128, 64, 3}, {129, 64, 4}, {10, 10, 1}, {96, 96, 4}} {
		s := &stub{shrink: 1}
		slideOver(t, s, SlideOptions{CropSize: [2]int{64, 64}, Stride: [2]int{32, 32}}, c.height, c.width, func(int) float32 { return 0 })
		if s.runs != c.want {
			t.Errorf("%d×%d: %d windows, want %d", c.height, c.width, s.runs, c.want)
		}
	}
}

// TestSlideResizes: outputs smaller than their window are brought to it; of a constant nothing is lost.
func TestSlideResizes(t *testing.T) {
	for i, x := range slideOver(t, &stub{shrink: 4}, SlideOptions{CropSize: [2]int{32, 32}}, 70, 81, func(int) float32 { return 3 }) {
		if math.Abs(float64(x)-3) > 1e-6 {
			t.Fatalf("logit %d is %v, want 3", i, x)
		}
	}
}

func TestSlideRefuses(t *testing.T) {
	fixed := Signature{Height: 64, Width: 64}
	for want, c := range map[string]struct {
		sig Signature
		o   SlideOptions
	}{
		"any height":           {Signature{}, SlideOptions{}},
		"fixed at 64":          {fixed, SlideOptions{CropSize: [2]int{32, 64}}},
		"expected 1 to the":    {fixed, SlideOptions{Stride: [2]int{65, 64}}},
		"constant or gaussian": {fixed, SlideOptions{Blend: "linear"}},
		"label maps of":        {Signature{Height: 64, Width: 64, Kind: KindLabels}, SlideOptions{}},
	} {
		if _, err := Slide(&stub{signature: c.sig}, c.o); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v; want a usage error that says %q", c, err, want)
		}
	}
	s, err := Slide(&stub{signature: fixed, shrink: 1}, SlideOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.NewRunner()
	if _, err := r.Input([]int64{1, 3, 63, 64}); err == nil || !strings.Contains(err.Error(), "smaller than") {
		t.Errorf("a picture below the fixed size: %v", err)
	}
}

// TestSlideIsTiles: with a stride of the window's size the logits are those of each tile alone, to the bit.
func TestSlideIsTiles(t *testing.T) {
	const path = "../../shared/material/models/espnet_camvid_dyn.onnx"
	if _, err := os.Stat(path); err != nil {
		t.Skip("skipped: no ../shared/material")
	}
	const tile = 64
	s, whole := runnerOf(t, path)
	sliding, err := Slide(s, SlideOptions{CropSize: [2]int{tile, tile}, Stride: [2]int{tile, tile}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := sliding.NewRunner()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pixel := func(c, y, x int) float32 { return float32(math.Sin(float64(c*3 + y*y + 2*x))) }
	at := func(top, left int) func(int) float32 {
		return func(i int) float32 { return pixel(i/(tile*tile), top+i/tile%tile, left+i%tile) }
	}
	got := predict(t, r, []int64{1, 3, 2 * tile, 2 * tile}, func(i int) float32 {
		return pixel(i/(4*tile*tile), i/(2*tile)%(2*tile), i%(2*tile))
	})
	for k := range 4 {
		top, left := k/2*tile, k%2*tile
		want := predict(t, whole, []int64{1, 3, tile, tile}, at(top, left))
		for i, x := range want.Logits {
			c, y, x0 := i/(tile*tile), i/tile%tile, i%tile
			if g := got.Logits[(c*2*tile+top+y)*2*tile+left+x0]; g != x {
				t.Fatalf("tile %d, logit %d: %v, alone %v", k, i, g, x)
			}
		}
	}
}

// TestStreamIsRun: logits made while they are read are those made at once, bit for bit, whatever rows are asked for, and
// the band holds little more than a window's rows.
func TestStreamIsRun(t *testing.T) {
	for _, c := range []struct {
		height, width, shrink int
		o                     SlideOptions
	}{
		{200, 61, 1, SlideOptions{CropSize: [2]int{32, 40}, Stride: [2]int{20, 13}, Blend: BlendGaussian}},
		{97, 40, 4, SlideOptions{CropSize: [2]int{32, 40}, Stride: [2]int{32, 40}}},
		{20, 20, 1, SlideOptions{CropSize: [2]int{32, 40}}},
	} {
		v := func(i int) float32 { return float32(i%101) / 7 }
		want := slideOver(t, &stub{shrink: c.shrink}, c.o, c.height, c.width, v)
		session, err := Slide(&stub{shrink: c.shrink}, c.o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := session.NewRunner()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []int{1, 3, 50} { // rows read at a time, each with the one before it
			in, err := r.Input([]int64{1, 2, int64(c.height), int64(c.width)})
			if err != nil {
				t.Fatal(err)
			}
			for i := range in {
				in[i] = v(i)
			}
			p, err := r.(Streamer).Stream(t.Context())
			if err != nil || p.Logits != nil || p.Channels != 2 || p.Height != c.height || p.Width != c.width {
				t.Fatalf("%+v, %v", p, err)
			}
			for y := 0; y < c.height; y += step {
				last := min(y+step, c.height) - 1
				part, err := p.Rows.Need(max(0, y-1), last)
				if err != nil {
					t.Fatal(err)
				}
				if most := c.o.CropSize[0] + 2*step + spare; part.Stride > max(most, c.height) || step == 1 && part.Stride > most {
					t.Errorf("a band of %d rows for windows of %d", part.Stride, c.o.CropSize[0])
				}
				for row := max(0, y-1); row <= last; row++ {
					for plane := range 2 {
						got := part.Data[(plane*part.Stride+row-part.Top)*c.width:][:c.width]
						if !slices.Equal(got, want[(plane*c.height+row)*c.width:][:c.width]) {
							t.Fatalf("%v, step %d: row %d of plane %d differs", c.o, step, row, plane)
						}
					}
				}
			}
		}
	}
}

// TestSlideBatches: windows that go in together give the logits of windows one at a time, to the bit, in fewer runs.
func TestSlideBatches(t *testing.T) {
	v := func(i int) float32 { return float32(i%101) / 7 }
	o := SlideOptions{CropSize: [2]int{32, 40}, Stride: [2]int{20, 13}, Blend: BlendGaussian}
	free := Signature{Layout: NCHW, OutputLayout: NCHW}
	one := &stub{signature: free, shrink: 4}
	want := slideOver(t, one, o, 97, 161, v)
	for _, batch := range []int{2, 3, 64} {
		o.Batch = batch
		s := &stub{signature: free, shrink: 4}
		if !slices.Equal(slideOver(t, s, o, 97, 161, v), want) || s.runs >= one.runs {
			t.Errorf("batch %d: %d runs instead of %d, or other logits", batch, s.runs, one.runs)
		}
	}
	o.Batch = 0
	fixed := &stub{signature: Signature{Layout: NCHW, OutputLayout: NCHW, Batch: 4}, shrink: 4}
	if !slices.Equal(slideOver(t, fixed, o, 97, 161, v), want) || fixed.runs >= one.runs {
		t.Error("a fixed batch is not filled")
	}
	o.Batch = 5
	if _, err := Slide(fixed, o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "inference.batch") {
		t.Errorf("more windows than the batch takes: %v", err)
	}
}

// TestSlideBatchOfAModel: the same for a real model, within 1e-5: ONNX Runtime may sum in another order.
func TestSlideBatchOfAModel(t *testing.T) {
	s, _ := runnerOf(t, "../testdata/quickstart/models/nuclei3_dyn_logits.onnx")
	var all [2][]float32
	for k, batch := range []int{1, 3} {
		sliding, err := Slide(s, SlideOptions{CropSize: [2]int{64, 64}, Stride: [2]int{48, 48}, Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		r, err := sliding.NewRunner()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		all[k] = slices.Clone(predict(t, r, []int64{1, 3, 100, 260}, func(i int) float32 { return float32(i*i%977) / 977 }).Logits)
	}
	for i, want := range all[0] {
		if math.Abs(float64(all[1][i]-want)) > 1e-5*max(1, math.Abs(float64(want))) {
			t.Fatalf("logit %d: %v in batches, %v alone", i, all[1][i], want)
		}
	}
}
