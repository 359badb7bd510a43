package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/segmetry/segmetry/internal/kernel"
)

// kernelTime is what one kernel took for a block.
type kernelTime struct {
	Name   string  `json:"name"`
	Doc    string  `json:"doc"`
	NS     float64 `json:"ns"`
	GBPerS float64 `json:"gb_per_s"`
	OfCopy float64 `json:"share_of_copy_in_cache"`
}

// benchKernels times the kernels, each for about a tenth of a second, the fastest of three.
func (a *app) benchKernels(asJSON bool) error {
	var list []kernelTime
	copied := 0.0
	for _, j := range kernel.Jobs() {
		ns := fastest(j.Run)
		t := kernelTime{Name: j.Name, Doc: j.Doc, NS: ns, GBPerS: float64(j.Bytes) / ns}
		if j.Name == "copy in cache" {
			copied = t.GBPerS
		}
		list = append(list, t)
	}
	for i := range list {
		list[i].OfCopy = list[i].GBPerS / copied
	}
	if asJSON {
		return printJSON(a.stdout, map[string]any{"kernels": kernel.Name(), "times": list})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s kernels\tns a block of 21 planes of 256 pixels\tGB/s\tof a copy in cache\t\n", kernel.Name())
	for _, t := range list {
		fmt.Fprintf(w, "%s\t%.0f\t%.3g\t%.0f%%\t%s\n", t.Name, t.NS, t.GBPerS, 100*t.OfCopy, t.Doc)
	}
	return w.Flush()
}

// fastest is the least time of a call, in nanoseconds.
func fastest(f func()) float64 {
	n, best := 1, 0.0
	for round := 0; round < 3; {
		begin := time.Now()
		for range n {
			f()
		}
		took := time.Since(begin)
		if took < 30*time.Millisecond {
			n *= 2
			continue
		}
		if ns := float64(took.Nanoseconds()) / float64(n); best == 0 || ns < best {
			best = ns
		}
		round++
	}
	return best
}
