package losses

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "bce", Title: "Binary cross-entropy", Family: "pixel",
		Formula:  "mean over planes and valid pixels of −y·log p − (1−y)·log(1−p)",
		Gradient: "one-channel head: (σ(x) − y)/n; softmax head, class c against the rest with logit z_c − log Σ_{k≠c} e^{z_k}: [Σ_c (p_c − y_c)·∂x_c/∂z_j]/(C·n)",
		Range:    "[0, ∞)",
		Matches:  "torch.nn.BCEWithLogitsLoss()",
		Notes:    []string{"On a one-channel head it equals ce."},
		Document: "Its derivative by e^−x/(1+e^−x)² overflows in float32 below about −88; the form to use is σ(1−σ).",
		Options:  func() any { return &struct{}{} },
		New:      func(_ any, s Shape) (Compound, error) { return alone(&oneVsRest{shape: s}, nil) },
	})
}

// oneVsRest is binary cross-entropy of each class against the rest, with a weight on each class's positives. Its sums
// are −log p_t by class of the truth and, last, the negatives' Σ −log(1−p_c) over the classes that a pixel is not.
type oneVsRest struct {
	shape    Shape
	weights  []float64 // of the positives, a plane; nil: 1
	auto     bool      // weights are negatives/positives of what is evaluated
	balance  *Share    // not nil: all positives weigh β, all negatives 1−β
	perImage bool
}

func (l *oneVsRest) Terms() int         { return l.shape.Classes + 1 }
func (l *oneVsRest) NeedsRegions() bool { return false }
func (l *oneVsRest) PerImage() bool     { return l.perImage }
func (l *oneVsRest) Coefficients() int  { return 2 + l.shape.Planes() }

// summedLike is the first part that sums what a loss does, or −1: binary cross-entropies weigh their sums only in the end.
func (p *Plan) summedLike(l Loss) int {
	if _, ok := l.(*oneVsRest); !ok {
		return -1
	}
	return slices.IndexFunc(p.parts, func(o part) bool {
		_, ok := o.Loss.(*oneVsRest)
		return ok
	})
}

func (l *oneVsRest) Sum(b *pass.Block, sums []float64) {
	sumByLabel(b, sums[:l.shape.Classes])
	if b.Head == Softmax {
		sums[l.shape.Classes] += float64(kernel.Sum(b.Misses()))
	}
}

// fewClasses is up to how many classes sumByLabel keeps sums of its own.
const fewClasses = 63

// sumByLabel adds each valid pixel's −log p_t to its class's sum. Up to fewClasses, four sums a class take turns: a pixel
// of the class that its neighbour has need not wait for the neighbour's to be added.
func sumByLabel(b *pass.Block, sums []float64) {
	nll := b.NLL[:len(b.Labels)]
	if len(sums) > fewClasses {
		for i, t := range b.Labels {
			if t != raster.Ignored {
				sums[t] += float64(nll[i])
			}
		}
		return
	}
	var turns [fewClasses + 1][4]float64 // the first: ignored pixels
	sumTurns(&turns, b.Labels, nll)
	for c := range sums {
		t := &turns[c+1]
		sums[c] += (t[0] + t[1]) + (t[2] + t[3])
	}
}

// sumTurns adds each pixel's value to its class's sum of its turn. While a class lasts for four pixels and four again, as within an
// object, its sums stay in registers.
func sumTurns(turns *[fewClasses + 1][4]float64, labels []int16, values []float32) {
	i := 0
	for i+4 <= len(labels) {
		t, next := labels[i], i
		own := &turns[uint(t+1)&fewClasses]
		s0, s1, s2, s3 := own[0], own[1], own[2], own[3]
		for ; next+4 <= len(labels); next += 4 {
			l, v := labels[next:next+4:next+4], values[next:next+4:next+4]
			if l[0] != t || l[1] != t || l[2] != t || l[3] != t {
				break
			}
			s0 += float64(v[0])
			s1 += float64(v[1])
			s2 += float64(v[2])
			s3 += float64(v[3])
		}
		*own = [4]float64{s0, s1, s2, s3}
		if next == i { // four of several classes
			next += 4
			addTurns(turns, labels[i:next], values[i:next])
		}
		i = next
	}
	addTurns(turns, labels[i:], values[i:])
}

// addTurns adds pixels one by one; the first one's turn is the first.
func addTurns(turns *[fewClasses + 1][4]float64, labels []int16, values []float32) {
	for i, t := range labels {
		turns[uint(t+1)&fewClasses][i&3] += float64(values[i])
	}
}

