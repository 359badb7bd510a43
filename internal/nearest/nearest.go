// Package nearest finds the name that was probably meant.
package nearest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Of returns the known name with the fewest edits to the given one; "" where nothing is known. A name that is one word of a
// known one goes for it, for one edit: dise is meant for one of the dice losses, not for bce. Of equal ones the shortest way to the whole name wins,
// then the alphabet.
func Of(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	return slices.MinFunc(known, func(a, b string) int {
		return cmp.Or(distance(name, a)-distance(name, b), levenshtein.ComputeDistance(name, a)-levenshtein.ComputeDistance(name, b), cmp.Compare(a, b))
	})
}

// distance counts the edits to a known name, or to a word of it and one more.
func distance(name, known string) int {
	least := levenshtein.ComputeDistance(name, known)
	for word := range strings.SplitSeq(known, "_") {
		least = min(least, levenshtein.ComputeDistance(name, word)+1)
	}
	return least
}
