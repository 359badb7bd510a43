package preflight

import (
	"errors"

	"github.com/segmetry/segmetry/dataset"
)

// pairs are the items that a listing could not pair, by what is the matter with them.
type pairs struct {
	noMask, noImage, twice, other tallied
	text                          [4]string
}

func (p *pairs) add(item dataset.Item, err error) {
	kind, t := 3, &p.other
	switch {
	case errors.Is(err, dataset.ErrAmbiguous):
		kind, t = 2, &p.twice
	case item.Image.IsZero() && !item.Mask.IsZero():
		kind, t = 1, &p.noImage
	case !item.Image.IsZero() && item.Mask.IsZero():
		kind, t = 0, &p.noMask
	}
	if t.add(item.Name) {
		p.text[kind] = err.Error()
	}
}

func (p *pairs) findings() (list []Finding) {
	add := func(kind int, t tallied, expected, do string) {
		if t.count > 0 {
			list = append(list, Finding{Level: Error, Check: "pairs", File: t.first, Count: t.count, Found: p.text[kind], Expected: expected, Do: do})
		}
	}
	add(0, p.noMask, "a mask for every picture", "add the mask, remove the picture, or set score.on_error: skip")
	add(1, p.noImage, "a picture for every mask", "add the picture, remove the mask, or set score.on_error: skip")
	add(2, p.twice, "one file a stem", "remove or rename all but one")
	add(3, p.other, "a picture with its mask", "do what the message says, or set score.on_error: skip")
	return list
}
