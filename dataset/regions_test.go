package dataset

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/raster"
)

func regions(t *testing.T, text string) Regions {
	t.Helper()
	var r Regions
	if err := yaml.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// labelsOf lists the labels of one mask value, "ignored" or "invalid".
func labelsOf(o *Options, value int) string {
	table, sets := labelTable(*o), o.LabelSets()
	switch table[value] {
	case raster.Ignored:
		return "ignored"
	case invalidLabel:
		return "invalid"
	}
	var names []string
	for c, name := range o.ClassNames() {
		got := []int16{9}
		sets.Expand(got, table[value:value+1], c)
		if sets.Has(table[value], c) != (got[0] == 1) {
			return "Has and Expand disagree"
		}
		if got[0] == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func TestOverlappingLabels(t *testing.T) {
	ignore := 255
	var m LabelMap
	if err := yaml.Unmarshal([]byte(`{4: 0, 5: 3, 6: ignore}`), &m); err != nil {
		t.Fatal(err)
	}
	nested := regions(t, "{whole: [1, 2, 3], core: [2, 3], 7: 3}")
	for name, c := range map[string]struct {
		o    Options
		want map[int]string
	}{
		"regions":             {Options{Regions: nested}, map[int]string{0: "", 1: "whole", 2: "whole core", 3: "whole core 7", 4: "invalid", 255: "invalid"}},
		"regions with zero":   {Options{Regions: regions(t, "{a: [0, 9], b: 9}")}, map[int]string{0: "a", 9: "a b", 1: "invalid"}},
		"mapped and ignored":  {Options{Regions: nested, LabelMap: m, IgnoreIndex: &ignore}, map[int]string{4: "", 5: "whole core 7", 6: "ignored", 255: "ignored", 1: "whole"}},
		"reduce zero label":   {Options{Regions: nested, ReduceZeroLabel: true}, map[int]string{0: "ignored", 1: "", 2: "whole", 4: "whole core 7"}},
		"large values":        {Options{Regions: regions(t, "{a: [65535, 300], b: 300}")}, map[int]string{65535: "a", 300: "a b"}},
		"bits":                {Options{Bits: true, Classes: []string{"a", "b", "c"}}, map[int]string{0: "", 1: "a", 2: "b", 5: "a c", 7: "a b c", 8: "invalid"}},
		"bits with an ignore": {Options{Bits: true, Classes: []string{"a", "b"}, IgnoreIndex: &ignore}, map[int]string{3: "a b", 255: "ignored", 4: "invalid"}},
		"fifteen bits":        {Options{Bits: true, Classes: strings.Split("abcdefghijklmno", "")}, map[int]string{1 << 14: "o", 1<<15 - 1: "a b c d e f g h i j k l m n o", 1 << 15: "invalid"}},
		"exclusive":           {Options{Classes: []string{"a", "b"}}, map[int]string{0: "a", 1: "b", 2: "invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			for value, want := range c.want {
				if got := labelsOf(&c.o, value); got != want {
					t.Errorf("value %d has labels %q, want %q", value, got, want)
				}
			}
		})
	}
}

func TestRegionsInYAML(t *testing.T) {
	r := regions(t, "{b: [2, 1], a: 3, 'true': [4]}")
	if !slices.Equal(r.Names(), []string{"b", "a", "true"}) || r.IsZero() {
		t.Errorf("names %q", r.Names())
	}
	out, err := yaml.Marshal(r)
	if err != nil || strings.TrimSpace(string(out)) != `{b: [2, 1], a: [3], "true": [4]}` {
		t.Errorf("%s, %v", out, err)
	}
	for _, bad := range []string{"[1]", "{a: x}", "{a: [-1]}", "{a: [65536]}", "{a: {b: 1}}", "x"} {
		var r Regions
		if err := yaml.Unmarshal([]byte(bad), &r); err == nil {
			t.Errorf("regions %s were accepted", bad)
		}
	}
}

func TestOverlapValidate(t *testing.T) {
	ignore := 3
	nested := regions(t, "{whole: [1, 2, 3], core: [2, 3]}")
	for name, c := range map[string]struct {
		change func(*Options)
		want   string // "" is valid
	}{
		"regions":              {func(o *Options) { o.Regions = nested }, ""},
		"regions with a map":   {func(o *Options) { o.Regions, o.LabelMap = nested, LabelMap{values: map[int]int{9: 3}} }, ""},
		"bits":                 {func(o *Options) { o.Bits, o.Classes = true, []string{"a", "b"} }, ""},
		"both":                 {func(o *Options) { o.Bits, o.Regions = true, nested }, "give one of them"},
		"bits without classes": {func(o *Options) { o.Bits = true }, "dataset.classes: name the classes"},
		"sixteen bits":         {func(o *Options) { o.Bits, o.Classes = true, strings.Split("abcdefghijklmnop", "") }, "at most 15"},
		"classes too":          {func(o *Options) { o.Regions, o.Classes = nested, []string{"a"} }, "leave dataset.classes out"},
		"an ignored value":     {func(o *Options) { o.Regions, o.IgnoreIndex = nested, &ignore }, "whole has mask value 3"},
		"more ignored values":  {func(o *Options) { o.Regions, o.IgnoreValues = nested, []int{9, 2} }, "core has mask value 2"},
		"ignored colours":      {func(o *Options) { o.Regions, o.IgnoreColors = nested, [][3]uint8{{1, 2, 3}} }, "dataset.ignore_colors: masks of labels"},
		"a list by name":       {func(o *Options) { o.Regions, o.LabelMap = nested, LabelMap{named: []labelList{{"whole", []int{8}}}} }, "use dataset.regions"},
		"a list, no classes":   {func(o *Options) { o.LabelMap = LabelMap{named: []labelList{{"whole", []int{8}}}} }, "name the classes"},
		"a list to ignore":     {func(o *Options) { o.Regions, o.LabelMap = nested, LabelMap{named: []labelList{{"ignore", []int{8}}}} }, ""},
		"no value":             {func(o *Options) { o.Regions = regions(t, "{a: []}") }, "a has no mask value"},
		"palette":              {func(o *Options) { o.Regions, o.Palette = nested, [][3]uint8{{}} }, "1 colours for 2 classes"},
	} {
		t.Run(name, func(t *testing.T) {
			o := DefaultOptions()
			o.Images, o.Masks = "i", "m"
			c.change(&o)
			err := o.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestOverlappingMasks(t *testing.T) {
	gray := &image.Gray{Pix: []uint8{0, 1, 2, 9}, Stride: 4, Rect: image.Rect(0, 0, 4, 1)}
	file := save(t, "m.png", func(b *bytes.Buffer) error { return png.Encode(b, gray) })
	o := DefaultOptions()
	o.Regions = regions(t, "{a: [1, 9], b: [2, 9]}")
	m, err := newLoader(t, o, DefaultPreprocess(), Input{Channels: 3}).Mask(file, 4, 1)
	if err != nil || !slices.Equal(m.Class, []int16{0, 1, 2, 3}) {
		t.Errorf("%v, %v", m, err)
	}
	o.Regions, o.Bits, o.Classes = Regions{}, true, []string{"a", "b", "c"}
	_, err = newLoader(t, o, DefaultPreprocess(), Input{Channels: 3}).Mask(file, 4, 1)
	if e, ok := errors.AsType[*LabelError](err); !ok || e.Value != 9 || e.Count != 1 || !strings.Contains(err.Error(), "bits of 3 labels") {
		t.Errorf("a stray bit: %v", err)
	}
}

// FuzzRegions: whatever YAML says, it is refused or means the same after it was written and read again; and every mask
// value then has a set of labels, or is invalid.
func FuzzRegions(f *testing.F) {
	for _, seed := range []string{"{whole: [1, 2, 3], core: [2, 3], 7: 3}", "{a: [0, 65535]}", "{a: []}", "[1]", "{a: {b: 1}}", "{? [x] : 1}", "{a: 1, a: 2}", "a: &x [1]\nb: *x", "{<<: {a: 1}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Regions
		if len(text) > 1<<12 || yaml.Unmarshal([]byte(text), &r) != nil || r.IsZero() {
			return
		}
		o := DefaultOptions()
		o.Images, o.Masks, o.Regions = "i", "m", r
		if o.Validate() != nil {
			return
		}
		out, err := yaml.Marshal(r)
		if err != nil || yaml.Unmarshal(out, &again) != nil || !slices.Equal(again.names, r.names) || !slices.EqualFunc(again.values, r.values, slices.Equal[[]int]) {
			t.Fatalf("%q is written as %q and read as %v, not %v: %v", text, out, again, r, err)
		}
		table, sets := labelTable(o), o.LabelSets()
		for value, code := range table {
			if code == invalidLabel {
				continue
			}
			for c, values := range r.values {
				if sets.Has(code, c) != slices.Contains(values, value) {
					t.Fatalf("%q: value %d and label %d", text, value, c)
				}
			}
		}
	})
}
