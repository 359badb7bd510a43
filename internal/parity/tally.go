package parity

import (
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// Tally is what was counted of one picture or of many. Figures are of valid pixels, those that the metrics count, but for
// Pixels and Differ, which count ignored ones too.
type Tally struct {
	Classes            int
	Pixels, Differ     int64
	Valid, ValidDiffer int64
	Pairs              []int64 // Classes×Classes, rows = the reference's class, columns = the model's
	// Margins and FlipMargins count pixels, and pixels that differ, by the code of their margin.
	Margins, FlipMargins  [codes]int64
	FlipMax               float32 // the largest defined margin of a pixel that differs; −1: none
	Logits, Probabilities Difference
}

// Difference gathers absolute differences of values. Those that are not finite are counted apart.
type Difference struct {
	Max       float32
	Sum       float64
	Count     int64
	NonFinite int64
}

// NewTally returns an empty tally of so many classes.
func NewTally(classes int) *Tally {
	return &Tally{Classes: classes, Pairs: make([]int64, classes*classes), FlipMax: -1}
}

// Add counts pixels by their class in the truth, in the reference and in the model. codes are those of the pixels' margins,
// nil where no variant has logits.
func (t *Tally) Add(truth, reference, model []int16, codes []uint8) {
	t.Pixels += int64(len(truth))
	for i, own := range truth {
		a, b := reference[i], model[i]
		if a != b {
			t.Differ++
		}
		if own == raster.Ignored {
			continue
		}
		t.Valid++
		t.Pairs[int(a)*t.Classes+int(b)]++
		if a != b {
			t.ValidDiffer++
		}
		if codes == nil {
			continue
		}
		t.Margins[codes[i]]++
		if a != b {
			t.FlipMargins[codes[i]]++
		}
	}
}

// Widest takes the largest margin of the valid pixels that differ into account, exactly: codes alone say it within a sixteenth.
func (t *Tally) Widest(truth, reference, model []int16, margins []float32) {
	for i, m := range margins {
		if m > t.FlipMax && reference[i] != model[i] && truth[i] != raster.Ignored {
			t.FlipMax = m
		}
	}
}

// AddScores compares the probabilities of two variants, and their logits where both models give logits: those made from
// probabilities lack a constant that only logits have.
func (t *Tally) AddScores(reference, model *pass.Block, logits bool) {
	if reference.Planes != model.Planes || reference.Head != model.Head {
		return // one sigmoid channel beside two softmax channels
	}
	for c := range model.Planes {
		t.Probabilities.add(model.Labels, reference.ProbabilityPlane(c), model.ProbabilityPlane(c))
		if logits {
			t.Logits.add(model.Labels, reference.LogitPlane(c), model.LogitPlane(c))
		}
	}
}

func (d *Difference) add(truth []int16, a, b []float32) {
	sum := 0.0
	for i, x := range a {
		if truth[i] == raster.Ignored {
			continue
		}
		e := x - b[i]
		if e < 0 {
			e = -e
		}
		if e-e != 0 {
			d.NonFinite++
			continue
		}
		if e > d.Max {
			d.Max = e
		}
		sum += float64(e)
		d.Count++
	}
	d.Sum += sum
}

// Merge adds another tally.
func (t *Tally) Merge(o *Tally) {
	t.Pixels += o.Pixels
	t.Differ += o.Differ
	t.Valid += o.Valid
	t.ValidDiffer += o.ValidDiffer
	for i, n := range o.Pairs {
		t.Pairs[i] += n
	}
	for code := range codes {
		t.Margins[code] += o.Margins[code]
		t.FlipMargins[code] += o.FlipMargins[code]
	}
	t.FlipMax = max(t.FlipMax, o.FlipMax)
	t.Logits.merge(o.Logits)
	t.Probabilities.merge(o.Probabilities)
}

func (d *Difference) merge(o Difference) {
	d.Max = max(d.Max, o.Max)
	d.Sum += o.Sum
	d.Count += o.Count
	d.NonFinite += o.NonFinite
}

// Figures are the tally's figures; NaN where there is nothing to say.
func (t *Tally) Figures() record.Parity {
	p := record.Parity{All: share(t.Pixels, t.Differ), Valid: share(t.Valid, t.ValidDiffer),
		MarginMedian: median(&t.Margins), FlipMarginMedian: median(&t.FlipMargins), FlipMarginMax: math.NaN(),
		Logits: t.Logits.figures(), Probabilities: t.Probabilities.figures()}
	if t.FlipMax >= 0 {
		p.FlipMarginMax = float64(t.FlipMax)
	}
	return p
}

func share(pixels, differ int64) record.Share {
	s := record.Share{Pixels: pixels, Differ: differ, Share: math.NaN()}
	if pixels > 0 {
		s.Share = float64(differ) / float64(pixels)
	}
	return s
}

func (d Difference) figures() record.Difference {
	if d.Count == 0 {
		return record.Difference{Max: math.NaN(), Mean: math.NaN(), NonFinite: d.NonFinite}
	}
	return record.Difference{Max: float64(d.Max), Mean: d.Sum / float64(d.Count), NonFinite: d.NonFinite}
}

// Histogram is the distribution of the margins, with borders at 0 and the powers of two from 2⁻¹⁰ to 2⁵; nil without
// margins.
func (t *Tally) Histogram() []record.MarginBin {
	list := make([]record.MarginBin, bins)
	var total int64
	for i := range list {
		list[i].From, list[i].To = edge(i), edge(i+1)
	}
	list[bins-1].To = math.Inf(1)
	for code := range Undefined {
		b := &list[bin(code)]
		b.Pixels += t.Margins[code]
		b.Differ += t.FlipMargins[code]
		total += t.Margins[code]
	}
	if total == 0 {
		return nil
	}
	return list
}

// WidestCode is Widest for margins of which the codes alone are known: within a sixteenth.
func (t *Tally) WidestCode() {
	for code := largest; code >= 0; code-- {
		if t.FlipMargins[code] > 0 {
			t.FlipMax = max(t.FlipMax, float32(middle(code)))
			return
		}
	}
}
