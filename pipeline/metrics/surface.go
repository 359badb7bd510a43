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
	Edges   string    `yaml:"edges" doc:"pixels: edge pixels, all alike; corners: corners of pixels that the contour passes, weighted by its length there, as surface-distance has them"`
	Ignored string    `yaml:"ignored" doc:"background: ignored pixels are background in both maps; dropped: edges are found in the whole maps, and edge pixels under ignored truth are left out then"`
}

func defaultSurface() SurfaceOptions {
	return SurfaceOptions{[]float64{1, 1}, "best", "pixels", "background"}
}

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
	case o.Edges != "pixels" && o.Edges != "corners":
		return fmt.Errorf("edges: expected pixels or corners, found %q", o.Edges)
	case o.Ignored != "background" && o.Ignored != "dropped":
		return fmt.Errorf("ignored: expected background or dropped, found %q", o.Ignored)
	case o.Edges == "corners" && o.Ignored == "dropped":
		return fmt.Errorf("ignored: dropped is of edge pixels, and edges are corners: take ignored: background")
	}
	return nil
}

// accumulator is that of a measure of surfaces, undefined where one map lacks the class.
func (o *SurfaceOptions) accumulator(name string, s Shape, of func(toPredicted, toTruth *sheet, w *workspace) float64) (surface, error) {
	if err := o.check(); err != nil {
		return surface{}, err
	}
	a := surface{name: name, classes: s.Classes, spacing: [2]float64(o.Spacing), oneSide: math.NaN(), of: of,
		outlining: outlining{corners: o.Edges == "corners", dropped: o.Ignored == "dropped"}}
	if o.Empty == "undefined" {
		a.empty = math.NaN()
	}
	return a, nil
}

// surface is the accumulator of one measure of surfaces. Its counts are, of every class, the images where the measure is
// defined, those where it is not though a map has the class, and those where a map has it; its sums are the values.
type surface struct {
	name    string // with its options
	classes int
	outlining
	spacing [2]float64
	empty   float64 // where neither map has the class
	oneSide float64 // where one map has it
	of      func(toPredicted, toTruth *sheet, w *workspace) float64
}

