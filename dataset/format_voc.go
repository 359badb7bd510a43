package dataset

import (
	"iter"
)

func init() {
	Register(Format{
		Name:    "voc",
		Doc:     "Pascal VOC: JPEGImages, SegmentationClass and a list of stems in ImageSets/Segmentation; 21 classes, 255 ignored",
		Layout:  "JPEGImages/, SegmentationClass/ and ImageSets/Segmentation/val.txt",
		Needs:   []string{"images", "masks", "split"},
		Find:    findVOC,
		Resolve: resolveVOC,
		Open:    openStems,
	})
}

// vocContour is the colour of value 255, the contours between objects, where masks were saved in colour.
var vocContour = [3]uint8{224, 224, 192}

func findVOC(p place) string {
	if p.isDir("JPEGImages") && p.isDir("SegmentationClass") {
		return "it has JPEGImages and SegmentationClass"
	}
	return ""
}

func resolveVOC(o *Options, root place) error {
	if o.Path != "" {
		lies(&o.Images, root, "JPEGImages")
		lies(&o.Masks, root, "SegmentationClass")
		lists := root.at("ImageSets/Segmentation")
		if !IsListFile(o.Split) {
			if err := o.chooseSplit(lists, func(name string) bool { return lists.isFile(name + ".txt") }, "val", "trainval", "train"); err != nil {
				return err
			}
			o.Split = lists.at(o.Split + ".txt").name
		}
	}
	if o.adopt(classesOf("voc")) && o.IgnoreColors == nil {
		o.IgnoreColors = [][3]uint8{vocContour}
	}
	o.ignoreByDefault(255)
	return nil
}

// openStems opens a list file of stems, which may lie in a zip file.
func openStems(o Options) (iter.Seq2[Item, error], error) {
	images, err := o.openPlace("dataset.images", o.Images)
	if err != nil {
		return nil, err
	}
	masks := images
	if !o.Unpaired {
		if masks, err = o.openPlace("dataset.masks", o.Masks); err != nil {
			return nil, err
		}
	}
	return newListFile(&o, o.Split, images, masks, nil)
}
