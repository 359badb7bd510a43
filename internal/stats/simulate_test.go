package stats

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
)

var simulated = flag.Int("datasets", 0, "datasets of the simulation of docs/statistics.md; 0: 200, and no short tests")

// world makes images of five classes. Their quality varies from image to image and the same for all classes of one; areas
// are log-normal, and the last class is in three of ten images.
type world struct{ random *rand.Rand }

// simulatedClasses are each class's share of the images, and its quality in logits.
var simulatedClasses = [5]struct{ presence, quality float64 }{{1, 3}, {0.9, 2}, {0.6, 1.5}, {0.4, 1}, {0.3, 0.5}}

// image is intersections and unions of every class, in pixels.
func (w world) image(row []float64) {
	hard := w.random.NormFloat64()
	for c, class := range simulatedClasses {
		inter, union := 0.0, 0.0
		right := 1 / (1 + math.Exp(-class.quality-0.7*hard-0.5*w.random.NormFloat64()))
		area := math.Round(2000 * math.Exp(0.6*w.random.NormFloat64()))
		switch {
		case w.random.Float64() < class.presence:
			inter = math.Round(right * area)
			union = area + math.Round((1-right)*area/2)
		case w.random.Float64() < 0.2: // seen where it is not
			union = math.Round((1 - right) * area / 4)
		}
		row[2*c], row[2*c+1] = inter, union
	}
}

// simulatedFigures are the mIoU, and the IoU of the commonest and of the rarest class.
var simulatedFigures = Sums(3, func(dst, sums []float64) {
	dst[0] = 0
	for c := range simulatedClasses {
		dst[0] += sums[2*c] / sums[2*c+1] / float64(len(simulatedClasses))
	}
	dst[1], dst[2] = sums[0]/sums[1], sums[len(sums)-2]/sums[len(sums)-1]
})

// truth are the figures of four hundred thousand images: what intervals of a hundred should hold.
func truth() []float64 {
	w, figures := world{rand.New(rand.NewPCG(1, 0))}, make([]float64, 3)
	row, sums := make([]float64, 10), make([]float64, 10)
	for range 400_000 {
		w.image(row)
		for i, x := range row {
			sums[i] += x
		}
	}
	simulatedFigures.New()(figures, Draw{Sums: sums})
	return figures
}

// TestCoverage counts how many of the 95% intervals of datasets of 100 images hold the truth: 93% to 97% of BCa's should.
func TestCoverage(t *testing.T) {
	datasets, slack := *simulated, 0.0
	if datasets == 0 {
		if testing.Short() {
			t.Skip("skipped in short mode: thousands of resamples of hundreds of datasets")
		}
		datasets, slack = 200, 0.03 // two standard deviations of so few
	}
	want, names := truth(), [3]string{"mIoU", "IoU of a class in every image", "IoU of a class in 30% of the images"}
	for _, method := range []string{BCa, Percentile} {
		var below, above [3]int
		width := [3]float64{}
		for d := range datasets {
			w, row, s := world{rand.New(rand.NewPCG(2, uint64(d)))}, make([]float64, 10), NewSample(10, 100)
			for range 100 {
				w.image(row)
				s.Add(row)
			}
			_, intervals, err := Bootstrap(s, simulatedFigures, Options{Seed: uint64(d), Method: method})
			if err != nil {
				t.Fatal(err)
			}
			for i, ci := range intervals {
				width[i] += (ci.High - ci.Low) / float64(datasets)
				switch {
				case !(want[i] >= ci.Low):
					below[i]++
				case !(want[i] <= ci.High):
					above[i]++
				}
			}
		}
		for i, name := range names {
			share := 1 - float64(below[i]+above[i])/float64(datasets)
			t.Logf("%-10s %-36s truth %.4f, mean width %.4f, held by %.1f%% of %d (truth below: %d, above: %d)", method, name, want[i], width[i], 100*share, datasets, below[i], above[i])
			if i == 0 && method == BCa && (share < 0.93-slack || share > 0.97+slack) {
				t.Errorf("%s: coverage %.3f, expected 0.93 to 0.97", name, share)
			}
		}
	}
}
