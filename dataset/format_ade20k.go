package dataset

import (
	"iter"
)

func init() {
	Register(Format{
		Name:    "ade20k",
		Doc:     "ADE20K, scene parsing (ADEChallengeData2016): images/validation and annotations/validation; 150 classes, 0 ignored",
		Layout:  "images/validation/ and annotations/validation/",
		Needs:   []string{"images", "masks"},
		Find:    findADE20K,
		Resolve: resolveADE20K,
		Open:    openSameStems,
	})
}

func findADE20K(p place) string {
	for _, split := range []string{"validation", "training"} {
		if p.isDir("images/"+split) && p.isDir("annotations/"+split) {
			return "it has images/" + split + " and annotations/" + split
		}
	}
	return ""
}

func resolveADE20K(o *Options, root place) error {
	if o.Path != "" {
		images := root.at("images")
		if err := o.chooseSplit(images, images.isDir, "validation", "training"); err != nil {
			return err
		}
		lies(&o.Images, images, o.Split)
		lies(&o.Masks, root, "annotations/"+o.Split)
	}
	if o.adopt(classesOf("ade20k")) && o.LabelMap.IsZero() {
		o.ReduceZeroLabel = true // files have 1 to 150, and 0 for what is none of them
	}
	return nil
}

// openSameStems pairs parallel trees whose files have the same names but for the extension.
func openSameStems(o Options) (iter.Seq2[Item, error], error) {
	return openPairs(o, rule{images: []string{""}, masks: []string{""}})
}
