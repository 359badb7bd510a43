package release

import (
	"fmt"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline"
)

// part is a slice of the pairs with its figures.
type part struct {
	pipeline.Part
	*population
}

// slice compares every slice of the pairs, and fills in how the effect's metric changed in each.
func (c *comparison) slice() error {
	if len(c.options.Slices) == 0 {
		return nil
	}
	first, second := c.first, c.second
	if c.each[0] != nil { // c.first and c.second are of groups
		first, second = c.each[0], c.each[1]
	}
	var key func(place int32) string
	if c.options.Group != nil {
		key = func(place int32) string { return c.options.Group(c.names[place]) }
	}
	for _, of := range c.split.Parts() {
		a, b := first.Subset(of.Images, key), second.Subset(of.Images, key)
		if a == nil || b == nil {
			c.release.SlicesWhy = fmt.Sprintf("%d images are more than are kept one by one", c.release.Paired)
			return nil
		}
		p, err := c.newPopulation(of.By+"="+of.Name, a, b, len(of.Images))
		if err != nil {
			return err
		}
		c.parts = append(c.parts, part{of, p})
	}
	return c.sliceChanges()
}

// sliceChanges fills in the release's slices, the worst first. p-values are corrected for the number of slices.
func (c *comparison) sliceChanges() error {
	at := slices.IndexFunc(c.figures, func(f pipeline.Figure) bool { return f.Class < 0 && f.Name == c.release.Effect.Metric })
	if at < 0 {
		return nil
	}
	var values []float64
	for _, p := range c.parts {
		list, err := p.changes()
		if err != nil {
			return err
		}
		c.release.Slices = append(c.release.Slices, record.SliceChange{By: p.By, Name: p.Name, Images: p.images, Change: list[at], Telling: p.images >= pipeline.TellingImages})
		values = append(values, list[at].P)
	}
	for i, x := range c.adjust(values) {
		c.release.Slices[i].Change.Adjusted = x
	}
	better := c.better()
	slices.SortStableFunc(c.release.Slices, func(a, b record.SliceChange) int {
		return pipeline.WorstFirst(-better*a.Change.Difference, -better*b.Change.Difference)
	})
	return nil
}

// adjust corrects p-values for their number.
func (c *comparison) adjust(p []float64) []float64 {
	if c.options.Correction == BenjaminiHochberg {
		return stats.BenjaminiHochberg(p)
	}
	return stats.Holm(p)
}
