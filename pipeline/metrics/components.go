package metrics

import "github.com/segmetry/segmetry/internal/raster"

// run is a stretch of one class in a row, columns from (with) to (without).
type run struct {
	from, to int32
	object   int32 // −1: ignored pixels, which belong to none
	class    int16
}

// components are the objects of a label map: connected regions of one class. Time is linear in the pixels, but for the
// inverse Ackermann function of union and find, over runs instead of pixels.
type components struct {
	runs    []run
	rows    []int32 // where each row's runs begin, and where the last one's end
	classes []int16 // of every object, in the order of their first pixels
	areas   []int64
	parents []int32
}

// find finds the objects; eight says that pixels connect over corners, too.
func (o *components) find(labels []int16, width, height int, eight bool) {
	o.runs, o.rows, o.parents = o.runs[:0], o.rows[:0], o.parents[:0]
	reach := int32(0)
	if eight {
		reach = 1
	}
	for y := range height {
		o.rows = append(o.rows, int32(len(o.runs)))
		row := labels[y*width:][:width]
		for x := 0; x < width; {
			end, class := x+1, row[x]
			for end < width && row[end] == class {
				end++
			}
			o.parents = append(o.parents, int32(len(o.runs)))
			o.runs = append(o.runs, run{int32(x), int32(end), 0, class})
			x = end
		}
		if y > 0 {
			o.connect(o.rows[y-1], o.rows[y], reach)
		}
	}
	o.rows = append(o.rows, int32(len(o.runs)))
	o.number()
}

// connect joins the runs from the second index on with those between the two where they touch.
func (o *components) connect(above, here, reach int32) {
	i := above
	for j := here; int(j) < len(o.runs); j++ {
		r := &o.runs[j]
		for i < here && o.runs[i].to+reach <= r.from {
			i++
		}
		for k := i; k < here && o.runs[k].from < r.to+reach; k++ {
			if o.runs[k].class == r.class && r.class != raster.Ignored {
				o.join(k, j)
			}
		}
	}
}

func (o *components) root(i int32) int32 {
	for o.parents[i] != i {
		o.parents[i] = o.parents[o.parents[i]]
		i = o.parents[i]
	}
	return i
}

// join keeps the earlier run as root: objects are numbered in raster order.
func (o *components) join(i, j int32) {
	i, j = o.root(i), o.root(j)
	o.parents[max(i, j)] = min(i, j)
}

// number gives every run its object.
func (o *components) number() {
	o.classes, o.areas = o.classes[:0], o.areas[:0]
	for i := range o.runs {
		r := &o.runs[i]
		if r.class == raster.Ignored {
			r.object = -1
			continue
		}
		if root := o.root(int32(i)); int(root) != i {
			r.object = o.runs[root].object
		} else {
			r.object = int32(len(o.classes))
			o.classes, o.areas = append(o.classes, r.class), append(o.areas, 0)
		}
		o.areas[r.object] += int64(r.to - r.from)
	}
}

// overlaps calls yield for every stretch of a row where a run of a and one of b lie over each other.
func overlaps(a, b *components, yield func(x, y *run, pixels int64)) {
	for row := range len(a.rows) - 1 {
		i, j := a.rows[row], b.rows[row]
		for i < a.rows[row+1] && j < b.rows[row+1] {
			x, y := &a.runs[i], &b.runs[j]
			yield(x, y, int64(min(x.to, y.to)-max(x.from, y.from)))
			if x.to <= y.to {
				i++
			}
			if y.to <= x.to {
				j++
			}
		}
	}
}

// objectMaps are the objects of both maps under one connectivity.
type objectMaps struct {
	eight, whole     bool // whole: of the prediction with its ignored pixels
	known            bool
	truth, predicted components
}

// Objects returns both maps' objects. Without whole, ignored pixels belong to no object of either.
func (m *Maps) Objects(eight, whole bool) *objectMaps {
	w := &m.workspace
	var o *objectMaps
	for _, have := range w.objects {
		if have.eight == eight && have.whole == whole {
			o = have
		}
	}
	if o == nil {
		o = &objectMaps{eight: eight, whole: whole}
		w.objects = append(w.objects, o)
	}
	if o.known {
		return o
	}
	o.known = true
	predicted := m.Clean()
	if whole {
		predicted = m.Predicted
	}
	o.truth.find(m.Truth, m.Width, m.Height, eight)
	o.predicted.find(predicted, m.Width, m.Height, eight)
	return o
}
