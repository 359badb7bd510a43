// Package preflight looks at what a configuration names before anything is evaluated: whether the dataset lists, how large
// its pictures are, and how much memory they will take.
package preflight

import (
	"context"
	"fmt"

	"github.com/segmetry/segmetry/dataset"
)

// Level says how bad a finding is.
type Level string

// The levels of a finding.
const (
	Error   Level = "error"   // a run would fail, or leave images out
	Warning Level = "warning" // a run would go on, and its figures may not be what was meant
)

// Finding is one thing that is not as it should be.
type Finding struct {
	Level    Level  `json:"level"`
	Check    string `json:"check"`          // what was looked at
	File     string `json:"file,omitempty"` // the first that has it
	Count    int    `json:"count"`          // files that have it
	Found    string `json:"found"`
	Expected string `json:"expected"`
	Do       string `json:"do"`
}

// Listing is what listing a dataset says.
type Listing struct {
	Items    int          `json:"items"`
	Sized    int          `json:"sized"`    // pictures whose header was read
	Smallest [2]int       `json:"smallest"` // [height, width]
	Largest  [2]int       `json:"largest"`
	Biggest  dataset.Item `json:"-"` // the item of the largest picture
	Findings []Finding    `json:"-"`
}

// maxFindings bounds how many items are named one by one.
const maxFindings = 20

// List walks over a dataset once. Items that cannot be paired are findings, as are pictures whose header cannot be read;
// headers are read of the first sample items, of all where sample is 0. An error ends the listing: it cannot be listed.
func List(ctx context.Context, source dataset.Source, sample int) (*Listing, error) {
	l := &Listing{}
	for item, err := range source.Items() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && item.Name == "" {
			return nil, err
		}
		l.Items++
		if err == nil && (sample == 0 || l.Sized < sample) {
			err = l.size(item)
		}
		if err != nil {
			l.complain(item, err)
		}
	}
	return l, nil
}

// size reads a picture's header.
func (l *Listing) size(item dataset.Item) error {
	width, height, err := dataset.ImageSize(item.Image)
	if err != nil {
		return err
	}
	l.Sized++
	if area := width * height; area > l.Largest[0]*l.Largest[1] {
		l.Largest, l.Biggest = [2]int{height, width}, item
	}
	if l.Sized == 1 || width*height < l.Smallest[0]*l.Smallest[1] {
		l.Smallest = [2]int{height, width}
	}
	return nil
}

// complain adds a finding; those beyond maxFindings are counted with the last.
func (l *Listing) complain(item dataset.Item, err error) {
	if n := len(l.Findings); n >= maxFindings {
		l.Findings[n-1].Count++
		return
	}
	l.Findings = append(l.Findings, Finding{Level: Error, Check: "listing", File: item.Name, Count: 1,
		Found: err.Error(), Expected: "a picture with its mask", Do: fmt.Sprintf("mend or remove %s, or set score.on_error: skip", item.Name)})
}
