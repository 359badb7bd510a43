package losses

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/raster"
)

// goldenInput is logits and truth of a golden case.
type goldenInput struct {
	Shape  [4]int
	Logits []float32
	Labels []int16
	Ignore *int16
}

// goldenCase is what another library computed in float64.
type goldenCase struct {
	Name, Input, Loss, Reference string
	Options                      map[string]any
	Value                        float64
	Grad                         []float64
}

// Tolerances of the golden values: the inputs are float32, the references float64. Value relative to max(1, |value|);
// gradient relative to the largest of the case.
const (
	valueTolerance    = 1e-6
	gradientTolerance = 2e-6
	biasedTolerance   = 1e-5 // references that say so themselves: kornia biases its one-hot truth by 1e-6
)

// TestGolden holds values and gradients against torch, torchvision, MONAI, SMP and kornia, first on the cases that
// stand in the project, then on the larger set beside a checkout.
func TestGolden(t *testing.T) {
	t.Run("testdata", func(t *testing.T) {
		runGolden(t, filepath.Join("..", "testdata", "golden", "losses.json"), filepath.Join("..", "testdata", "golden", "losses.json"))
	})
	t.Run("shared", func(t *testing.T) {
		folder := filepath.Join("..", "..", "shared", "golden", "losses")
		if _, err := os.Stat(folder); err != nil {
			t.Skipf("skipped: the shared golden values are not here: %v", err)
		}
		runGolden(t, filepath.Join(folder, "inputs.json"), filepath.Join(folder, "cases.json"))
	})
}

func runGolden(t *testing.T, inputsFile, casesFile string) {
	var inputs struct{ Inputs map[string]goldenInput }
	readJSON(t, inputsFile, &inputs)
	var cases []goldenCase
	if inputsFile == casesFile {
		var both struct{ Cases []goldenCase }
		readJSON(t, casesFile, &both)
		cases = both.Cases
	} else {
		readJSON(t, casesFile, &cases)
	}
	known := 0
	for _, c := range cases {
		if _, ok := registry[c.Loss]; !ok {
			continue
		}
		known++
		t.Run(c.Name, func(t *testing.T) { checkGolden(t, c, inputs.Inputs[c.Input]) })
	}
	if known == 0 {
		t.Fatalf("%s holds no case of a registered loss", casesFile)
	}
}

func readJSON(t *testing.T, file string, dst any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, dst); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func (in goldenInput) batch() *Batch {
	b := &Batch{Images: in.Shape[0], Channels: in.Shape[1], Height: in.Shape[2], Width: in.Shape[3], Logits: in.Logits}
	for _, y := range in.Labels {
		if in.Ignore != nil && y == *in.Ignore {
			y = raster.Ignored
		}
		b.Labels = append(b.Labels, y)
	}
	return b
}

func (in goldenInput) shape() Shape {
	if in.Shape[1] == 1 {
		return Shape{Head: Sigmoid, Classes: 2}
	}
	return Shape{Head: Softmax, Classes: in.Shape[1]}
}

// withOptions asks for a loss with options given as a map.
func withOptions(name string, options map[string]any) Spec {
	return Spec{Name: name, Decode: func(dst any) error {
		text, err := yaml.Marshal(options)
		if err != nil {
			return err
		}
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		return d.Decode(dst)
	}}
}

func checkGolden(t *testing.T, c goldenCase, in goldenInput) {
	plan, err := Compile([]Spec{withOptions(c.Loss, c.Options)}, in.shape())
	if err != nil {
		t.Fatal(err)
	}
	b := in.batch()
	gradient := make([]float32, len(b.Logits))
	results, err := plan.Score(b, [][]float32{gradient})
	if err != nil {
		t.Fatal(err)
	}
	tv, tg := valueTolerance, gradientTolerance
	if bytes.Contains([]byte(c.Reference), []byte("1e-5")) {
		tv, tg = biasedTolerance, 10*biasedTolerance
	}
	if e := math.Abs(results[0].Value-c.Value) / max(1, math.Abs(c.Value)); !(e <= tv) {
		t.Errorf("value %.12g, %s has %.12g (error %.1e, allowed %.0e)", results[0].Value, c.Reference, c.Value, e, tv)
	}
	largest := 1e-12
	for _, g := range c.Grad {
		largest = max(largest, math.Abs(g))
	}
	for i, g := range c.Grad {
		if e := math.Abs(float64(gradient[i])-g) / largest; !(e <= tg) {
			t.Fatalf("gradient[%d] %.9g, %s has %.9g (error %.1e of the largest, allowed %.0e)", i, gradient[i], c.Reference, g, e, tg)
		}
	}
}
