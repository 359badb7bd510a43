package losses

import "math"

// Compound is a loss as it is asked for: a function of a weighted sum of losses, most often of one. Every part has its
// own way of batching, and the compound takes the parts' batch values.
type Compound struct {
	Parts []Part
	// Outer turns the weighted sum into the value, and says how the value changes with the sum; nil: the sum itself.
	Outer func(sum float64) (value, slope float64)
}

// Part is one summand of a compound.
type Part struct {
	Weight float64
	Loss   Loss
}

// alone is the compound of one loss.
func alone(l Loss, err error) (Compound, error) {
	if err != nil {
		return Compound{}, err
	}
	return Compound{Parts: []Part{{1, l}}}, nil
}

// sumOf is the weighted sum of two losses.
func sumOf(a float64, first Loss, b float64, second Loss) Compound {
	return Compound{Parts: []Part{{a, first}, {b, second}}}
}

// combine forms a compound's value from its parts' results. The count is the smallest of the parts'.
func (c *Compound) combine(parts []Result) (r Result, slope float64) {
	r.Count = math.Inf(1)
	for i, p := range c.Parts {
		r.Value += p.Weight * parts[i].Value
		r.Count = min(r.Count, parts[i].Count)
	}
	if r.Count == 0 {
		return Result{}, 0
	}
	slope = 1
	if c.Outer != nil {
		r.Value, slope = c.Outer(r.Value)
	}
	return r, slope
}
