package main

import (
	"context"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/parity"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report"
)

// runComparison walks over the images of two runs side by side; both folders have them in input order.
type runComparison struct {
	reference, run *report.Run
	names          []string // the figures that images of both have
	mine, theirs   []int    // their places in the images' rows
	folder         *report.ParityFolder
	margins        string // whose margins were read: reference, model, or ""
}

// compare compares all images.
func (c *runComparison) compare(ctx context.Context) (*record.ParitySummary, error) {
	total := parity.NewTotal(len(c.run.Classes))
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, err := c.reference.Next()
		if err != nil {
			return nil, err
		}
		b, err := c.run.Next()
		if err != nil {
			return nil, err
		}
		if err := c.sameImage(a, b); err != nil {
			return nil, err
		}
		if a == nil {
			break
		}
		if err := c.image(a, b, total); err != nil {
			return nil, err
		}
	}
	p := total.Summary()
	p.Model, p.Reference, p.MarginOf = c.run.Model, c.reference.Model, c.margins
	var err error
	p.Comparisons, err = figureList(c.reference, c.run)
	return p, err
}

// sameImage holds the rows of an image against each other.
func (c *runComparison) sameImage(a, b *report.RunImage) error {
	switch x, y := c.reference.Dir, c.run.Dir; {
	case a == nil && b == nil:
	case b == nil:
		return fault.Usagef("%s has the image %s, %s ends before it: runs of different datasets cannot be compared (filter and limit count, too)", x, a.Name, y)
	case a == nil:
		return fault.Usagef("%s has the image %s, %s ends before it: runs of different datasets cannot be compared (filter and limit count, too)", y, b.Name, x)
	case a.Name != b.Name:
		return fault.Usagef("%s has the image %s where %s has %s: runs of different datasets cannot be compared (filter and limit count, too)", x, a.Name, y, b.Name)
	case a.Status != record.OK || b.Status != record.OK:
	case a.Width != b.Width || a.Height != b.Height:
		return fault.Usagef("%s: the label is %d×%d pixels in %s and %d×%d in %s", a.Name, a.Width, a.Height, x, b.Width, b.Height, y)
	case a.ValidPixels != b.ValidPixels:
		return fault.Usagef("%s: %d pixels are valid in %s and %d in %s: ignore_index or label_map differ", a.Name, a.ValidPixels, x, b.ValidPixels, y)
	}
	return nil
}

// image compares one image; one that a run could not score is not compared.
func (c *runComparison) image(a, b *report.RunImage, total *parity.Total) error {
	status := a.Status
	if b.Status != record.OK {
		status = b.Status
	}
	var figures *record.Parity
	if status == record.OK {
		tally, err := c.tally(a)
		if err != nil {
			return err
		}
		total.Add(a.Name, tally)
		f := tally.Figures()
		figures = &f
	}
	if c.folder == nil {
		return nil
	}
	return c.folder.Add(a.Name, status, figures, chosen(b.Figures, c.mine), chosen(a.Figures, c.theirs))
}

// chosen picks values by their places; none where there are none.
func chosen(values []float64, places []int) []float64 {
	var list []float64
	for _, at := range places {
		if at < len(values) {
			list = append(list, values[at])
		}
	}
	return list
}

// tally counts an image's pixels.
func (c *runComparison) tally(i *report.RunImage) (*parity.Tally, error) {
	refFile, refMargins, ignored := c.reference.PredictionFiles(i.Name)
	file, margins, _ := c.run.PredictionFiles(i.Name)
	reference, err := c.labels(refFile, i)
	if err != nil {
		return nil, err
	}
	model, err := c.labels(file, i)
	if err != nil {
		return nil, err
	}
	truth := make([]int16, len(model)) // 0 is as good as any class
	if i.ValidPixels != int64(len(model)) {
		if err := readIgnored(ignored, i, truth); err != nil {
			return nil, err
		}
	}
	codes, err := c.codes(refMargins, margins, i)
	if err != nil {
		return nil, err
	}
	t := parity.NewTally(len(c.run.Classes))
	t.Add(truth, reference, model, codes)
	t.WidestCode()
	return t, nil
}

// stored reads one of an image's stored pictures.
func stored(file string, i *report.RunImage) (*dataset.Values, error) {
	v, err := dataset.RawMask(file)
	switch {
	case err != nil && absent(file):
		return nil, fault.Dataf("%s: its prediction is missing: %s; run it again with --predictions", i.Name, file)
	case err != nil:
		return nil, err
	case v.Width != i.Width || v.Height != i.Height:
		return nil, fault.Dataf("%s is %d×%d pixels, images.csv says %d×%d", file, v.Width, v.Height, i.Width, i.Height)
	}
	return v, nil
}

// labels reads a label map.
func (c *runComparison) labels(file string, i *report.RunImage) ([]int16, error) {
	v, err := stored(file, i)
	if err != nil {
		return nil, err
	}
	list := make([]int16, len(v.Value))
	for k, x := range v.Value {
		if int(x) >= len(c.run.Classes) {
			return nil, fault.Dataf("%s: label %d at (%d,%d): expected a class from 0 to %d", file, x, k%v.Width, k/v.Width, len(c.run.Classes)-1)
		}
		list[k] = int16(x)
	}
	return list, nil
}

// readIgnored marks the pixels that the truth ignores.
func readIgnored(file string, i *report.RunImage, truth []int16) error {
	v, err := stored(file, i)
	if err != nil {
		return err
	}
	valid := int64(len(truth))
	for k, x := range v.Value {
		if x != 0 {
			truth[k] = raster.Ignored
			valid--
		}
	}
	if valid != i.ValidPixels {
		return fault.Dataf("%s leaves %d pixels valid, images.csv says %d", file, valid, i.ValidPixels)
	}
	return nil
}

// codes reads the margins of the reference, else of the model; nil where neither has some.
func (c *runComparison) codes(reference, model string, i *report.RunImage) ([]uint8, error) {
	file, whose := reference, "reference"
	if absent(file) {
		file, whose = model, "model"
	}
	if absent(file) {
		file, whose = "", ""
	}
	if c.margins != "" && c.margins != whose {
		return nil, fault.Dataf("%s: the margins of the %s are missing, and other images have them; run it again with --predictions", i.Name, c.margins)
	}
	c.margins = whose
	if file == "" {
		return nil, nil
	}
	v, err := stored(file, i)
	if err != nil {
		return nil, err
	}
	codes := make([]uint8, len(v.Value))
	for k, x := range v.Value {
		codes[k] = uint8(min(x, parity.Undefined))
	}
	return codes, nil
}
