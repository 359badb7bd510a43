package dataset

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// cocoIndex says where in COCO's JSON file what stands: some tens of bytes an image and an annotation, whose polygons stay
// in the file until they are drawn.
type cocoIndex struct {
	name        string // for messages
	file        io.ReaderAt
	images      []cocoImage
	names       []byte // the images' names, one after the other
	annotations []cocoPlace
	categories  []cocoCategory
	known       map[int]bool // the categories' ids
	panoptic    bool         // truths are in PNG files
}

type cocoImage struct {
	id            int64
	name          uint64 // where it ends in names
	width, height int32  // 0 where the file does not say
	first         int32  // of its annotations
	count         int32
}

// cocoPlace is where an annotation stands.
type cocoPlace struct {
	image  int64 // the id
	offset int64
	length int32
}

type cocoCategory struct {
	ID    int       `json:"id"`
	Name  string    `json:"name"`
	Color *[3]uint8 `json:"color"`
}

// imageName is the file name of image i.
func (x *cocoIndex) imageName(i int) string {
	from := uint64(0)
	if i > 0 {
		from = x.images[i-1].name
	}
	return string(x.names[from:x.images[i].name])
}

// cocoFiles are the indexes of files that were read; see zips.
var cocoFiles struct {
	sync.Mutex
	read map[zipKey]*cocoIndex
}

// openCOCO reads a JSON file's index, once.
func (o *Options) openCOCO(key, name string) (*cocoIndex, error) {
	p, base, err := o.locate(key, name)
	if err != nil {
		return nil, err
	}
	info, err := p.stat(base)
	if err != nil {
		return nil, fault.Usagef("%s: %w", key, err)
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, fault.Usagef("%s: %w", key, err)
	}
	id := zipKey{absolute, info.Size(), info.ModTime()}
	if bucket.Is(name) { // the name of its copy says which version it is
		f, err := p.openFile(base)
		if err != nil {
			return nil, err
		}
		id.name = f.Name()
		f.Close()
	}
	cocoFiles.Lock()
	defer cocoFiles.Unlock()
	if x := cocoFiles.read[id]; x != nil {
		return x, nil
	}
	x := &cocoIndex{name: name}
	if err := x.read(p, base); err != nil {
		return nil, fault.Dataf("%s: %w", name, err)
	}
	if cocoFiles.read == nil {
		cocoFiles.read = map[zipKey]*cocoIndex{}
	}
	cocoFiles.read[id] = x
	return x, nil
}

// read reads the file. One in a zip file is held in memory, as places in it cannot be read by themselves.
func (x *cocoIndex) read(p place, base string) error {
	if p.hasFiles() {
		f, err := p.openFile(base)
		if err != nil {
			return err
		}
		x.file = f
		return x.scan(f)
	}
	var buf bytes.Buffer
	if _, err := p.ref(base).read(&buf); err != nil {
		return err
	}
	x.file = bytes.NewReader(buf.Bytes())
	return x.scan(bytes.NewReader(buf.Bytes()))
}

// scan walks over the file once, an element of its lists at a time.
func (x *cocoIndex) scan(r io.Reader) error {
	b := &budget{r: r}
	s := &jsonWalk{dec: json.NewDecoder(b), budget: b}
	err := s.object(func(key string) error {
		switch key {
		case "images":
			return s.list(x.addImage)
		case "annotations":
			return s.list(x.addAnnotation)
		case "categories":
			return s.list(x.addCategory)
		}
		return s.skip()
	})
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return explainJSON(err, s.dec.InputOffset())
	}
	if len(x.images) == 0 || len(x.categories) == 0 {
		return fmt.Errorf("%d images and %d categories: expected COCO's JSON with images, annotations and categories", len(x.images), len(x.categories))
	}
	return x.join()
}

func (x *cocoIndex) addImage(raw []byte, _ int64) error {
	var i struct {
		ID            *int64 `json:"id"`
		Name          string `json:"file_name"`
		Width, Height int
	}
	if err := readJSON(raw, &i); err != nil {
		return fmt.Errorf("image %d of the list: %w", len(x.images), err)
	}
	if i.ID == nil || i.Name == "" {
		return fmt.Errorf("image %d of the list: expected id and file_name", len(x.images))
	}
	if i.Width != 0 || i.Height != 0 {
		if err := checkSize("image "+i.Name, i.Width, i.Height); err != nil {
			return err
		}
	}
	x.names = append(x.names, i.Name...)
	x.images = append(x.images, cocoImage{id: *i.ID, name: uint64(len(x.names)), width: int32(i.Width), height: int32(i.Height)})
	return nil
}

