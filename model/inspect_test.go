package model

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestInspectMaterial holds Inspect against what is known of the reference models (their README).
func TestInspectMaterial(t *testing.T) {
	type want struct {
		layout, out, kind, activation string
		channels, classes, multiple   int
		sure                          bool
	}
	for file, w := range map[string]want{
		"nuclei/models/nuclei3_dyn_logits.onnx":       {NCHW, NCHW, KindLogits, Softmax, 3, 3, 8, true},
		"nuclei/models/nuclei3_dyn_fp16io.onnx":       {NCHW, NCHW, KindLogits, Softmax, 3, 3, 8, true},
		"nuclei/models/nuclei3_dyn_u8_argmax.onnx":    {NHWC, NHW, KindLabels, "", 3, 3, 8, true},
		"nuclei/models/nuclei3_256_u8_label_u8.onnx":  {NHWC, NCHW, KindLabels, "", 3, 3, 0, true},
		"nuclei/models/nuclei3_256_nhwc_softmax.onnx": {NHWC, NHWC, KindProbabilities, Softmax, 3, 3, 0, true},
		"nuclei/models/nuclei3_256_int8_qdq.onnx":     {NCHW, NCHW, KindLogits, Softmax, 3, 3, 0, true},
		"nuclei/models/nuclei2_dyn_sigmoid.onnx":      {NCHW, NCHW, KindProbabilities, Sigmoid, 3, 1, 8, true},
		"models/wnet_drive_logits.onnx":               {NCHW, NCHW, KindLogits, Sigmoid, 3, 1, 0, true},
		"models/models__prisma_seg__prisma_nchw.onnx": {NCHW, NCHW, KindProbabilities, Sigmoid, 3, 1, 0, true},
		"models/selfie_segmentation_landscape.onnx":   {NHWC, NHWC, KindProbabilities, Sigmoid, 3, 1, 0, true},
		"models/espnet_camvid_argmax.onnx":            {NCHW, NHW, KindLabels, "", 3, 12, 0, true},
		"models/espnet_camvid_dyn.onnx":               {NCHW, NCHW, KindLogits, Softmax, 3, 12, 8, true},
		"models/best_model.onnx":                      {NCHW, NCHW, KindLogits, Softmax, 1, 4, 0, true},
		"models/SINet__SINet.onnx":                    {NCHW, NCHW, KindLogits, Softmax, 3, 2, 0, true},
		"models/bodypix_mnv1_050_s16.onnx":            {NHWC, NHWC, KindLogits, Sigmoid, 3, 1, 1, false},
		"models/bodypix_mnv1_050_s8.onnx":             {NHWC, NHWC, KindLogits, Sigmoid, 3, 1, 0, false},
		"pets/dicenet_s1.0_pascal_384x384.onnx":       {NCHW, NCHW, KindLogits, Softmax, 3, 21, 0, true},
	} {
		t.Run(file, func(t *testing.T) {
			i, err := Inspect(context.Background(), material(t, file), WithLibrary(runtimeLibrary(t)))
			if err != nil {
				t.Fatal(err)
			}
			got := want{text(i.Layout), text(i.OutputLayout), text(i.Kind), text(i.Activation), number(i.Channels), number(i.Classes), number(i.SizeMultiple), i.Sure}
			if got != w {
				t.Errorf("got %+v\nwant %+v\n%q", got, w, i.Evidence)
			}
			if strings.Contains(file, "_s8") && !strings.Contains(strings.Join(i.Evidence, "\n"), "trial run failed") {
				t.Errorf("the failing run is not told: %q", i.Evidence)
			}
			checkConfig(t, i)
		})
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// checkConfig reads the written configuration back.
func checkConfig(t *testing.T, i *Inspection) {
	t.Helper()
	var b bytes.Buffer
	if err := i.WriteConfig(&b); err != nil {
		t.Fatal(err)
	}
	var c struct {
		Model Options `yaml:"model"`
	}
	if err := yaml.Unmarshal(b.Bytes(), &c); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if c.Model.Path == "" || c.Model.Kind != text(i.Kind) || c.Model.Output != text(i.Output) {
		t.Errorf("%+v from\n%s", c.Model, b.String())
	}
}

// TestInspectWithoutLibrary says what the file alone says, and unknown is null in JSON.
func TestInspectWithoutLibrary(t *testing.T) {
	i, err := Inspect(context.Background(), conv(3, 4, 8, nodeOf("Relu", []string{"z"}, []string{"out"})).save(t))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":1`, `"kind":null`, `"activation":null`, `"sure":false`, `"size":[8,8]`, `"layout":"nchw"`, `"batch":null`, `"role":"image"`, `"output_stride":1`, `"producer":"test 1.0"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s lacks %s", data, want)
		}
	}
	checkConfig(t, i)
}

func TestInspectTakesAnswers(t *testing.T) {
	o := DefaultOptions()
	o.Kind = KindProbabilities
	path := conv(3, 4, 8, nodeOf("Relu", []string{"z"}, []string{"out"})).save(t)
	i, err := Inspect(context.Background(), path, WithOptions(o))
	if err != nil || !i.Sure || text(i.Activation) != Softmax {
		t.Errorf("%+v, %v", i, err)
	}
	o.Output = "nothing"
	if _, err = Inspect(context.Background(), path, WithOptions(o)); err == nil {
		t.Error("a wrong name was taken")
	}
	if _, err = Inspect(context.Background(), "absent.onnx"); err == nil {
		t.Error("an absent file was inspected")
	}
}

// TestTrialRefutes runs a model whose operators look like probabilities and whose values are not: cubic interpolation
// overshoots. The conclusion is taken back.
func TestTrialRefutes(t *testing.T) {
	i := &Inspection{Kind: word(KindProbabilities), Sure: true}
	i.judge(Tensor{Shape: []int64{1, 1, 1, 3}, Data: []float32{0, 0.5, 1.2}})
	if i.Kind != nil || i.Sure {
		t.Errorf("%+v", i)
	}
	i = &Inspection{Kind: word(KindLogits), Classes: count(3), Sure: true}
	i.agree(Signature{OutputLayout: NCHW}, []int64{1, 4, 8, 8})
	if i.Classes != nil || i.Sure {
		t.Errorf("%+v", i)
	}
}

// TestInspectSeveralLabels: several channels that end in a sigmoid are labels of their own, and the configuration hints at
// the masks that hold them.
func TestInspectSeveralLabels(t *testing.T) {
	path := conv(3, 2, 8, nodeOf("Sigmoid", []string{"z"}, []string{"out"})).save(t)
	i, err := Inspect(context.Background(), path)
	if err != nil || !i.Sure || text(i.Activation) != Sigmoid || text(i.Kind) != KindProbabilities || *i.Classes != 2 {
		t.Fatalf("%+v, %v", i, err)
	}
	var b bytes.Buffer
	if err := i.WriteConfig(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`activation: "sigmoid"`, "# regions: {label_0: [1, 2], label_1: [2]}", "# bits: true", "\n  classes: [label_0, label_1]"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %s", b.String(), want)
		}
	}
}
