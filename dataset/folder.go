package dataset

import (
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:     "folder",
		Doc:      "a folder of images and a folder of masks, or parallel trees of them, paired by name without extension; masks may end in _mask, _label, _gt, _labelIds, …",
		Layout:   "a folder such as images/ beside one such as masks/",
		Needs:    []string{"images", "masks"},
		Find:     findFolder,
		Fallback: true,
		Resolve:  resolveFolder,
		Open:     openFolder,
	})
}

// extensions are the endings of files that are taken for pictures.
var extensions = []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}

// isPicture says so by a file's name.
func isPicture(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name)))
}

// maskSuffixes may stand between a mask's stem and its extension.
var maskSuffixes = []string{"_mask", "_masks", "_label", "_labels", "_gt", "_seg", "_segmentation", "_labelIds", "_labelTrainIds"}

// imageSuffixes may stand after an image's stem where its mask has none: nnU-Net's channel, and plain words.
var imageSuffixes = []string{"_0000", "_image", "_img"}

// maxDepth bounds how deep folders are searched.
const maxDepth = 32

// Usual names of the two folders.
var (
	imageFolders = []string{"images", "image", "imgs", "img", "imagesTs", "imagesTr"}
	maskFolders  = []string{"masks", "mask", "labels", "label", "annotations", "gt", "labelsTs", "labelsTr"}
)

// pairOf is a folder's first folder of images and first one of masks.
func pairOf(p place) (images, masks string) {
	first := func(names []string) string {
		for _, name := range names {
			if p.isDir(name) {
				return name
			}
		}
		return ""
	}
	return first(imageFolders), first(maskFolders)
}

func findFolder(p place) string {
	if images, masks := pairOf(p); images != "" && masks != "" {
		return "it has " + images + " and " + masks
	}
	return ""
}

func resolveFolder(o *Options, root place) error {
	if o.Path == "" {
		return nil
	}
	images, masks := pairOf(root)
	if o.Split != "" {
		folder := root.at(images)
		if err := o.chooseSplit(folder, folder.isDir); err != nil {
			return err
		}
	}
	lies(&o.Images, root, path.Join(images, o.Split))
	lies(&o.Masks, root, path.Join(masks, o.Split))
	return nil
}

func openFolder(o Options) (iter.Seq2[Item, error], error) {
	return openPairs(o, rule{images: append([]string{""}, imageSuffixes...), masks: append([]string{""}, maskSuffixes...)})
}

// openPairs pairs the trees of dataset.images and dataset.masks by a rule.
func openPairs(o Options, r rule) (iter.Seq2[Item, error], error) {
	p := pairing{rule: r, unpaired: o.Unpaired}
	var err error
	if p.images, err = o.openPlace("dataset.images", o.Images); err != nil {
		return nil, err
	}
	if !o.Unpaired {
		if p.masks, err = o.openPlace("dataset.masks", o.Masks); err != nil {
			return nil, err
		}
		p.same = p.images.sameAs(p.masks)
	}
	return p.items(), nil
}

// rule says how the names of images and masks belong together: both are a stem with a suffix.
type rule struct {
	images []string // tried in order; "" is the bare stem
	masks  []string
	only   bool // pictures without one of the suffixes are none of the images
}

// pairing walks two trees side by side, one directory at a time, so that its memory is that of a directory's names.
type pairing struct {
	images, masks place
	rule          rule
	unpaired      bool
	same          bool // both are one folder
}

func (p *pairing) items() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		any := false
		more := p.walk("", nil, func(item Item, err error) bool {
			any = true
			return yield(item, err)
		})
		if more && any && !p.unpaired && !p.same { // without any image the dataset is empty: one error, not one a mask
			p.missingImages("", nil, yield)
		}
	}
}

// pictureNames lists a folder's pictures and folders.
func pictureNames(p place) (entries, error) {
	e, err := p.list()
	e.files = slices.DeleteFunc(e.files, func(name string) bool { return !isPicture(name) })
	if err == nil && e.broken != "" { // perhaps a folder on a disk that is not mounted
		err = fault.Dataf("%s: a link that leads nowhere: expected a folder or a file; mount or restore what it leads to, or remove the link", p.at(e.broken))
	}
	return e, err
}

// named are the files of a stem, whatever their extension.
func (e entries) named(stem string) (found []string) {
	stem += "."
	i, _ := slices.BinarySearch(e.files, stem)
	for ; i < len(e.files) && strings.HasPrefix(e.files[i], stem); i++ {
		if !strings.Contains(e.files[i][len(stem):], ".") {
			found = append(found, e.files[i])
		}
	}
	return found
}

func stemOf(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// enter checks that a folder is none of those it lies in, which links can make of it.
func enter(p place, above []fs.FileInfo) ([]fs.FileInfo, error) {
	info, err := p.stat(".")
	if err != nil {
		return nil, err
	}
	if len(above) > maxDepth {
		return nil, fmt.Errorf("%s is more than %d folders deep", p, maxDepth)
	}
	if p.fsys == nil && slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		return nil, fmt.Errorf("%s is a link to a folder that it lies in: a loop", p)
	}
	return append(slices.Clip(above), info), nil
}

