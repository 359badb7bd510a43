package main

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/segmetry/segmetry/dataset"
)

// remasked writes the masks of the first four rendered pictures anew, with other values.
func remasked(t *testing.T, change func(v, x int) int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	files, err := filepath.Glob(filepath.Join(data, "masks", "*.png"))
	if err != nil || len(files) < 4 {
		t.Fatal(err, len(files))
	}
	for _, file := range files[:4] {
		v, err := dataset.RawMask(file)
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewGray16(image.Rect(0, 0, v.Width, v.Height))
		for i, value := range v.Value {
			x := i % v.Width
			img.SetGray16(x, i/v.Width, color.Gray16{Y: uint16(change(int(value), x))})
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), encoded(t, img), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestMaskValuesFromTheCommandLine writes the same truth in other values, and says with flags what they mean: the confusion matrix
// must be the one of the plain masks, and check must find nothing.
func TestMaskValuesFromTheCommandLine(t *testing.T) {
	// left gives the leftmost columns a value of their own
	const columns = 8
	left := func(value func(x int) int, other func(v, x int) int) func(v, x int) int {
		return func(v, x int) int {
			if x < columns {
				return value(x)
			}
			return other(v, x)
		}
	}
	plain := func(v, _ int) int { return v }
	tens := func(v, _ int) int { return 10 * (v + 1) }
	always := func(value int) func(int) int { return func(int) int { return value } }
	confusion := func(change func(v, x int) int, flags ...string) [][]int64 {
		masks := remasked(t, change)
		folder, _ := evaluate(t, 0, append([]string{"--masks", masks, "--limit", "4", "--losses", "none"}, flags...)...)
		args := append([]string{"check", "--images", data + "images", "--masks", masks, "--classes", "background,interior,border", "--limit", "4"}, flags...)
		if code, stdout, stderr := command(t, args...); code != 0 {
			t.Errorf("check %v: exit %d: %s%s", flags, code, stdout, stderr)
		}
		return summaryOf(t, folder).Confusion
	}
	whole := confusion(plain)
	cut := confusion(left(always(255), plain), "--ignore-index", "255")
	if reflect.DeepEqual(whole, cut) {
		t.Fatal("the ignored columns count")
	}
	for name, c := range map[string]struct {
		change func(v, x int) int
		want   [][]int64
		flags  []string
	}{
		"label_map":                {tens, whole, []string{"--set", "dataset.label_map={10: 0, 20: 1, 30: 2}"}},
		"label_map by class":       {tens, whole, []string{"--set", "dataset.label_map={background: [10], interior: [20], border: [30]}"}},
		"label_map, ignore":        {left(always(77), tens), cut, []string{"--set", "dataset.label_map={10: 0, 20: 1, 30: 2, 77: ignore}"}},
		"label_map by class, both": {left(func(x int) int { return 70 + x%3 }, tens), cut, []string{"--set", "dataset.label_map={background: [10], interior: [20], border: [30], ignore: [70, 71, 72]}"}},
		"label_map, default": {func(v, x int) int {
			if v == 0 {
				return 100 + x%50
			}
			return v
		}, whole, []string{"--set", "dataset.label_map={1: 1, 2: 2, default: 0}"}},
		"label_map, default: ignore": {left(func(x int) int { return 300 + x }, tens), cut, []string{"--set", "dataset.label_map={10: 0, 20: 1, 30: 2, default: ignore}"}},
		"reduce_zero_label":          {left(always(0), func(v, _ int) int { return v + 1 }), cut, []string{"--set", "dataset.reduce_zero_label=true"}},
		"several ignored values":     {left(func(x int) int { return 253 + x%3 }, plain), cut, []string{"--ignore-index", "255", "--set", "dataset.ignore_values=[253, 254]"}},
		"a 16-bit ignored value":     {left(always(65535), plain), cut, []string{"--ignore-index", "65535"}},
		"instances": {func(v, x int) int {
			if v == 0 { // classes without instances stay as they are
				return 0
			}
			return v*1000 + x%900
		}, whole, []string{"--set", "dataset.instance_divisor=1000"}},
		"instances of mapped classes":  {func(v, x int) int { return (v+23)*1000 + x%900 }, whole, []string{"--set", "dataset.instance_divisor=1000", "--set", "dataset.label_map={23: 0, 24: 1, 25: 2}"}},
		"instances and ignored values": {left(always(255), func(v, x int) int { return (v+1)*100 + x%50 }), cut, []string{"--ignore-index", "255", "--set", "dataset.instance_divisor=100", "--set", "dataset.label_map={1: 0, 2: 1, 3: 2}"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := confusion(c.change, c.flags...); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
