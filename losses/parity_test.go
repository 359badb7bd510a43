package losses

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/parity.md anew")

// parityHead is the page's text before its table.
const parityHead = `# Parity: library call, our loss, difference

Every row was computed twice, by the library named in float64 and by this package from the same float32 logits. The
differences are the largest over the inputs of the row, rounded up to a power of ten: of the value relative to
max(1, |value|), of the gradient relative to its largest element. This page is written by ` + "`go test ./losses -run Parity -update`" + `
and held against the code by the same test.

`

// parityTail lists what is wrong elsewhere. They were executed, or read in the source, when the
// specification was written; the golden values cover the defaults that differ, not every row.
const parityTail = `
## Defects and traps in other libraries that are not shared here

| where | what it does | here |
|---|---|---|
| torch CrossEntropyLoss, float32 | 0 at a logit gap of 20, where the truth is 4.1e-9 (three classes) | log1p of the rest keeps the digits |
| torch CrossEntropyLoss | NaN where every pixel is ignored | 0 with count 0 |
| torchvision sigmoid_focal_loss, SMP | NaN gradient at saturation for γ < 1 | finite for every γ ≥ 0 |
| SMP FocalLoss('multiclass'), MONAI FocalLoss | by default one class against the rest by a sigmoid, on softmax logits | softmax; activation: sigmoid gives theirs |
| MONAI FocalLoss(use_softmax=True), kornia | divided by the number of classes once more | mean over pixels |
| MONAI, kornia softmax focal | alpha weighs class 0 by 1−α and all others by α | class_weights, one a class |
| SMP TverskyLoss(gamma) | exponentiates the mean over classes | each class's loss |
| MONAI, SMP Tversky | alpha and beta weigh opposite errors in other libraries | weight_fp, weight_fn |
| MONAI GeneralizedWassersteinDiceLoss | mixes the images of a batch | mean of the images |
| kornia Lovász-softmax | another function: .360 against .796 on one input | Berman's |
| mmsegmentation 0.x Dice | ignored pixels stay in the denominator | left out of both |
| mmsegmentation 0.x cross-entropy | divides by ignored pixels, too | denominator: all gives that |
| SegLossOdyssey DistPenaltyCE | computes the weights and drops them | used |
| scipy distance_transform_edt, MONAI Hausdorff | undefined for a region that fills the image | no boundary, distance 0 |
`

// TestParityPage holds docs/parity.md against the golden values.
func TestParityPage(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("skipped: the page's figures are of amd64; other processors fuse products with sums outside the kernels")
	}
	page := filepath.Join("..", "docs", "parity.md")
	folder := filepath.Join("..", "..", "shared", "golden", "losses")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("skipped: the shared golden values are not here: %v", err)
	}
	want := parityHead + parityTable(t, folder) + parityTail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != want {
		t.Errorf("docs/parity.md is not what the code gives (%v): go test ./losses -run Parity -update", err)
	}
}

// parityRow is one library call over its inputs.
type parityRow struct {
	reference, ours string
	inputs          []string
	value, gradient float64
}

func parityTable(t *testing.T, folder string) string {
	var rows []*parityRow
	add := func(c goldenCase, in goldenInput) {
		value, gradient := parityErrors(t, c, in)
		ours := c.Loss + parityOptions(c.Options)
		i := slices.IndexFunc(rows, func(r *parityRow) bool { return r.reference == c.Reference && r.ours == ours })
		if i < 0 {
			i = len(rows)
			rows = append(rows, &parityRow{reference: c.Reference, ours: ours})
		}
		rows[i].inputs = append(rows[i].inputs, c.Input)
		rows[i].value, rows[i].gradient = max(rows[i].value, value), max(rows[i].gradient, gradient)
	}
	var inputs struct{ Inputs map[string]goldenInput }
	readJSON(t, filepath.Join(folder, "inputs.json"), &inputs)
	var cases []goldenCase
	readJSON(t, filepath.Join(folder, "cases.json"), &cases)
	for _, c := range cases {
		add(c, inputs.Inputs[c.Input])
	}
	var own struct {
		Inputs map[string]goldenInput
		Cases  []goldenCase
	}
	readJSON(t, filepath.Join("..", "testdata", "golden", "losses.json"), &own)
	for _, c := range own.Cases {
		if c.Loss == "hausdorff_er" || c.Loss == "unet_weighted_ce" { // not among the shared ones
			add(c, own.Inputs[c.Input])
		}
	}
	slices.SortStableFunc(rows, func(a, b *parityRow) int { return strings.Compare(a.ours, b.ours) })
	var b strings.Builder
	b.WriteString("| library call | ours | inputs | value | gradient |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", strings.ReplaceAll(r.reference, "|", "\\|"), r.ours, strings.Join(r.inputs, ", "), bound(r.value), bound(r.gradient))
	}
	return b.String()
}

func parityOptions(options map[string]any) string {
	var list []string
	for key, value := range options {
		list = append(list, fmt.Sprintf("%s: %v", key, value))
	}
	slices.Sort(list)
	if len(list) == 0 {
		return ""
	}
	return " {" + strings.Join(list, ", ") + "}"
}

// parityErrors returns the errors of one case's value and gradient; NaN for a gradient that there is not.
func parityErrors(t *testing.T, c goldenCase, in goldenInput) (value, gradient float64) {
	p, err := Compile([]Spec{withOptions(c.Loss, c.Options)}, in.shape())
	if err != nil {
		t.Fatal(err)
	}
	v, g := score(t, p, in.batch())
	value = math.Abs(v-c.Value) / max(1, math.Abs(c.Value))
	largest := 1e-12
	for _, x := range c.Grad {
		largest = max(largest, math.Abs(x))
	}
	for i, x := range c.Grad {
		gradient = max(gradient, math.Abs(float64(g[i])-x)/largest)
	}
	if len(c.Grad) == 0 {
		gradient = math.NaN()
	}
	return value, gradient
}

// bound rounds an error up to a power of ten; below 1e-9 the difference is the printed digits'.
func bound(e float64) string {
	switch {
	case math.IsNaN(e):
		return "–"
	case e <= 1e-9:
		return "≤ 1e-9"
	}
	return fmt.Sprintf("≤ 1e%d", int(math.Ceil(math.Log10(e))))
}
