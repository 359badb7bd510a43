package losses

func init() {
	Register(Definition{
		Name: "soft_iou", Title: "Soft IoU (Jaccard) loss", Family: "region",
		Formula:  "mean over images and classes of 1 − (I + s/2)/(P + Y − I + s/2), s = 1e-5",
		Gradient: "with respect to p, U = P + Y − I: −[o·(1 + S) − S]/(U + s/2) with S the overlap, over images × classes; then to the logits",
		Range:    "[0, 1]",
		Matches:  "MONAI DiceLoss(softmax=True, to_onehot_y=True, jaccard=True); absent: zero with batch: true is SMP JaccardLoss('multiclass')",
		Paper:    "Rahman and Wang, Optimizing Intersection-Over-Union in Deep Neural Networks, 2016",
		Notes: []string{
			"For one class of one image it is D/(2−D) with D the Dice overlap; means do not convert.",
			"A class without truth gives close to 1: absent: skip leaves it out.",
		},
		Document: "The gradient is −(yU − I(1−y))/U². Like soft Dice it tends to 0 when confidently wrong, against the document's own aim.",
		Options:  func() any { return defaultOverlap() },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newOverlap(options.(*OverlapOptions), s, 1, 1))
		},
	})
}
