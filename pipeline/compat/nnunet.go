package compat

func init() {
	Register(Profile{Name: "nnunet", Library: "nnunetv2", Version: "2.8.1",
		About: "compute_metrics_on_folder, foreground_mean: each class's mean over the cases, then the mean over the classes without background.",
		Conventions: []Convention{
			{Name: "background left out", apply: func(r *rules) { r.foreground = true },
				About: "Class 0 is background and has no part in the mean."},
			{Name: "per case", apply: func(r *rules) { r.level = overCases },
				About: "Each class's figure is the mean over the images where truth or prediction has it, whatever their size; ours adds up pixels over the dataset."},
			{Name: "all or nothing", apply: func(r *rules) { r.strict = true },
				About: "The mean over the classes is undefined where one of them is in no image at all; ours leaves it out."},
		},
		Figures: []Figure{
			{Name: "Dice", Call: "foreground_mean Dice", Ours: "mDice", of: dice},
			{Name: "IoU", Call: "foreground_mean IoU", Ours: "mIoU", of: iou},
		},
		Notes:     []string{"Ignored pixels (ignore_label) are dropped, as ours.", "A class that is predicted in an image and not true there counts 0 in it."},
		Tolerance: 1e-12, Why: "float64",
	})
}
