package metrics

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// goldenCase is a value that another library computed.
type goldenCase struct {
	Name, Metric, Input, Reference string
	Options                        map[string]any
	Value                          *float64
	Values                         json.RawMessage
	Tolerance                      float64
}

// goldenInput is what a case is about.
type goldenInput struct {
	Shape              []int
	ProbabilitiesShape []int `json:"probabilities_shape"`
	Truth              json.RawMessage
	Prediction         json.RawMessage
	Probabilities      json.RawMessage
	IgnoreIndex        *int `json:"ignore_index"`
}

// variants turns a form that a library chose, and the defaults did not, into options.
var variants = map[string]map[string]any{
	"mcc: zero":                          {"zero_division": "zero"},
	"brier: half":                        {"scale": "half"},
	"average_precision: undefined":       {},
	"average_precision: zero":            {"zero_division": "zero"},
	"nll: no clip":                       {"clip": 0},
	"nll: p clipped to [2^-23, 1-2^-23]": {"clip": 0x1p-23},
	"nll: p clipped to [2^-52, 1-2^-52]": {"clip": 0x1p-52},
}

// conventions turns another library's form, which is compat in the cases, into options.
var conventions = map[string]map[string]any{
	"Precision: sklearn":                   {"zero_division": "zero"},
	"kappa: torchmetrics":                  {},
	"mcc: torchmetrics":                    {"zero_division": "zero"},
	"IoU: torchmetrics":                    {"zero_division": "zero"},
	"IoU: monai":                           {"zero_division": "one"},
	"assd: mean of the two directed means": {},
	"hd95: medpy":                          {"directions": "together"},
}

// elsewhere says of systems' forms, and of single figures of theirs, why no option here has them.
var elsewhere = map[string]string{
	"mmseg": profiles, "detectron2 IoU": profiles, "detectron2 mIoU": profiles, "smp": profiles, "nnunet": profiles,
	"torchmetrics mAcc": profiles, "torchmetrics mPrecision": profiles, "torchmetrics mRecall": profiles,
	"detectron2 boundary_IoU": "a defect: it erodes the label map, which mixes classes",
	"torchmetrics hd":         "a defect: it takes width for height in pictures that are not square",
	"torchmetrics auroc":      "it starts its curve at threshold 1, and loses a triangle",
}

// profiles are score.compat's.
const profiles = "package compat has this system's figures, and holds them against the library's own"

func init() {
	for _, m := range []string{"mIoU", "mFscore"} {
		conventions[m+": torchmetrics"] = map[string]any{} // the same as ours
	}
	for _, m := range []string{"hd", "hd95", "assd", "nsd"} {
		variants[m+": ignored pixels are background in both masks before the edges are taken"] = map[string]any{"ignored": "background"}
		variants[m+": edges are taken first, then edge pixels under ignored truth are dropped"] = map[string]any{"ignored": "dropped"}
		conventions[m+": monai"] = map[string]any{"both_empty": "undefined"}
		conventions[m+": surface-distance"] = map[string]any{"edges": "corners", "both_empty": "undefined"}
	}
	for _, m := range []string{"asd_of_truth", "asd_of_prediction"} {
		conventions[m+": surface-distance"] = conventions["hd: surface-distance"]
	}
	views["assd: mean of the two directed means"] = "masd"
}

func init() {
	const own, right, positive = "left-closed bins, 1 in its own bin (torchmetrics)", "right-closed bins, 1 in the last (scikit-learn)", "probability of class 1 against its frequency"
	for _, m := range []string{"ece", "rmsce", "mce"} {
		variants[m+": "+own] = map[string]any{"closed": "own"}
		variants[m+": "+right] = map[string]any{"closed": "right"}
		variants[m+": "+positive] = map[string]any{"of": "positive"}
		variants[m+": "+positive+"; "+own] = map[string]any{"of": "positive", "closed": "own"}
		variants[m+": "+positive+"; "+right] = map[string]any{"of": "positive", "closed": "right"}
		views[m+": confidence of the predicted class"] = m
	}
}

