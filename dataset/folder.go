package dataset

import (
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
		Name: "folder",
		Doc:  "a folder of images and a folder of masks, paired by name without extension; masks may end in _mask, _label or _gt",
		Open: openFolder,
	})
}

// extensions are the endings of files that are taken for pictures.
var extensions = []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}

// maskSuffixes may stand between a mask's stem and its extension.
var maskSuffixes = []string{"_mask", "_label", "_gt"}

// maxDepth bounds how deep folders are searched.
const maxDepth = 32

func openFolder(o Options) (iter.Seq2[Item, error], error) {
	folders := map[string]string{"dataset.images": o.Images}
	if !o.Unpaired {
		folders["dataset.masks"] = o.Masks
	}
	for key, dir := range folders {
		if info, err := os.Stat(dir); err != nil {
			return nil, fault.Usagef("%s: %w", key, err)
		} else if !info.IsDir() {
			return nil, fault.Usagef("%s: %s is a file: expected a folder", key, dir)
		}
	}
	return func(yield func(Item, error) bool) {
		p := pairing{o: o, yield: yield, same: sameFile(o.Images, o.Masks)}
		if p.walk("", 0) && !o.Unpaired {
			p.missingImages("", 0)
		}
	}, nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// pairing walks both folders side by side, one directory at a time, so that its memory is that of a directory.
type pairing struct {
	o     Options
	yield func(Item, error) bool
	same  bool
}

// entries are a directory's pictures by stem, and its folders.
type entries struct {
	files   []string // in byte order
	stems   map[string][]string
	folders []string
}

func list(dir string) (entries, error) {
	e := entries{stems: map[string][]string{}}
	read, err := os.ReadDir(dir)
	if err != nil {
		return e, err
	}
	for _, d := range read {
		name := d.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		if isFolder(dir, d) {
			e.folders = append(e.folders, name)
			continue
		}
		if ext := filepath.Ext(name); slices.Contains(extensions, strings.ToLower(ext)) {
			e.files = append(e.files, name)
			e.stems[strings.TrimSuffix(name, ext)] = append(e.stems[strings.TrimSuffix(name, ext)], name)
		}
	}
	return e, nil
}

// isFolder follows a symbolic link; maxDepth ends loops of them.
func isFolder(dir string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.IsDir()
	}
	info, err := os.Stat(filepath.Join(dir, d.Name()))
	return err == nil && info.IsDir()
}

// walk yields the pairs of one directory and then of its folders. It returns false when the listing is over.
func (p *pairing) walk(sub string, depth int) bool {
	images, err := list(filepath.Join(p.o.Images, sub))
	if err != nil {
		p.yield(Item{}, fault.Dataf("listing the images: %w", err))
		return false
	}
	if depth > maxDepth {
		p.yield(Item{}, fault.Dataf("listing the images: %s is more than %d folders deep: is there a loop of links?", filepath.Join(p.o.Images, sub), maxDepth))
		return false
	}
	masks, err := list(filepath.Join(p.o.Masks, sub))
	if err != nil {
		masks = entries{}
	}
	for _, name := range images.files {
		if p.same && isMask(name) {
			continue
		}
		item, err := p.pair(sub, name, images, masks)
		if !p.yield(item, err) {
			return false
		}
	}
	for _, folder := range images.folders {
		if !p.walk(path.Join(sub, folder), depth+1) {
			return false
		}
	}
	return true
}

func isMask(name string) bool {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	return slices.ContainsFunc(maskSuffixes, func(s string) bool { return strings.HasSuffix(stem, s) })
}

// pair finds the mask of an image.
func (p *pairing) pair(sub, name string, images, masks entries) (Item, error) {
	item := Item{Name: path.Join(sub, name), Image: filepath.Join(p.o.Images, sub, name)}
	if p.o.Unpaired {
		return item, nil
	}
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	if same := images.stems[stem]; len(same) > 1 {
		return item, fault.Dataf("%s: %s differ in their extension alone: which one is %s's image?", item.Image, strings.Join(same, " and "), stem)
	}
	var found []string
	if !p.same {
		found = masks.stems[stem]
	}
	for _, suffix := range maskSuffixes {
		found = append(slices.Clone(found), masks.stems[stem+suffix]...)
	}
	switch len(found) {
	case 0:
		return item, fault.Dataf("%s has no mask: expected %s.png (or %s_mask.png, …) in %s", item.Image, stem, stem, filepath.Join(p.o.Masks, sub))
	case 1:
		item.Mask = filepath.Join(p.o.Masks, sub, found[0])
		return item, nil
	}
	return item, fault.Dataf("%s has several masks in %s: %s", item.Image, filepath.Join(p.o.Masks, sub), strings.Join(found, ", "))
}

// missingImages yields an error for every mask that no image belongs to.
func (p *pairing) missingImages(sub string, depth int) bool {
	masks, err := list(filepath.Join(p.o.Masks, sub))
	if err != nil || depth > maxDepth || p.same {
		return true
	}
	images, err := list(filepath.Join(p.o.Images, sub))
	if err != nil {
		images = entries{}
	}
	for _, name := range masks.files {
		stem := strings.TrimSuffix(name, filepath.Ext(name))
		if slices.ContainsFunc(append([]string{""}, maskSuffixes...), func(s string) bool {
			bare, cut := strings.CutSuffix(stem, s)
			return cut && len(images.stems[bare]) > 0
		}) {
			continue
		}
		mask := filepath.Join(p.o.Masks, sub, name)
		err := fault.Dataf("%s has no image: expected %s with any picture's extension in %s", mask, stem, filepath.Join(p.o.Images, sub))
		if !p.yield(Item{Name: path.Join(sub, name), Mask: mask}, err) {
			return false
		}
	}
	for _, folder := range masks.folders {
		if !p.missingImages(path.Join(sub, folder), depth+1) {
			return false
		}
	}
	return true
}
