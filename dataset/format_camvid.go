package dataset

import (
	"iter"
)

func init() {
	Register(Format{
		Name:    "camvid",
		Doc:     "CamVid: as published (701_StillsRaw_full, LabeledApproved_full: 32 colours), as SegNet has it (val, valannot: 11 classes), or as fastai has it (images, labels, codes.txt: 32 classes)",
		Layout:  "701_StillsRaw_full/ and LabeledApproved_full/, or val/ and valannot/, or images/, labels/ and codes.txt",
		Needs:   []string{"images", "masks"},
		Find:    findCamVid,
		Resolve: resolveCamVid,
		Open:    openCamVid,
	})
}

// The three ways in which CamVid is passed on.
const (
	camvidFull   = "701_StillsRaw_full"
	camvidSegNet = "annot"
	camvidFastAI = "codes.txt"
)

func findCamVid(p place) string {
	switch {
	case p.isDir(camvidFull) && p.isDir("LabeledApproved_full"):
		return "it has " + camvidFull + " and LabeledApproved_full"
	case p.isFile(camvidFastAI) && p.isDir("images") && p.isDir("labels"):
		return "it has images, labels and codes.txt"
	}
	for _, split := range []string{"val", "test", "train"} {
		if p.isDir(split) && p.isDir(split+camvidSegNet) {
			return "it has " + split + " and " + split + camvidSegNet
		}
	}
	return ""
}

// camvidVoid is the value of Void among the 32 classes, camvidUnlabelled that beside SegNet's 11.
const (
	camvidVoid       = 30
	camvidUnlabelled = 11
)

func resolveCamVid(o *Options, root place) error {
	eleven := false
	switch {
	case o.Path == "":
	case root.isDir(camvidFull):
		lies(&o.Images, root, camvidFull)
		lies(&o.Masks, root, "LabeledApproved_full")
	case root.isFile(camvidFastAI):
		lies(&o.Images, root, "images")
		lies(&o.Masks, root, "labels")
		if o.Split == "" && root.isFile("valid.txt") {
			o.Split = root.at("valid.txt").name
		}
	default:
		eleven = true
		if err := o.chooseSplit(root, func(name string) bool { return root.isDir(name + camvidSegNet) }, "test", "val", "train"); err != nil {
			return err
		}
		lies(&o.Images, root, o.Split)
		lies(&o.Masks, root, o.Split+camvidSegNet)
	}
	if len(o.ClassNames()) > 0 || o.Path == "" {
		return nil
	}
	if eleven {
		o.adopt(classesOf("camvid11"))
		o.ignoreByDefault(camvidUnlabelled)
		return nil
	}
	o.adopt(classesOf("camvid32"))
	o.ignoreByDefault(camvidVoid)
	return nil
}

func openCamVid(o Options) (iter.Seq2[Item, error], error) {
	if o.Split == "" || !IsListFile(o.Split) {
		return openPairs(o, rule{images: []string{""}, masks: []string{"_L", "_P", ""}})
	}
	images, err := o.openPlace("dataset.images", o.Images)
	if err != nil {
		return nil, err
	}
	masks, err := o.openPlace("dataset.masks", o.Masks)
	if err != nil {
		return nil, err
	}
	return newListFile(&o, o.Split, images, masks, []string{"_P", "_L"})
}
