package config

import (
	"errors"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// maxShards bounds the parts of a dataset.
const maxShards = 1 << 20

// Part is run.shard as index, from 0, and number of parts; zeros for the whole dataset.
func (r Run) Part() (index, count int, err error) {
	if r.Shard == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(r.Shard, "/")
	i, err1 := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if errors.Join(err1, err2) != nil || n < 1 || n > maxShards || i < 1 || i > n {
		return 0, 0, fault.Usagef("run.shard: expected I/N with I from 1 to N, such as 1/3, found %q", r.Shard)
	}
	return i - 1, n, nil
}

// Validate reports a memory that is no size, and a shard that is none.
func (r Run) Validate() error {
	_, memory := r.MemoryBytes()
	_, _, shard := r.Part()
	return errors.Join(memory, shard)
}
