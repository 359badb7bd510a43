package losses

import "math"

// instances finds connected regions of a class, and how far every pixel is from the two nearest of them.
type instances struct {
	label    []int32 // of each pixel's region, from 1 on; 0: none
	queue    []int32
	vertical []nearTwo
}

// nearTwo is the nearest two different regions along a column: distance and region, region 0 where there is none.
type nearTwo struct {
	d1, d2 int32
	a, b   int32
}

// find labels the regions of pixels that touch, by a side or a corner, and have the same class above 0.
func (r *instances) find(labels []int16, width, height int) (count int32) {
	r.label = resize(r.label, len(labels))
	clear(r.label)
	for start, class := range labels {
		if class <= 0 || r.label[start] != 0 {
			continue
		}
		count++
		r.label[start] = count
		r.queue = append(r.queue[:0], int32(start))
		for len(r.queue) > 0 {
			i := int(r.queue[len(r.queue)-1])
			r.queue = r.queue[:len(r.queue)-1]
			x, y := i%width, i/width
			for ny := max(0, y-1); ny <= min(height-1, y+1); ny++ {
				for nx := max(0, x-1); nx <= min(width-1, x+1); nx++ {
					if j := ny*width + nx; labels[j] == class && r.label[j] == 0 {
						r.label[j] = count
						r.queue = append(r.queue, int32(j))
					}
				}
			}
		}
	}
	return count
}

// columns fills the nearest two regions along each column, by one sweep down and one up.
func (r *instances) columns(width, height int) {
	r.vertical = resize(r.vertical, width*height)
	for x := range width {
		var seen nearTwo
		for y := range height {
			seen.step(r.label[y*width+x])
			r.vertical[y*width+x] = seen
		}
		seen = nearTwo{}
		for y := height - 1; y >= 0; y-- {
			seen.step(r.label[y*width+x])
			v := &r.vertical[y*width+x]
			v.offer(seen.d1, seen.a)
			v.offer(seen.d2, seen.b)
		}
	}
}

// step goes one pixel on, to one of the given region.
func (v *nearTwo) step(region int32) {
	v.d1++
	v.d2++
	if region != 0 {
		v.offer(0, region)
	}
}

// offer takes a region at a distance where it is nearer than what is known.
func (v *nearTwo) offer(d, region int32) {
	switch {
	case region == 0:
	case region == v.a:
		v.d1 = min(v.d1, d)
	case v.a == 0 || d < v.d1:
		v.d2, v.b = v.d1, v.a
		v.d1, v.a = d, region
	case v.b == 0 || region == v.b && d < v.d2 || region != v.b && d < v.d2:
		v.d2, v.b = d, region
	}
}

// nearest returns the distances of pixel (x, y) to the two nearest regions, where both are within reach columns.
func (r *instances) nearest(x, y, width, reach int) (d1, d2 float64, ok bool) {
	var best nearTwo
	row := r.vertical[y*width:][:width]
	for dx := 0; dx <= reach; dx++ {
		square := int32(dx * dx)
		if best.b != 0 && square >= best.d2 {
			break
		}
		for _, nx := range [2]int{x - dx, x + dx} {
			if nx < 0 || nx >= width {
				continue
			}
			v := row[nx]
			if v.a != 0 {
				best.offer(square+v.d1*v.d1, v.a)
			}
			if v.b != 0 {
				best.offer(square+v.d2*v.d2, v.b)
			}
		}
	}
	return math.Sqrt(float64(best.d1)), math.Sqrt(float64(best.d2)), best.b != 0
}
