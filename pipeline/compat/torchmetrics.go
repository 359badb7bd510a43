package compat

func init() {
	Register(Profile{Name: "torchmetrics", Library: "torchmetrics", Version: "1.9.0",
		About: "torchmetrics.classification with average='macro' and ignore_index, and torchmetrics.segmentation with its defaults.",
		Conventions: []Convention{
			{Name: "per image and class", Of: []string{"segmentation.MeanIoU"}, apply: func(r *rules) { r.level = overPairs },
				About: "MeanIoU is the mean over all pairs of image and class where truth or prediction has the class; ours adds up pixels over the dataset."},
			{Name: "per image", Of: []string{"segmentation.DiceScore"}, apply: func(r *rules) { r.level = overImages },
				About: "DiceScore (aggregation_level='samplewise', average='macro') is each image's mean over its classes, then the mean over the images; ours adds up pixels over the dataset."},
			{Name: "0/0 is 0 where the class is there", Of: []string{"Accuracy", "Precision", "Recall"}, apply: func(r *rules) { r.division, r.needsAny = zero, true },
				About: "A class that is predicted and never true has recall 0, and one that is true and never predicted precision 0; ours leaves them out of the mean."},
			{Name: "0/0 is 0", Of: []string{"MatthewsCorrCoef"}, apply: func(r *rules) { r.division = zero },
				About: "With one class alone in truth or prediction the correlation is 0; ours is undefined."},
			{Name: "nothing is 0", Of: []string{"Accuracy", "Accuracy micro", "F1Score", "Precision", "Recall", "MatthewsCorrCoef"}, apply: func(r *rules) { r.noneIsZero = true },
				About: "Without a valid pixel the figure is 0; ours is undefined."},
			{Name: "include_background=False", Choice: true, Of: []string{"segmentation.MeanIoU", "segmentation.DiceScore"}, apply: func(r *rules) { r.foreground = true },
				About: "Class 0 has no part in the mean."},
			{Name: "aggregation_level='global'", Choice: true, Of: []string{"segmentation.DiceScore"}, apply: func(r *rules) { r.level = overDataset },
				About: "Sums over the dataset, as ours."},
		},
		Figures: []Figure{
			{Name: "JaccardIndex", Call: "MulticlassJaccardIndex(average='macro')", Ours: "mIoU", of: iou},
			{Name: "Accuracy", Call: "MulticlassAccuracy(average='macro')", Ours: "mAcc", of: recall},
			{Name: "Accuracy micro", Call: "MulticlassAccuracy(average='micro')", Ours: "aAcc", of: recall, base: rules{pooled: true}},
			{Name: "F1Score", Call: "MulticlassF1Score(average='macro')", Ours: "mDice", of: dice},
			{Name: "Precision", Call: "MulticlassPrecision(average='macro')", Ours: "mPrecision", of: precision},
			{Name: "Recall", Call: "MulticlassRecall(average='macro')", Ours: "mRecall", of: recall},
			{Name: "CohenKappa", Call: "MulticlassCohenKappa", Ours: "kappa", of: kappa},
			{Name: "MatthewsCorrCoef", Call: "MulticlassMatthewsCorrCoef", Ours: "mcc", of: matthews, fits: severalClasses},
			{Name: "segmentation.MeanIoU", Call: "segmentation.MeanIoU", Ours: "mIoU", of: iou},
			{Name: "segmentation.DiceScore", Call: "segmentation.DiceScore", Ours: "mDice", of: dice},
		},
		Notes: []string{"Absent classes are left out of macro means, as ours; average='none' shows them as 0.",
			"torchmetrics.segmentation knows no ignore_index: ignored pixels are taken to be of no class in either one-hot map.",
			"HausdorffDistance is not reproduced: it takes the height for the width, and is wrong for pictures that are not square."},
		Tolerance: 2e-06, Why: "float32",
	})
}

// severalClasses leaves out what is another formula for two classes.
func severalClasses(classes []string) string {
	if len(classes) < 3 {
		return "with two classes the library replaces 0/0 by an approximation of its own"
	}
	return ""
}
