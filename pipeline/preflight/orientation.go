package preflight

import (
	"fmt"

	"github.com/segmetry/segmetry/dataset"
)

func init() {
	Register(Check{Name: "orientation", Doc: "pictures whose EXIF asks to turn them while preprocess.orientation is ignore", New: func(s *Setup) Checker {
		return &oriented{ignore: s.Preprocess.Orientation == dataset.OrientationIgnore}
	}})
}

// oriented are the pictures that EXIF asks to turn, and that are not turned.
type oriented struct {
	ignore bool
	tallied
	orientation int
}

func (c *oriented) Look(v *View) {
	if c.ignore && v.PictureErr == nil && v.Picture.Orientation != 1 && c.add(v.Item.Image.Name) {
		c.orientation = v.Picture.Orientation
	}
}

func (c *oriented) Findings(Seen) []Finding {
	if c.count == 0 {
		return nil
	}
	return []Finding{{Level: Warning, Check: "orientation", File: c.first, Count: c.count,
		Found:    fmt.Sprintf("%s has EXIF orientation %d and is not turned", c.first, c.orientation),
		Expected: "pictures as the model's training code saw them: OpenCV's imread turns them, Pillow does not",
		Do:       "set preprocess.orientation: apply if they were turned there; the masks must fit"}}
}
