package dataset

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// fitCase is a case of pad, center_crop, letterbox or normalise.
type fitCase struct {
	Name, Operation, Source, Expected string
	Tolerance                         float64
	Options                           struct {
		Library, Mode, Scale, Order string
		Left, Top, Right, Bottom    int
		Size                        []int
		Fill                        any
		Mean, Std                   []float64
	}
}

// preprocess is the section that the case asks for.
func (c *fitCase) preprocess() Preprocess {
	p := DefaultPreprocess()
	switch c.Operation {
	case "center_crop":
		p.Crop, p.Pad.Mode = c.Options.Size, PadConstant
	case "letterbox":
		p.Size, p.Fit, p.Pad = c.Options.Size, FitLetterbox, Pad{Mode: PadConstant, Value: []float64{114}}
		if p.Interpolation = "pil13_bilinear"; c.Options.Library == "cv2" {
			p.Interpolation = "cv_linear"
		}
	case "pad":
		p.Pad = Pad{Mode: c.Options.Mode}
		switch fill := c.Options.Fill.(type) {
		case float64:
			p.Pad.Value = []float64{fill}
		case []any:
			for _, v := range fill {
				p.Pad.Value = append(p.Pad.Value, v.(float64))
			}
		}
	case "normalise":
		scale, err := ParseRatio(c.Options.Scale)
		if err != nil {
			panic(err)
		}
		p.Scale, p.Mean, p.Std, p.Color = &scale, c.Options.Mean, c.Options.Std, c.Options.Order
	}
	return p
}

// TestGoldenFit holds crops, borders, letterboxes and normalised tensors against torchvision, Pillow, OpenCV and numpy.
func TestGoldenFit(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden pictures are not here: %v", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for _, r := range raw {
		var c fitCase
		if json.Unmarshal(r, &c) != nil || !slices.Contains([]string{"pad", "center_crop", "letterbox", "normalise"}, c.Operation) {
			continue
		}
		l := newLoader(t, DefaultOptions(), c.preprocess(), Input{Channels: 3})
		pic, err := l.Image(filepath.Join(folder, c.Source))
		if err != nil {
			t.Fatal(err)
		}
		g, err := l.Geometry(pic.Width, pic.Height)
		if err != nil {
			t.Fatal(err)
		}
		if c.Operation == "pad" {
			g.Top, g.Left, g.Height, g.Width = c.Options.Top, c.Options.Left, g.Height+c.Options.Top+c.Options.Bottom, g.Width+c.Options.Left+c.Options.Right
		}
		done[c.Operation]++
		if worst := c.worst(t, l, pic, g, filepath.Join(folder, c.Expected)); worst > c.Tolerance {
			t.Errorf("%s: differs by up to %g, allowed %g", c.Name, worst, c.Tolerance)
		}
	}
	if done["pad"] < 18 || done["center_crop"] < 8 || done["letterbox"] < 18 || done["normalise"] < 8 {
		t.Errorf("cases found: %v", done)
	}
}

// worst is the largest difference from what is expected.
func (c *fitCase) worst(t *testing.T, l *Loader, pic *raster.Picture, g Geometry, expected string) (worst float64) {
	t.Helper()
	n := g.Height * g.Width
	if strings.HasSuffix(expected, ".bin") {
		got := make([]float32, 3*n)
		if err := l.Tensor(pic, g, got); err != nil {
			t.Fatal(err)
		}
		for i, want := range loadFloats(t, expected) {
			worst = max(worst, math.Abs(float64(want)-float64(got[i])))
		}
		return worst
	}
	got, want := make([]uint8, 3*n), loadPicture(t, expected)
	if err := l.Bytes(pic, g, got); err != nil {
		t.Fatal(err)
	}
	if want.Width != g.Width || want.Height != g.Height {
		t.Errorf("%s: %d×%d pixels, want %d×%d", c.Name, g.Width, g.Height, want.Width, want.Height)
		return worst
	}
	for i, v := range want.Pix {
		worst = max(worst, math.Abs(float64(v)-float64(got[i%3*n+i/3])))
	}
	return worst
}

// TestGoldenSizes holds the sizes of fit: short and rescale against torchvision and mmcv.
func TestGoldenSizes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "golden", "preprocess", "expected", "size_table.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden sizes are not here: %v", err)
	}
	var table []map[string][]int
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	short, limited, rescale := DefaultPreprocess(), DefaultPreprocess(), DefaultPreprocess()
	short.Fit, short.Size = FitShort, []int{256, 256}
	limited.Fit, limited.Size, limited.MaxSize = FitShort, []int{255, 255}, 512
	rescale.Fit, rescale.Size = FitRescale, []int{512, 2048}
	for _, row := range table {
		for column, p := range map[string]Preprocess{"torchvision_256": short, "torchvision_255_max512": limited, "mmcv_2048x512": rescale} {
			h, w := p.fitted(row["size"][1], row["size"][0], p.Size)
			if want := row[column]; h != want[0] || w != want[1] {
				t.Errorf("%s of %v: %d×%d, want %v", column, row["size"], h, w, want)
			}
		}
	}
	if len(table) < 20 {
		t.Errorf("only %d sizes were found", len(table))
	}
}
