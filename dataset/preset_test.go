package dataset

import (
	"math"
	"testing"
)

// TestPresets holds each preset against its library's steps in Python, done with Pillow 13 (in two resizes, for the order of
// passes up to 12), OpenCV 5 and numpy 2.4 on the same made-up picture: the size, the mean of the tensor and four of its
// values. keras is given a size; its resize was OpenCV's of floats. Tolerance 2e-5: values have six decimals, float32 sums.
func TestPresets(t *testing.T) {
	want := map[string]struct {
		height, width int
		values        []float64 // mean, [0,0,0], [1,h/2,w/3], [2,h−1,w−1], [0,h/3,w/2]
	}{
		"torchvision": {520, 826, []float64{0.095952, -2.117904, 1.378151, -1.316427, 1.067300}},
		"mmseg":       {512, 814, []float64{0.093748, -2.117904, 1.360644, -1.316427, 0.981677}},
		"timm":        {224, 224, []float64{0.092741, 0.724805, -1.282913, -1.072418, -1.980906}},
		"smp":         {64, 128, []float64{-0.482228, -2.117904, -0.775210, -1.804444, -0.610926}},
		"nnunet":      {61, 97, []float64{0, -1.601461, 1.431758, -1.226642, 1.198284}},
		"keras":       {40, 64, []float64{-0.058560, -0.834913, 0.432786, -0.714128, -0.177385}},
	}
	if len(want) != len(Presets()) {
		t.Errorf("presets: %v", Presets())
	}
	for name, w := range want {
		p, known := PreprocessPreset(name)
		if name == "keras" {
			p.Size = []int{40, 64}
		}
		if err := p.Validate(); err != nil || !known {
			t.Errorf("%s: %v", name, err)
			continue
		}
		l := newLoader(t, DefaultOptions(), p, Input{Channels: 3})
		pic := wavy(97, 61)
		g, err := l.Geometry(pic.Width, pic.Height)
		if err != nil || g.Height != w.height || g.Width != w.width {
			t.Errorf("%s: %d×%d, %v, want %d×%d", name, g.Height, g.Width, err, w.height, w.width)
			continue
		}
		tensor := make([]float32, 3*g.Height*g.Width)
		if err := l.Tensor(pic, g, tensor); err != nil {
			t.Fatal(err)
		}
		mean, _ := moments(tensor)
		at := func(c, y, x int) float64 { return float64(tensor[(c*g.Height+y)*g.Width+x]) }
		got := []float64{mean, at(0, 0, 0), at(1, g.Height/2, g.Width/3), at(2, g.Height-1, g.Width-1), at(0, g.Height/3, g.Width/2)}
		for i, v := range got {
			if math.Abs(v-w.values[i]) > 2e-5 {
				t.Errorf("%s: mean and values %.6f, want %.6f", name, got, w.values)
				break
			}
		}
	}
	if _, known := PreprocessPreset("detectron"); known {
		t.Error("an unknown preset is known")
	}
}
