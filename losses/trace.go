package losses

import "math"

// TracePoint is a loss of one pixel whose truth is class 1.
type TracePoint struct {
	P        float64 // its probability of class 1
	Loss     float64
	Gradient float64 // with respect to the logit of class 1: at most 0 where more of it is better
}

// Trace evaluates a loss with its defaults, or its sample options, on a picture of one pixel of class 1, for probabilities from 0.001 to 0.999: on a
// one-channel head, or on two channels (0, x) where the loss needs a softmax. It returns nothing for losses that have no
// such curve: those that rank pixels or measure distances between them.
func Trace(d Definition) []TracePoint {
	shape := Shape{Sigmoid, 2}
	if d.fits(shape) != nil {
		shape = Shape{Softmax, 2}
	}
	plan, err := Compile([]Spec{d.sample()}, shape)
	if err != nil || plan.whole || d.ValueOnly {
		return nil
	}
	var points []TracePoint
	for i := 1; i < 1000; i++ {
		p := float64(i) / 1000
		logits := make([]float32, shape.Planes())
		logits[len(logits)-1] = float32(math.Log(p) - math.Log1p(-p))
		gradient := make([]float32, len(logits))
		r, err := plan.Score(&Batch{Images: 1, Channels: len(logits), Height: 1, Width: 1, Logits: logits, Labels: []int16{1}}, [][]float32{gradient})
		if err != nil {
			return nil
		}
		points = append(points, TracePoint{p, r[0].Value, float64(gradient[len(gradient)-1])})
	}
	return points
}

// sample asks for the loss with its sample options.
func (d Definition) sample() Spec {
	s := Spec{Name: d.Name}
	if d.Sample != nil {
		s.Decode = func(options any) error { d.Sample(options); return nil }
	}
	return s
}

// Vanishing returns the probabilities between which a large loss has a small gradient: more than half of the largest
// loss above the smallest, and less than a quarter of the largest gradient. from = to where there are none.
func Vanishing(points []TracePoint) (from, to float64) {
	least, most, steepest := math.Inf(1), math.Inf(-1), 0.0
	for _, x := range points {
		least, most, steepest = min(least, x.Loss), max(most, x.Loss), max(steepest, math.Abs(x.Gradient))
	}
	for _, x := range points {
		if x.Loss-least > (most-least)/2 && math.Abs(x.Gradient) < steepest/4 {
			if to == 0 {
				from = x.P
			}
			to = x.P
		}
	}
	return from, to
}
