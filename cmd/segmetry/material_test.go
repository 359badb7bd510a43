package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/model"
)

// told is what the reference models' own README and authors say of their outputs: kind, activation, channels.
var told = map[string]string{
	"nuclei2_dyn_sigmoid": "probabilities sigmoid 1", "nuclei3_256_int8_qdq": "logits softmax 3", "nuclei3_256_logits_op11": "logits softmax 3",
	"nuclei3_256_nhwc_softmax": "probabilities softmax 3", "nuclei3_256_u8_label_u8": "labels - 3", "nuclei3_dyn_fp16io": "logits softmax 3",
	"nuclei3_dyn_logits": "logits softmax 3", "nuclei3_dyn_u8_argmax": "labels - 3", "SINet__SINet": "logits softmax 2", "best_model": "logits softmax 4",
	"bodypix_mnv1_050_s16": "logits sigmoid 1", "bodypix_mnv1_050_s8": "logits sigmoid 1", "cgnet_camvid_480x360": "logits softmax 11",
	"espnet_camvid_480x360": "logits softmax 12", "espnet_camvid_argmax": "labels - 12", "espnet_camvid_dyn": "logits softmax 12",
	"espnet_city_q8_1024x512": "logits softmax 20", "espnetv2_s2.0_city_1024x512": "logits softmax 20", "models__prisma_seg__prisma_nchw": "probabilities sigmoid 1",
	"selfie_segmentation_landscape": "probabilities sigmoid 1", "wnet_drive_logits": "logits sigmoid 1", "wnet_drive_sigmoid": "probabilities sigmoid 1",
	"dicenet_s1.0_pascal_384x384": "logits softmax 21",
}

// TestModelsTable inspects every reference model, runs it with the configuration that inspect wrote, as it is, and holds the
// table of docs/models.md against what came out: a row that differs is printed as it must be.
func TestModelsTable(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	root := filepath.Join(repository, "..", "shared", "material")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.onnx"))
	if err != nil || len(files) == 0 {
		t.Skip("skipped: no reference material beside the checkout")
	}
	more, _ := filepath.Glob(filepath.Join(root, "nuclei", "models", "*.onnx"))
	doc, err := os.ReadFile(filepath.Join(repository, "docs", "models.md"))
	if err != nil {
		t.Fatal(err)
	}
	if files = append(files, more...); len(files) != len(told) {
		t.Errorf("%d files, and %d are told of", len(files), len(told))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".onnx")
		t.Run(name, func(t *testing.T) {
			if row := tableRow(t, name, file); !strings.Contains(string(doc), row+"\n") {
				t.Errorf("docs/models.md lacks the row\n%s", row)
			}
		})
	}
}

// tableRow inspects and runs a model and returns its row.
func tableRow(t *testing.T, name, file string) string {
	t.Helper()
	folder := pictures(t, 2)
	configuration := filepath.Join(folder, "c.yaml")
	code, stdout, stderr := command(t, "inspect", file, "--json", "--write", configuration)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var i model.Inspection
	if err := json.Unmarshal([]byte(stdout), &i); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = command(t, "run", configuration, "--quiet", "--losses", "none", "--out", filepath.Join(folder, "run"))
	result := "runs"
	if code != 0 {
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		if errors := regexp.MustCompile(`(?m)^segmetry: `).FindAllString(stderr, -1); len(errors) != 1 {
			t.Errorf("%d errors: %s", len(errors), stderr)
		}
		result = fmt.Sprintf("exit %d: %s", code, lines[len(lines)-1][strings.LastIndex(lines[len(lines)-1], ": ")+2:])
	}
	written, err := os.ReadFile(configuration)
	if err != nil {
		t.Fatal(err)
	}
	if asks := regexp.MustCompile(`(?m)^  [a-z_]+: .*   # .*\?.*\(model\.`).Match(written); i.Sure == asks {
		t.Errorf("sure is %v, and the configuration asks: %v\n%s", i.Sure, asks, written)
	}
	in, out := at(i.Inputs, i.Input), at(i.Outputs, i.Output)
	right := strings.Join([]string{or(i.Kind, "-"), or(i.Activation, "-"), fmt.Sprint(*i.Classes)}, " ") == told[name]
	if !right && i.Sure {
		t.Errorf("a wrong conclusion that is said to be sure: %s, %q", or(i.Kind, "-"), i.Evidence)
	}
	kind := or(i.Kind, "?")
	if i.Activation != nil {
		kind += ", " + *i.Activation
	}
	yes := map[bool]string{true: "yes", false: "no"}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %d | %s | %s | %s | %s |", name, in, out, or(i.Layout, "?"), or(i.OutputLayout, "?"), *i.Classes, kind, yes[i.Sure], yes[right], result)
}

// pictures makes a folder with images and masks of class 0.
func pictures(t *testing.T, n int) string {
	t.Helper()
	folder := t.TempDir()
	const width, height = 480, 360
	for k := range n {
		picture, mask := image.NewRGBA(image.Rect(0, 0, width, height)), image.NewGray(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				picture.Set(x, y, color.RGBA{uint8(x / 2), uint8(y / 2), uint8((x*y)>>uint(9-k) + 40*k), 255})
			}
		}
		for kind, m := range map[string]image.Image{"images": picture, "masks": mask} {
			if err := os.MkdirAll(filepath.Join(folder, kind), 0o755); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(filepath.Join(folder, kind, fmt.Sprintf("%d.png", k)))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, m); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	return folder
}

func or(p *string, other string) string {
	if p == nil {
		return other
	}
	return *p
}

// at is a port's type and shape.
func at(ports []model.Port, name *string) string {
	for _, p := range ports {
		if name != nil && p.Name == *name {
			return p.Type + " " + strings.ReplaceAll(strings.ReplaceAll(strings.Trim(fmt.Sprint(p.Shape), "[]"), " ", "×"), "-1", "?")
		}
	}
	return "?"
}
