// Package figure draws a finished run for papers with gonum's plot: class bars with intervals, confusion matrix,
// reliability diagram, curves, distributions, kinds of error, slices. Each figure is a file of this package that
// registers itself; docs/exports.md says what each shows and which measures it needs.
//
// Equal runs give equal bytes on one machine, in every format.
package figure

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/segmetry/segmetry/internal/record"
)

// Run is what figures are drawn of.
type Run struct {
	Summary       *record.Summary
	Of            map[string]string // what a figure with a label is called without it; nil where none has one
	Distributions []Distribution    // of the losses and of mIoU over the images
}

func (r *Run) figures() record.Figures { return record.Figures{Summary: r.Summary, Of: r.Of} }

// Distribution is a figure of every scored image; NaN where it is undefined.
type Distribution struct {
	Name   string
	Values []float32
}

// Definition is one kind of figure.
type Definition struct {
	Name  string // of the file, without its ending
	About string // what it shows, for people
	Needs string // the measures without which it is not drawn
	// Sheets lays the figure out at a width; none where the run has not what it needs.
	Sheets func(r *Run, width vg.Length) []sheet
}

// sheet is one picture: what does not fit on one goes on the next.
type sheet struct {
	width, height vg.Length
	draw          func(c draw.Canvas)
}

var registry []Definition

// Register adds a figure. It panics on a second one of the same name: that is a programmer's error.
func Register(d Definition) {
	if d.Name == "" || d.About == "" || d.Needs == "" || d.Sheets == nil || slices.ContainsFunc(registry, func(o Definition) bool { return o.Name == d.Name }) {
		panic("figure: Register: incomplete or repeated figure " + d.Name)
	}
	at, _ := slices.BinarySearchFunc(registry, d, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	registry = slices.Insert(registry, at, d)
}

// All are the figures, by name.
func All() []Definition { return slices.Clone(registry) }

// Draw draws every figure that the run has the measures for, and hands each file over: class_iou.png, and class_iou-2.png where one sheet
// does not hold it.
func Draw(r *Run, o Options, put func(name string, data []byte) error) error {
	o = o.withDefaults()
	for _, d := range registry {
		for i, s := range d.Sheets(r, vg.Length(o.Width)*vg.Inch) {
			name := d.Name
			if i > 0 {
				name = fmt.Sprintf("%s-%d", d.Name, i+1)
			}
			data, err := s.encode(o)
			if err != nil {
				return fmt.Errorf("drawing %s: %w", name, err)
			}
			if err := put(name+"."+o.Format, data); err != nil {
				return err
			}
		}
	}
	return nil
}
