package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// FormatAuto finds the format where the dataset lies.
const FormatAuto = "auto"

// Resolve finds the format where none is named, and fills in what comes with it: where images and truths lie under
// dataset.path, class names, palette, ignored value and label map. What the options say already stays. Options that are
// resolved stay as they are.
func (o *Options) Resolve() error {
	if err := o.takeURLs(); err != nil {
		return err
	}
	err := o.resolve()
	if unseen := o.unseen(); err != nil && unseen != nil {
		return unseen
	}
	return err
}

func (o *Options) resolve() error {
	if o.Format == "" {
		o.Format = FormatAuto
	}
	if o.Format == FormatAuto {
		if err := o.find(); err != nil {
			return err
		}
	}
	f, known := formats[o.Format]
	if !known || f.Resolve == nil { // Validate names the unknown
		return nil
	}
	if o.Path == "" {
		return f.Resolve(o, place{})
	}
	if f.Files != nil && f.Files(o.Path) {
		return f.Resolve(o, place{name: o.Path})
	}
	root, err := o.openPlace("dataset.path", o.Path)
	if err != nil {
		return err
	}
	for _, p := range descend(root) {
		if f.Find(p) != "" {
			return f.Resolve(o, p)
		}
	}
	return fault.Usagef("dataset.path: %s does not look like format %s: expected %s", o.Path, f.Name, f.Layout)
}

// find sets the format, and says in Found why.
func (o *Options) find() error {
	if o.Path == "" {
		switch name := formatOfFile(o.Masks); {
		case name != "": // one that has its truth in a file
			o.Format = name
		case o.Split != "":
			o.Format = "list"
		default:
			o.Format = "folder"
		}
		return nil
	}
	if name := formatOfFile(o.Path); name != "" {
		o.Format, o.Found = name, fmt.Sprintf("format %s: by the name of %s", name, o.Path)
		return nil
	}
	root, err := o.openPlace("dataset.path", o.Path)
	if err != nil {
		return err
	}
	for _, p := range descend(root) {
		var found, why []string
		for _, name := range formatNames() {
			f := formats[name]
			if f.Find == nil || f.Fallback && len(found) > 0 {
				continue
			}
			if reason := f.Find(p); reason != "" {
				found, why = append(found, name), append(why, fmt.Sprintf("%s (%s)", name, reason))
			}
		}
		switch {
		case len(found) == 1:
			o.Format, o.Found = found[0], fmt.Sprintf("format %s: %s", why[0], p)
			return nil
		case len(found) > 1:
			return fault.Usagef("dataset.path: which dataset of %s is meant? It looks like %s: set dataset.format", p, strings.Join(why, " and like "))
		}
	}
	return fault.Usagef("dataset.path: %s looks like none of the formats %s: it has %s; set dataset.format, or dataset.images and dataset.masks", o.Path, strings.Join(formatNames(), ", "), root.summary())
}

// formatOfFile is the format that a file's name stands for, "" for none.
func formatOfFile(name string) string {
	for _, format := range formatNames() {
		if f := formats[format]; f.Files != nil && name != "" && f.Files(name) {
			return format
		}
	}
	return ""
}

// descend is a place, and the folders in it as long as there is only one and no picture beside it: archives tend to have
// their content in a folder, and a dataset's root to hold its year.
func descend(p place) []place {
	list := []place{p}
	for range 3 {
		e, err := pictureNames(p)
		if err != nil || len(e.folders) != 1 || len(e.files) > 0 {
			return list
		}
		p = p.at(e.folders[0])
		list = append(list, p)
	}
	return list
}

// summary names the first things in a folder.
func (p place) summary() string {
	e, err := p.list()
	names := e.files
	for i, f := range e.folders {
		names = slices.Insert(names, i, f+"/")
	}
	switch {
	case err != nil:
		return err.Error()
	case len(names) == 0:
		return "nothing in it"
	case len(names) > 8:
		return strings.Join(names[:8], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// lies fills a path in unless the options have one.
func lies(path *string, p place, sub string) {
	if *path == "" {
		*path = p.at(sub).name
	}
}

// chooseSplit is the options' split, or the first of the usual names that exists, by a test for a name.
func (o *Options) chooseSplit(p place, exists func(name string) bool, usual ...string) error {
	if o.Split == "" {
		for _, name := range usual {
			if exists(name) {
				o.Split = name
				return nil
			}
		}
		return fault.Usagef("dataset.split: which part of %s is meant? It has %s", p, p.summary())
	}
	if !exists(o.Split) {
		return fault.Usagef("dataset.split: there is no %q in %s: it has %s", o.Split, p, p.summary())
	}
	return nil
}

// IsListFile says that a split names a file and not a part of a dataset.
func IsListFile(split string) bool {
	return filepath.Ext(split) != "" || strings.ContainsRune(split, filepath.Separator) || strings.Contains(split, "/")
}

// locate is the folder of a file, which may lie in a zip file, and its name there.
func (o *Options) locate(key, name string) (place, string, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		return place{name: filepath.Dir(name)}, filepath.Base(name), nil
	}
	p, err := o.openPlace(key, dirName(name))
	if err == nil && !p.isFile(filepath.Base(name)) {
		err = fault.Usagef("%s: there is no file %s", key, name)
	}
	return p, filepath.Base(name), err
}

// missing reports keys without which a format cannot be opened.
func (f Format) missing(o *Options) error {
	var problems []error
	for _, need := range f.Needs {
		switch {
		case need == "images" && o.Images == "":
			problems = append(problems, fault.Usagef("dataset.images: name the folder of the images (--images)%s", f.orPath()))
		case need == "masks" && o.Masks == "" && !o.Unpaired:
			problems = append(problems, fault.Usagef("dataset.masks: name the folder of the label images (--masks)%s", f.orPath()))
		case need == "split" && o.Split == "":
			problems = append(problems, fault.Usagef("dataset.split: format %s needs a list file%s", f.Name, f.orPath()))
		case need == "path" && o.Path == "":
			problems = append(problems, fault.Usagef("dataset.path: name where the dataset lies: %s", f.Layout))
		}
	}
	return errors.Join(problems...)
}

func (f Format) orPath() string {
	if f.Find == nil || f.Fallback {
		return ""
	}
	return ", or the dataset's root with dataset.path"
}
