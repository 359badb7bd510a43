package compat

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// Total brings images together under the conventions of the profiles. Its size depends on classes and profiles alone.
type Total struct {
	profiles []Profile
	classes  []string
	matrix   []int64 // of the dataset
	image    counts  // the image's
	sums     counts  // the dataset's
	single   singles // the dataset's in float32
	cells    []*cell
	index    map[key]*cell
	surfaces map[string][]float64 // the image's values, by measure; nil where the run does not measure it
	places   map[string]int       // of the measures of surfaces in Record.PerClass
	seen     []bool               // classes that some image has
	grouping [][]int              // classes by Cityscapes' categories; nil where their names are others
}

// key tells cells apart.
type key struct {
	of    *measure
	rules rules
}

// cell gathers a figure under one set of rules.
type cell struct {
	key
	image   mean
	classes []mean
	pairs   mean
}

// New makes room for the profiles' figures.
func New(profiles []Profile, c record.Columns) *Total {
	n := len(c.Classes)
	t := &Total{profiles: profiles, classes: c.Classes, matrix: make([]int64, n*n), image: newCounts(n), sums: newCounts(n), single: newSingles(n),
		index: map[key]*cell{}, surfaces: map[string][]float64{}, places: map[string]int{}, seen: make([]bool, n), grouping: cityscapesCategories(c.Classes)}
	for i, name := range c.PerClass {
		t.places[name] = i
	}
	for i := range profiles {
		p := &profiles[i]
		for f := range p.Figures {
			if figure := &p.Figures[f]; t.has(figure) == "" {
				for _, r := range p.paths(figure, n) {
					t.cell(figure.of, r)
				}
			}
		}
	}
	return t
}

// paths are all the rules that a figure is wanted under.
func (p *Profile) paths(f *Figure, classes int) []rules {
	r := f.base
	list := []rules{r}
	for i := range p.Conventions {
		c := &p.Conventions[i]
		if !c.concerns(f, classes) {
			continue
		}
		alone := f.base
		c.apply(&alone)
		list = append(list, alone)
		if !c.Choice {
			c.apply(&r)
			list = append(list, r)
		}
	}
	for i := range p.Conventions {
		if c := &p.Conventions[i]; c.Choice && c.concerns(f, classes) {
			with := r
			c.apply(&with)
			list = append(list, with)
		}
	}
	return list
}

// cell is the cell of a figure under rules, made when first asked for.
func (t *Total) cell(of *measure, r rules) *cell {
	k := key{of, r}
	if c, ok := t.index[k]; ok {
		return c
	}
	c := &cell{key: k, classes: make([]mean, len(t.classes))}
	t.index[k] = c
	if r.level != overDataset || of.surface != "" {
		t.cells = append(t.cells, c)
	}
	return c
}

// has says why a figure is not given; "" where it is.
func (t *Total) has(f *Figure) string {
	switch _, measured := t.places[f.of.surface]; {
	case f.of.surface != "" && !measured:
		return "the run does not measure " + f.of.surface + ": add it to score.metrics"
	case f.fits != nil:
		return f.fits(t.classes)
	}
	return ""
}

// Add adds an image that was scored, in input order.
func (t *Total) Add(r *record.Record) {
	t.image.load(r.Confusion)
	for i, n := range r.Confusion {
		t.matrix[i] += n
	}
	t.sums.add(&t.image)
	t.single.add(&t.image)
	for k := range t.seen {
		t.seen[k] = t.seen[k] || t.image.truth[k]+t.image.predicted[k] > 0
	}
	for _, c := range t.cells {
		c.add(t, r)
	}
}

func (c *counts) add(o *counts) {
	for k := range c.right {
		c.right[k] += o.right[k]
		c.truth[k] += o.truth[k]
		c.predicted[k] += o.predicted[k]
	}
	c.pixels += o.pixels
}

// add adds the image to the cell's means.
func (c *cell) add(t *Total, r *record.Record) {
	switch {
	case c.of.all != nil:
		c.image.add(c.of.all(&t.image))
		return
	case c.rules.pooled:
		c.image.add(c.rules.pool(c.of, &t.image))
		return
	}
	var image mean
	for k := c.rules.first(); k < len(c.classes); k++ {
		v := c.value(t, r, k)
		image.add(v)
		c.classes[k].add(v)
		c.pairs.add(v)
	}
	c.image.add(image.value())
}

