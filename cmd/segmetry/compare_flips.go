package main

import (
	"fmt"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// flipCounter counts the pixels whose label is right in one of two runs alone, of their stored predictions and the dataset's masks.
type flipCounter struct {
	base, next *past
	items      map[string]dataset.Item // of the new run's dataset, once it was listed
	loader     *dataset.Loader
}

// flipKey is a pair of labels of a class of truth.
type flipKey struct{ truth, from, to int16 }

// count counts over the images whose labels differ. Where predictions or masks are not at hand it says why.
func (f *flipCounter) count(images []string) (*record.Flips, string, error) {
	if why := f.lacking(); why != "" {
		return nil, fmt.Sprintf("%s, and the labels of %s differ", why, english.Plural(len(images), "image", "")), nil
	}
	if why := f.open(); why != "" {
		return nil, why, nil
	}
	total, counts := &record.Flips{Images: len(images)}, map[flipKey]int64{}
	for _, name := range images {
		item, ok := f.items[name]
		if !ok {
			return nil, fmt.Sprintf("the mask of %s is not there any more", name), nil
		}
		if err := f.image(item, counts); err != nil {
			return nil, "", err
		}
	}
	classes := int16(len(f.next.Header.Columns.Classes))
	for truth := range classes {
		for from := range classes {
			for to := range classes {
				n := counts[flipKey{truth, from, to}]
				if n == 0 {
					continue
				}
				total.Pairs = append(total.Pairs, record.FlipPair{Truth: int(truth), From: int(from), To: int(to), Pixels: n})
				switch truth {
				case from:
					total.RightToWrong += n
				case to:
					total.WrongToRight += n
				}
			}
		}
	}
	return total, "", nil
}

// open lists the new run's dataset, once. Where it cannot be read, why says so.
func (f *flipCounter) open() (why string) {
	if f.items != nil {
		return ""
	}
	o := f.next.config.Dataset
	source, err := dataset.Open(o)
	if err != nil {
		return "the dataset cannot be read: " + err.Error()
	}
	if f.loader, err = dataset.NewLoader(o, dataset.DefaultPreprocess(), dataset.Input{Channels: 3}); err != nil {
		return "the dataset cannot be read: " + err.Error()
	}
	f.items = map[string]dataset.Item{}
	for item, err := range source.Items() {
		if err == nil {
			f.items[item.Name] = item
		}
	}
	return ""
}

// image counts an image's pixels.
func (f *flipCounter) image(item dataset.Item, counts map[flipKey]int64) error {
	a, b, err := f.predictions(item.Name)
	if err != nil {
		return err
	}
	truth, err := f.loader.MaskOf(item.Mask, b.Width, b.Height)
	if err != nil {
		return err
	}
	if len(truth.Class) != len(a.Value) {
		return fault.Dataf("%s: the predictions are %d×%d pixels, the mask %d×%d", item.Name, a.Width, a.Height, truth.Width, truth.Height)
	}
	for i, t := range truth.Class {
		from, to := a.Value[i], b.Value[i]
		if t != raster.Ignored && from != to {
			counts[flipKey{t, int16(from), int16(to)}]++
		}
	}
	return nil
}
