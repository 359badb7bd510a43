package gate

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var known = []Known{{Name: "mIoU", Better: 1, Share: true, High: 1}, {Name: "IoU", Class: "cell", Better: 1}, {Name: "IoU", Class: "wall", Better: 1},
	{Name: "loss.ce", Better: -1}, {Name: "latency.p95_ms", Better: -1, NoInterval: true, High: math.Inf(1)}, {Name: "best_f1_threshold"},
	{Name: "kappa", Better: 1, Share: true, Low: -1, High: 1}}

// TestParse: a line and a mapping say the same, both read back from what they are written as, and the line is what messages repeat.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		line, mapping, name string
		want                Gate
	}{
		{"mIoU: min 0.69", "{metric: mIoU, min: 0.69}", "mIoU min 0.69", Gate{"mIoU", Min, 0.69, false, 0.95, Fail, "", "0.69"}},
		{"mIoU: min 69%", "{metric: mIoU, min: 69%}", "mIoU min 0.69", Gate{"mIoU", Min, 0.69, false, 0.95, Fail, "", "69%"}},
		{"ece: max 2pt", "{metric: ece, max: 2pt}", "ece max 0.02", Gate{"ece", Max, 0.02, false, 0.95, Fail, "", "2pt"}},
		{"mIoU: min 0.69379999999999997", "{metric: mIoU, min: 0.69379999999999997}", "mIoU min 0.6938", Gate{"mIoU", Min, 0.6938, false, 0.95, Fail, "", "0.69379999999999997"}},
		{"mIoU: non-inferior by 0.5pt at 90%", "{metric: mIoU, non_inferior: 0.5pt, confidence: 0.9}", "mIoU non-inferior by 0.005 at 90%", Gate{"mIoU", NonInferior, 0.005, false, 0.9, Fail, "", "0.5pt"}},
		{"IoU[*]: max drop 2%", "{metric: 'IoU[*]', max_drop: 2%}", "IoU[*] max drop 2%", Gate{"IoU[*]", MaxDrop, 0.02, true, 0.95, Fail, "", "2%"}},
		{"loss.ce: max increase 0.05", "{metric: loss.ce, max_increase: 0.05}", "loss.ce max increase 0.05", Gate{"loss.ce", MaxIncrease, 0.05, false, 0.95, Fail, "", "0.05"}},
		{"mIoU: no worse by 1pt", "{metric: mIoU, no_worse: 1pt}", "mIoU no worse by 0.01", Gate{"mIoU", NoWorse, 0.01, false, 0.95, Fail, "", "1pt"}},
		{"mIoU in scene=*: no worse by 1pt", "{metric: mIoU, slices: 'scene=*', no_worse: 1pt}", "mIoU in scene=* no worse by 0.01", Gate{"mIoU", NoWorse, 0.01, false, 0.95, Fail, "scene=*", "1pt"}},
		{"IoU[cell]: superior by 0 at 95%", "{metric: IoU, class: cell, superior: 0}", "IoU[cell] superior by 0 at 95%", Gate{"IoU[cell]", Superior, 0, false, 0.95, Fail, "", "0"}},
	} {
		got, err := Parse(c.line)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.line, got, err, c.want)
		}
		if got.String() != c.line || got.Name() != c.name {
			t.Errorf("%s is said as %q and named %q; want %q", c.line, got, got.Name(), c.name)
		}
		var read, again Gate
		if err := yaml.Unmarshal([]byte(c.mapping), &read); err != nil || read != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.mapping, read, err, c.want)
		}
		text, err := yaml.Marshal(read)
		if err == nil {
			err = yaml.Unmarshal(text, &again)
		}
		if err != nil || again != c.want {
			t.Errorf("%s is written as %s: %v", c.mapping, text, err)
		}
	}
	if g := (Gate{Metric: "mIoU", Kind: NoWorse, Value: 0.02, Relative: true}); g.String() != "mIoU: no worse by 2%" {
		t.Errorf("a gate that was never written: %s", g)
	}
}

