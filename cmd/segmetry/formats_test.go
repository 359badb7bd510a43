package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunOnEveryFormat evaluates a model of three channels on every rendered dataset; what it is is found, and the run folder's
// configuration says so.
func TestRunOnEveryFormat(t *testing.T) {
	for name, c := range map[string]struct {
		images int
		flags  []string
		config string // in config.yaml
	}{
		"folder.zip":    {3, []string{"--classes", "a,b,c", "--set", "dataset.split=val", "--ignore-index", "255"}, "format: folder"},
		"voc":           {2, nil, "ignore_index: 255"},
		"cityscapes":    {2, nil, "mask_key: labelIds"},
		"ade20k":        {2, nil, "reduce_zero_label: true"},
		"camvid-full":   {2, nil, "format: camvid"},
		"coco":          {4, []string{"--set", "dataset.mask_key=instances"}, "65535: 0"},
		"parquet":       {13, []string{"--classes", "a,b,c", "--ignore-index", "255", "--workers", "3"}, "format: parquet"},
		"webdataset":    {4, []string{"--classes", "a,b,c", "--ignore-index", "255"}, "format: webdataset"},
		"camvid-segnet": {2, []string{"--set", "dataset.split=test"}, "ignore_index: 11"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "run")
			args := append([]string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--set", "dataset.path=" + filepath.Join(repository, "testdata", "datasets", name),
				"--set", "model.class_map={0: 0, 1: 1, 2: 2}", "--set", "preprocess.pad.multiple=8", "--losses", "ce", "--out", folder}, c.flags...)
			code, _, stderr := command(t, args...)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			if !strings.Contains(stderr, "format ") || !strings.Contains(stderr, "it has ") {
				t.Errorf("which format was found, and why, is not said: %s", stderr)
			}
			if s := summaryOf(t, folder); s.Counts.OK != c.images || s.Metrics["mIoU"].Value == nil {
				t.Errorf("%+v", s)
			}
			text, err := os.ReadFile(filepath.Join(folder, "config.yaml"))
			if err != nil || !strings.Contains(string(text), c.config) || strings.Contains(string(text), "format: auto") {
				t.Errorf("config.yaml does not say %q: %s", c.config, text)
			}
		})
	}
}
