package stats

import "math"

// LeaveOneOut returns a figure of the sample without each unit in turn.
func LeaveOneOut(s *Sample, a Aggregate, figure int, o Options) []float64 {
	n, totals := s.Units(), s.Totals()
	list := make([]float64, n)
	blocks := (n + jackknifeBlock - 1) / jackknifeBlock
	parallel(blocks, o.WithDefaults().Workers, func() func(int) {
		of, values := a.New(), make([]float64, a.Figures)
		draw := Draw{make([]float64, s.columns), ones(n)}
		return func(block int) {
			for unit := block * jackknifeBlock; unit < min(n, (block+1)*jackknifeBlock); unit++ {
				for i, x := range s.Row(unit) {
					draw.Sums[i] = totals[i] - x
				}
				draw.Weights[unit] = 0
				of(values, draw)
				draw.Weights[unit] = 1
				list[unit] = values[figure]
			}
		}
	})
	return list
}

// Jackknife returns the normal interval of a figure, of its values without each unit in turn: the squared standard error is
// (n−1)/n · Σ (value − mean)² (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, equation 11.5). There is none
// for fewer than two units, nor where the figure, or one of the values, is undefined.
func Jackknife(figure float64, leftOut []float64, o Options) Interval {
	n := float64(len(leftOut))
	mean := 0.0
	for _, x := range leftOut {
		mean += x / n
	}
	if n < 2 || math.IsNaN(figure) || math.IsNaN(mean) || math.IsInf(mean, 0) {
		return noInterval()
	}
	squares := 0.0
	for _, x := range leftOut {
		squares += (x - mean) * (x - mean)
	}
	half := normalQuantile((1+o.WithDefaults().Confidence)/2) * math.Sqrt((n-1)/n*squares)
	return Interval{figure - half, figure + half}
}