// value is a class's figure in the image.
func (c *cell) value(t *Total, r *record.Record, k int) float64 {
	if c.of.surface == "" {
		return c.rules.class(c.of, &t.image, k)
	}
	if t.image.pixels == 0 {
		return math.NaN()
	}
	return c.rules.surfaceOf(c.of, &t.image, k, r.PerClass[t.places[c.of.surface]][k])
}

// figure is the finished figure, how many classes, images or pairs entered it, and every class's; nil where it has none.
func (c *cell) figure(t *Total) (value float64, n int, classes []float64) {
	r := &c.rules
	switch {
	case c.of.all != nil && r.level == overDataset:
		value, n = c.of.all(&t.sums), 1
		if value != value && t.sums.pixels > 0 {
			value = r.division.value()
		}
	case r.pooled && r.level == overDataset:
		value, n = t.pooled(c)
	case r.pooled, r.level == overImages:
		value, n = c.image.value(), c.image.n
	case r.level == overPairs:
		value, n = c.pairs.value(), c.pairs.n
	default:
		classes = c.byClass(t)
		value, n = r.meanOf(classes)
		if r.float32 {
			value = meanFloat32(classes[r.first():])
		}
	}
	return r.finish(value), n, classes
}

func (t *Total) pooled(c *cell) (float64, int) {
	if c.rules.float32 {
		return t.single.accuracy(), 1 // the one pooled figure of such a system
	}
	return c.rules.pool(c.of, &t.sums), 1
}

// byClass are the classes' figures: of the dataset's sums, or means over the images.
func (c *cell) byClass(t *Total) []float64 {
	if c.rules.categories {
		return t.byCategory(c.of)
	}
	list := make([]float64, len(c.classes))
	for k := range list {
		switch {
		case k < c.rules.first(), c.of.surface != "" && !t.seen[k]:
			list[k] = math.NaN()
		case c.rules.level == overDataset && c.of.surface == "":
			list[k] = c.rules.class(c.of, &t.sums, k)
			if c.rules.float32 {
				list[k] = t.single.class(c.of, k, list[k])
			}
		default:
			list[k] = c.classes[k].value()
		}
	}
	return list
}

// Result are the profiles' figures.
func (t *Total) Result() []record.CompatProfile {
	var list []record.CompatProfile
	for i := range t.profiles {
		p := &t.profiles[i]
		out := record.CompatProfile{Name: p.Name, Library: p.Library, Version: p.Version, Notes: p.Notes}
		for f := range p.Figures {
			figure := &p.Figures[f]
			if why := t.has(figure); why != "" {
				out.Absent = append(out.Absent, record.CompatAbsent{Name: figure.Name, Why: why})
				continue
			}
			out.Figures = append(out.Figures, t.result(p, figure))
		}
		list = append(list, out)
	}
	return list
}

// result walks from our figure to the system's, convention by convention.
func (t *Total) result(p *Profile, f *Figure) record.CompatFigure {
	value := func(r rules) float64 {
		v, _, _ := t.index[key{f.of, r}].figure(t)
		return v
	}
	ours := value(f.base)
	out := record.CompatFigure{Name: f.Name, Call: f.Call, Ours: f.Ours, OursValue: ours, Plain: f.of.plain}
	r, before := f.base, ours
	for i := range p.Conventions {
		c := &p.Conventions[i]
		if !c.concerns(f, len(t.classes)) || c.Choice {
			continue
		}
		alone := f.base
		c.apply(&alone)
		c.apply(&r)
		after := value(r)
		out.Steps = append(out.Steps, record.CompatStep{Convention: c.Name, By: after - before, Alone: value(alone) - ours, Value: after})
		before = after
	}
	var n int
	out.Value, n, out.Classes = t.index[key{f.of, r}].figure(t)
	out.NValid = n
	for i := range p.Conventions {
		if c := &p.Conventions[i]; c.Choice && c.concerns(f, len(t.classes)) {
			with := r
			c.apply(&with)
			out.Choices = append(out.Choices, record.CompatStep{Convention: c.Name, By: value(with) - before, Alone: math.NaN(), Value: value(with)})
		}
	}
	if r.categories {
		out.Classes = nil // a category is no class
	}
	if out.Classes != nil && !slices.ContainsFunc(out.Classes, func(x float64) bool { return x == x }) {
		out.Classes = nil
	}
	return out
}
