package compat

func init() {
	Register(Profile{Name: "detectron2", Library: "detectron2", Version: "0.6",
		About: "SemSegEvaluator: sums over the dataset, means over the classes that the truth has.",
		Conventions: []Convention{
			{Name: "classes that the truth lacks are left out", Of: []string{"mIoU"}, apply: func(r *rules) { r.needsTruth = true },
				About: "A class without true pixels is left out of mIoU even where it is predicted; ours counts it as 0."},
		},
		Figures: []Figure{
			{Name: "mIoU", Call: "sem_seg/mIoU", Ours: "mIoU", of: iou},
			{Name: "fwIoU", Call: "sem_seg/fwIoU", Ours: "fwIoU", of: weighted},
			{Name: "mACC", Call: "sem_seg/mACC", Ours: "mAcc", of: recall},
			{Name: "pACC", Call: "sem_seg/pACC", Ours: "aAcc", of: recall, base: rules{pooled: true}},
		},
		Notes: []string{"Ignored pixels are left out of the class's predicted pixels, too, as ours.",
			"BoundaryIoU is not reproduced: it erodes the label map, which mixes classes; boundary_IoU is Cheng's own."},
		Tolerance: "1e-12 (float64, the formula in its source: there is no package of it to install)",
	})
}
