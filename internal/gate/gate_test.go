package gate

import (
	"math"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var known = []Known{{Name: "mIoU", Better: 1}, {Name: "IoU", Class: "cell", Better: 1}, {Name: "IoU", Class: "wall", Better: 1},
	{Name: "loss.ce", Better: -1}, {Name: "latency.p95_ms", Better: -1, NoInterval: true}, {Name: "best_f1_threshold"}}

// TestParse: a line and a mapping say the same, and both read back from what they are written as.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		line, mapping string
		want          Gate
	}{
		{"mIoU: min 0.69", "{metric: mIoU, min: 0.69}", Gate{"mIoU", Min, 0.69, false, 0.95, Fail, ""}},
		{"mIoU: non-inferior by 0.5pt at 90%", "{metric: mIoU, non_inferior: 0.005, confidence: 0.9}", Gate{"mIoU", NonInferior, 0.005, false, 0.9, Fail, ""}},
		{"IoU[*]: max drop 2%", "{metric: 'IoU[*]', max_drop: 2%}", Gate{"IoU[*]", MaxDrop, 0.02, true, 0.95, Fail, ""}},
		{"loss.ce: max increase 0.05", "{metric: loss.ce, max_increase: 0.05}", Gate{"loss.ce", MaxIncrease, 0.05, false, 0.95, Fail, ""}},
		{"mIoU: no worse by 1pt", "{metric: mIoU, no_worse: 1pt}", Gate{"mIoU", NoWorse, 0.01, false, 0.95, Fail, ""}},
		{"mIoU in scene=*: no worse by 1pt", "{metric: mIoU, slices: 'scene=*', no_worse: 1pt}", Gate{"mIoU", NoWorse, 0.01, false, 0.95, Fail, "scene=*"}},
		{"IoU[cell]: superior by 0", "{metric: IoU, class: cell, superior: 0}", Gate{"IoU[cell]", Superior, 0, false, 0.95, Fail, ""}},
	} {
		got, err := Parse(c.line)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.line, got, err, c.want)
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
}

// TestWrongGates: each error says what was found and what was expected.
func TestWrongGates(t *testing.T) {
	for line, want := range map[string]string{
		"mIoU":                           "expected METRIC: CONDITION",
		"mIoU: mim 0.5":                  `did you mean "min"`,
		"mIoU: min":                      "expected a number after",
		"mIoU: min x":                    `found "x"`,
		"mIoU: min 5%":                   "expected no %",
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
	list, err := Expand([]Gate{parse("IoU[*]: max drop 0.1"), parse("mIoU: min 0.1")}, known, nil)
	if err != nil || len(list) != 3 || list[0].Metric != "IoU[cell]" || list[1].Metric != "IoU[wall]" || list[2].Metric != "mIoU" {
		t.Errorf("%v, %v", list, err)
	}
	for line, want := range map[string]string{
		"mIuO: min 0.1":                       `did you mean "mIoU"`,
		"IoU[sell]: min 0.1":                  `did you mean "IoU[cell]"`,
		"Dice[*]: min 0.1":                    "there is no figure",
		"loss.ce: max drop 0.1":               "would fail an improvement",
		"mIoU: max increase 0.1":              "would fail an improvement",
		"latency.p95_ms: non-inferior by 1":   "has no confidence interval",
		"best_f1_threshold: no worse by 0.01": "neither higher nor lower",
		"mIoU in sizes=*: min 0.1":            `did you mean "size=*"`,
		"mIoU in size: min 0.1":               "expected BY=NAME",
		"latency.p95_ms in size=*: max 5":     "of the run as a whole",
	} {
		if _, err := Expand([]Gate{parse(line)}, known, []string{"size", "column:scene"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", line, err, want)
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
	if _, err := Expand([]Gate{{Metric: "mIoU", Kind: Min, Slices: "size=*"}}, known, nil); err == nil || !strings.Contains(err.Error(), "--slices") {
		t.Errorf("without slices: %v", err)
	}
	for _, pattern := range []string{"*", "si*", "size=*", "size=up to 5", "column:*=night"} {
		if _, err := Expand([]Gate{{Metric: "mIoU", Kind: Min, Slices: pattern}}, known, []string{"size", "column:scene"}); err != nil {
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
		if err != nil {
			return
		}
		g.Judge(Evidence{Base: 0.5, New: 0.4, Low: -0.2, High: 0, Better: 1, Images: 3})
		text, err := yaml.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		_ = text
	})
}
