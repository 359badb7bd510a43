package config

import (
	"math"

	"github.com/dustin/go-humanize"

	"github.com/segmetry/segmetry/internal/fault"
)

// MemoryBytes is run.memory in bytes, 0 where there is no cap.
func (r Run) MemoryBytes() (int64, error) {
	if r.Memory == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(r.Memory)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fault.Usagef("run.memory: expected a size such as 1.5GiB or 800MB, found %q", r.Memory)
	}
	return int64(n), nil
}
