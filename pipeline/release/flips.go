package release

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/record"
)

// flip counts the pixels that became right or wrong.
func (c *comparison) flip() error {
	if len(c.differing) == 0 {
		c.release.Flips = &record.Flips{}
		return nil
	}
	if c.options.Flips == nil {
		c.release.FlipsWhy = fmt.Sprintf("the labels of %s differ, and their predictions were not stored", english.Plural(len(c.differing), "image", ""))
		return nil
	}
	var err error
	c.release.Flips, c.release.FlipsWhy, err = c.options.Flips(c.differing)
	return err
}

// flipped is the share of valid pixels whose label is another.
func (c *comparison) flipped() float64 {
	if c.release.Flips == nil || c.pixels == 0 {
		return math.NaN()
	}
	var n int64
	for _, p := range c.release.Flips.Pairs {
		n += p.Pixels
	}
	return float64(n) / float64(c.pixels)
}
