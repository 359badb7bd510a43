package dataset

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/segmetry/segmetry/internal/fault"
	libjpeg "github.com/segmetry/segmetry/internal/jpeg"
	"github.com/segmetry/segmetry/internal/raster"
)

func options(dir string) Options {
	o := DefaultOptions()
	o.Images, o.Masks, o.Classes = filepath.Join(dir, "images"), filepath.Join(dir, "masks"), []string{"a", "b", "c"}
	return o
}

func touch(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// listing returns the items' names with their masks' base names, "!" before an item with an error.
func listing(t *testing.T, o Options) []string {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for item, err := range s.Items() {
		text := item.Name + " " + filepath.Base(item.Mask.Name)
		if err != nil {
			text = "!" + item.Name
		}
		list = append(list, text)
	}
	return list
}

func TestFolderPairsByStem(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "images/b.png", "images/a.jpg", "images/sub/c.png", "images/notes.txt", "images/.hidden.png", "images/lonely.png", "images/twin.png", "images/twin.jpg",
		"masks/a.png", "masks/b_mask.png", "masks/sub/c_gt.tif", "masks/orphan.png", "masks/twin.png")
	want := []string{"a.jpg a.png", "b.png b_mask.png", "!lonely.png", "!twin.jpg", "!twin.png", "sub/c.png c_gt.tif", "!orphan.png"}
	if got := listing(t, options(dir)); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	o := options(dir)
	o.Filter, o.Limit = "*.png", 1
	if got := listing(t, o); !slices.Equal(got, []string{"b.png b_mask.png"}) {
		t.Errorf("filter and limit: %q", got)
	}
	o = options(dir)
	o.Unpaired, o.Masks = true, ""
	if got := listing(t, o); len(got) != 6 {
		t.Errorf("unpaired: %q", got)
	}
}

func TestLoopOfLinksEnds(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "images/a.png", "masks/a.png")
	if err := os.Symlink(".", filepath.Join(dir, "images", "again")); err != nil {
		t.Skipf("skipped: no links here: %v", err)
	}
	if got := listing(t, options(dir)); len(got) == 0 || got[len(got)-1] != "!" {
		t.Errorf("got %d items, the last %q", len(got), got[len(got)-1])
	}
}

