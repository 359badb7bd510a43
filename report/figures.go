package report

import (
	"math"

	"github.com/segmetry/segmetry/internal/record"
)

// undefinedValue is that of a figure that is not there.
var undefinedValue = record.Value{Value: math.NaN(), Status: "undefined"}

// Locate says what a figure is called without the label that the configuration gave it, and under which heading of which
// page of the documentation it stands.
func (f *Folder) Locate(name, of, page, heading string) {
	f.measures[name], f.links[name] = of, docsLink(page, heading)
}

// docsLink is the address of a heading of the documentation.
func docsLink(page, heading string) string { return docsAddress + page + "#" + anchor(heading) }

// at is a value of a list that may be shorter.
func at(values []record.Value, i int) record.Value {
	if i < len(values) {
		return values[i]
	}
	return undefinedValue
}
