package dataset

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// optionsOf reads a dataset section.
func optionsOf(t *testing.T, text string) Options {
	t.Helper()
	var o Options
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestRelabel: what classes become follows from what their mask values become, or is refused with the value that says why.
func TestRelabel(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           []int16
		accepts        bool
		refused        string
	}{
		{"the same", "classes: [a, b, c]", "classes: [x, y, z]", []int16{0, 1, 2}, false, ""},
		{"merged and ignored", "classes: [a, b, c, d]", "{classes: [a, bc], label_map: {2: 1, 3: ignore}}", []int16{0, 1, 1, -1}, false, ""},
		{"more values", "classes: [a, b]", "{classes: [a, b], label_map: {7: 1}}", []int16{0, 1}, true, ""},
		{"zero reduced both times", "{classes: [a, b], reduce_zero_label: true}", "{classes: [ab], reduce_zero_label: true, label_map: {1: 0}}", []int16{0, 0}, false, ""},
		{"a default", "{classes: [a, b], label_map: {5: 1, default: 0}}", "{classes: [b], label_map: {5: 0, default: ignore}}", []int16{-1, 0}, false, ""},
		{"divided", "{classes: [a, b], label_map: {1: ignore, 5: 1, 6: 1}}", "{classes: [a, b, c], label_map: {1: ignore, 5: 1, 6: 2}}", nil, false, `class "b" would be divided: its mask value 5 becomes class "b" and 6 becomes class "c"`},
		{"ignored before", "{classes: [a, b], ignore_index: 1}", "classes: [a, b]", nil, false, "mask value 1 was ignored"},
		{"no class any more", "classes: [a, b]", "classes: [a]", nil, false, `mask value 1 was class "b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, accepts, err := Relabel(optionsOf(t, c.from), optionsOf(t, c.to))
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%v, want %s", err, c.refused)
				}
				return
			}
			if err != nil || !slices.Equal(got, c.want) || accepts != c.accepts {
				t.Errorf("%v %v %v, want %v %v", got, accepts, err, c.want, c.accepts)
			}
		})
	}
}

// TestRegroup: regrouped options read masks into the classes that were asked for, whatever led from values to classes before. A
// class that no mask value stands for is nowhere.
func TestRegroup(t *testing.T) {
	to, names := []int16{1, 0, 1, -1}, []string{"x", "y"}
	for from, want := range map[string][]int16{
		"{classes: [a, b, c, d], palette: [[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]]}":       to,
		"{classes: [a, b, c, d], ignore_index: 255, reduce_zero_label: true}":                  to,
		"{classes: [a, b, c, d], label_map: {7: 1, 26: 3, default: 2}}":                        {-1, 0, 1, -1},
		"{classes: [a, b, c, d], instance_divisor: 1000, label_map: {b: [7, 8], ignore: [9]}}": to,
	} {
		before := optionsOf(t, from)
		after := before.Regroup(to, names)
		if got, accepts, err := Relabel(before, after); err != nil || accepts || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v %v, want %v", from, got, accepts, err, want)
		}
		if before.Palette != nil && !slices.Equal(after.Palette, [][3]uint8{{2, 2, 2}, {1, 1, 1}}) {
			t.Errorf("palette %v", after.Palette)
		}
		if err := after.LabelMap.validate(names); err != nil {
			t.Error(err)
		}
	}
}
