package dataset

import (
	"cmp"
	"iter"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:    "coco",
		Doc:     "COCO: annotations/instances_val2017.json (polygons and run lengths), panoptic_val2017.json with its PNG files, or stuff_val2017.json (mask_key says which); classes from the file",
		Layout:  "annotations/instances_val2017.json (or panoptic_…, stuff_…) and val2017/",
		Needs:   []string{"images", "masks"},
		Find:    findCOCO,
		Files:   func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") },
		Resolve: resolveCOCO,
		Open:    openCOCOItems,
	})
}

// Mask values that are no category.
const (
	cocoUnlabelled = 65535
	cocoCrowd      = 65534 // regions of many instances, which no instance of their own covers
)

// Which of overlapping instances a pixel belongs to.
const (
	OverlapLater   = "later"   // the one that stands later in the file
	OverlapSmaller = "smaller" // the one of fewer pixels; of two equal ones the later
)

const cocoStuff = "stuff"

var cocoKinds = []string{"instances", "panoptic", cocoStuff}

// cocoName takes the name of a JSON file apart.
func cocoName(file string) (kind, split string) {
	stem := stemOf(filepath.Base(file))
	for _, kind := range cocoKinds {
		if split, ok := strings.CutPrefix(stem, kind+"_"); ok {
			return kind, split
		}
	}
	return "", stem
}

// cocoTruths lists the JSON files of a place.
func cocoTruths(p place) (files []string) {
	e, err := p.at("annotations").list()
	if err != nil {
		return nil
	}
	for _, file := range e.files {
		if kind, _ := cocoName(file); kind != "" && filepath.Ext(file) == ".json" {
			files = append(files, file)
		}
	}
	return files
}

func findCOCO(p place) string {
	if files := cocoTruths(p); len(files) > 0 {
		return "it has annotations/" + files[0]
	}
	return ""
}

func resolveCOCO(o *Options, root place) error {
	if o.Path != "" {
		if err := o.locateCOCO(root); err != nil {
			return err
		}
	}
	if o.Overlapping == "" {
		o.Overlapping = OverlapLater
	}
	if o.Masks == "" {
		return nil
	}
	x, err := o.openCOCO("dataset.masks", o.Masks)
	if err != nil {
		return err
	}
	if !slices.Contains(o.IgnoreValues, cocoCrowd) {
		o.IgnoreValues = append(slices.Clip(o.IgnoreValues), cocoCrowd)
	}
	kind, _ := cocoName(o.Masks)
	t, labels := x.classes(x.panoptic || kind == cocoStuff)
	if !o.adopt(t) {
		return nil
	}
	named := map[string]bool{}
	for _, name := range t.names {
		if named[name] {
			return fault.Dataf("%s: two categories are called %q: name the classes yourself (dataset.classes), with dataset.label_map from the categories' ids", o.Masks, name)
		}
		named[name] = true
	}
	if o.LabelMap.IsZero() {
		o.LabelMap = labels
	}
	return nil
}

// locateCOCO finds the JSON file and the images' folder.
func (o *Options) locateCOCO(root place) error {
	base := root
	if formats["coco"].Files(o.Path) {
		if o.Masks == "" {
			o.Masks = o.Path
		}
		var err error
		if base, err = o.openPlace("dataset.path", dirName(dirName(o.Path))); err != nil {
			return err
		}
	} else if o.Masks == "" {
		file, err := o.chooseCOCO(root)
		if err != nil {
			return err
		}
		o.Masks = root.at("annotations").at(file).name
	}
	if o.Images != "" {
		return nil
	}
	_, split := cocoName(o.Masks)
	tried := []string{split, "images/" + split, "images"}
	for _, sub := range tried {
		if base.isDir(sub) {
			o.Images = base.at(sub).name
			return nil
		}
	}
	return fault.Usagef("dataset.images: where are the images of %s? None of the folders %s is in %s", o.Masks, strings.Join(tried, ", "), base)
}

// chooseCOCO chooses among the JSON files by kind and split.
func (o *Options) chooseCOCO(root place) (string, error) {
	files := cocoTruths(root)
	if o.Split == "" {
		for _, usual := range []string{"val2017", "val2014", "val"} {
			if slices.ContainsFunc(files, func(f string) bool { _, split := cocoName(f); return split == usual }) {
				o.Split = usual
				break
			}
		}
	}
	files = slices.DeleteFunc(files, func(f string) bool {
		kind, split := cocoName(f)
		return o.MaskKey != "" && kind != o.MaskKey || o.Split != "" && split != o.Split
	})
	switch len(files) {
	case 1:
		o.MaskKey, o.Split = cocoName(files[0])
		return files[0], nil
	case 0:
		return "", fault.Usagef("dataset.path: no annotations for dataset.mask_key %q and dataset.split %q: there are %s", o.MaskKey, o.Split, strings.Join(cocoTruths(root), ", "))
	}
	return "", fault.Usagef("dataset.mask_key: which truth is meant, instances, panoptic or stuff? There are %s", strings.Join(files, ", "))
}

// classes are the file's categories in its order, after background unless unlabelled pixels are ignored or a category is
// called so.
func (x *cocoIndex) classes(ignoreUnlabelled bool) (classTable, LabelMap) {
	var t classTable
	m := LabelMap{values: map[int]int{cocoUnlabelled: ignoreTarget}}
	named := slices.ContainsFunc(x.categories, func(c cocoCategory) bool { return c.Name == "background" })
	if !ignoreUnlabelled && !named {
		t.names = []string{"background"}
		m.values[cocoUnlabelled] = 0
	}
	colored := ignoreUnlabelled
	for _, c := range x.categories {
		if c.Name == "background" && !ignoreUnlabelled {
			m.values[cocoUnlabelled] = len(t.names)
		}
		m.values[c.ID] = len(t.names)
		t.names = append(t.names, c.Name)
		if colored = colored && c.Color != nil; colored {
			t.palette = append(t.palette, *c.Color)
		}
	}
	if !colored {
		t.palette = nil
	}
	return t, m
}

func openCOCOItems(o Options) (iter.Seq2[Item, error], error) {
	images, err := o.openPlace("dataset.images", o.Images)
	if err != nil {
		return nil, err
	}
	x, err := o.openCOCO("dataset.masks", o.Masks)
	if err != nil {
		return nil, err
	}
	truth := cocoTruth{index: x, smaller: o.Overlapping == OverlapSmaller}
	if x.panoptic {
		if truth.pictures, err = o.openPlace("dataset.masks", strings.TrimSuffix(o.Masks, filepath.Ext(o.Masks))); err != nil {
			return nil, fault.Usagef("the PNG files of %s: %w", o.Masks, err)
		}
	}
	return func(yield func(Item, error) bool) {
		for i := range x.images {
			name := x.imageName(i)
			item := Item{Name: path.Clean(filepath.ToSlash(name))}
			err := checkMember(o.Masks, name)
			if err == nil {
				this := truth
				this.image = i
				item.Image = images.ref(item.Name)
				item.Mask = Ref{Name: o.Masks + ": " + name, drawing: &this}
			}
			if !yield(item, err) {
				return
			}
		}
	}, nil
}

// validateOverlapping reports an unknown choice.
func (o *Options) validateOverlapping() error {
	if v := cmp.Or(o.Overlapping, OverlapLater); v != OverlapLater && v != OverlapSmaller {
		return fault.Usagef("dataset.overlapping: expected %s or %s, found %q", OverlapLater, OverlapSmaller, v)
	}
	return nil
}
