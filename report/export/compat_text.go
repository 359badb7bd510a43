package export

import (
	"bytes"

	"github.com/segmetry/segmetry/internal/record"
)

// markdownCompat is filled in by the profiles' table.
func markdownCompat(*bytes.Buffer, *record.Summary) {}
