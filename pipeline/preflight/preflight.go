// Package preflight looks at what a configuration names before anything is evaluated: whether the dataset lists, whether its
// files are what they should be (a [Check] a file of this package), and how much memory a run will take. It evaluates a
// few pictures under other preprocessing as well, to see whether the model wants another one.
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

// String says what was found, in how many files, in a line.
func (f Finding) String() string {
	if f.Count > 1 && f.File != "" {
		return fmt.Sprintf("%s: %s (and %d more)", f.Check, f.Found, f.Count-1)
	}
	return f.Check + ": " + f.Found
}

// Listing is what listing a dataset says.
type Listing struct {
	Items    int          `json:"items"`
	Sized    int          `json:"sized"`    // pictures whose header was read
	Smallest [2]int       `json:"smallest"` // [height, width]
	Largest  [2]int       `json:"largest"`
	Pixels   int64        `json:"-"` // of all of them together
	Biggest  dataset.Item `json:"-"` // the item of the largest picture
	Findings []Finding    `json:"-"`

	unreadable map[string]bool // names of the items whose header could not be read, up to maxRemembered
}

const (
	maxFindings   = 20      // kinds of errors that are told apart
	maxRemembered = 1 << 16 // names that are kept
)

// List walks over a dataset once. Items that cannot be paired are findings, as are pictures whose header cannot be read;
// headers are read of the first sample items, of all where sample is 0, of none where it is negative. An error ends the listing: it cannot be listed.
func List(ctx context.Context, source dataset.Source, sample int) (*Listing, error) {
	l := &Listing{unreadable: map[string]bool{}}
	var unpaired pairs
	var unread reasons
	for item, err := range source.Items() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && item.Name == "" {
			return nil, err
		}
		l.Items++
		if err != nil {
			unpaired.add(item, err)
			continue
		}
		if sample != 0 && l.Sized >= sample {
			continue
		}
		if err := l.size(item); err != nil {
			unread.add(item.Image.Name, err)
			if len(l.unreadable) < maxRemembered {
				l.unreadable[item.Name] = true
			}
		}
	}
	l.Findings = append(unpaired.findings(), unread.findings(unreadablePicture)...)
	return l, nil
}

// Unreadable says whether the item is known to have a picture that cannot be read.
func (l *Listing) Unreadable(name string) bool { return l.unreadable[name] }

// size reads a picture's header.
func (l *Listing) size(item dataset.Item) error {
	width, height, err := dataset.ImageSize(item.Image)
	if err != nil {
		return err
	}
	l.Sized++
	l.Pixels += int64(width) * int64(height)
	if area := width * height; area > l.Largest[0]*l.Largest[1] {
		l.Largest, l.Biggest = [2]int{height, width}, item
	}
	if l.Sized == 1 || width*height < l.Smallest[0]*l.Smallest[1] {
		l.Smallest = [2]int{height, width}
	}
	return nil
}
