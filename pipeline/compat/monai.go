package compat

func init() {
	surfaces := []string{"HausdorffDistance95", "SurfaceDistance", "SurfaceDice"}
	Register(Profile{Name: "monai", Library: "monai", Version: "1.6.1",
		About: "MONAI's metrics with their defaults (reduction='mean'): each image's mean over its classes, then the mean over the images.",
		Conventions: []Convention{
			{Name: "ignore_empty=True", Of: []string{"MeanIoU", "Dice"}, apply: func(r *rules) { r.needsTruth = true },
				About: "A class that the truth of an image lacks is left out, also where it is predicted; ours counts it as 0."},
			{Name: "absent classes are undefined", Of: surfaces, apply: func(r *rules) { r.bothEmpty = undefined },
				About: "A class in neither map of an image has no distance and no share; ours counts it as 0, and as 1 for the surface Dice."},
			{Name: "a missed class is infinitely far", Of: []string{"SurfaceDistance"}, apply: func(r *rules) { r.infinite = true },
				About: "A class that one map of an image lacks has an infinite average distance, and so has the mean; ours counts these images (n_undefined) and leaves them out."},
			{Name: "background left out of surfaces", Of: surfaces, apply: func(r *rules) { r.foreground = true },
				About: "include_background=False is the default of the distances, and not of IoU and Dice."},
			{Name: "per image", apply: func(r *rules) { r.level = overImages },
				About: "Each image's mean over its classes, then the mean over the images; ours adds up pixels over the dataset, or averages each class's distances first."},
			{Name: "nothing is 0", apply: func(r *rules) { r.noneIsZero = true },
				About: "Where no image has a defined figure the reduction gives 0; ours is undefined."},
			{Name: "include_background=False", Choice: true, Of: []string{"MeanIoU", "Dice"}, apply: func(r *rules) { r.foreground = true },
				About: "Class 0 has no part in the mean: what most medical papers do."},
			{Name: "ignore_empty=False", Choice: true, Of: []string{"MeanIoU", "Dice"}, apply: func(r *rules) { r.needsTruth, r.division = false, one },
				About: "A class in neither map of an image counts 1, and one that is predicted and not true 0."},
		},
		Figures: []Figure{
			{Name: "MeanIoU", Call: "MeanIoU()", Ours: "mIoU", of: iou},
			{Name: "Dice", Call: "DiceMetric()", Ours: "mDice", of: dice},
			{Name: "HausdorffDistance95", Call: "HausdorffDistanceMetric(percentile=95)", Ours: "hd95", of: hd95, base: rules{level: overCases, bothEmpty: zero}},
			{Name: "SurfaceDistance", Call: "SurfaceDistanceMetric(symmetric=True)", Ours: "assd", of: assd, base: rules{level: overCases, bothEmpty: zero}},
			{Name: "SurfaceDice", Call: "SurfaceDiceMetric(class_thresholds=[tolerance]·classes)", Ours: "nsd", of: nsd, base: rules{level: overCases, bothEmpty: zero}},
		},
		Notes: []string{"Ignored pixels are of no class in either map (ignore_index), as ours.",
			"Surfaces are given where the run measures them: score.metrics: [standard, surfaces]."},
		Tolerance: 2e-06, Why: "float32",
	})
}