func (x *cocoIndex) addAnnotation(raw []byte, offset int64) error {
	var a struct {
		Image *int64 `json:"image_id"`
	}
	if err := readJSON(raw, &a); err != nil {
		return fmt.Errorf("annotation %d of the list: %w", len(x.annotations), err)
	}
	if a.Image == nil {
		return fmt.Errorf("annotation %d of the list has no image_id", len(x.annotations))
	}
	x.panoptic = x.panoptic || len(x.annotations) == 0 && bytes.Contains(raw, []byte(`"segments_info"`))
	x.annotations = append(x.annotations, cocoPlace{*a.Image, offset, int32(len(raw))})
	return nil
}

// maxCategory is the largest id: mask values above it have meanings of their own.
const maxCategory = cocoCrowd - 1

func (x *cocoIndex) addCategory(raw []byte, _ int64) error {
	var c cocoCategory
	if err := readJSON(raw, &c); err != nil {
		return fmt.Errorf("category %d of the list: %w", len(x.categories), err)
	}
	if c.Name == "" {
		return fmt.Errorf("category %d of the list: expected id and name", len(x.categories))
	}
	if x.known[c.ID] {
		return fmt.Errorf("two categories have id %d", c.ID)
	}
	if x.known == nil {
		x.known = map[int]bool{}
	}
	x.known[c.ID] = true
	if c.ID < 0 || c.ID > maxCategory {
		return fmt.Errorf("category %q has id %d: expected one from 0 to %d", c.Name, c.ID, maxCategory)
	}
	x.categories = append(x.categories, c)
	return nil
}

// join brings the annotations in the order of their images.
func (x *cocoIndex) join() error {
	order := make([]int32, len(x.images)) // by id
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(x.images[a].id, x.images[b].id) })
	for i := 1; i < len(order); i++ {
		if x.images[order[i]].id == x.images[order[i-1]].id {
			return fmt.Errorf("two images have id %d", x.images[order[i]].id)
		}
	}
	slices.SortStableFunc(x.annotations, func(a, b cocoPlace) int { return cmp.Compare(a.image, b.image) })
	at := 0
	for first := 0; first < len(x.annotations); {
		id := x.annotations[first].image
		end := first + 1
		for end < len(x.annotations) && x.annotations[end].image == id {
			end++
		}
		for at < len(order) && x.images[order[at]].id < id {
			at++
		}
		if at == len(order) || x.images[order[at]].id != id {
			return fmt.Errorf("an annotation belongs to image %d, which is not in the file", id)
		}
		i := &x.images[order[at]]
		i.first, i.count = int32(first), int32(end-first)
		first = end
	}
	return nil
}

// budget bounds how much is read for one element: a decoder holds that in memory.
type budget struct {
	r    io.Reader
	used int
}

// maxElement bounds an element of a JSON file's lists.
const maxElement = 64 << 20

func (b *budget) Read(p []byte) (int, error) {
	if b.used > maxElement {
		return 0, fmt.Errorf("an element is larger than %d bytes", maxElement)
	}
	n, err := b.r.Read(p)
	b.used += n
	return n, err
}

// jsonWalk reads a JSON file piece by piece.
type jsonWalk struct {
	dec    *json.Decoder
	budget *budget
	raw    json.RawMessage
}

func (s *jsonWalk) expect(want json.Delim) error {
	token, err := s.dec.Token()
	if err == nil && token != want {
		err = fmt.Errorf("expected %q, found %v", want.String(), token)
	}
	return err
}

// object calls for every key, whose value must be read then.
func (s *jsonWalk) object(value func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return err
		}
		if err := value(fmt.Sprint(key)); err != nil {
			return err
		}
	}
	return s.expect('}')
}

// list calls for every element with its text, which is valid during the call, and where it begins.
func (s *jsonWalk) list(element func(raw []byte, offset int64) error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for s.dec.More() {
		s.budget.used = 0
		if err := s.dec.Decode(&s.raw); err != nil {
			return err
		}
		if err := element(s.raw, s.dec.InputOffset()-int64(len(s.raw))); err != nil {
			return err
		}
	}
	s.budget.used = 0
	return s.expect(']')
}

// skip reads over a value, a token at a time.
func (s *jsonWalk) skip() error {
	for depth := 0; ; {
		s.budget.used = 0
		token, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// end expects that nothing follows.
func (s *jsonWalk) end() error {
	s.budget.used = 0
	switch token, err := s.dec.Token(); {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("expected the file's end, found %v: are these two files in one?", token)
	}
}

// explainJSON says where a file is not what it should be.
func explainJSON(err error, offset int64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut off: its JSON ends too early")
	}
	return fmt.Errorf("near byte %d: %w", offset, plainJSON(err))
}
