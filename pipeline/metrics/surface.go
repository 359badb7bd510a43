package metrics

import (
	"fmt"
	"math"
)

const familySurface = "surfaces"

// SurfaceOptions are the options that all measures of surfaces have.
type SurfaceOptions struct {
	Spacing []float64 `yaml:"spacing" doc:"distance between rows and between columns; distances are in its units"`
	Empty   string    `yaml:"both_empty" doc:"what a class is in an image where neither map has it: best (distance 0, NSD 1) or undefined"`
}

func defaultSurface() SurfaceOptions { return SurfaceOptions{[]float64{1, 1}, "best"} }

func (o *SurfaceOptions) space(spacing []float64) { o.Spacing = spacing }

func (o *SurfaceOptions) check() error {
	good := len(o.Spacing) == 2
	for _, x := range o.Spacing {
		good = good && x >= 1e-6 && x <= 1e6
	}
	switch {
	case !good:
		return fmt.Errorf("spacing: expected two numbers, between rows and between columns, from 1e-6 to 1e6, found %v", o.Spacing)
	case o.Empty != "best" && o.Empty != "undefined":
		return fmt.Errorf("both_empty: expected best or undefined, found %q", o.Empty)
	}
	return nil
}

// surface is the accumulator of one measure of surfaces. Its counts are, of every class, the images where the measure is
// defined, those where it is not though a map has the class, and those where a map has it; its sums are the values.
type surface struct {
	name    string // with its options
	classes int
	spacing [2]float64
	empty   float64 // where neither map has the class
	oneSide float64 // where one map has it
	of      func(toPredicted, toTruth []float64, w *workspace) float64
}

func (a surface) Key() string { return fmt.Sprintf("surface %s %v %v", a.name, a.spacing, a.empty) }

func (a surface) NewState() State { return NewState(3*a.classes, a.classes) }

func (a surface) NewCollector() Collector { return &surfaceCollector{a, a.NewState()} }

type surfaceCollector struct {
	surface
	State
}

func (c *surfaceCollector) Reset() { c.Clear() }

func (c *surfaceCollector) Finish(dst *State) {
	copy(dst.Counts, c.Counts)
	copy(dst.Sums, c.Sums)
}

// Maps measures every class. An image without a valid pixel has none.
func (c *surfaceCollector) Maps(m *Maps) {
	if m.Valid() == 0 {
		return
	}
	s := m.Surfaces(c.spacing, c.classes)
	for class := range c.classes {
		truth, predicted := m.There(class, c.classes)
		v := c.empty
		switch {
		case truth && predicted:
			v = c.of(s.toPredicted[class], s.toTruth[class], &m.workspace)
		case truth || predicted:
			v = c.oneSide
		}
		if truth || predicted {
			c.Counts[2*c.classes+class]++
		}
		if v == v {
			c.Counts[class]++
			c.Sums[class] += v
		} else if truth || predicted {
			c.Counts[c.classes+class]++
		}
	}
}

// measure reads the accumulator's states. Classes that no map has are left out of the mean.
func (a surface) measure() Measure {
	m := Measure{From: a, Averaged: true, Plain: a.oneSide != a.oneSide}
	m.Class = func(s *State, c int) float64 { return ratio(s.Sums[c], float64(s.Counts[c])) }
	m.Undefined = func(s *State, c int) int64 { return s.Counts[a.classes+c] }
	m.average(a.classes, func(s *State, c int) bool { return s.Counts[2*a.classes+c] > 0 })
	return m
}

// newSurface makes a measure of distances: undefined where one map lacks the class.
func newSurface(name string, o *SurfaceOptions, s Shape, of func(toPredicted, toTruth []float64, w *workspace) float64) (Measure, error) {
	if err := o.check(); err != nil {
		return Measure{}, err
	}
	a := surface{name: name, classes: s.Classes, spacing: [2]float64(o.Spacing), oneSide: math.NaN(), of: of}
	if o.Empty == "undefined" {
		a.empty = math.NaN()
	}
	return a.measure(), nil
}

// distanceMeasure registers a measure of distances without options of its own.
func distanceMeasure(d Definition, of func(toPredicted, toTruth []float64, w *workspace) float64) {
	d.Family, d.Range = familySurface, "0 up, in units of the spacing"
	d.Undefined = "a class that one map alone has: counted as n_undefined"
	name := d.Name
	d.Options = func() any { o := defaultSurface(); return &o }
	d.New = func(options any, s Shape) (Measure, error) {
		return newSurface(name, options.(*SurfaceOptions), s, of)
	}
	Register(d)
}

// PercentileOptions are the options of hd_percentile.
type PercentileOptions struct {
	Percentile     float64 `yaml:"percentile" doc:"of the distances in either direction, 0 to 100"`
	SurfaceOptions `yaml:",inline"`
}

