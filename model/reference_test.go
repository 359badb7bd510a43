package model

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestReferenceOptions: what was said of the model holds for a reference that reads like it, and not for another kind.
func TestReferenceOptions(t *testing.T) {
	folder := filepath.Join("..", "testdata", "quickstart", "models")
	file := func(name string) string { return filepath.Join(folder, name+".onnx") }
	base := DefaultOptions()
	base.Path, base.Device, base.Output, base.Kind, base.Layout, base.Threshold = file("nuclei3_dyn_logits"), "cuda", "logits", KindLogits, NCHW, Threshold{0.4}
	for name, c := range map[string]struct {
		reference, path, device, output, kind, layout string
	}{
		"itself on the CPU":     {ReferenceCPU, base.Path, "cpu", "logits", KindLogits, NCHW},
		"another precision":     {file("nuclei3_dyn_fp16io"), file("nuclei3_dyn_fp16io"), "cuda", "logits", KindLogits, NCHW},
		"labels, channels last": {file("nuclei3_dyn_u8_argmax"), file("nuclei3_dyn_u8_argmax"), "cuda", "", "", ""},
	} {
		o := base
		o.Reference = c.reference
		got, err := o.ReferenceOptions()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Path != c.path || got.Device != c.device || got.Output != c.output || got.Kind != c.kind || got.Layout != c.layout || !slices.Equal(got.Threshold, Threshold{0.4}) || got.Reference != "" {
			t.Errorf("%s: %+v", name, got)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	base.Reference = file("absent")
	if _, err := base.ReferenceOptions(); err == nil {
		t.Error("an absent reference was accepted")
	}
}
