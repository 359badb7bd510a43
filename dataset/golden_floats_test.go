package dataset

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoldenFloats holds resizes of float planes against torch, each case with its own tolerance.
func TestGoldenFloats(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden planes are not here: %v", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, r := range raw {
		var c struct {
			Name, Operation, Source, Expected string
			Tolerance                         float64
			SourceShape                       []int `json:"source_shape"`
			Options                           struct {
				Mode      string
				Size      []int
				Corners   bool `json:"align_corners"`
				Antialias bool
			}
		}
		if json.Unmarshal(r, &c) != nil || c.Operation != "resize_float" && c.Operation != "resize_logits" {
			continue
		}
		mode := "torch_" + strings.ReplaceAll(c.Options.Mode, "-", "_")
		if c.Options.Corners {
			mode += "_corners"
		}
		if c.Options.Antialias {
			mode += "_antialias"
		}
		got, err := ResizePlanes(loadFloats(t, filepath.Join(folder, c.Source)), [3]int(c.SourceShape), c.Options.Size[0], c.Options.Size[1], mode)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		worst := 0.0
		for i, want := range loadFloats(t, filepath.Join(folder, c.Expected)) {
			worst = max(worst, math.Abs(float64(want)-float64(got[i])))
		}
		if worst > c.Tolerance+1e-12 {
			t.Errorf("%s (%s): differs by up to %g, allowed %g", c.Name, mode, worst, c.Tolerance)
		}
		done++
	}
	t.Logf("%d cases", done)
	if done < 90 {
		t.Errorf("only %d cases were found", done)
	}
}

func loadFloats(t *testing.T, file string) []float32 {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, len(text)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(text[4*i:]))
	}
	return values
}
