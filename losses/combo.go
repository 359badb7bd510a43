package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "combo", Title: "Combo loss", Family: "compound",
		Formula:  "α·balanced_bce(β) − (1−α)·(2I + S)/(P + Y + S) over the whole batch, α = β = ½, S = 1",
		Gradient: "α times balanced_bce's plus 1−α times soft_dice's",
		Range:    "[−(1−α), ∞)",
		Matches:  "the paper's closed form, all images together",
		Paper:    "Taghanaki et al., Combo loss, 2019",
		Notes:    []string{"On a softmax head both parts are the mean over classes of one against the rest."},
		Options: func() any {
			return &ComboOptions{Alpha: 0.5, Beta: 0.5, Smooth: 1, Batch: true}
		},
		New: func(options any, s Shape) (Compound, error) { return newCombo(options.(*ComboOptions), s) },
	})
}

// ComboOptions are the options of combo.
type ComboOptions struct {
	Alpha  float64 `yaml:"alpha" doc:"weight α in [0, 1] of the cross-entropy, 1−α of the Dice overlap"`
	Beta   float64 `yaml:"beta" doc:"weight β in [0, 1] of the cross-entropy's positives, 1−β of its negatives"`
	Smooth float64 `yaml:"smooth" doc:"S, added to numerator and denominator of the overlap"`
	Batch  bool    `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
}

func newCombo(o *ComboOptions, s Shape) (Compound, error) {
	if !(o.Alpha >= 0 && o.Alpha <= 1) {
		return Compound{}, fmt.Errorf("alpha: expected a number in [0, 1], found %g", o.Alpha)
	}
	entropy, err := newBalancedBCE(&BalancedBCEOptions{Beta: Share{Value: o.Beta}}, s)
	if err != nil {
		return Compound{}, err
	}
	dice, err := newOverlap(&OverlapOptions{Smooth: o.Smooth, Batch: o.Batch, IncludeBackground: true, Absent: AbsentSmooth}, s, 0.5, 0.5)
	if err != nil {
		return Compound{}, err
	}
	c := sumOf(o.Alpha, entropy, 1-o.Alpha, dice)
	c.Outer = func(v float64) (float64, float64) { return v - (1 - o.Alpha), 1 }
	return c, nil
}
