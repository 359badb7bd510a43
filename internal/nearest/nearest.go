// Package nearest finds the name that was probably meant.
package nearest

import (
	"cmp"
	"slices"

	"github.com/agnivade/levenshtein"
)

// Of returns the known name with the fewest edits to the given one, the first in the alphabet of equal ones; "" where
// nothing is known.
func Of(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	return slices.MinFunc(known, func(a, b string) int {
		return cmp.Or(levenshtein.ComputeDistance(name, a)-levenshtein.ComputeDistance(name, b), cmp.Compare(a, b))
	})
}