func init() {
	const void = ", ignored counts as another class"
	for _, m := range []string{"trimap_aAcc", "trimap_IoU", "trimap_mIoU"} {
		for variant, band := range map[string]string{"euclidean": "euclidean", "chebyshev": "chebyshev", "edge pixels": "edge_pixels"} {
			variants[m+": "+variant] = map[string]any{"band": band}
			variants[m+": "+variant+void] = map[string]any{"band": band, "ignored": "class"}
		}
	}
	for _, m := range []string{"pq", "sq", "rq", "object_f1", "instances", "matches"} {
		variants[m+": ignored pixels are background in both before components are labelled"] = map[string]any{"ignored": "background"}
		variants[m+": components of the whole prediction; ignored truth is void (COCO panoptic)"] = map[string]any{"ignored": "void"}
	}
	for _, m := range []string{"boundary_IoU", "boundary_mIoU", "boundary_IoU_img"} {
		variants[m+": ignored pixels are background in both masks before the erosion"] = map[string]any{"ignored": "background"}
		variants[m+": regions first, then ignored pixels are dropped"] = map[string]any{"ignored": "dropped"}
	}
}

// views turns such a form into another name.
var views = map[string]string{
	"mIoU_img: mean over images of the image's mIoU":        "mIoU_img",
	"mIoU_img: mean over classes of the class's image mean": "mIoU_img_classes",
	"mIoU_img: mean over all defined (image, class) pairs":  "mIoU_img_pairs",
	"brier: sum over classes":                               "brier",
	"mcc: undefined":                                        "mcc",
}

// notMeasures are golden values of other rooms, and others asks for what is no measure's value.
var notMeasures = []string{"confusion", "edt2", "bootstrap_ci", "wilcoxon_p", "wilcoxon_statistic", "t_test_p", "holm", "mean_difference"}

// TestGolden holds every measure against the libraries that each case names (scikit-learn, MONAI, torchmetrics, scipy,
// OpenCV), at the case's own tolerance.
func TestGolden(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "golden", "metrics")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("skipped: the shared golden values are not here: %v", err)
	}
	var inputs struct{ Inputs map[string]goldenInput }
	readJSON(t, filepath.Join(folder, "inputs.json"), &inputs)
	var cases []goldenCase
	readJSON(t, filepath.Join(folder, "cases.json"), &cases)
	done, others := 0, map[string]int{}
	for _, c := range perImage(t, oneWay(t, cases), inputs.Inputs) {
		in, ok := inputs.Inputs[c.Input]
		if !ok || slices.Contains(notMeasures, c.Metric) {
			continue
		}
		if !c.ask() {
			compat, _ := c.Options["compat"].(string)
			if why := elsewhere[compat+" "+c.Metric] + elsewhere[compat]; compat == "" || why == "" {
				t.Errorf("%s is held by no measure, and nothing says why: variant %q, compat %q", c.Name, c.Options["variant"], compat)
			}
			others[compat+" "+c.Metric]++
			continue
		}
		t.Run(c.Name, func(t *testing.T) { c.check(t, &in) })
		done++
	}
	if done < goldenCases {
		t.Errorf("%d golden cases were held, want %d", done, goldenCases)
	}
	t.Logf("%d cases held; other systems' forms that are no option here: %v", done, others)
}

// perImage makes a case an image of one that has every image's value, and adds their inputs.
func perImage(t *testing.T, cases []goldenCase, inputs map[string]goldenInput) (list []goldenCase) {
	for _, c := range cases {
		if c.Options["per"] == nil {
			list = append(list, c)
			continue
		}
		var values []json.RawMessage
		in := inputs[c.Input]
		plane := in.Shape[1] * in.Shape[2]
		unmarshal(t, c.Values, &values)
		for n, v := range values {
			one, of := c, in
			one.Name, one.Input, one.Values = fmt.Sprintf("%s/%d", c.Name, n), fmt.Sprintf("%s/%d", c.Input, n), nil
			one.Options = maps.Clone(c.Options)
			delete(one.Options, "per")
			if c.Metric == "IoU" { // a value a class
				one.Values = v
			} else {
				unmarshal(t, v, &one.Value)
			}
			of.Shape, of.Truth, of.Prediction = []int{1, in.Shape[1], in.Shape[2]}, part(t, in.Truth, n, plane), part(t, in.Prediction, n, plane)
			inputs[one.Input] = of
			list = append(list, one)
		}
	}
	return list
}

