package release

import "github.com/segmetry/segmetry/internal/record"

// draw draws the images that changed most.
func (c *comparison) draw() error {
	if c.options.Pictures == nil || len(c.release.Worst)+len(c.release.Best) == 0 {
		return nil
	}
	var list []*record.ImageChange
	for _, changed := range [][]record.ImageChange{c.release.Worst, c.release.Best} {
		for i := range changed {
			list = append(list, &changed[i])
		}
	}
	var err error
	c.release.PicturesWhy, err = c.options.Pictures(list)
	return err
}
