package losses

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

func init() {
	pair("dice_ce", "Dice and cross-entropy", "soft_dice", "ce", "MONAI DiceCELoss(softmax=True, to_onehot_y=True)", "Isensee et al., nnU-Net, 2021")
	pair("ce_lovasz", "Cross-entropy and Lovász-softmax", "ce", "lovasz_softmax", "", "")
	pair("dice_topk", "Dice and TopK cross-entropy", "soft_dice", "topk_ce", "nnU-Net's DC_and_topk_loss, with this library's Dice", "")
	pair("dice_boundary", "Dice and boundary loss", "soft_dice", "boundary", "", "Kervadec et al., Boundary loss for highly unbalanced segmentation, 2019")
	Register(Definition{
		Name: "dice_focal", Title: "Dice and focal loss", Family: "compound",
		Formula:  "weight_dice·soft_dice + weight_focal·focal",
		Gradient: "the parts', weighted",
		Range:    "[0, ∞)",
		Matches:  "SMP DiceLoss + softmax_focal_loss; monai: true is MONAI DiceFocalLoss(softmax=True, to_onehot_y=True), whose focal half is a sigmoid's",
		Options:  func() any { return &DiceFocalOptions{WeightDice: 1, WeightFocal: 1, Gamma: 2} },
		New:      func(options any, s Shape) (Compound, error) { return newDiceFocal(options.(*DiceFocalOptions), s) },
	})
	Register(Definition{
		Name: "weighted_sum", Title: "Weighted sum of any losses", Family: "compound",
		Formula:  "Σ weight·loss over the entries of losses",
		Gradient: "the parts', weighted",
		Range:    "as the parts'",
		Matches:  "the parts",
		Notes:    []string{"Give it a label: {name: weighted_sum, label: mine, losses: [{name: ce, weight: 0.3}, {name: tversky, weight: 0.7, weight_fn: 0.7}]}."},
		Sample: func(options any) {
			options.(*WeightedSumOptions).Losses = []Summand{{Name: "ce", Weight: 0.3}, {Name: "soft_dice", Weight: 0.7}}
		},
		SampleNote: "0.3·ce + 0.7·soft_dice",
		Options:    func() any { return &WeightedSumOptions{} },
		New:        func(options any, s Shape) (Compound, error) { return newWeightedSum(options.(*WeightedSumOptions), s) },
	})
}

// PairOptions are the options of a sum of two losses.
type PairOptions struct {
	Weights []float64 `yaml:"weights" doc:"the two weights ≥ 0"`
}

// pair registers the weighted sum of two losses with their defaults.
func pair(name, title, first, second, matches, paper string) {
	if matches == "" {
		matches = "the sum of its parts"
	}
	Register(Definition{
		Name: name, Title: title, Family: "compound", Paper: paper, Matches: matches,
		Formula:  fmt.Sprintf("weights[0]·%s + weights[1]·%s, both weights 1, the parts with their defaults", first, second),
		Gradient: "the parts', weighted",
		Range:    "as the parts'",
		Notes:    []string{"For the parts' options take weighted_sum."},
		Options:  func() any { return &PairOptions{Weights: []float64{1, 1}} },
		New: func(options any, s Shape) (Compound, error) {
			w := options.(*PairOptions).Weights
			if len(w) != 2 || !(w[0] >= 0 && w[1] >= 0) || undefined(w[0]+w[1]) {
				return Compound{}, fmt.Errorf("weights: expected two numbers ≥ 0, found %v", w)
			}
			return newWeightedSum(&WeightedSumOptions{Losses: []Summand{{Name: first, Weight: w[0]}, {Name: second, Weight: w[1]}}}, s)
		},
	})
}

// DiceFocalOptions are the options of dice_focal.
type DiceFocalOptions struct {
	WeightDice  float64 `yaml:"weight_dice" doc:"weight ≥ 0 of soft_dice"`
	WeightFocal float64 `yaml:"weight_focal" doc:"weight ≥ 0 of focal"`
	Gamma       float64 `yaml:"gamma" doc:"focal's exponent γ ≥ 0"`
	MONAI       bool    `yaml:"monai" doc:"focal half by a sigmoid of each class against the rest, as MONAI has it"`
}

func newDiceFocal(o *DiceFocalOptions, s Shape) (Compound, error) {
	if !(o.WeightDice >= 0 && o.WeightFocal >= 0) || undefined(o.WeightDice+o.WeightFocal) {
		return Compound{}, fmt.Errorf("weight_dice, weight_focal: expected numbers ≥ 0, found %g and %g", o.WeightDice, o.WeightFocal)
	}
	focal := FocalOptions{Gamma: o.Gamma}
	if o.MONAI {
		focal.Activation = "sigmoid"
	}
	second, err := newFocal(&focal, s)
	if err != nil {
		return Compound{}, err
	}
	first, err := newOverlap(defaultOverlap(), s, 0.5, 0.5)
	return sumOf(o.WeightDice, first, o.WeightFocal, second), err
}

// WeightedSumOptions are the options of weighted_sum.
type WeightedSumOptions struct {
	Losses []Summand `yaml:"losses" doc:"the summands: {name, weight (default 1), and the loss's own options}"`
}

// Summand is one loss of a weighted sum.
type Summand struct {
	Name    string
	Weight  float64
	options yaml.Node // the loss's own; empty: its defaults
}

// UnmarshalYAML reads a name, or a map of name, weight and the loss's options.
func (m *Summand) UnmarshalYAML(n *yaml.Node) error {
	*m = Summand{Weight: 1}
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&m.Name)
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: losses: expected a name or a map, found %q", n.Line, n.Value)
	}
	rest := *n
	rest.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		var err error
		switch key, value := n.Content[i], n.Content[i+1]; key.Value {
		case "name":
			err = value.Decode(&m.Name)
		case "weight":
			err = value.Decode(&m.Weight)
		default:
			rest.Content = append(rest.Content, key, value)
		}
		if err != nil {
			return err
		}
	}
	m.options = rest
	return nil
}

// decode fills a loss's options strictly.
func (m *Summand) decode(options any) error {
	if len(m.options.Content) == 0 {
		return nil
	}
	return decodeStrictly(&m.options, options)
}

func newWeightedSum(o *WeightedSumOptions, s Shape) (Compound, error) {
	var sum Compound
	if len(o.Losses) == 0 {
		return sum, fmt.Errorf("losses: expected a list of losses to add, found none")
	}
	for _, m := range o.Losses {
		d, err := Find(m.Name)
		if err != nil {
			return sum, err
		}
		if undefined(m.Weight) {
			return sum, fmt.Errorf("%s: weight: expected a number, found %g", m.Name, m.Weight)
		}
		if d.ValueOnly {
			return sum, fmt.Errorf("%s has no gradient and cannot be a summand", m.Name)
		}
		if err := d.fits(s); err != nil {
			return sum, fmt.Errorf("%s: %w", m.Name, err)
		}
		c, _, err := d.compile(m.decode, s)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", m.Name, err)
		}
		if c.Outer != nil {
			return sum, fmt.Errorf("%s is not a sum itself and cannot be a summand", m.Name)
		}
		for _, part := range c.Parts {
			sum.Parts = append(sum.Parts, Part{m.Weight * part.Weight, part.Loss})
		}
	}
	return sum, nil
}
