package slicing

import (
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// classOptions say which classes' presence makes a slice.
type classOptions struct {
	Classes   []string `yaml:"classes" doc:"names; none: all"`
	MinPixels int      `yaml:"min_pixels" doc:"pixels of the truth from which on a class is there"`
	Absent    bool     `yaml:"absent" doc:"also a slice of the images without the class"`
}

func init() {
	Register(Definition{
		Name: "class", Doc: "By the classes that the truth has: an image belongs to the slice of each.",
		Options: func() any { return &classOptions{MinPixels: 1} },
		New: func(options any, d Data) (Slicing, error) {
			o := options.(*classOptions)
			chosen, err := o.choose(d.Classes)
			return Slicing{"class", func() Splitter { return newPresence(o, chosen, d.Classes) }}, err
		},
	})
}

// choose returns the numbers of the classes.
func (o *classOptions) choose(classes []string) ([]int, error) {
	names := o.Classes
	if len(names) == 0 {
		names = classes
	}
	var list []int
	for _, name := range names {
		c := slices.Index(classes, name)
		if c < 0 {
			return nil, fault.Usagef("unknown class %q%s Known: %s", name, nearest.Sentence(name, classes), strings.Join(classes, ", "))
		}
		list = append(list, c)
	}
	each := 1
	if o.Absent {
		each = 2
	}
	if each*len(list) > MaxSlices {
		return nil, fault.Usagef("%d classes make %d slices, which are limited to %d: name fewer with classes", len(list), each*len(list), MaxSlices)
	}
	if o.MinPixels < 1 {
		return nil, fault.Usagef("min_pixels: expected a number from 1 on, found %d", o.MinPixels)
	}
	return list, nil
}

// presence are slices by class.
type presence struct {
	options *classOptions
	classes []int
	with    []Slice
	without []Slice
	n       int32
}

func newPresence(o *classOptions, chosen []int, names []string) *presence {
	p := &presence{options: o, classes: chosen}
	for _, c := range chosen {
		p.with, p.without = append(p.with, Slice{Name: names[c]}), append(p.without, Slice{Name: "without " + names[c]})
	}
	return p
}

// Add adds an image to the slice of each class that it has.
func (p *presence) Add(i *Image) error {
	for k, c := range p.classes {
		s := &p.without[k]
		if i.Truth[c] >= int64(p.options.MinPixels) {
			s = &p.with[k]
		}
		if s == &p.with[k] || p.options.Absent {
			s.Images = append(s.Images, p.n)
		}
	}
	p.n++
	return nil
}

// Slices are in the order of the classes.
func (p *presence) Slices() []Slice {
	var list []Slice
	for k := range p.classes {
		list = append(list, p.with[k], p.without[k])
	}
	return slices.DeleteFunc(list, func(s Slice) bool { return len(s.Images) == 0 })
}