// ToleranceOptions are the options of nsd.
type ToleranceOptions struct {
	Tolerance      float64 `yaml:"tolerance" doc:"distance up to which an edge pixel counts as found, in units of the spacing"`
	SurfaceOptions `yaml:",inline"`
}

func init() {
	introductions[familySurface] = `A class's surface is its edge pixels: the mask without its erosion by the 4-neighbour cross, the picture's outside being
background. Distances are Euclidean, exact, from each edge pixel to the nearest edge pixel of the other map. Ignored pixels
are background in both maps. In an image where neither map has the class the distance is 0 and NSD 1, and the class is left
out of that image's mean over classes. A dataset's figure of a class is the mean over images; the mean over classes is of these.
Values are held against MONAI (get_mask_edges, compute_hausdorff_distance, compute_average_surface_distance,
compute_surface_dice) and scipy's distance transform.`
	groups["surfaces"] = named("hd", "hd95", "assd", "masd", "nsd")
	distanceMeasure(Definition{Name: "hd", Formula: "Hausdorff distance: the larger of the two directions' largest distance.", Matches: "MONAI compute_hausdorff_distance",
		Paper: "Huttenlocher et al., Comparing images using the Hausdorff distance, 1993"}, func(a, b []float64, _ *workspace) float64 { return max(largest(a), largest(b)) })
	distanceMeasure(Definition{Name: "hd95", Formula: "Hausdorff distance at the 95th percentile: the larger of the two directions' 95th percentile, each by linear interpolation at rank 0.95·(n−1).",
		Matches: "MONAI compute_hausdorff_distance(percentile=95); MetricsReloaded",
		Notes:   []string{"surface-distance weights by the surface's area, medpy pools both directions: other numbers."}}, hausdorffAt(0.95))
	distanceMeasure(Definition{Name: "assd", Formula: "Average symmetric surface distance: the mean of the distances of both directions together.",
		Matches: "MONAI compute_average_surface_distance(symmetric=True)"}, func(a, b []float64, _ *workspace) float64 { return (sum(a) + sum(b)) / float64(len(a)+len(b)) })
	distanceMeasure(Definition{Name: "masd", Formula: "Mean average surface distance: the mean of the two directions' means.",
		Matches: "MetricsReloaded measured_masd"}, func(a, b []float64, _ *workspace) float64 {
		return (sum(a)/float64(len(a)) + sum(b)/float64(len(b))) / 2
	})
	Register(Definition{Name: "hd_percentile", Family: familySurface, Formula: "Hausdorff distance at a percentile, as hd95.", Range: "0 up, in units of the spacing",
		Undefined: "a class that one map alone has: counted as n_undefined", Matches: "MONAI compute_hausdorff_distance(percentile=p)",
		Options: func() any { return &PercentileOptions{95, defaultSurface()} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*PercentileOptions)
			if !(o.Percentile >= 0 && o.Percentile <= 100) {
				return Measure{}, fmt.Errorf("percentile: expected a number from 0 to 100, found %g", o.Percentile)
			}
			return newSurface(fmt.Sprintf("hd %v", o.Percentile), &o.SurfaceOptions, s, hausdorffAt(o.Percentile/100))
		}})
	Register(Definition{Name: "nsd", Family: familySurface, Formula: "Normalised surface distance (surface Dice): the share of both maps' edge pixels that are no farther than the tolerance from the other's.",
		Range: "1 to 0", Undefined: "never; a class that one map alone has is 0", Matches: "MONAI compute_surface_dice",
		Paper: "Nikolov et al., Clinically applicable segmentation of head and neck anatomy, 2021", Options: func() any { return &ToleranceOptions{1, defaultSurface()} }, New: newNSD})
}

func newNSD(options any, s Shape) (Measure, error) {
	o := options.(*ToleranceOptions)
	if !(o.Tolerance >= 0 && o.Tolerance <= 1e9) {
		return Measure{}, fmt.Errorf("tolerance: expected a number from 0 on, found %g", o.Tolerance)
	}
	if err := o.check(); err != nil {
		return Measure{}, err
	}
	within := func(list []float64) (n int) {
		for _, x := range list {
			if x <= o.Tolerance {
				n++
			}
		}
		return n
	}
	a := surface{name: fmt.Sprintf("nsd %v", o.Tolerance), classes: s.Classes, spacing: [2]float64(o.Spacing), empty: 1,
		of: func(x, y []float64, _ *workspace) float64 {
			return float64(within(x)+within(y)) / float64(len(x)+len(y))
		}}
	if o.Empty == "undefined" {
		a.empty = math.NaN()
	}
	return a.measure(), nil
}

func hausdorffAt(q float64) func(a, b []float64, w *workspace) float64 {
	return func(a, b []float64, w *workspace) float64 {
		w.values = append(w.values[:0], a...)
		first := quantile(w.values, q)
		w.values = append(w.values[:0], b...)
		return max(first, quantile(w.values, q))
	}
}

func largest(x []float64) float64 {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}