// TestWrongGates: each error says what was found and what was expected.
func TestWrongGates(t *testing.T) {
	for line, want := range map[string]string{
		"mIoU":                           "expected METRIC: CONDITION",
		"mIoU: mim 0.5":                  `did you mean "min"`,
		"mIoU: min":                      "expected a number after",
		"mIoU: min x":                    `a number such as 0.69, or 69% of a figure that is a share, found "x"`,
		"mIoU: no worse by x":            `a number such as 0.005, 0.5pt (points) or 2% (of the baseline), found "x"`,
		"mIoU: >= 0.5":                   `did you mean "min"`,
		"mIoU: about 0.5":                `unknown condition "about". Conditions:`,
		"mIoU: max drop 2% at 95%":       "takes no confidence",
		"mIoU: max drop -1":              "margin of 0 or more",
		"mIoU: non-inferior by 0.1 at 7": "expected a confidence",
		"mIoU: min 0.5 0.6":              "one word too many",
		"mIoU: superior by":              "after \"by\"",
		"mIoU in : min 0.5":              "expected slices",
	} {
		if _, err := Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", line, err, want)
		}
	}
	for text, want := range map[string]string{
		"{metric: mIoU}":                            "has no condition",
		"{metric: mIoU, min: 1, max: 2}":            "expected one condition a gate",
		"{metric: mIoU, minn: 1}":                   `did you mean "min"`,
		"{metric: mIoU, min: 1, confidence: 0.9}":   "takes no confidence",
		"{metric: mIoU, min: [1]}":                  "expected a single value",
		"{metric: mIoU, min: 1, inconclusive: yes}": "expected fail, warn or pass",
		"[1]": "expected {metric",
	} {
		var g Gate
		if err := yaml.Unmarshal([]byte(text), &g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// TestExpand: a wildcard stands for every class; unknown figures and gates that could fail an improvement are refused.
func TestExpand(t *testing.T) {
	parse := func(line string) Gate {
		g, err := Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	list, err := Expand([]Gate{parse("IoU[*]: max drop 0.1"), parse("mIoU: min 0.1")}, known, nil, nil)
	if err != nil || len(list) != 3 || list[0].Metric != "IoU[cell]" || list[1].Metric != "IoU[wall]" || list[2].Metric != "mIoU" {
		t.Errorf("%v, %v", list, err)
	}
	for line, want := range map[string]string{
		"mIuO: min 0.1":                       `did you mean "mIoU"`,
		"IoU[sell]: min 0.1":                  `did you mean "IoU[cell]"`,
		"Dice[*]: min 0.1":                    `there is no figure "Dice[*]". Figures are`,
		"IoU: min 0.1":                        "IoU[*] is that of every class, IoU[cell] that of one",
		"latency: max 30":                     `did you mean "latency.p95_ms"`,
		"foo: max 30":                         `there is no figure "foo". Figures are`,
		"mIoU: min 69":                        `gate "mIoU: min 69": mIoU lies between 0 and 1: the gate would say the same of every model; did you mean 0.69 (69%)?`,
		"mIoU: max 101%":                      "mIoU lies between 0 and 1: the gate would say the same of every model",
		"mIoU: min -1":                        "between 0 and 1",
		"kappa: min -1.1":                     "between -1 and 1",
		"mIoU: no worse by 2":                 "cannot change by more than 1: the gate would say the same of every model; did you mean 0.02 (2pt), or 2% of the baseline's?",
		"mIoU: superior by 1.5":               "cannot change by more than 1",
		"loss.ce: max 30%":                    "loss.ce is not given in percent",
		"latency.p95_ms: max -5":              "from 0 on",
		"loss.ce: max drop 0.1":               "would fail an improvement",
		"mIoU: max increase 0.1":              "would fail an improvement",
		"latency.p95_ms: non-inferior by 1":   "has no confidence interval",
		"best_f1_threshold: no worse by 0.01": "neither higher nor lower",
		"mIoU in sizes=*: min 0.1":            `did you mean "size=*"`,
		"mIoU in weather=*: min 0.1":          `no way of slicing fits "weather=*". There are`,
		"mIoU in size: min 0.1":               "expected BY=NAME",
		"latency.p95_ms in size=*: max 5":     "of the run as a whole",
	} {
		if _, err := Expand([]Gate{parse(line)}, known, []string{"size", "column:scene"}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", line, err, want)
		}
	}
}

// TestWhatHintsOffer: what the error of a wrong number offers is accepted in its place.
func TestWhatHintsOffer(t *testing.T) {
	for _, line := range []string{"mIoU: min 0.69", "mIoU: min 69%", "mIoU: no worse by 0.02", "mIoU: no worse by 2pt", "mIoU: no worse by 2%", "mIoU: max drop 0.5pt", "kappa: min -1", "mIoU: max 1",
		"mIoU: max drop 1", "loss.ce: max 69", "loss.ce: no worse by 2", "latency.p95_ms: max 69"} {
		g, err := Parse(line)
		if err == nil {
			_, err = Expand([]Gate{g}, known, nil, nil)
		}
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestSlices: a star stands for any text, also for none; everything else for itself.
func TestSlices(t *testing.T) {
	for pattern, want := range map[string]bool{
		"scene=night, rain": true, "scene=*": true, "*": true, "scene=n*t*rain": true, "*=night, rain": true, "scene=night, rain*": true,
		"scene=night": false, "cene=*": false, "scene=*x*": false, "scene=night, rain*rain": false, "SCENE=*": false, "": false,
	} {
		if got := (Gate{Slices: pattern}).InSlice("scene", "night, rain"); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
	if _, err := Expand([]Gate{{Metric: "mIoU", Kind: Min, Slices: "size=*"}}, known, nil, nil); err == nil || !strings.Contains(err.Error(), "--slices") {
		t.Errorf("without slices: %v", err)
	}
	for _, pattern := range []string{"*", "si*", "size=*", "size=up to 5", "column:*=night"} {
		if _, err := Expand([]Gate{{Metric: "mIoU", Kind: Min, Slices: pattern}}, known, []string{"size", "column:scene"}, nil); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// TestJudge: verdicts at and beside every bound, in both directions.
func TestJudge(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name, line string
		e          Evidence
		want       Verdict
	}{
		{"at the floor", "mIoU: min 0.5", Evidence{Base: 0.9, New: 0.5}, Passed},
		{"under the floor", "mIoU: min 0.5", Evidence{Base: 0.4, New: 0.4999}, Failed},
		{"floor, undefined", "mIoU: min 0.5", Evidence{Base: 0.4, New: nan}, Failed},
		{"ceiling", "loss.ce: max 0.5", Evidence{New: 0.6}, Failed},
		{"at the margin", "mIoU: max drop 0.25", Evidence{Base: 0.75, New: 0.5}, Passed},
		{"past the margin", "mIoU: max drop 0.25", Evidence{Base: 0.75, New: 0.4999}, Failed},
		{"an improvement", "mIoU: max drop 0", Evidence{Base: 0.7, New: 0.8}, Passed},
		{"relative", "mIoU: max drop 10%", Evidence{Base: 0.5, New: 0.449}, Failed},
		{"within the noise", "latency.p95_ms: max increase 10%", Evidence{Base: 100, New: 112, Noise: 5, Better: -1}, Passed},
		{"beyond the noise", "latency.p95_ms: max increase 10%", Evidence{Base: 100, New: 116, Noise: 5, Better: -1}, Failed},
		{"no worse, lower is better", "loss.ce: no worse by 0.1", Evidence{Base: 1, New: 0.5, Better: -1}, Passed},
		{"worse, lower is better", "loss.ce: no worse by 0.1", Evidence{Base: 1, New: 1.2, Better: -1}, Failed},
		{"baseline undefined", "mIoU: max drop 0.1", Evidence{Base: nan, New: 0.5}, Inconclusive},
		{"non-inferior", "mIoU: non-inferior by 0.01", Evidence{Base: 0.7, New: 0.7, Low: -0.009, High: 0.02, Better: 1, Images: 10}, Passed},
		{"not enough images", "mIoU: non-inferior by 0.01", Evidence{Base: 0.7, New: 0.7, Low: -0.011, High: 0.02, Better: 1, Images: 10}, Inconclusive},
		{"inferior", "mIoU: non-inferior by 0.01", Evidence{Base: 0.7, New: 0.6, Low: -0.15, High: -0.011, Better: 1, Images: 10}, Failed},
		{"the same to the last bit, no margin", "mIoU: non-inferior by 0", Evidence{Base: 0.7, New: 0.7, Better: 1}, Passed},
		{"a loss, non-inferior", "loss.ce: non-inferior by 0.01", Evidence{Base: 0.7, New: 0.7, Low: -0.5, High: 0.009, Better: -1}, Passed},
		{"a loss, inferior", "loss.ce: non-inferior by 0.01", Evidence{Base: 0.7, New: 0.8, Low: 0.02, High: 0.2, Better: -1}, Failed},
		{"superior", "mIoU: superior by 0", Evidence{Base: 0.7, New: 0.8, Low: 0.001, High: 0.2, Better: 1}, Passed},
		{"perhaps superior", "mIoU: superior by 0", Evidence{Base: 0.7, New: 0.8, Low: -0.001, High: 0.2, Better: 1}, Inconclusive},
		{"not superior", "mIoU: superior by 0.1", Evidence{Base: 0.7, New: 0.75, Low: 0.01, High: 0.09, Better: 1}, Failed},
		{"no interval", "mIoU: superior by 0", Evidence{Base: 0.7, New: 0.75, Low: nan, High: nan, Better: 1}, Inconclusive},
	} {
		g, err := Parse(c.line)
		if err != nil {
			t.Fatal(err)
		}
		if r := g.Judge(c.e); r.Verdict != c.want || r.Why == "" {
			t.Errorf("%s: %+v; want %s", c.name, r, c.want)
		}
	}
}

// TestNeeded: where the estimate is 0 and the interval reaches twice as far as the margin, four times as many images make it
// half as wide.
func TestNeeded(t *testing.T) {
	g := Gate{Metric: "mIoU", Kind: NonInferior, Value: 0.01, Confidence: 0.95, Inconclusive: Fail}
	if r := g.Judge(Evidence{Base: 0.5, New: 0.5, Low: -0.02, High: 0.02, Better: 1, Images: 100}); r.Needed != 400 || !strings.Contains(r.Why, "400 images") {
		t.Errorf("%+v", r)
	}
	if r := g.Judge(Evidence{Base: 0.5, New: 0.49, Low: -0.02, High: 0.02, Better: 1, Images: 100}); r.Needed != 0 {
		t.Errorf("at the margin itself: %+v", r)
	}
}

// FuzzParse: no line makes it fail but by an error, and what it accepts is written and read back the same.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"mIoU: min 0.69", "IoU[*]: max drop 2%", "a: non-inferior by 0.5pt at 95%", "x: superior", "::", "a: no worse by 1e300"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		g, err := Parse(line)
		if err != nil || !utf8.ValidString(line) { // YAML is UTF-8
			return
		}
		g.Judge(Evidence{Base: 0.5, New: 0.4, Low: -0.2, High: 0, Better: 1, Images: 3})
		text, err := yaml.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		var again Gate
		if err := yaml.Unmarshal(text, &again); err != nil || again != g {
			t.Errorf("%q is written as %s, which is %+v, %v", line, text, again, err)
		}
	})
}