// tiny is where 1−p_top has lost digits to float32's smallest numbers.
const tiny = 1e-30

// weight is the weight of plane c's positives in what s sums up.
func (l *oneVsRest) weight(s *Sums, c int) float64 {
	switch {
	case l.balance != nil:
		return l.beta(s)
	case l.auto && s.Y[c] > 0:
		return (s.Pixels - s.Y[c]) / s.Y[c]
	case l.weights != nil:
		return l.weights[c]
	}
	return 1
}

// negatives is the weight of the negatives in what s sums up.
func (l *oneVsRest) negatives(s *Sums) float64 {
	if l.balance != nil {
		return 1 - l.beta(s)
	}
	return 1
}

// beta is the given β, or the negatives' share of all planes' pixels.
func (l *oneVsRest) beta(s *Sums) float64 {
	if !l.balance.Auto {
		return l.balance.Value
	}
	positives := 0.0
	for _, y := range s.Y {
		positives += y
	}
	return 1 - positives*inverse(s.Pixels*float64(len(s.Y)))
}

func (l *oneVsRest) Value(s *Sums, own, coefficients []float64) Result {
	planes := l.shape.Planes()
	n := s.Pixels * float64(planes)
	if coefficients != nil {
		coefficients[0] = inverse(n)
		coefficients[1] = l.negatives(s)
		for c := range planes {
			coefficients[2+c] = l.weight(s, c)
		}
	}
	if n == 0 {
		return Result{}
	}
	total := own[l.shape.Classes] * l.negatives(s)
	if l.shape.Head == Sigmoid {
		total += own[0]*l.negatives(s) + l.weight(s, 0)*own[1]
	} else {
		for c := range planes {
			total += l.weight(s, c) * own[c]
		}
	}
	return Result{Value: total / n, Count: s.Pixels}
}

func (l *oneVsRest) Gradient(b *pass.Block, g *Step, dst []float32) {
	k, scale := g.Coefficients, g.Scale*g.Coefficients[0]
	for i, t := range b.Labels {
		switch {
		case t == raster.Ignored:
		case b.Head == Softmax:
			l.softmaxGradient(b, i, int(t), k[2+int(t)], k[1], scale, dst)
		case t == 1:
			dst[i] -= float32(scale * k[2] * float64(b.Q[i]))
		default:
			dst[i] += float32(scale * k[1] * float64(b.Q[i]))
		}
	}
}

// softmaxGradient adds one pixel's gradient. With odds u_c = p_c/(1−p_c) of the classes that it is not, w the weight of
// the positive and v of the negatives, dz_j = w·(p_j − o_j) + v·([j≠t]·p_j − p_j·Σ_{c≠t,c≠j} u_c); the most likely
// class's odds may be huge beside a tiny p_j, so that product is formed as p_top·(p_j/(1−p_top)).
func (l *oneVsRest) softmaxGradient(b *pass.Block, i, t int, w, v, scale float64, dst []float32) {
	top, odds := int(b.Stats.Top[i]), 0.0
	at := func(c int) float64 { return float64(b.P[c*pass.BlockSize+i]) }
	for c := range b.Planes {
		if c != t && c != top {
			odds += at(c) / (1 - at(c))
		}
	}
	rest := restShare(b, i, top)
	for c := range b.Planes {
		p := at(c)
		negative := p - p*odds
		switch {
		case c == t:
			negative = -p * odds
		case c != top:
			negative += p * p / (1 - p)
		}
		if top != t && c != top {
			negative -= at(top) * rest.share(b, i, c)
		}
		residual := p
		if c == t {
			residual = -float64(b.Q[i])
		}
		dst[c*pass.BlockSize+i] += float32(scale * (w*residual + v*negative))
	}
}

// restMass is 1−p_top of a pixel, or the logarithm of the same mass where float32 cannot hold it.
type restMass struct {
	q, log float64
}

func restShare(b *pass.Block, i, top int) restMass {
	if q := float64(b.QTop[i]); q > tiny || q != q {
		return restMass{q: q}
	}
	return restMass{log: b.RestLogSum(i, top)}
}

// share is p_c/(1−p_top) for c ≠ top.
func (r restMass) share(b *pass.Block, i, c int) float64 {
	if r.q != 0 {
		return float64(b.P[c*pass.BlockSize+i]) / r.q
	}
	return math.Exp(float64(b.Z[c*pass.BlockSize+i]) - r.log)
}
