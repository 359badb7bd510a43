package compat

import "math"

// mean is a mean of what is defined, summed in the order of its values.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) {
	if x == x {
		m.sum += x
		m.n++
	}
}

func (m *mean) value() float64 { return quotient(m.sum, float64(m.n)) }

// meanOf is the mean of the classes' figures from the first on; with strict it is undefined where one of them is.
func (r *rules) meanOf(classes []float64) (float64, int) {
	var m mean
	for _, x := range classes[r.first():] {
		if x != x && r.strict {
			return math.NaN(), 0
		}
		m.add(x)
	}
	return m.value(), m.n
}

// finish does what a system does to its finished figure.
func (r *rules) finish(x float64) float64 {
	if x != x && r.noneIsZero {
		x = 0
	}
	if r.decimals && !math.IsInf(x, 0) {
		x = math.RoundToEven(x*1e4) / 1e4
	}
	return x
}
