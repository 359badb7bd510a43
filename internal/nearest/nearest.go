// Package nearest finds the name that was probably meant.
package nearest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// most is how many names are offered.
const most = 3

// Near are the known names that are nearest to the given one, if half of its letters or more would stay: those with the fewest edits,
// whatever their case. A name that is one word of a known one goes for it, for one edit: dise is meant for one of the dice losses, not
// for bce. Of equally near ones those with the shortest way to the whole name come first, then the alphabet; three at most.
func Near(name string, known []string) []string {
	name = strings.ToLower(name)
	type candidate struct {
		name        string
		near, whole int
	}
	var list []candidate
	for _, k := range known {
		c := candidate{k, distance(name, strings.ToLower(k)), levenshtein.ComputeDistance(name, strings.ToLower(k))}
		if 2*c.near <= len(name) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.near, b.near), cmp.Compare(a.whole, b.whole), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range list[:min(most, len(list))] {
		if c.near == list[0].near && (c.whole == 0) == (list[0].whole == 0) { // a name but for its case is the one
			names = append(names, c.name)
		}
	}
	return names
}

// Ask is `; did you mean "x" or "y"?`; "" of no names.
func Ask(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var quoted []string
	for _, name := range names {
		quoted = append(quoted, strconv.Quote(name))
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}

// Hint asks for the known names that are [Near]; "" where none is.
func Hint(name string, known []string) string { return Ask(Near(name, known)) }

// Sentence is a [Hint] that ends a sentence: a full stop where nothing is near.
func Sentence(name string, known []string) string { return cmp.Or(Hint(name, known), ".") }

// distance counts the edits to a known name, or to a word of it and one more.
func distance(name, known string) int {
	least := levenshtein.ComputeDistance(name, known)
	for word := range strings.FieldsFuncSeq(known, func(r rune) bool { return r == '_' || r == '.' }) {
		least = min(least, levenshtein.ComputeDistance(name, word)+1)
	}
	return least
}
