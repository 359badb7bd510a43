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
// It reports, in milliseconds: paint, from the start of the navigation until something is seen; open, until the end of the
// load event; ready, until the table can be searched; search, the slowest of several searches with the table drawn and laid
// out; sort, the slowest first sort by a column. Then, of what the browser calls long tasks, 50 ms or more: how many there
// were while the page opened and got ready, while it was scrolled from top to bottom, and while its table was turned page by
// page to the end, and how long the longest of those while scrolling and turning was. docs/report.md has the figures.
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
				for _, t := range timings {
					x, err := browser.Eval[float64](p, t.script)
					if err != nil {
						b.Fatal(t.unit, err)
					}
					sums[t.unit] += x
				}
				p.Close()
			}
			if info, err := os.Stat(file); err == nil {
				b.ReportMetric(float64(info.Size())/1e6, "MB")
			}
			for unit, sum := range sums {
				b.ReportMetric(sum/float64(b.N), unit)
			}
		})
	}
}

// timings are scripts, in the order that they run in, and what they return: milliseconds, or a number of long tasks.
var timings = []struct{ unit, script string }{
	{"open-ms", `performance.getEntriesByType("navigation")[0].loadEventEnd`},
	{"ready-ms", `performance.getEntriesByName("ready")[0].startTime`},
	{"paint-ms", `performance.getEntriesByName("first-contentful-paint")[0].startTime`},
	{"opening-tasks", `new Promise((done) => {
		window.tasks = [];
		new PerformanceObserver((l) => {for (const e of l.getEntries()) window.tasks.push(e.duration)}).observe({type: "longtask", buffered: true});
		setTimeout(() => done(window.tasks.splice(0).length), 200);
	})`},
	{"scrolling-tasks", `new Promise((done) => {
		const step = () => {
			window.scrollBy(0, 150);
			if (window.scrollY + window.innerHeight < document.documentElement.scrollHeight - 2) requestAnimationFrame(step); else setTimeout(() => done(window.tasks.length), 200);
		};
		step();
	})`},
	{"turning-tasks", `new Promise((done) => {
		const before = window.tasks.length, next = document.getElementById("next");
		const step = () => {
			next.click();
			next.scrollIntoView();
			if (!next.disabled) requestAnimationFrame(step); else setTimeout(() => done(window.tasks.length - before), 200);
		};
		step();
	})`},
	{"longest-task-ms", `Math.max(0, ...window.tasks)`},
	{"search-ms", slowest(`["4", "frankfurt", "000123", "no such image", ""].map((text) => () => {const s = document.getElementById("search"); s.value = text; s.dispatchEvent(new Event("input"))})`)},
	{"sort-ms", slowest(`[...document.querySelectorAll("#images thead button:not(.what)")].map((_, i) => () => document.querySelectorAll("#images thead button:not(.what)")[i].click())`)},
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
