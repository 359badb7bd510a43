package compat

import (
	"math"
	"strings"
)

func init() {
	Register(Profile{Name: "cityscapes", Library: "cityscapesscripts", Version: "2.3.0",
		About: "csEvalPixelLevelSemanticLabeling: sums over the dataset, means over the classes and over the categories that are there.",
		Conventions: []Convention{
			{Name: "categories", Of: []string{"category IoU"}, apply: func(r *rules) { r.categories = true },
				About: "Classes of one category (vehicle, human, …) are brought together first, so that a bus taken for a truck is right."},
		},
		Figures: []Figure{
			{Name: "class IoU", Call: "averageScoreClasses", Ours: "mIoU", of: iou},
			{Name: "category IoU", Call: "averageScoreCategories", Ours: "mIoU", of: iou, fits: areCityscapes},
		},
		Notes: []string{"A class in neither truth nor prediction is left out, and ignored truth counts nowhere, as ours.",
			"A prediction that names a label of no class (void) is wrong there; a model's classes are all classes here.",
			"iIoU weights pixels by the size of their instance, which label maps of classes do not have: it is not given."},
		Tolerance: 1e-12, Why: "float64",
	})
}

// categoryOf are the categories of Cityscapes' evaluated classes.
var categoryOf = map[string]string{"road": "flat", "sidewalk": "flat", "building": "construction", "wall": "construction", "fence": "construction",
	"pole": "object", "traffic light": "object", "traffic sign": "object", "vegetation": "nature", "terrain": "nature", "sky": "sky",
	"person": "human", "rider": "human", "car": "vehicle", "truck": "vehicle", "bus": "vehicle", "train": "vehicle", "motorcycle": "vehicle", "bicycle": "vehicle"}

// cityscapesCategories groups classes whose names are all Cityscapes'; nil where they are not.
func cityscapesCategories(classes []string) [][]int {
	var names []string
	groups := map[string][]int{}
	for k, class := range classes {
		category, ok := categoryOf[strings.ReplaceAll(strings.ToLower(class), "_", " ")]
		if !ok {
			return nil
		}
		if groups[category] == nil {
			names = append(names, category)
		}
		groups[category] = append(groups[category], k)
	}
	var list [][]int
	for _, name := range names {
		list = append(list, groups[name])
	}
	return list
}

func areCityscapes(classes []string) string {
	if cityscapesCategories(classes) == nil {
		return "the classes are not named as Cityscapes' are"
	}
	return ""
}

// byCategory are the categories' figures of the dataset.
func (t *Total) byCategory(of *measure) []float64 {
	n := len(t.classes)
	list := make([]float64, len(t.grouping))
	for g, members := range t.grouping {
		c := newCounts(1)
		for _, i := range members {
			c.truth[0] += t.sums.truth[i]
			c.predicted[0] += t.sums.predicted[i]
			for _, j := range members {
				c.right[0] += t.matrix[i*n+j]
			}
		}
		part, whole := of.ratio(&c, 0)
		list[g] = math.NaN()
		if whole > 0 {
			list[g] = float64(part) / float64(whole)
		}
	}
	return list
}
