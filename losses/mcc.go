package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "mcc", Title: "Matthews correlation loss", Family: "region",
		Formula:  "mean over classes of 1 − (tp·tn − fp·fn)/√((tp+fp)(tp+fn)(tn+fp)(tn+fn)), tp = I+ε, fp = P−I+ε, fn = Y−I+ε, tn = M−P−Y+I+ε summed over the batch, ε = 1e-5",
		Gradient: "S the fraction and d the root: ∂S/∂I = (tp+tn+fp+fn)/d, ∂S/∂P = −(tp+fn)/d − (S/2)(1/(tp+fp) − 1/(tn+fn)); then to the logits",
		Range:    "[0, 2]",
		Matches:  "SMP MCCLoss(eps=1e-5) of sigmoid(x) on a one-channel head; on a softmax head the mean over classes of one against the rest",
		Paper:    "Abhishek and Hamarneh, Matthews Correlation Coefficient Loss for Deep Convolutional Networks, 2021",
		Options:  func() any { return &MCCOptions{Eps: 1e-5, Batch: true} },
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*MCCOptions)
			if !(o.Eps > 0) || undefined(o.Eps) {
				return Compound{}, fmt.Errorf("eps: expected a number > 0, found %g", o.Eps)
			}
			return alone(&Region{Shape: s, Function: mcc{o.Eps}, Batch: o.Batch}, nil)
		},
	})
}

// MCCOptions are the options of mcc.
type MCCOptions struct {
	Eps   float64 `yaml:"eps" doc:"added to each of the four counts, > 0"`
	Batch bool    `yaml:"batch" doc:"one set of counts for the whole batch instead of one an image"`
}

type mcc struct{ eps float64 }

func (l mcc) Value(s *Sums, slopes []float64) float64 {
	total, n := 0.0, float64(len(s.Y))
	for c, y := range s.Y {
		tp, fp, fn := s.I[c]+l.eps, s.P[c]-s.I[c]+l.eps, y-s.I[c]+l.eps
		tn := s.Pixels - s.P[c] - y + s.I[c] + l.eps
		d := math.Sqrt(tp+fp) * math.Sqrt(tp+fn) * math.Sqrt(tn+fp) * math.Sqrt(tn+fn)
		correlation := (tp*tn - fp*fn) / d
		total += 1 - correlation
		if slopes != nil {
			slopes[slopeCount*c+slopeI] = -(tp + tn + fp + fn) / d / n
			slopes[slopeCount*c+slopeP] = ((tp+fn)/d + correlation/2*(1/(tp+fp)-1/(tn+fn))) / n
		}
	}
	return total / n
}
