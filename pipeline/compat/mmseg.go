package compat

func init() {
	Register(Profile{Name: "mmseg", Library: "mmsegmentation", Version: "1.2.2",
		About: "IoUMetric(iou_metrics=['mIoU', 'mDice', 'mFscore']): sums over the dataset, means over the classes that are defined.",
		Conventions: []Convention{
			{Name: "F-score from precision and recall", Of: []string{"mFscore"}, apply: func(r *rules) { r.needsRight = true },
				About: "F = 2·P·R / (P + R) is 0/0 for a class without a right pixel, which is then left out of the mean; ours is 0."},
			{Name: "float32 counts", apply: func(r *rules) { r.float32 = true },
				About: "Counts come from torch.histc and are added up in float32, which loses pixels past 2²⁴ of a class; ours are int64."},
			{Name: "two decimals", apply: func(r *rules) { r.decimals = true },
				About: "Means are rounded to two decimals of a percentage."},
			{Name: "nan_to_num=0", Choice: true, Of: []string{"mIoU", "mAcc", "mDice", "mFscore", "mPrecision", "mRecall"}, apply: func(r *rules) { r.division, r.needsRight = zero, false },
				About: "An undefined class counts 0 in the mean instead of being left out."},
		},
		Figures: []Figure{
			{Name: "aAcc", Call: "IoUMetric aAcc", Ours: "aAcc", of: recall, base: rules{pooled: true}},
			{Name: "mIoU", Call: "IoUMetric mIoU", Ours: "mIoU", of: iou},
			{Name: "mAcc", Call: "IoUMetric mAcc", Ours: "mAcc", of: recall},
			{Name: "mDice", Call: "IoUMetric mDice", Ours: "mDice", of: dice},
			{Name: "mFscore", Call: "IoUMetric mFscore", Ours: "mFscore", of: dice},
			{Name: "mPrecision", Call: "IoUMetric mPrecision", Ours: "mPrecision", of: precision},
			{Name: "mRecall", Call: "IoUMetric mRecall", Ours: "mRecall", of: recall},
		},
		Notes:     []string{"A class in neither truth nor prediction is left out, and a class that is predicted and never true has IoU 0, as ours."},
		Tolerance: 2e-7, Why: "float32; figures are rounded to two decimals; one lies in the next where it is within 1e-7 of the middle, as numpy adds float32 in another order",
	})
}