// walk yields the pairs of one directory and then of its folders. It returns false when the listing is over.
func (p *pairing) walk(sub string, above []fs.FileInfo, yield func(Item, error) bool) bool {
	here := p.images.at(sub)
	above, err := enter(here, above)
	var images, masks entries
	if err == nil {
		images, err = pictureNames(here)
	}
	if err != nil {
		yield(Item{}, fault.Dataf("listing the images: %w", err))
		return false
	}
	if !p.unpaired {
		masks, _ = pictureNames(p.masks.at(sub)) // a folder that is missing has no masks
	}
	for _, name := range images.files {
		if p.same && isMask(name) || p.rule.only && p.rule.bare(name) == "" {
			continue
		}
		if item, err := p.pair(sub, name, images, masks); !yield(item, err) {
			return false
		}
	}
	for _, folder := range images.folders {
		if !p.walk(path.Join(sub, folder), above, yield) {
			return false
		}
	}
	return true
}

func isMask(name string) bool {
	stem := stemOf(name)
	return slices.ContainsFunc(maskSuffixes, func(s string) bool { return strings.HasSuffix(stem, s) })
}

// bare is an image's stem without the rule's suffix, "" where it has none of them.
func (r rule) bare(name string) string {
	for _, s := range r.images {
		if stem, cut := strings.CutSuffix(stemOf(name), s); cut {
			return stem
		}
	}
	return ""
}

// pair finds the mask of an image.
func (p *pairing) pair(sub, name string, images, masks entries) (Item, error) {
	item := Item{Name: path.Join(sub, name), Image: p.images.at(sub).ref(name)}
	if p.unpaired {
		return item, nil
	}
	if same := images.named(stemOf(name)); len(same) > 1 {
		return item, ambiguous("%s: %s differ in their extension alone: which one is %s's image?", item.Image.Name, strings.Join(same, " and "), stemOf(name))
	}
	folder := p.masks.at(sub)
	found := p.rule.masksOf(name, masks)
	if p.same {
		found = slices.DeleteFunc(found, func(mask string) bool { return !isMask(mask) })
	}
	switch len(found) {
	case 0:
		return item, fault.Dataf("%s has no mask: expected %s in %s", item.Image.Name, p.rule.expected(name), folder)
	case 1:
		item.Mask = folder.ref(found[0])
		return item, nil
	}
	return item, ambiguous("%s has several masks in %s: %s", item.Image.Name, folder, strings.Join(found, ", "))
}

// masksOf are the masks of an image, by the first of the images' suffixes that gives some.
func (r rule) masksOf(name string, masks entries) (found []string) {
	for _, suffix := range r.images {
		stem, cut := strings.CutSuffix(stemOf(name), suffix)
		if !cut {
			continue
		}
		for _, mask := range r.masks {
			found = append(found, masks.named(stem+mask)...)
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// expected names the mask that an image should have.
func (r rule) expected(name string) string {
	stem := r.bare(name)
	if len(r.masks) == 1 {
		return stem + r.masks[0] + ".png"
	}
	return fmt.Sprintf("%s%s.png (or %s%s.png, …)", stem, r.masks[0], stem, r.masks[1])
}

// missingImages yields an error for every mask that no image belongs to.
func (p *pairing) missingImages(sub string, above []fs.FileInfo, yield func(Item, error) bool) bool {
	here := p.masks.at(sub)
	above, err := enter(here, above)
	if err != nil {
		return true
	}
	masks, err := pictureNames(here)
	if err != nil {
		return true
	}
	images, _ := pictureNames(p.images.at(sub))
	for _, name := range masks.files {
		if p.rule.only && !p.rule.isMask(name) || p.rule.hasImage(name, images) {
			continue
		}
		mask := here.ref(name)
		err := fault.Dataf("%s has no image: expected %s with any picture's extension in %s", mask.Name, stemOf(name), p.images.at(sub))
		if !yield(Item{Name: path.Join(sub, name), Mask: mask}, err) {
			return false
		}
	}
	for _, folder := range masks.folders {
		if !p.missingImages(path.Join(sub, folder), above, yield) {
			return false
		}
	}
	return true
}

func (r rule) isMask(name string) bool {
	return slices.ContainsFunc(r.masks, func(s string) bool { return strings.HasSuffix(stemOf(name), s) })
}

func (r rule) hasImage(mask string, images entries) bool {
	for _, s := range r.masks {
		bare, cut := strings.CutSuffix(stemOf(mask), s)
		if cut && slices.ContainsFunc(r.images, func(i string) bool { return len(images.named(bare+i)) > 0 }) {
			return true
		}
	}
	return false
}

func (r rule) anyMask(e entries) bool { return slices.ContainsFunc(e.files, r.isMask) }
