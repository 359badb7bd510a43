package losses

func init() {
	Register(Definition{
		Name: "soft_dice", Title: "Soft Dice loss", Family: "region",
		Formula:  "mean over images and classes of 1 − (2I + s)/(P + Y + s), s = 1e-5",
		Gradient: "with respect to p: −[2·o − (2I+s)/(P+Y+s)]/(P+Y+s), over images × classes; then to the logits",
		Range:    "[0, 1]",
		Matches:  "MONAI DiceLoss(softmax=True, to_onehot_y=True); absent: zero with batch: true is SMP DiceLoss('multiclass')",
		Paper:    "Milletari et al., V-Net, 2016",
		Notes: []string{
			"A class without truth gives 1 − s/(P+s), close to 1: absent: skip leaves it out.",
			"Ignored pixels are left out of numerator and denominator (mmsegmentation 0.x leaves the denominator unmasked).",
		},
		Document: "The middle expression of its gradient lacks the minus, and its derivation is of one-pixel Dice: of the sum it is −2(yS − I)/S² with S = Σ(y+p), so background pixels get +2I/S², not 0; y = p = 0 is 0/0 there. When confidently wrong the gradient tends to 0, against the document's own aim.",
		Options:  func() any { return defaultOverlap() },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newOverlap(options.(*OverlapOptions), s, 0.5, 0.5))
		},
	})
}
