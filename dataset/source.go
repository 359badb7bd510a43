// Package dataset lists images with their truth, decodes both, and turns pictures into a model's input tensor.
//
// Masks are read as values: palette indices, grey levels or known colours, never through a colour conversion. Resizing
// is named after the library and version that it equals, because a model evaluated with another resize than it was
// trained with loses accuracy for no reason of its own.
//
// Sizes that files claim are checked before memory is taken. Errors about data are of kind fault.Data and name the file.
package dataset

import (
	"cmp"
	"iter"
	"maps"
	"path"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
)

// Item is one image of a dataset with its truth.
type Item struct {
	Index int    // from 0, over the listed items
	Name  string // slash-separated, relative to the images' folder
	Image Ref
	Mask  Ref
}

// Source lists a dataset. An error that comes with an item's name concerns that item; one without ends the listing.
type Source interface {
	Classes() []string
	Items() iter.Seq2[Item, error]
}

// Format is a way in which datasets lie on disk.
type Format struct {
	Name   string
	Doc    string
	Layout string   // what its root holds, in words
	Needs  []string // keys without which it cannot be opened: images, masks, split, path
	// Find says why a folder is the root of such a dataset, "" where it is none; nil where a folder cannot tell.
	Find func(p place) string
	// Files says that the name of a file, or a pattern of names, stands for such a dataset; nil where none does.
	Files func(name string) bool
	// Fallback formats are found only where no other is.
	Fallback bool
	// Resolve fills in what comes with the format; nil for nothing. root is the one that Find took, or a place that has the
	// name that Files took; it means nothing where the options have no path.
	Resolve func(o *Options, root place) error
	Open    func(o Options) (iter.Seq2[Item, error], error)
}

var formats = map[string]Format{}

// Register adds a format. It panics on a second one of the same name: that is a programmer's error.
func Register(f Format) {
	if _, taken := formats[f.Name]; taken {
		panic("dataset: format " + f.Name + " is registered twice")
	}
	formats[f.Name] = f
}

// Formats returns the registered formats by name.
func Formats() []Format {
	var list []Format
	for _, name := range formatNames() {
		list = append(list, formats[name])
	}
	return list
}

func formatNames() []string { return slices.Sorted(maps.Keys(formats)) }

// Open opens the dataset that the options describe.
func Open(o Options) (Source, error) {
	if err := o.Resolve(); err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	items, err := formats[o.Format].Open(o)
	if err != nil {
		return nil, err
	}
	return &source{o, items}, nil
}

// source numbers, filters and limits what a format lists.
type source struct {
	options Options
	items   iter.Seq2[Item, error]
}

func (s *source) Classes() []string { return s.options.ClassNames() }

func (s *source) Items() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		index := 0
		for item, err := range s.items {
			if item.Name != "" && !s.options.Matches(item.Name) {
				continue
			}
			item.Index = index
			index++
			if !yield(item, err) || err != nil && item.Name == "" {
				return
			}
			if s.options.Limit > 0 && index >= s.options.Limit {
				return
			}
		}
		if index == 0 {
			yield(Item{}, fault.Dataf("the dataset is empty: no image in %s%s", s.where(), s.filtered()))
		}
	}
}

func (s *source) where() string {
	if s.options.Format == "list" {
		return s.options.Split
	}
	return cmp.Or(s.options.Images, s.options.Split, s.options.Path)
}

func (s *source) filtered() string {
	switch {
	case s.options.Filter != "":
	case s.options.Format == "list":
		return ": it has no line"
	case s.options.Format == "webdataset":
		return " (expected members such as 0001.jpg and 0001.seg.png)"
	case s.options.Format == "parquet":
		return ": it has no row"
	default:
		return " (expected files such as .png or .jpg)"
	}
	return " matches the filter " + s.options.Filter
}

// Matches holds the filter against an item's whole name, or its last element.
func (o *Options) Matches(name string) bool {
	if o.Filter == "" {
		return true
	}
	whole, _ := path.Match(o.Filter, name) // the pattern was checked by Validate
	base, _ := path.Match(o.Filter, path.Base(name))
	return whole || base
}
