package gate

import (
	"fmt"
	"math"
	"strings"

	"github.com/segmetry/segmetry/internal/nearest"
)

// unknown says of a gate that there is no such figure, and what was perhaps meant.
func unknown(g Gate, known []Known, names []string, lacking func(metric string) string) error {
	if lacking != nil {
		if why := lacking(strings.TrimSuffix(g.Metric, "[*]")); why != "" {
			return fmt.Errorf("gate %q: there is no figure %q: %s", g, g.Metric, why)
		}
	}
	hint := nearest.Sentence(g.Metric, names)
	if of := classesOf(g.Metric, known); len(of) > 0 {
		hint = fmt.Sprintf(", but each class has one: %s[*] is that of every class, %s that of one.", g.Metric, of[0])
	}
	return fmt.Errorf("gate %q: there is no figure %q%s Figures are those of summary.csv (IoU[CLASS] and IoU[*] for classes) and those that segmetry compare --help lists", g, g.Metric, hint)
}

// fits says what a gate asks of a figure that cannot be asked of it.
func (g Gate) fits(k Known) error {
	bound := g.Kind == Min || g.Kind == Max
	switch {
	case k.NoInterval && g.Slices != "":
		return fmt.Errorf("gate %q: %s is a figure of the run as a whole: slices have the figures of slices.csv", g, k.Label())
	case k.NoInterval && g.Statistical():
		return fmt.Errorf("gate %q: %s has no confidence interval: use max_increase or max_drop, with a margin beyond the noise", g, k.Label())
	case k.Better == 0 && (g.Kind == NoWorse || g.Statistical()):
		return fmt.Errorf("gate %q: neither higher nor lower values of %s are better: use min, max, max_drop or max_increase", g, k.Label())
	case k.Better < 0 && g.Kind == MaxDrop:
		return fmt.Errorf("gate %q would fail an improvement, as lower values of %s are better: use max_increase", g, k.Label())
	case k.Better > 0 && g.Kind == MaxIncrease:
		return fmt.Errorf("gate %q would fail an improvement, as higher values of %s are better: use max_drop", g, k.Label())
	case bound && !k.Share && strings.HasSuffix(g.Written, "%"):
		return fmt.Errorf("gate %q: %s is not given in percent: expected a number in its unit", g, k.Label())
	case bound && k.bounded() && (g.Value < k.Low || g.Value > k.High):
		return fmt.Errorf("gate %q: %s lies %s: the gate would say the same of every model%s", g, k.Label(), k.span(), g.rather(k, k.Low, k.High))
	case !bound && !g.Relative && k.bounded() && g.Value > k.High-k.Low:
		return fmt.Errorf("gate %q: %s lies %s, and cannot change by more than %v: the gate would say the same of every model%s", g, k.Label(), k.span(), k.High-k.Low, g.rather(k, 0, k.High-k.Low))
	}
	return nil
}

func (k Known) bounded() bool { return k.Low < k.High }

// span is the range of a figure in words.
func (k Known) span() string {
	if math.IsInf(k.High, 1) {
		return fmt.Sprintf("from %v on", k.Low)
	}
	return fmt.Sprintf("between %v and %v", k.Low, k.High)
}

// rather is the hundredth of a value, for which it was probably meant, where that lies within bounds; "" elsewhere.
func (g Gate) rather(k Known, low, high float64) string {
	x := round(g.Value / 100)
	switch {
	case !k.Share || x < low || x > high || g.Value < 1:
		return ""
	case g.Kind == Min || g.Kind == Max:
		return fmt.Sprintf("; did you mean %v (%v%%)?", x, g.Value)
	}
	return fmt.Sprintf("; did you mean %v (%vpt), or %v%% of the baseline's?", x, g.Value, g.Value)
}
