package preflight

import "fmt"

func init() {
	Register(Check{Name: "sizes", Doc: "masks that have not their picture's size", New: func(s *Setup) Checker { return &sizes{apply: s.Preprocess.Orientation == "apply"} }})
}

// sizes are the masks of another size than their picture's.
type sizes struct {
	apply  bool // pictures are turned by EXIF
	turned int  // fit if the picture were turned, or were not
	tallied
	found string
}

func (c *sizes) Look(v *View) {
	if v.PictureErr != nil || v.MaskErr != nil || v.Mask.Width == v.Picture.Width && v.Mask.Height == v.Picture.Height {
		return
	}
	if v.Picture.Orientation >= 5 && v.Mask.Width == v.Picture.Height && v.Mask.Height == v.Picture.Width {
		c.turned++
	}
	if c.add(v.Item.Mask.Name) {
		c.found = fmt.Sprintf("%s is %d×%d pixels, its picture %d×%d", v.Item.Mask.Name, v.Mask.Width, v.Mask.Height, v.Picture.Width, v.Picture.Height)
	}
}

func (c *sizes) Findings(Seen) []Finding {
	if c.count == 0 {
		return nil
	}
	f := Finding{Level: Error, Check: "sizes", File: c.first, Count: c.count, Found: c.found, Expected: "a mask of its picture's size",
		Do: "pair it with the right picture, or make the mask anew at its size (by nearest, which invents no labels)"}
	switch {
	case c.turned == c.count && c.apply:
		f.Do = "the picture was turned by its EXIF and the mask fits it as it is stored: set preprocess.orientation: ignore"
	case c.turned == c.count:
		f.Do = "the picture's EXIF asks to turn it and the mask fits it then: set preprocess.orientation: apply"
	}
	return []Finding{f}
}
