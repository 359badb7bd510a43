package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/segmetry/segmetry/dataset"
)

// listed gives items whose pictures are files of so many bytes, named by their order.
func listed(t *testing.T, sizes []int) func() (dataset.Item, error, bool) {
	dir, i := t.TempDir(), -1
	for k, size := range sizes {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(k)), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func() (dataset.Item, error, bool) {
		i++
		return dataset.Item{Index: i, Image: dataset.File(filepath.Join(dir, strconv.Itoa(i)))}, nil, i < len(sizes)
	}
}

// The last items begin with the largest; those before keep their order, and results have the order of the listing.
func TestFeederBeginsLastItemsWithTheLargest(t *testing.T) {
	sizes := make([]int, 2*lastItems+3)
	for i := range sizes {
		sizes[i] = 1 + i%4
	}
	jobs, slots := make(chan job, len(sizes)), make(chan chan outcome, len(sizes))
	newFeeder(t.Context(), jobs, slots, 2).run(listed(t, sizes))
	var order []int
	for j := range jobs {
		order = append(order, j.item.Index)
		j.slot <- outcome{labels: uint64(j.item.Index)}
	}
	if want := []int{0, 1, 2, 3, 7, 11, 15, 6, 10, 14, 18, 5, 9, 13, 17, 4, 8, 12, 16}; !slices.Equal(order, want) {
		t.Errorf("worked on %v, want %v", order, want)
	}
	i := 0
	for slot := range slots {
		if got := (<-slot).labels; got != uint64(i) {
			t.Errorf("result %d is item %d's", i, got)
		}
		i++
	}
	if i != len(sizes) {
		t.Errorf("%d results of %d items", i, len(sizes))
	}
}

// Every slot of a cancelled run has its answer.
func TestFeederCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	jobs, slots := make(chan job), make(chan chan outcome, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		newFeeder(ctx, jobs, slots, 2).run(listed(t, make([]int, 20)))
	}()
	(<-jobs).slot <- outcome{}
	cancel()
	<-done
	n := 0
	for slot := range slots {
		<-slot
		n++
	}
	if n == 0 {
		t.Error("no slots")
	}
}

// An item of no known size keeps nothing waiting.
func TestFeederHoldsNoContainers(t *testing.T) {
	jobs, slots := make(chan job), make(chan chan outcome, 2)
	i := 0
	go newFeeder(t.Context(), jobs, slots, 2).run(func() (dataset.Item, error, bool) {
		i++
		return dataset.Item{Index: i}, nil, i < 3
	})
	if j := <-jobs; j.item.Index != 1 {
		t.Errorf("the first job is item %d", j.item.Index)
	}
	<-jobs
}
