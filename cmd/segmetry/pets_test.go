package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestPets: photographs, JPEG with half the colour, resized by OpenCV's rule, classes merged: mean IoU and every loss are those of
// golden/endtoend/pets.json (torch 2.15 and MONAI 1.6.1, pictures by libjpeg-turbo), with our own decoder and with
// libjpeg-turbo where it is installed. Tolerance 1e-4 of a loss and of the mean IoU: float32 logits of another version of ONNX
// Runtime.
func TestPets(t *testing.T) {
	shared := filepath.Join(repository, "..", "shared")
	pets := filepath.Join(shared, "material", "pets")
	text, err := os.ReadFile(filepath.Join(shared, "golden", "endtoend", "pets.json"))
	if err != nil {
		t.Skip("skipped: no reference material beside the checkout")
	}
	var golden struct {
		Summary struct {
			Losses map[string]float64
			MIoU   float64 `json:"mIoU"`
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil || len(golden.Summary.Losses) != 6 {
		t.Fatalf("%v, %d losses", err, len(golden.Summary.Losses))
	}
	for _, decoder := range []string{"go", "turbo"} {
		t.Run(decoder, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := Main([]string{"run", "--model", filepath.Join(pets, "dicenet_s1.0_pascal_384x384.onnx"), "--images", filepath.Join(pets, "images"), "--masks", filepath.Join(pets, "masks"),
				"--classes", "background,cat,dog", "--ignore-index", "255", "--set", "model.class_map={8: 1, 12: 2, default: 0}", "--set", "preprocess.size=[384, 384]", "--set", "preprocess.interpolation=cv_linear",
				"--set", "preprocess.mean=[0.485, 0.456, 0.406]", "--set", "preprocess.std=[0.229, 0.224, 0.225]", "--set", "preprocess.decode=" + decoder,
				"--set", "score.bootstrap.resamples=0", "--set", "report.worst=0", "--out", filepath.Join(t.TempDir(), "run"), "--quiet", "--json"}, nil, &out, &errs, os.Environ())
			if code == exitUsage && decoder == "turbo" {
				t.Skip("skipped: no libjpeg-turbo here: " + errs.String())
			}
			var got struct {
				Metrics, Losses map[string]struct{ Value float64 }
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil || code != 0 {
				t.Fatalf("exit %d, %v: %s", code, err, errs.String())
			}
			if x := got.Metrics["mIoU"].Value; math.Abs(x-golden.Summary.MIoU) > 1e-4 {
				t.Errorf("mIoU %v, want %v", x, golden.Summary.MIoU)
			}
			for name, want := range golden.Summary.Losses {
				if x := got.Losses[name].Value; math.Abs(x/want-1) > 1e-4 {
					t.Errorf("%s %v, want %v", name, x, want)
				}
			}
		})
	}
}