// part is the nth of the parts of so many numbers.
func part(t *testing.T, raw json.RawMessage, n, size int) json.RawMessage {
	text, err := json.Marshal(floats(t, raw)[n*size:][:size])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// oneWay makes two cases of one that has the distances of either direction.
func oneWay(t *testing.T, cases []goldenCase) (list []goldenCase) {
	for _, c := range cases {
		if c.Metric != "asd" {
			list = append(list, c)
			continue
		}
		values, _ := c.wanted(t)
		for i, name := range []string{"asd_of_truth", "asd_of_prediction"} {
			one := c
			one.Name, one.Metric, one.Values, one.Value = c.Name+"/"+name, name, nil, values[i]
			one.Options = maps.Clone(c.Options)
			list = append(list, one)
		}
	}
	return list
}

// ask turns the case's variant into a name and options; false: there is no such measure or option.
func (c *goldenCase) ask() bool {
	variant, ok := c.Options["variant"].(string)
	table := variants
	if compat, other := c.Options["compat"].(string); other {
		variant, ok, table = compat, true, conventions
	}
	if ok {
		key := c.Metric + ": " + variant
		name, renamed := views[key]
		options, ok := table[key]
		if !renamed && !ok {
			return false
		}
		if renamed {
			c.Metric = name
		}
		for k, v := range options {
			c.Options[k] = v
		}
	}
	for _, key := range []string{"variant", "compat", "ignore_index", "class", "d", "reduction"} {
		if key != "d" || !strings.HasPrefix(c.Metric, "trimap") {
			delete(c.Options, key)
		}
	}
	_, err := Find(c.Metric)
	return err == nil
}

func (c *goldenCase) check(t *testing.T, in *goldenInput) {
	text, err := yaml.Marshal(c.Options)
	if err != nil {
		t.Fatal(err)
	}
	spec := Spec{Name: c.Metric, Label: "x", Decode: func(o any) error { return yaml.Unmarshal(text, o) }}
	total, shape := in.score(t, spec)
	want, isList := c.wanted(t)
	got := c.found(total, shape.Classes, len(want), isList)
	if len(got) != len(want) {
		t.Fatalf("%d values %v, want %d", len(got), got, len(want))
	}
	for i, w := range want {
		switch {
		case w == nil:
			if !math.IsNaN(got[i]) && !(c.Metric == "nll" && math.IsInf(got[i], 1)) { // its null stands for inf
				t.Errorf("value %d is %v, want undefined (%s)", i, got[i], c.Reference)
			}
		case !(math.Abs(got[i]-*w) <= c.Tolerance*max(1, math.Abs(*w))+1e-15):
			t.Errorf("value %d is %v, want %v (tolerance %g, %s)", i, got[i], *w, c.Tolerance, c.Reference)
		}
	}
}

// wanted lists the case's values.
func (c *goldenCase) wanted(t *testing.T) (values []*float64, isList bool) {
	if c.Values == nil {
		return []*float64{c.Value}, false
	}
	if err := json.Unmarshal(c.Values, &values); err != nil {
		var rows [][]*float64
		unmarshal(t, c.Values, &rows)
		return slices.Concat(rows...), true
	}
	return values, true
}

// found reads what the case asks for: one value, class 1's, every class's, or a list.
func (c *goldenCase) found(total *Total, classes, n int, isList bool) []float64 {
	metrics, perClass := total.Metrics(), total.PerClass()
	switch {
	case len(perClass) > 0 && perClass[0].Values[1].Values != nil:
		if len(perClass[0].Values[1].Values) == n {
			return perClass[0].Values[1].Values
		}
		var all []float64
		for _, v := range perClass[0].Values {
			all = append(all, v.Values...)
		}
		return all
	case isList && len(metrics) > 0 && metrics[0].Value.Values != nil:
		return metrics[0].Value.Values
	case isList:
		var all []float64
		for _, v := range perClass[0].Values[:n] {
			all = append(all, v.Value)
		}
		return all
	case len(perClass) > 0:
		return []float64{perClass[0].Values[1].Value}
	}
	return []float64{metrics[0].Value.Value}
}

// score measures the input's images.
func (in *goldenInput) score(t *testing.T, specs ...Spec) (*Total, Shape) {
	images, height, width := in.Shape[0], in.Shape[1], in.Shape[2]
	truth, predicted := flatten(t, in.Truth), flatten(t, in.Prediction)
	shape := Shape{Classes: 4}
	if in.Probabilities != nil {
		shape = Shape{Classes: max(2, in.ProbabilitiesShape[1]), Scores: true}
		if in.ProbabilitiesShape[1] == 1 {
			shape.Head = pass.Sigmoid
		}
	}
	set, err := Compile(specs, shape)
	if err != nil {
		t.Fatal(err)
	}
	probabilities := floats(t, in.Probabilities)
	total, meter, plane := set.NewTotal(), set.NewMeter(), height*width
	for n := range images {
		labels := &raster.Labels{Width: width, Height: height, Class: make([]int16, plane)}
		for i, y := range truth[n*plane:][:plane] {
			labels.Class[i] = int16(y)
			if in.IgnoreIndex != nil && y == *in.IgnoreIndex {
				labels.Class[i] = raster.Ignored
			}
		}
		if shape.Scores {
			total.Add(measureScores(t, meter, shape, probabilities[n*plane*shape.Planes():][:plane*shape.Planes()], labels))
			continue
		}
		guess := &raster.Labels{Width: width, Height: height, Class: make([]int16, plane)}
		for i, y := range predicted[n*plane:][:plane] {
			guess.Class[i] = int16(y)
		}
		total.Add(measureMaps(meter, labels, guess))
	}
	return total, shape
}

// measureMaps measures one image's label maps.
func measureMaps(m *Meter, truth, predicted *raster.Labels) []State {
	m.Reset(nil)
	for i, y := range truth.Class {
		if y != raster.Ignored {
			m.Confusion.Counts[int(y)*m.Confusion.Classes+int(predicted.Class[i])]++
		}
	}
	return m.Finish(truth, predicted)
}

// keepPredictions gathers a pass's predictions.
type keepPredictions struct{ labels *raster.Labels }

func (k keepPredictions) Visit(b *pass.Block) { copy(k.labels.Class[b.Start:], b.Predicted) }

// measureScores measures one image's probabilities.
func measureScores(t testing.TB, m *Meter, shape Shape, probabilities []float32, labels *raster.Labels) []State {
	t.Helper()
	scanner, err := pass.NewScanner(pass.Options{Channels: shape.Planes(), Classes: shape.Classes, Head: shape.Head})
	if err != nil {
		t.Fatal(err)
	}
	logits := make([]float32, len(probabilities))
	for i, p := range probabilities {
		x := math.Log(max(float64(p), smallest))
		if shape.Head == pass.Sigmoid {
			x -= math.Log(max(1-float64(p), smallest))
		}
		logits[i] = float32(x)
	}
	m.Reset(probabilities)
	predicted := &raster.Labels{Width: labels.Width, Height: labels.Height, Class: make([]int16, len(labels.Class))}
	scores := pass.Scores{Data: logits, Channels: shape.Planes(), Height: labels.Height, Width: labels.Width}
	if _, err := scanner.Scan(scores, pass.Window{}, labels, m, keepPredictions{predicted}); err != nil {
		t.Fatal(err)
	}
	return m.Finish(labels, predicted)
}

func flatten(t *testing.T, raw json.RawMessage) []int {
	t.Helper()
	var flat []int
	for _, x := range floats(t, raw) {
		flat = append(flat, int(x))
	}
	return flat
}

func floats(t *testing.T, raw json.RawMessage) []float32 {
	t.Helper()
	var v any
	unmarshal(t, raw, &v)
	var flat []float32
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case float64:
			flat = append(flat, float32(v))
		}
	}
	walk(v)
	return flat
}

func unmarshal(t *testing.T, raw json.RawMessage, dst any) {
	t.Helper()
	if raw == nil {
		return
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, file string, dst any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, data, dst)
}
