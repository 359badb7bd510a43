package compat

func init() {
	Register(Profile{Name: "paddleseg", Library: "paddleseg", Version: "2.8.0",
		About: "paddleseg.core.evaluate: sums over the dataset, means over all classes.",
		Conventions: []Convention{
			{Name: "absent classes count 0", Of: []string{"mIoU", "mDice"}, apply: func(r *rules) { r.division = zero },
				About: "A class in neither truth nor prediction has IoU and Dice 0 and lowers the mean; ours leaves it out."},
		},
		Figures: []Figure{
			{Name: "mIoU", Call: "mean_iou", Ours: "mIoU", of: iou},
			{Name: "Acc", Call: "accuracy", Ours: "aAcc", of: recall, base: rules{pooled: true}},
			{Name: "Kappa", Call: "kappa", Ours: "kappa", of: kappa},
			{Name: "mDice", Call: "dice", Ours: "mDice", of: dice},
		},
		Notes:     []string{"Its class accuracy divides by the predicted pixels: it is Precision here, not Acc."},
		Tolerance: 1e-06, Why: "float32 in some sums",
	})
}
