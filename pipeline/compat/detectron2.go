package compat

func init() {
	Register(Profile{Name: "detectron2", Library: "detectron2", Version: "0.6",
		About: "SemSegEvaluator: sums over the dataset, means over the classes that the truth has.",
		Conventions: []Convention{
			{Name: "classes that the truth lacks are left out", Of: []string{"mIoU"}, apply: func(r *rules) { r.needsTruth = true },
				About: "A class without true pixels is left out of mIoU even where it is predicted; ours counts it as 0."},
			{Name: "nothing is 0", Of: []string{"fwIoU"}, apply: func(r *rules) { r.noneIsZero = true },
				About: "Without a valid pixel fwIoU is a sum of nothing, 0; ours is undefined."},
		},
		Figures: []Figure{
			{Name: "mIoU", Call: "sem_seg/mIoU", Ours: "mIoU", of: iou},
			{Name: "fwIoU", Call: "sem_seg/fwIoU", Ours: "fwIoU", of: weighted},
			{Name: "mACC", Call: "sem_seg/mACC", Ours: "mAcc", of: recall},
			{Name: "pACC", Call: "sem_seg/pACC", Ours: "aAcc", of: recall, base: rules{pooled: true}},
		},
		Notes: []string{"Ignored pixels are left out of the class's predicted pixels, too, as ours.",
			"BoundaryIoU is not reproduced: it erodes the label map, which mixes classes; boundary_IoU is Cheng's own."},
		Tolerance: 1e-12, Why: "float64; the formula of its source, as there is no package of it to install",
	})
}
