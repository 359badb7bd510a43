package dataset

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// polygonCases are polygons with the run lengths that pycocotools (expected.json has its version) makes of them.
func polygonCases(t testing.TB) (cases []struct {
	Size       [2]int
	Polygon    []float64
	Compressed string
	Counts     runs
}) {
	t.Helper()
	text, err := os.ReadFile(at("polygons.json"))
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestPolygonsAreThoseOfPycocotools(t *testing.T) {
	cases := polygonCases(t)
	if len(cases) < 300 {
		t.Fatalf("%d cases", len(cases))
	}
	var o outliner
	for i, c := range cases {
		got, err := o.polygon(c.Polygon, c.Size[1], c.Size[0])
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		compressed, err := unpackRuns(c.Compressed, nil)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if !slices.Equal(got, compressed) {
			t.Errorf("case %d: polygon %v in %v: %v, want %v", i, c.Polygon, c.Size, got, compressed)
		}
		a, b := painted(t, got, c.Size), painted(t, c.Counts, c.Size)
		if !slices.Equal(a, b) {
			t.Errorf("case %d: painted pixels differ", i)
		}
	}
}

func painted(t *testing.T, r runs, size [2]int) []uint16 {
	t.Helper()
	if err := r.check(size[1], size[0]); err != nil {
		t.Fatal(err)
	}
	v := &Values{}
	v.resize(size[1], size[0])
	clear(v.Value)
	r.paint(v, 1)
	return v.Value
}

func TestBadRuns(t *testing.T) {
	for text, say := range map[string]string{"P": "ends within", "\x20": "character", "oooooooooooo0": "ends within", "O": "out of range", "0é": "character"} {
		r, err := unpackRuns(text, nil)
		if err == nil {
			t.Errorf("%q: %v", text, r)
		} else if !strings.Contains(err.Error(), strings.TrimPrefix(say, "ends")) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, r := range []runs{nil, {5}, {3, 4}, {0, math.MaxUint32, math.MaxUint32}} {
		if err := r.check(2, 3); err == nil {
			t.Errorf("%v fits into 2×3", r)
		}
	}
	var o outliner
	for _, p := range [][]float64{nil, {1, 2, 3, 4}, {1, 2, 3, 4, 5, 6, 7}, {math.NaN(), 2, 3, 4, 5, 6}, {math.Inf(1), 2, 3, 4, 5, 6}, {1e300, 0, 0, 0, 1, 1}} {
		if _, err := o.polygon(p, 10, 10); err == nil {
			t.Errorf("%v was drawn", p)
		}
	}
	var long []float64
	for range 10000 {
		long = append(long, -1e6, 0, 1e6, 0)
	}
	if _, err := o.polygon(long, 10, 10); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("an endless outline: %v", err)
	}
}

const oneImage = `{"images": [{"id": 7, "file_name": "000000001000.jpg", "width": 40, "height": 30}], "categories": [{"id": 1, "name": "a"}], "annotations": [%s]}`

// TestBadCOCO: what is wrong with the file ends the listing, what is wrong with an annotation concerns its image.
func TestBadCOCO(t *testing.T) {
	annotation := func(segmentation string) string {
		return fmt.Sprintf(oneImage, `{"image_id": 7, "category_id": 1, "segmentation": `+segmentation+`}`)
	}
	for name, c := range map[string]struct{ json, say string }{
		"cut off":         {`{"images": [{"id": 7, "file_na`, "cut off"},
		"empty":           {``, "cut off"},
		"a list":          {`[]`, `expected "{"`},
		"no images":       {`{"images": []}`, "0 images and 0 categories"},
		"a word":          {`{"images": 7}`, `expected "["`},
		"type":            {`{"images": [{"id": "x"}]}`, "near byte"},
		"twice":           {`{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}], "categories": [{"id": 1, "name": "a"}]}`, "two images have id 1"},
		"stranger":        {fmt.Sprintf(oneImage, `{"image_id": 8, "category_id": 1}`), "belongs to image 8"},
		"no image":        {fmt.Sprintf(oneImage, `{"category_id": 1}`), "no image_id"},
		"category":        {`{"categories": [{"id": 70000, "name": "a"}]}`, "id 70000"},
		"size":            {`{"images": [{"id": 1, "file_name": "a", "width": 1000000, "height": 1000000}]}`, "claims to be"},
		"nested":          {`{"info": ` + strings.Repeat("[", 20000), "cut off"},
		"traversal":       {strings.Replace(annotation("[]"), "000000001000.jpg", "../../etc/passwd", 1), "refused"},
		"category of one": {fmt.Sprintf(oneImage, `{"image_id": 7, "category_id": -1, "segmentation": []}`), "category -1"},
		"class":           {fmt.Sprintf(oneImage, `{"image_id": 7, "category_id": 9, "segmentation": [[0,0,9,0,9,9]]}`), "label that is no class, the first 9"},
		"two corners":     {annotation(`[[1, 2, 3, 4]]`), "three corners"},
		"words":           {annotation(`[["a"]]`), "segmentation"},
		"nothing":         {annotation(`null`), "expected polygons"},
		"other size":      {annotation(`{"size": [3, 4], "counts": [12]}`), "4×3 pixels: the image has 40×30"},
		"short":           {annotation(`{"size": [30, 40], "counts": [12]}`), "out of range"},
		"long":            {annotation(`{"size": [30, 40], "counts": [4294967295, 4294967295]}`), "out of range"},
		"negative":        {annotation(`{"size": [30, 40], "counts": [-1, 1201]}`), "run lengths"},
		"characters":      {annotation(`{"size": [30, 40], "counts": "~~"}`), "character"},
		"picture's size":  {strings.Replace(annotation(`[]`), `"width": 40`, `"width": 41`, 1), "41×30 pixels, its image 40×30"},
	} {
		file := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(file, []byte(c.json), 0o600); err != nil {
			t.Fatal(err)
		}
		err := firstError(Options{Images: at("coco/val2017"), Masks: file})
		if err == nil || !strings.Contains(err.Error(), c.say) || fault.KindOf(err) != fault.Data {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
}

// firstError opens and reads a dataset up to the first error.
func firstError(o Options) error {
	if err := o.Resolve(); err != nil {
		return err
	}
	s, err := Open(o)
	if err != nil {
		return err
	}
	l, err := NewLoader(o, DefaultPreprocess(), Input{Channels: 3})
	if err != nil {
		return err
	}
	for item, err := range s.Items() {
		if err != nil {
			return err
		}
		p, err := l.ImageOf(item.Image)
		if err == nil {
			_, err = l.MaskOf(item.Mask, p.Width, p.Height)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TestLargeCOCOTakesLittle: polygons stay in the file, and an element of a hundred megabytes is refused.
func TestLargeCOCOTakesLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: writes 90 MB")
	}
	const images, each = 20000, 3
	file := filepath.Join(t.TempDir(), "instances_val.json")
	write := func(fill func(w *bufio.Writer)) {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(f)
		fill(w)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	polygon := "[[" + strings.Repeat("12.25,7.5,", 140) + "1,2]]"
	write(func(w *bufio.Writer) {
		w.WriteString(`{"annotations": [`)
		for i := range images * each {
			fmt.Fprintf(w, `%s{"image_id": %d, "category_id": 1, "segmentation": %s}`, strings.Repeat(",", min(i, 1)), i%images, polygon)
		}
		w.WriteString(`], "images": [`)
		for i := range images {
			fmt.Fprintf(w, `%s{"id": %d, "file_name": "%012d.jpg", "width": 9, "height": 9}`, strings.Repeat(",", min(i, 1)), i, i)
		}
		w.WriteString(`], "categories": [{"id": 1, "name": "a"}]}`)
	})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x, err := (&Options{}).openCOCO("dataset.masks", file)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 6<<20 {
		t.Errorf("the index of %d images and %d annotations takes %d bytes", images, images*each, grown)
	}
	if x.images[5].count != each || x.imageName(5) != "000000000005.jpg" {
		t.Errorf("%+v", x.images[5])
	}
	write(func(w *bufio.Writer) {
		w.WriteString(`{"annotations": [{"x": "`)
		for range 110 {
			w.WriteString(strings.Repeat("x", 1<<20))
		}
	})
	if _, err := (&Options{}).openCOCO("dataset.masks", file); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("an element of 110 MB: %v", err)
	}
}

func FuzzCOCO(f *testing.F) {
	for _, file := range []string{"instances", "panoptic", "stuff"} {
		text, err := os.ReadFile(at("coco/annotations/" + file + "_val2017.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(fmt.Sprintf(oneImage, `{"image_id": 7, "category_id": 1, "segmentation": [[0,0,9,0,9,9]]}`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		x := &cocoIndex{name: "fuzz.json", file: strings.NewReader(string(text))}
		if err := x.scan(strings.NewReader(string(text))); err != nil {
			return
		}
		var v Values
		for i := range x.images {
			if x.images[i].width > 500 || x.images[i].height > 500 {
				continue
			}
			c := &cocoTruth{index: x, image: i, pictures: place{name: t.TempDir()}, smaller: i%2 == 0}
			var l Loader
			if _, err := c.draw("fuzz", &v, &l.file, 8, 8); err == nil && len(v.Value) != v.Width*v.Height {
				t.Errorf("%d values of %d×%d", len(v.Value), v.Width, v.Height)
			}
		}
	})
}
