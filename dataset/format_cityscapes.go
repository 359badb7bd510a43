package dataset

import (
	"iter"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:    "cityscapes",
		Doc:     "Cityscapes: leftImg8bit/SPLIT/CITY and gtFine/SPLIT/CITY with labelIds or labelTrainIds (mask_key); 19 classes",
		Layout:  "leftImg8bit/val/CITY/ and gtFine/val/CITY/",
		Needs:   []string{"images", "masks"},
		Find:    findCityscapes,
		Resolve: resolveCityscapes,
		Open:    openCityscapes,
	})
}

func findCityscapes(p place) string {
	if p.isDir("leftImg8bit") && (p.isDir("gtFine") || p.isDir("gtCoarse")) {
		return "it has leftImg8bit and gtFine"
	}
	return ""
}

// The two kinds of truth; the classes are the same.
const (
	labelIDs      = "labelIds"
	labelTrainIDs = "labelTrainIds"
)

func resolveCityscapes(o *Options, root place) error {
	if o.Path != "" {
		truth := "gtFine"
		if !root.isDir(truth) {
			truth = "gtCoarse"
		}
		images := root.at("leftImg8bit")
		if err := o.chooseSplit(images, images.isDir, "val", "train"); err != nil {
			return err
		}
		lies(&o.Images, images, o.Split)
		lies(&o.Masks, root, truth+"/"+o.Split)
	}
	if o.MaskKey == "" && o.Masks != "" {
		var err error
		if o.MaskKey, err = o.cityscapesTruth(); err != nil {
			return err
		}
	}
	switch o.MaskKey {
	case labelIDs:
		t := classesOf("cityscapes")
		if o.adopt(t) && o.LabelMap.IsZero() {
			o.LabelMap = t.onlyThese()
		}
	case labelTrainIDs:
		o.adopt(classesOf("cityscapes"))
		o.ignoreByDefault(255)
	case "":
	default:
		return fault.Usagef("dataset.mask_key: expected %s or %s, found %q", labelIDs, labelTrainIDs, o.MaskKey)
	}
	return nil
}

// cityscapesTruth is labelIds where there are some, else labelTrainIds, by the first city that has either.
func (o *Options) cityscapesTruth() (string, error) {
	p, err := o.openPlace("dataset.masks", o.Masks)
	if err != nil {
		return "", err
	}
	cities, err := p.list()
	if err != nil {
		return "", fault.Dataf("listing the masks: %w", err)
	}
	for _, city := range cities.folders {
		e, err := pictureNames(p.at(city))
		if err != nil {
			return "", fault.Dataf("listing the masks: %w", err)
		}
		for _, kind := range []string{labelIDs, labelTrainIDs} {
			if (rule{masks: []string{"_" + kind}}).anyMask(e) {
				return kind, nil
			}
		}
	}
	return "", fault.Dataf("%s has no file such as CITY/…_gtFine_labelIds.png", p)
}

func openCityscapes(o Options) (iter.Seq2[Item, error], error) {
	return openPairs(o, rule{images: []string{"_leftImg8bit"}, masks: []string{"_gtFine_" + o.MaskKey, "_gtCoarse_" + o.MaskKey}, only: true})
}