// TestLinkThatLeadsNowhere: a linked folder whose disk is not there is an error and not a folder without pictures.
func TestLinkThatLeadsNowhere(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "images/a.png", "masks/a.png")
	if err := os.Symlink(filepath.Join(dir, "not-mounted"), filepath.Join(dir, "images", "site")); err != nil {
		t.Skipf("skipped: no links here: %v", err)
	}
	s, err := Open(options(dir))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range s.Items() {
		last = err
	}
	if last == nil || fault.KindOf(last) != fault.Data || !strings.Contains(last.Error(), filepath.Join("images", "site")+": a link that leads nowhere") {
		t.Errorf("%v", last)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "images/a.png", "images/b c.png", "masks/a.png", "masks/m.png")
	o := options(dir)
	o.Format, o.Split = "list", filepath.Join(dir, "val.txt")
	if err := os.WriteFile(o.Split, []byte("# header\n\na\n\"b c.png\", m.png\nx\nq \"open\n1 2 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := listing(t, o)
	if len(got) != 4 || got[0] != "a.png a.png" || got[1] != "b c.png m.png" || got[2] != "!x" || got[3] != "!" {
		t.Errorf("got %q", got)
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{"a": {"a"}, " a\tb ": {"a", "b"}, "a,b": {"a", "b"}, `"a b" , c`: {"a b", "c"}, "# x": nil, "": nil} {
		if got, err := splitLine(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	for _, line := range []string{`"a`, "a\x00b", ",a"} {
		if _, err := splitLine(line); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}

func TestLabels(t *testing.T) {
	ignore := 255
	var m LabelMap
	if err := yaml.Unmarshal([]byte(`{8: 1, "12": 2, default: ignore}`), &m); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    Options
		want map[int]int16
	}{
		"as they are":       {Options{}, map[int]int16{0: 0, 2: 2, 3: invalidLabel, 255: invalidLabel}},
		"ignore index":      {Options{IgnoreIndex: &ignore}, map[int]int16{255: raster.Ignored, 254: invalidLabel}},
		"reduce zero label": {Options{ReduceZeroLabel: true}, map[int]int16{0: raster.Ignored, 1: 0, 3: 2, 4: invalidLabel}},
		"label map":         {Options{LabelMap: m}, map[int]int16{8: 1, 12: 2, 0: raster.Ignored, 99: raster.Ignored}},
	} {
		c.o.Classes = []string{"a", "b", "c"}
		table := labelTable(c.o)
		for value, want := range c.want {
			if table[value] != want {
				t.Errorf("%s: value %d is %d, want %d", name, value, table[value], want)
			}
		}
	}
	out, err := yaml.Marshal(m)
	if err != nil || strings.TrimSpace(string(out)) != "{8: 1, 12: 2, default: ignore}" || m.IsZero() {
		t.Errorf("%s %v", out, err)
	}
	for _, bad := range []string{"[1]", "{a: 1}", "{1: x}", "{1: -2}", "{70000: 1}"} {
		if err := yaml.Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("label map %s was accepted", bad)
		}
	}
}

func TestRatio(t *testing.T) {
	for text, want := range map[string]float64{"1/255": 1. / 255, "0.5": 0.5, " 1 / 4 ": 0.25, "-2e1": -20} {
		if r, err := ParseRatio(text); err != nil || r.Value != want {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "a", "1/0", "1/x", "nan"} {
		if _, err := ParseRatio(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func save(t *testing.T, name string, encode func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func newLoader(t testing.TB, o Options, p Preprocess, in Input) *Loader {
	t.Helper()
	l, err := NewLoader(o, p, in)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestFormats decodes the same lossless picture from every format; JPEG within 12 of it.
func TestFormats(t *testing.T) {
	src := image.NewNRGBA(image.Rect(0, 0, 16, 12))
	for i := range 16 * 12 {
		src.SetNRGBA(i%16, i/16, color.NRGBA{uint8(10 * (i % 16)), uint8(12 * (i / 16)), 77, 255})
	}
	paletted := image.NewPaletted(src.Rect, nil)
	for i := range 16 * 12 {
		c := src.At(i%16, i/16)
		paletted.Palette = append(paletted.Palette, c)
		paletted.Pix[i] = uint8(i)
	}
	wide := image.NewNRGBA64(src.Rect)
	for i := range 16 * 12 {
		wide.Set(i%16, i/16, src.At(i%16, i/16))
	}
	l := newLoader(t, DefaultOptions(), DefaultPreprocess(), Input{Channels: 3})
	for name, c := range map[string]struct {
		slack  int
		encode func(*bytes.Buffer) error
	}{
		"rgb.png":     {0, func(b *bytes.Buffer) error { return png.Encode(b, src) }},
		"palette.png": {0, func(b *bytes.Buffer) error { return png.Encode(b, paletted) }},
		"wide.png":    {0, func(b *bytes.Buffer) error { return png.Encode(b, wide) }},
		"a.gif":       {0, func(b *bytes.Buffer) error { return gif.Encode(b, paletted, nil) }},
		"a.bmp":       {0, func(b *bytes.Buffer) error { return bmp.Encode(b, src) }},
		"a.tiff":      {0, func(b *bytes.Buffer) error { return tiff.Encode(b, src, nil) }},
		"a.jpg":       {12, func(b *bytes.Buffer) error { return jpeg.Encode(b, src, &jpeg.Options{Quality: 100}) }},
	} {
		p, err := l.Image(save(t, name, c.encode))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range 16 * 12 {
			w := src.NRGBAAt(i%16, i/16)
			for k, want := range []uint8{w.R, w.G, w.B} {
				if d := int(p.Pix[3*i+k]) - int(want); d > c.slack || -d > c.slack {
					t.Fatalf("%s: pixel %d channel %d is %d, want %d", name, i, k, p.Pix[3*i+k], want)
				}
			}
		}
	}
	gray := image.NewGray16(image.Rect(0, 0, 2, 1))
	gray.SetGray16(0, 0, color.Gray16{Y: 200})
	gray.SetGray16(1, 0, color.Gray16{Y: 3000})
	p, err := l.Image(save(t, "g.png", func(b *bytes.Buffer) error { return png.Encode(b, gray) }))
	if err != nil || p.Pix[0] != 200 || p.Pix[3] != 255 { // PIL: min(v, 255)
		t.Errorf("16-bit grey: %v, %v", p, err)
	}
}

func TestMasksAreValues(t *testing.T) {
	o := options("")
	gray := image.NewGray(image.Rect(0, 0, 2, 1))
	gray.Pix = []uint8{1, 2}
	wide := image.NewGray16(gray.Rect)
	wide.SetGray16(0, 0, color.Gray16{Y: 1})
	wide.SetGray16(1, 0, color.Gray16{Y: 2})
	indexed := image.NewPaletted(gray.Rect, color.Palette{color.White, color.Black, color.NRGBA{9, 9, 9, 255}})
	indexed.Pix = []uint8{1, 2}
	rgb := image.NewNRGBA(gray.Rect)
	rgb.Set(0, 0, color.NRGBA{1, 1, 1, 255})
	rgb.Set(1, 0, color.NRGBA{2, 2, 2, 255})
	colored := image.NewNRGBA(gray.Rect)
	colored.Set(0, 0, color.NRGBA{255, 0, 0, 255})
	colored.Set(1, 0, color.NRGBA{0, 255, 0, 255})
	l := newLoader(t, o, DefaultPreprocess(), Input{Channels: 3})
	for name, img := range map[string]image.Image{"gray": gray, "wide": wide, "indexed": indexed, "rgb": rgb} {
		m, err := l.Mask(save(t, "m.png", func(b *bytes.Buffer) error { return png.Encode(b, img) }), 2, 1)
		if err != nil || !slices.Equal(m.Class, []int16{1, 2}) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	file := save(t, "c.png", func(b *bytes.Buffer) error { return png.Encode(b, colored) })
	if _, err := l.Mask(file, 2, 1); err == nil || !strings.Contains(err.Error(), "dataset.palette") {
		t.Errorf("colours without a palette: %v", err)
	}
	o.Palette = [][3]uint8{{0, 0, 0}, {255, 0, 0}, {0, 255, 0}}
	if m, err := newLoader(t, o, DefaultPreprocess(), Input{Channels: 3}).Mask(file, 2, 1); err != nil || !slices.Equal(m.Class, []int16{1, 2}) {
		t.Errorf("palette: %v %v", m, err)
	}
	o.Palette[2] = [3]uint8{0, 0, 255}
	if _, err := newLoader(t, o, DefaultPreprocess(), Input{Channels: 3}).Mask(file, 2, 1); err == nil || !strings.Contains(err.Error(), "(0,255,0) at (1,0)") {
		t.Errorf("an unknown colour: %v", err)
	}
	if _, err := l.Mask(save(t, "m.jpg", func(b *bytes.Buffer) error { return jpeg.Encode(b, gray, nil) }), 2, 1); err == nil || !strings.Contains(err.Error(), "JPEG") {
		t.Errorf("a JPEG mask: %v", err)
	}
	gray.Pix = []uint8{7, 9}
	_, err := l.Mask(save(t, "m.png", func(b *bytes.Buffer) error { return png.Encode(b, gray) }), 2, 1)
	if e, ok := errors.AsType[*LabelError](err); !ok || e.Count != 2 || e.Value != 7 || fault.KindOf(err) != fault.Data {
		t.Errorf("labels beyond the classes: %v", err)
	}
}

func TestGeometry(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Preprocess)
		in     Input
		w, h   int
		want   Geometry
	}{
		"as it is":      {func(*Preprocess) {}, Input{}, 37, 21, Geometry{37, 21, 21, 37, 0, 0, 21, 37}},
		"the model's":   {func(*Preprocess) {}, Input{Height: 64, Width: 32}, 37, 21, Geometry{37, 21, 64, 32, 0, 0, 64, 32}},
		"padded":        {func(p *Preprocess) { p.Pad.Multiple = 8 }, Input{}, 37, 21, Geometry{37, 21, 24, 40, 0, 0, 21, 37}},
		"letterbox":     {func(p *Preprocess) { p.Size, p.Fit = []int{64, 64}, FitLetterbox }, Input{}, 40, 20, Geometry{40, 20, 64, 64, 16, 0, 32, 64}},
		"short":         {func(p *Preprocess) { p.Size, p.Fit = []int{10, 10}, FitShort }, Input{}, 41, 20, Geometry{41, 20, 10, 20, 0, 0, 10, 20}},
		"long":          {func(p *Preprocess) { p.Size, p.Fit = []int{10, 10}, FitLong }, Input{}, 20, 41, Geometry{20, 41, 10, 4, 0, 0, 10, 4}},
		"upright short": {func(p *Preprocess) { p.Size, p.Fit = []int{10, 10}, FitShort }, Input{}, 20, 41, Geometry{20, 41, 20, 10, 0, 0, 20, 10}},
		"wide long":     {func(p *Preprocess) { p.Size, p.Fit = []int{10, 10}, FitLong }, Input{}, 41, 20, Geometry{41, 20, 4, 10, 0, 0, 4, 10}},
		"tall box":      {func(p *Preprocess) { p.Size, p.Fit = []int{64, 64}, FitLetterbox }, Input{}, 20, 40, Geometry{20, 40, 64, 64, 0, 16, 64, 32}},
	} {
		p := DefaultPreprocess()
		c.change(&p)
		c.in.Channels = 3
		l := newLoader(t, DefaultOptions(), p, c.in)
		got, err := l.Geometry(c.w, c.h)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
		pic := &raster.Picture{}
		pic.Resize(c.w, c.h)
		if err := l.Tensor(pic, got, make([]float32, 3*got.Height*got.Width)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := l.Bytes(pic, got, nil); err == nil {
			t.Errorf("%s: a tensor of no size was filled", name)
		}
	}
	p := DefaultPreprocess()
	p.Fit = FitNone
	if _, err := newLoader(t, DefaultOptions(), p, Input{Channels: 3, Height: 8, Width: 8}).Geometry(9, 9); err == nil {
		t.Error("a picture that does not fit a fixed model was accepted")
	}
}

// TestPad holds every mode against numpy.pad: edge, reflect, symmetric and constant.
func TestPad(t *testing.T) {
	pic := &raster.Picture{Width: 3, Height: 1, Pix: []uint8{1, 1, 1, 2, 2, 2, 3, 3, 3}}
	g := Geometry{PictureWidth: 3, PictureHeight: 1, Height: 2, Width: 5, ContentHeight: 1, ContentWidth: 3}
	for mode, want := range map[string][]uint8{
		PadEdge:     {1, 2, 3, 3, 3, 1, 2, 3, 3, 3},
		PadReflect:  {1, 2, 3, 2, 1, 1, 2, 3, 2, 1},
		PadMirror:   {1, 2, 3, 3, 2, 1, 2, 3, 3, 2},
		PadConstant: {1, 2, 3, 9, 9, 9, 9, 9, 9, 9},
	} {
		p := DefaultPreprocess()
		p.Pad = Pad{Mode: mode, Value: []float64{9}}
		l := newLoader(t, DefaultOptions(), p, Input{Channels: 3})
		got := make([]uint8, 30)
		if err := l.Bytes(pic, g, got); err != nil || !slices.Equal(got[20:], want) {
			t.Errorf("%s: %v, %v, want %v", mode, got[20:], err, want)
		}
	}
}

func TestEveryInterpolation(t *testing.T) {
	src := &raster.Picture{}
	src.Resize(23, 17)
	for i := range src.Pix {
		src.Pix[i] = 100
	}
	for _, name := range Interpolations() {
		r := resizers[name]()
		for _, size := range [][2]int{{40, 31}, {7, 5}, {23, 9}, {50, 17}} {
			dst := &raster.Picture{}
			dst.Resize(size[0], size[1])
			r.Resize(dst, src)
			if slices.Min(dst.Pix) != 100 || slices.Max(dst.Pix) != 100 {
				t.Errorf("%s: a plain picture does not stay plain at %v", name, size)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	o := Options{Format: "foldr", Classes: []string{"a", "a"}, Palette: [][3]uint8{{}}, Filter: "[", Limit: -1}
	text := o.Validate().Error()
	for _, say := range []string{`"folder"`, "dataset.classes", "dataset.palette", "dataset.filter", "dataset.limit"} {
		if !strings.Contains(text, say) {
			t.Errorf("%q does not say %s", text, say)
		}
	}
	p := Preprocess{Size: []int{1}, Fit: "x", Interpolation: "pil_biliner", Std: []float64{0}, Pad: Pad{Multiple: -1}}
	text = p.Validate().Error()
	for _, say := range []string{"preprocess.size", "preprocess.fit", `"pil_bilinear"`, "preprocess.std", "preprocess.pad.multiple", "preprocess.color", "preprocess.orientation", "preprocess.decode", "preprocess.convert"} {
		if !strings.Contains(text, say) {
			t.Errorf("%q does not say %s", text, say)
		}
	}
	for name, c := range map[string]struct {
		change func(*Preprocess)
		in     Input
	}{
		"four channels":   {func(*Preprocess) {}, Input{Channels: 4}},
		"gray for colour": {func(p *Preprocess) { p.Color = ColorGray }, Input{Channels: 3}},
		"two means":       {func(p *Preprocess) { p.Mean = []float64{1, 2} }, Input{Channels: 3}},
		"two deviations":  {func(p *Preprocess) { p.Std = []float64{1, 2} }, Input{Channels: 3}},
		"another size":    {func(p *Preprocess) { p.Size = []int{8, 8} }, Input{Channels: 3, Height: 16, Width: 16}},
	} {
		p := DefaultPreprocess()
		c.change(&p)
		if _, err := NewLoader(DefaultOptions(), p, c.in); fault.KindOf(err) != fault.Usage || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(Formats()) < 2 || len(NearestConventions()) != 7 {
		t.Error("formats or conventions are missing")
	}
}

func TestTensorDoesNotAllocate(t *testing.T) {
	p := DefaultPreprocess()
	p.Size, p.Interpolation = []int{24, 40}, "cv_linear"
	l := newLoader(t, DefaultOptions(), p, Input{Channels: 3})
	pic := &raster.Picture{}
	pic.Resize(61, 33)
	g, _ := l.Geometry(61, 33)
	dst := make([]float32, 3*24*40)
	if n := testing.AllocsPerRun(5, func() { _ = l.Tensor(pic, g, dst) }); n != 0 {
		t.Errorf("%g allocations a picture, want 0", n)
	}
}

func FuzzImageAndMask(f *testing.F) {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2)))
	f.Add(b.Bytes())
	b.Reset()
	_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2)), nil)
	f.Add(b.Bytes())
	b.Reset()
	_ = tiff.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2)), nil)
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		if img, _, err := decode("x", content); err == nil && img.Bounds().Dx()*img.Bounds().Dy() < 1<<20 {
			var p raster.Picture
			toPicture(&p, img)
		}
		if h, err := new(libjpeg.Decoder).Header(content); err != nil || h.Width*h.Height < 1<<20 {
			_, _ = new(pictures).read(new(raster.Picture), "x", content, true)
		}
		var v Values
		_ = v.read("x", content, nil, true) // damaged files are errors, not crashes
	})
}

func FuzzSplitLine(f *testing.F) {
	f.Add(`"a b", c`)
	f.Add("x\ty")
	f.Fuzz(func(t *testing.T, line string) {
		columns, err := splitLine(line)
		if err == nil && slices.Contains(columns, "") {
			t.Errorf("%q has an empty column: %q", line, columns)
		}
	})
}

func BenchmarkTensor(b *testing.B) {
	p := DefaultPreprocess()
	p.Size, p.Interpolation = []int{512, 1024}, "cv_linear"
	l := newLoader(b, DefaultOptions(), p, Input{Channels: 3})
	pic := &raster.Picture{}
	pic.Resize(2048, 1024)
	g, _ := l.Geometry(2048, 1024)
	dst := make([]float32, 3*512*1024)
	for b.Loop() {
		if err := l.Tensor(pic, g, dst); err != nil {
			b.Fatal(err)
		}
	}
}
