package compat

func init() {
	pooled := []string{"iou micro", "iou micro-imagewise", "f1 micro", "f1 micro-imagewise"}
	Register(Profile{Name: "smp", Library: "segmentation-models-pytorch", Version: "0.6.0",
		About: "smp.metrics with get_stats(mode='multiclass', ignore_index=…): the reductions that its examples use.",
		Conventions: []Convention{
			{Name: "classes pooled (micro)", Of: pooled, apply: func(r *rules) { r.pooled = true },
				About: "The classes' counts are added up before the ratio, so that large classes decide; ours averages the classes' figures."},
			{Name: "per image (imagewise)", Of: []string{"iou micro-imagewise", "iou macro-imagewise", "f1 micro-imagewise", "f1 macro-imagewise"}, apply: imagewise,
				About: "Every image counts alike, and with macro every class in every image; ours adds up pixels over the dataset."},
			{Name: "zero_division=1", Of: []string{"iou macro", "iou micro-imagewise", "iou macro-imagewise", "f1 macro", "f1 micro-imagewise", "f1 macro-imagewise"}, apply: func(r *rules) { r.division = one },
				About: "A class in neither truth nor prediction counts 1 in the mean, so that absent classes raise it; ours leaves it out. With micro-imagewise it is an image without a valid pixel that counts 1."},
			{Name: "mode='binary'", Choice: true, Classes: 2, apply: func(r *rules) { r.foreground = true },
				About: "With two classes its binary mode counts the foreground alone."},
		},
		Figures: []Figure{
			{Name: "iou micro", Call: "iou_score(reduction='micro')", Ours: "mIoU", of: iou},
			{Name: "iou macro", Call: "iou_score(reduction='macro')", Ours: "mIoU", of: iou},
			{Name: "iou micro-imagewise", Call: "iou_score(reduction='micro-imagewise')", Ours: "mIoU", of: iou},
			{Name: "iou macro-imagewise", Call: "iou_score(reduction='macro-imagewise')", Ours: "mIoU", of: iou},
			{Name: "f1 micro", Call: "f1_score(reduction='micro')", Ours: "mDice", of: dice},
			{Name: "f1 macro", Call: "f1_score(reduction='macro')", Ours: "mDice", of: dice},
			{Name: "f1 micro-imagewise", Call: "f1_score(reduction='micro-imagewise')", Ours: "mDice", of: dice},
			{Name: "f1 macro-imagewise", Call: "f1_score(reduction='macro-imagewise')", Ours: "mDice", of: dice},
		},
		Notes:     []string{"Pixels of ignore_index are dropped, as ours; without that argument they are an error of torch, or a class."},
		Tolerance: 2e-06, Why: "float32",
	})
}

// imagewise averages pairs of image and class, or images where the classes are pooled.
func imagewise(r *rules) {
	r.level = overPairs
	if r.pooled {
		r.level = overImages
	}
}
