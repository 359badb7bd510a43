package slicing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// groups are slices by a value that every image has one of.
type groups struct {
	what  string // for errors
	value func(i *Image) string
	at    map[string]int
	list  []Slice
	n     int32
}

func newGroups(what string, value func(i *Image) string) *groups {
	return &groups{what: what, value: value, at: map[string]int{}}
}

// Add adds an image to the slice of its value.
func (g *groups) Add(i *Image) error {
	value := g.value(i)
	at, known := g.at[value]
	if !known {
		if len(g.list) == MaxSlices {
			return tooMany(g.what, value)
		}
		at = len(g.list)
		g.at[value] = at
		g.list = append(g.list, Slice{Name: value})
	}
	g.list[at].Images = append(g.list[at].Images, g.n)
	g.n++
	return nil
}

// Slices are ordered by name; runs of digits count as numbers.
func (g *groups) Slices() []Slice {
	list := slices.Clone(g.list)
	slices.SortFunc(list, func(a, b Slice) int { return cmp.Or(natural(a.Name, b.Name), strings.Compare(a.Name, b.Name)) })
	return list
}

// natural compares names that are both numbers as such.
func natural(a, b string) int {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return cmp.Compare(x, y)
}

func tooMany(what, value string) error {
	return fault.Usagef("%s has more than %d values, the %dth is %q: slices are limited to that many; bring values together, or, where they are numbers, give quantiles or bounds", what, MaxSlices, MaxSlices+1, value)
}

// check says before a run whether a value of the images' names makes too many slices.
func check(d Data, what string, value func(name string) string) error {
	if d.Names == nil {
		return nil
	}
	seen := map[string]bool{}
	for name := range d.Names {
		v := value(name)
		if seen[v] = true; len(seen) > MaxSlices {
			return tooMany(what, v)
		}
	}
	return nil
}