// Key says nothing of what is as by default, so that it stays what it was before there was a choice.
func (a surface) Key() string {
	key := fmt.Sprintf("surface %s %v %v", a.name, a.spacing, a.empty)
	if a.corners {
		key += " corners"
	}
	if a.dropped {
		key += " dropped"
	}
	return key
}

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
	o, s := m.Outlines(c.outlining, c.classes), m.Surfaces(c.outlining, c.spacing, c.classes)
	for class := range c.classes {
		truth, predicted := o.There(class)
		v := c.empty
		switch {
		case truth && predicted:
			v = c.of(&s.toPredicted[class], &s.toTruth[class], &m.workspace)
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
func newSurface(name string, o *SurfaceOptions, s Shape, of func(toPredicted, toTruth *sheet, w *workspace) float64) (Measure, error) {
	a, err := o.accumulator(name, s, of)
	return a.measure(), err
}

// distance fills in what definitions of distances have in common.
func distanceDefinition(d Definition) Definition {
	d.Family, d.Range = familySurface, "0 up, in units of the spacing"
	d.Undefined = "a class that one map alone has: counted as n_undefined"
	return d
}

// distanceMeasure registers a measure of distances without options of its own.
func distanceMeasure(d Definition, of func(toPredicted, toTruth *sheet) float64) {
	d = distanceDefinition(d)
	name := d.Name
	d.Options = func() any { o := defaultSurface(); return &o }
	d.New = func(options any, s Shape) (Measure, error) {
		return newSurface(name, options.(*SurfaceOptions), s, func(a, b *sheet, _ *workspace) float64 { return of(a, b) })
	}
	Register(d)
}

// DirectionOptions are the options of hd95.
type DirectionOptions struct {
	Directions     string `yaml:"directions" doc:"larger: the larger of the two directions' percentiles; together: the percentile of both directions' distances together, as medpy has it"`
	SurfaceOptions `yaml:",inline"`
}

// PercentileOptions are the options of hd_percentile.
type PercentileOptions struct {
	Percentile       float64 `yaml:"percentile" doc:"of the distances in either direction, 0 to 100"`
	DirectionOptions `yaml:",inline"`
}

func defaultDirections() DirectionOptions { return DirectionOptions{"larger", defaultSurface()} }

// at makes the measure of a percentile.
func (o *DirectionOptions) at(name string, q float64, s Shape) (Measure, error) {
	of := func(a, b *sheet, w *workspace) float64 { return max(w.quantile(q, a), w.quantile(q, b)) }
	switch o.Directions {
	case "larger":
	case "together":
		name += " together"
		of = func(a, b *sheet, w *workspace) float64 { return w.quantile(q, a, b) }
	default:
		return Measure{}, fmt.Errorf("directions: expected larger or together, found %q", o.Directions)
	}
	return newSurface(name, &o.SurfaceOptions, s, of)
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
compute_surface_dice) and scipy's distance transform.

With edges: corners they are those of DeepMind's surface-distance, against which they are held, too: a surface is the corners
between four pixels of which the class has some and not all, and each counts by the length of contour there. Percentiles are
then the first distance up to which that share of the length lies. surface-distance is undefined or infinite where both maps lack
the class: both_empty: undefined.`
	groups["surfaces"] = named("hd", "hd95", "assd", "masd", "nsd")
	distanceMeasure(Definition{Name: "hd", Formula: "Hausdorff distance: the larger of the two directions' largest distance.", Matches: "MONAI compute_hausdorff_distance; with edges: corners surface-distance compute_robust_hausdorff(100)",
		Paper: "Huttenlocher et al., Comparing images using the Hausdorff distance, 1993"}, func(a, b *sheet) float64 { return max(a.largest(), b.largest()) })
	hd95 := distanceDefinition(Definition{Name: "hd95", Formula: "Hausdorff distance at the 95th percentile: the larger of the two directions' 95th percentile, each by linear interpolation at rank 0.95·(n−1).",
		Matches: "MONAI compute_hausdorff_distance(percentile=95); MetricsReloaded; with directions: together medpy hd95; with edges: corners surface-distance compute_robust_hausdorff(95)",
		Options: func() any { o := defaultDirections(); return &o }})
	hd95.New = func(options any, s Shape) (Measure, error) { return options.(*DirectionOptions).at("hd95", 0.95, s) }
	Register(hd95)
	distanceMeasure(Definition{Name: "assd", Formula: "Average symmetric surface distance: the mean of the distances of both directions together.",
		Matches: "MONAI compute_average_surface_distance(symmetric=True); medpy assd"}, func(a, b *sheet) float64 { return (a.sum() + b.sum()) / (a.length() + b.length()) })
	distanceMeasure(Definition{Name: "masd", Formula: "Mean average surface distance: the mean of the two directions' means.",
		Matches: "MetricsReloaded measured_masd"}, func(a, b *sheet) float64 { return (a.mean() + b.mean()) / 2 })
	distanceMeasure(Definition{Name: "asd_of_truth", Formula: "Average surface distance of one direction: the mean of the distances from the truth's surface to the prediction's. Large where parts are missed.",
		Matches: "MONAI compute_average_surface_distance of prediction and truth exchanged; with edges: corners surface-distance compute_average_surface_distance, its first value"}, func(a, _ *sheet) float64 { return a.mean() })
	distanceMeasure(Definition{Name: "asd_of_prediction", Formula: "Average surface distance of the other direction: the mean of the distances from the prediction's surface to the truth's. Large where parts are invented.",
		Matches: "MONAI compute_average_surface_distance; with edges: corners surface-distance compute_average_surface_distance, its second value"}, func(_, b *sheet) float64 { return b.mean() })
	percentile := distanceDefinition(Definition{Name: "hd_percentile", Formula: "Hausdorff distance at a percentile, as hd95.", Matches: "MONAI compute_hausdorff_distance(percentile=p)",
		Options: func() any { return &PercentileOptions{95, defaultDirections()} }})
	percentile.New = func(options any, s Shape) (Measure, error) {
		o := options.(*PercentileOptions)
		if !(o.Percentile >= 0 && o.Percentile <= 100) {
			return Measure{}, fmt.Errorf("percentile: expected a number from 0 to 100, found %g", o.Percentile)
		}
		return o.at(fmt.Sprintf("hd %v", o.Percentile), o.Percentile/100, s)
	}
	Register(percentile)
	Register(Definition{Name: "nsd", Family: familySurface, Formula: "Normalised surface distance (surface Dice): the share of both maps' edge pixels that are no farther than the tolerance from the other's.",
		Range: "1 to 0", Undefined: "never; a class that one map alone has is 0", Matches: "MONAI compute_surface_dice; with edges: corners surface-distance compute_surface_dice_at_tolerance",
		Paper: "Nikolov et al., Clinically applicable segmentation of head and neck anatomy, 2021", Options: func() any { return &ToleranceOptions{1, defaultSurface()} }, New: newNSD})
}

func newNSD(options any, s Shape) (Measure, error) {
	o := options.(*ToleranceOptions)
	if !(o.Tolerance >= 0 && o.Tolerance <= 1e9) {
		return Measure{}, fmt.Errorf("tolerance: expected a number from 0 on, found %g", o.Tolerance)
	}
	a, err := o.accumulator(fmt.Sprintf("nsd %v", o.Tolerance), s, func(x, y *sheet, _ *workspace) float64 {
		return (x.within(o.Tolerance) + y.within(o.Tolerance)) / (x.length() + y.length())
	})
	a.oneSide = 0
	if a.empty == 0 {
		a.empty = 1
	}
	return a.measure(), err
}
