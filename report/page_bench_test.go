package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/record"
)

// BenchmarkPage opens a report of many images in Chromium, scrolls through it, searches and sorts its table:
//
//	go test ./report -run '^$' -bench Page -benchtime 3x
//
// It reports, in milliseconds: open, from the start of the navigation to the end of the load event, scripts included;
// task, the longest task while the page is scrolled from top to bottom, 0 where none took 50; search, the slowest of
// several searches with the table drawn and laid out; sort, the slowest first sort by a column. docs/report.md has the figures.
func BenchmarkPage(b *testing.B) {
	for _, images := range []int{5_000, 50_000} {
		b.Run(fmt.Sprint(images), func(b *testing.B) {
			file := largeReport(b, images)
			sums := map[string]float64{}
			for b.Loop() {
				p, err := browser.Open(b.Context(), file, 1200, "light")
				if errors.Is(err, browser.ErrNoBrowser) {
					b.Skipf("skipped: %v", err)
				}
				if err != nil {
					b.Fatal(err)
				}
				for name, script := range timings {
					ms, err := browser.Eval[float64](p, script)
					if err != nil {
						b.Fatal(name, err)
					}
					sums[name] += ms
				}
				p.Close()
			}
			if info, err := os.Stat(file); err == nil {
				b.ReportMetric(float64(info.Size())/1e6, "MB")
			}
			for name := range timings {
				b.ReportMetric(sums[name]/float64(b.N), name+"-ms")
			}
		})
	}
}

// timings are scripts that return milliseconds.
var timings = map[string]string{
	"open": `new Promise((done) => {const wait = () => {const n = performance.getEntriesByType("navigation")[0]; n.loadEventEnd > 0 ? done(n.loadEventEnd) : setTimeout(wait, 10)}; wait()})`,
	"task": `new Promise((done) => {
		let longest = 0;
		new PerformanceObserver((l) => {for (const e of l.getEntries()) longest = Math.max(longest, e.duration)}).observe({type: "longtask"});
		const step = () => {
			window.scrollBy(0, 150);
			if (window.scrollY + window.innerHeight < document.documentElement.scrollHeight - 2) requestAnimationFrame(step); else setTimeout(() => done(longest), 200);
		};
		step();
	})`,
	"search": slowest(`["4", "frankfurt", "000123", "no such image", ""].map((text) => () => {const s = document.getElementById("search"); s.value = text; s.dispatchEvent(new Event("input"))})`),
	"sort":   slowest(`[...document.querySelectorAll("#images thead button")].map((_, i) => () => document.querySelectorAll("#images thead button")[i].click())`),
}

// slowest is a script that calls functions, lays the page out after each, and returns the longest time.
func slowest(functions string) string {
	return `(() => {let longest = 0; for (const f of ` + functions + `) {const start = performance.now(); f(); document.body.offsetHeight; longest = Math.max(longest, performance.now() - start)} return longest})()`
}

// largeReport is like that of a run of 19 classes, with names as Cityscapes has them and 20 thumbnails of noise, which are
// as large as thumbnails can be.
func largeReport(tb testing.TB, images int) string {
	tb.Helper()
	c := record.Columns{Losses: []string{"ce", "bce", "weighted_bce", "focal", "soft_dice", "soft_iou"}, Means: []string{"aAcc", "mAcc", "mIoU", "mDice"}, PerClass: []string{"IoU", "Acc", "Dice"}}
	for i := range 19 {
		c.Classes = append(c.Classes, fmt.Sprintf("class %d", i))
	}
	dir, random := tb.TempDir(), rand.New(rand.NewPCG(1, 2))
	f, err := Create(Options{Out: dir, Worst: 20}, c, false)
	if err != nil {
		tb.Fatal(err)
	}
	values := func(n int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = random.Float64()
		}
		return list
	}
	s := &record.Summary{Counts: record.Counts{Images: images, OK: images}, Classes: c.Classes, Confusion: make([]int64, 19*19)}
	for i := range images {
		r := &record.Record{Index: i, Image: fmt.Sprintf("leftImg8bit/val/%s/%06d_leftImg8bit.png", []string{"frankfurt", "lindau", "munster"}[i%3], i), Status: record.OK, Width: 2048, Height: 1024, ValidPixels: 2_000_000,
			Losses: values(6), Means: values(4), PerClass: [][]float64{values(19), values(19), values(19)}}
		if err := f.Add(r); err != nil {
			tb.Fatal(err)
		}
	}
	for _, name := range c.PerClass {
		m := record.ClassMetric{Name: name}
		for _, x := range values(19) {
			m.Values = append(m.Values, record.Value{Value: x})
		}
		s.PerClass = append(s.PerClass, m)
	}
	var kept []record.Thumbnail
	for i := range 20 {
		kept = append(kept, noise(tb, random, i))
	}
	if err := f.Finish(s, &record.Manifest{}, []byte("model: x\n"), kept); err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, "report.html")
}

// noise is a thumbnail of 320×160 whose layers hardly compress.
func noise(tb testing.TB, random *rand.Rand, i int) record.Thumbnail {
	tb.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 320, 160), nil)
	for k := range 256 {
		picture.Palette = append(picture.Palette, color.RGBA{byte(k), byte(k * 7), byte(k * 13), 255})
	}
	for k := range picture.Pix {
		picture.Pix[k] = byte(random.Uint32())
	}
	var photo, layer bytes.Buffer
	if err := errors.Join(jpeg.Encode(&photo, picture, &jpeg.Options{Quality: 85}), png.Encode(&layer, picture)); err != nil {
		tb.Fatal(err)
	}
	return record.Thumbnail{Index: i * 3, Image: fmt.Sprint(i), Score: float64(i) / 20, Width: 320, Height: 160, Picture: photo.Bytes(),
		Truth: layer.Bytes(), Predicted: layer.Bytes(), Error: layer.Bytes(), Loss: layer.Bytes(), Confidence: layer.Bytes()}
}
