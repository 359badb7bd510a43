package dataset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// cocoTruth is an image's annotations. Drawn, they are mask values: ids of categories.
type cocoTruth struct {
	index    *cocoIndex
	image    int
	pictures place // of panoptic truths
	smaller  bool  // overlapping instances: the smaller one wins
}

// cocoAnnotation is one of the file.
type cocoAnnotation struct {
	Category     int             `json:"category_id"`
	Crowd        int             `json:"iscrowd"`
	Segmentation json.RawMessage `json:"segmentation"`
	File         string          `json:"file_name"`
	Segments     []struct {
		ID       int `json:"id"`
		Category int `json:"category_id"`
	} `json:"segments_info"`
}

func (c *cocoTruth) draw(name string, v *Values, buf *bytes.Buffer, width, height int) (sum [32]byte, err error) {
	defer recovered(name, &err)
	i := c.index.images[c.image]
	if i.width > 0 {
		width, height = int(i.width), int(i.height)
	}
	hash := sha256.New()
	annotations := make([]cocoAnnotation, i.count)
	for k := range annotations {
		at := c.index.annotations[int(i.first)+k]
		raw := make([]byte, at.length)
		if _, err := c.index.file.ReadAt(raw, at.offset); err != nil {
			return sum, fault.Dataf("reading %s: %w", name, err)
		}
		if err := readJSON(raw, &annotations[k]); err != nil {
			return sum, fault.Dataf("%s: annotation %d of its image: %w", name, k, err)
		}
		if id := annotations[k].Category; id < 0 || id > maxCategory {
			return sum, fault.Dataf("%s: annotation %d of its image has category %d: expected one from 0 to %d", name, k, id, maxCategory)
		}
		hash.Write(raw)
	}
	if c.index.panoptic {
		var file []byte
		if file, err = c.drawPanoptic(name, v, buf, annotations); err == nil {
			hash.Write(file)
		}
	} else {
		err = c.drawInstances(name, v, annotations, width, height)
	}
	hash.Sum(sum[:0])
	return sum, err
}

// shape is an instance as it is painted.
type shape struct {
	runs  []runs
	area  int
	value uint16
}

// drawInstances paints crowds first, and then the instances in the order of the file, or the larger ones first.
func (c *cocoTruth) drawInstances(name string, v *Values, annotations []cocoAnnotation, width, height int) error {
	if width < 1 || height < 1 {
		return fault.Dataf("%s: its size is not known: expected width and height in the file's images", name)
	}
	v.resize(width, height)
	for i := range v.Value {
		v.Value[i] = cocoUnlabelled
	}
	shapes := make([]shape, 0, len(annotations))
	var o outliner
	for k, a := range annotations {
		s := shape{value: uint16(a.Category)}
		if a.Crowd != 0 {
			s.value = cocoCrowd
		}
		var err error
		if s.runs, err = o.segmentation(a.Segmentation, width, height); err != nil {
			return fault.Dataf("%s: annotation %d of its image: %w", name, k, err)
		}
		for _, r := range s.runs {
			s.area += r.area()
		}
		shapes = append(shapes, s)
	}
	slices.SortStableFunc(shapes, func(a, b shape) int {
		switch crowds := cmp.Compare(crowdLast(a), crowdLast(b)); {
		case crowds != 0 || !c.smaller:
			return crowds
		}
		return cmp.Compare(b.area, a.area)
	})
	for _, s := range shapes {
		for _, r := range s.runs {
			r.paint(v, s.value)
		}
	}
	return nil
}

func crowdLast(s shape) int {
	if s.value == cocoCrowd {
		return 0
	}
	return 1
}

// segmentation reads polygons, or run lengths as a list or compressed.
func (o *outliner) segmentation(raw json.RawMessage, width, height int) ([]runs, error) {
	if len(raw) > 0 && raw[0] == '[' {
		var polygons [][]float64
		if err := readJSON(raw, &polygons); err != nil {
			return nil, fmt.Errorf("segmentation: %w", err)
		}
		var list []runs
		for _, p := range polygons {
			r, err := o.polygon(p, width, height)
			if err != nil {
				return nil, err
			}
			list = append(list, slices.Clone(r))
		}
		return list, nil
	}
	var rle struct {
		Size   [2]int          `json:"size"`
		Counts json.RawMessage `json:"counts"`
	}
	if len(raw) == 0 || raw[0] != '{' {
		return nil, fmt.Errorf("segmentation: expected polygons, or run lengths with size and counts, found %s", cmp.Or(shortened(raw), "nothing"))
	}
	if err := readJSON(raw, &rle); err != nil {
		return nil, fmt.Errorf("segmentation: its run lengths: %w", err)
	}
	if rle.Counts == nil {
		return nil, errors.New("segmentation: expected polygons, or run lengths with size and counts, found no counts")
	}
	if rle.Size != [2]int{height, width} {
		return nil, fmt.Errorf("its run lengths are for %d×%d pixels: the image has %d×%d", rle.Size[1], rle.Size[0], width, height)
	}
	var r runs
	if rle.Counts[0] == '"' {
		var text string
		err := readJSON(rle.Counts, &text)
		if err == nil {
			r, err = unpackRuns(text, nil)
		}
		if err != nil {
			return nil, err
		}
	} else if err := readJSON(rle.Counts, &r); err != nil {
		return nil, fmt.Errorf("its run lengths: %w", err)
	}
	return []runs{r}, r.check(width, height)
}

// shortened is the beginning of a text.
func shortened(raw []byte) string { return string(raw[:min(len(raw), 40)]) }

// drawPanoptic reads the PNG of segment ids, R + 256·G + 65536·B, and gives each pixel its segment's category.
func (c *cocoTruth) drawPanoptic(name string, v *Values, buf *bytes.Buffer, annotations []cocoAnnotation) (file []byte, err error) {
	if len(annotations) != 1 {
		return nil, fault.Dataf("%s has %d annotations: expected one", name, len(annotations))
	}
	a := annotations[0]
	if err := checkMember(c.index.name, a.File); err != nil {
		return nil, err
	}
	ref := c.pictures.ref(a.File)
	if _, err := ref.read(buf); err != nil {
		return nil, err
	}
	img, _, err := decode(ref.Name, buf.Bytes())
	if err != nil {
		return nil, err
	}
	var p raster.Picture
	toPicture(&p, img)
	categories := map[int]uint16{0: cocoUnlabelled}
	for _, s := range a.Segments {
		if s.Category < 0 || s.Category > maxCategory {
			return nil, fault.Dataf("%s: segment %d has category %d: expected one from 0 to %d", name, s.ID, s.Category, maxCategory)
		}
		if _, twice := categories[s.ID]; twice {
			return nil, fault.Dataf("%s: segment %d stands twice in segments_info, or is 0, which is no segment", name, s.ID)
		}
		categories[s.ID] = uint16(s.Category)
	}
	v.resize(p.Width, p.Height)
	last, value := 0, uint16(cocoUnlabelled)
	for i := range v.Value {
		if id := int(p.Pix[3*i]) | int(p.Pix[3*i+1])<<8 | int(p.Pix[3*i+2])<<16; id != last {
			known := false
			if value, known = categories[id]; !known {
				return nil, fault.Dataf("%s: segment %d at (%d,%d) is not in segments_info of %s", ref.Name, id, i%p.Width, i/p.Width, c.index.name)
			}
			last = id
		}
		v.Value[i] = value
	}
	return buf.Bytes(), nil
}
