package dataset

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:   "webdataset",
		Doc:    "webdataset: tar files, plain or gzip, whose members of one stem are a sample (a.jpg with a.seg.png or a.png); shards by {000..009}, glob or folder; image_key and mask_key are extensions",
		Layout: "tar files such as val-000000.tar",
		Needs:  []string{"path"},
		Find: func(p place) string {
			if dir, names := shardNames(p, isTar); len(names) > 0 && p.hasFiles() {
				return "it has " + dir.at(names[0]).name
			}
			return ""
		},
		Files: isTar,
		Resolve: func(o *Options, root place) error {
			return resolveShards(o, root, isTar)
		},
		Open: openWebdataset,
	})
}

var tarEndings = []string{".tar", ".tar.gz", ".tgz"}

func isTar(name string) bool {
	return slices.ContainsFunc(tarEndings, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) })
}

// Extensions of a sample's members, in the order in which they are tried.
var (
	sampleImages = []string{"jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "image.png", "image.jpg", "img.png", "img.jpg"}
	sampleMasks  = []string{"seg.png", "mask.png", "label.png", "labels.png", "gt.png", "segmentation.png", "annotation.png", "seg", "mask", "png", "tif", "tiff"}
)

func openWebdataset(o Options) (iter.Seq2[Item, error], error) {
	files, err := o.shards(tarEndings)
	if err != nil {
		return nil, err
	}
	w := &tarReader{images: sampleImages, masks: sampleMasks, unpaired: o.Unpaired, open: func(file string) (*os.File, error) { return o.openFile("dataset.path", file) }}
	if o.ImageKey != "" {
		w.images = []string{strings.ToLower(strings.TrimPrefix(o.ImageKey, "."))}
	}
	if o.MaskKey != "" {
		w.masks = []string{strings.ToLower(strings.TrimPrefix(o.MaskKey, "."))}
	}
	return func(yield func(Item, error) bool) {
		for _, file := range files {
			if !w.shard(file, shardPrefix(file, len(files)), yield) {
				return
			}
		}
	}, nil
}

// tarReader reads shards, one member at a time.
type tarReader struct {
	images, masks []string
	unpaired      bool
	open          opener
}

// opener opens a shard again: what lies in a cache may have been taken out of it.
type opener func(file string) (*os.File, error)

// sample is the members of one stem.
type sample struct {
	key     string
	members map[string]Ref // by extension
	held    int64          // bytes
	err     error
}

// shard yields a tar file's samples. Members of a plain file are referred to by their place; those of a compressed one are
// carried along. It returns false when the listing is over.
func (w *tarReader) shard(file, prefix string, yield func(Item, error) bool) bool {
	last := "" // member
	fail := func(err error) bool {
		yield(Item{}, fault.Dataf("%s: %w", file, explainTar(err, last)))
		return false
	}
	f, err := w.open(file)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	members, err := openTar(file, f, w.open)
	if err != nil {
		return fail(err)
	}
	var s sample
	for {
		h, err := members.tar.Next()
		if err == io.EOF {
			if s.key != "" && !w.yield(file, prefix, &s, yield) {
				return false
			}
			if err := members.rest(); err != nil {
				return fail(err)
			}
			return true
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return fail(err)
		}
		last = h.Name
		if err := checkMember(file, h.Name); err != nil {
			yield(Item{}, err)
			return false
		}
		key, ext := sampleName(h)
		if ext == "" {
			continue
		}
		if key != s.key {
			if s.key != "" && !w.yield(file, prefix, &s, yield) {
				return false
			}
			s = sample{key: key, members: map[string]Ref{}}
		}
		if slices.Contains(w.images, ext) || slices.Contains(w.masks, ext) {
			if err := s.add(members, h, ext); err != nil {
				return fail(err)
			}
		} else if members.packed != nil && h.Size > maxFileBytes { // it would be unpacked for nothing
			return fail(fmt.Errorf("its member %s claims to have %d bytes: expected at most %d in a compressed file", h.Name, h.Size, maxFileBytes))
		}
	}
}

// sampleName cuts a member's name at the first dot of its last element; ext is "" for what is no part of a sample.
func sampleName(h *tar.Header) (key, ext string) {
	name := strings.TrimPrefix(h.Name, "./")
	base := path.Base(name)
	stem, ext, found := strings.Cut(base, ".")
	if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader || !found || stem == "" {
		return "", ""
	}
	return path.Join(path.Dir(name), stem), strings.ToLower(ext)
}

// tarMembers are the members of a file.
type tarMembers struct {
	file   string
	open   opener
	seeker io.Seeker
	tar    *tar.Reader
	packed io.Reader // what gzip unpacks; nil for a plain file
}

// openTar begins with a file, plain or compressed by gzip.
func openTar(file string, f *os.File, open opener) (*tarMembers, error) {
	var magic [6]byte
	n, _ := f.ReadAt(magic[:], 0) // of a shorter file tar says what is wrong
	if n == 0 {
		return nil, errors.New("it is empty: it has 0 bytes")
	}
	if kind := packedBy(magic[:n]); kind != "" && kind != "gzip" {
		return nil, fmt.Errorf("it is compressed by %s: expected a tar file, plain or compressed by gzip; unpack it", kind)
	}
	m := &tarMembers{file: file, open: open, seeker: f, tar: tar.NewReader(f)}
	if packedBy(magic[:n]) == "" {
		return m, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, err
	}
	unpacked := bufio.NewReader(z)
	inner, _ := unpacked.Peek(6) // what is wrong comes with the first member
	if kind := packedBy(inner); kind != "" {
		return nil, fmt.Errorf("it is compressed twice, by gzip and within by %s: unpack it once", kind)
	}
	m.tar, m.packed = tar.NewReader(unpacked), unpacked
	return m, nil
}

// packedBy names what compressed a file, by how it begins; "" for none.
func packedBy(magic []byte) string {
	for kind, begins := range map[string]string{"gzip": "\x1f\x8b", "bzip2": "BZh", "xz": "\xfd7zXZ\x00", "zstd": "\x28\xb5\x2f\xfd", "lz4": "\x04\x22\x4d\x18"} {
		if bytes.HasPrefix(magic, []byte(begins)) {
			return kind
		}
	}
	return ""
}

// maxPadding bounds what may follow the end of a compressed tar file: writers fill blocks with zeros.
const maxPadding = 64 << 20

// rest reads to the end of a compressed file, where its checksum stands.
func (m *tarMembers) rest() error {
	if m.packed == nil {
		return nil
	}
	if n, err := io.CopyN(io.Discard, m.packed, maxPadding+1); err != io.EOF {
		return cmp.Or(err, fmt.Errorf("more than %d bytes follow the end of its members", n-1))
	}
	return nil
}

// explainTar says what is wrong with a file in a user's words; last is the member before.
func explainTar(err error, last string) error {
	where := ""
	if last != "" {
		where = ", in or after its member " + last
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the file is cut off%s: copy it again", where)
	case errors.Is(err, tar.ErrHeader) && last == "":
		return fmt.Errorf("not a tar file, or a damaged one: its first header is not tar's")
	case errors.Is(err, tar.ErrHeader), errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("the file is damaged%s (%w): copy it again", where, err)
	}
	return err
}

// add takes a member. What is wrong with it alone is the sample's error.
func (s *sample) add(m *tarMembers, h *tar.Header, ext string) error {
	name := m.file + ": " + h.Name
	_, sparse := h.PAXRecords["GNU.sparse.major"]
	switch _, twice := s.members[ext]; {
	case h.Typeflag == tar.TypeSymlink, h.Typeflag == tar.TypeLink:
		s.err = fault.Dataf("%s is a link to %q: refused; pack the file itself (tar --dereference --hard-dereference)", name, h.Linkname)
		return nil
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
		s.err = fault.Dataf("%s is a device or a pipe: expected a file", name)
		return nil
	case twice:
		s.err = fault.Dataf("%s stands twice", name)
		return nil
	case sparse, h.Typeflag == tar.TypeGNUSparse:
		s.err = fault.Dataf("%s is a sparse file: pack it anew without holes", name)
		return nil
	case m.packed != nil:
		return s.hold(m, h, name, ext)
	}
	at, err := m.seeker.Seek(0, io.SeekCurrent)
	s.members[ext] = Ref{Name: name, content: &section{m.file, m.open, at, h.Size}}
	return err
}

// hold carries a member of a compressed file along.
func (s *sample) hold(m *tarMembers, h *tar.Header, name, ext string) error {
	if s.held += max(h.Size, 0); h.Size < 0 || s.held > maxPacked {
		s.err = fault.Dataf("%s claims to have %d bytes: expected at most %d in all of a sample", name, h.Size, maxPacked)
		return nil
	}
	var buf bytes.Buffer
	if err := readClaimed(name, m.tar, h.Size, maxPacked, &buf); err != nil {
		return err
	}
	s.members[ext] = Ref{Name: name, content: &held{buf.Bytes()}}
	return nil
}

// yield makes an item of a sample.
func (w *tarReader) yield(file, prefix string, s *sample, yield func(Item, error) bool) bool {
	item := Item{Name: prefix + s.key}
	if s.err != nil {
		return yield(item, s.err)
	}
	image, mask := s.choose(w)
	switch {
	case image == "":
		return yield(item, fault.Dataf("%s: sample %s has no image: expected one of %s, found %s; dataset.image_key names another", file, s.key, strings.Join(w.images, ", "), s.found()))
	case mask == "" && !w.unpaired:
		return yield(item, fault.Dataf("%s: sample %s has no mask: expected one of %s, found %s; dataset.mask_key names another", file, s.key, strings.Join(w.masks, ", "), s.found()))
	}
	item.Name, item.Image, item.Mask = prefix+s.key+"."+image, s.members[image], s.members[mask]
	return yield(item, nil)
}

// choose finds the mask first: what is one by its extension is not the image. A bare png is a mask only beside another
// image.
func (s *sample) choose(w *tarReader) (image, mask string) {
	for _, ext := range w.images {
		if _, ok := s.members[ext]; ok {
			image = ext
			break
		}
	}
	for _, ext := range w.masks {
		if _, ok := s.members[ext]; ok && ext != image {
			return image, ext
		}
	}
	return image, ""
}

func (s *sample) found() string {
	var list []string
	for ext := range s.members {
		list = append(list, "."+ext)
	}
	if list == nil {
		return "none of them"
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// held is content that is carried in memory, because it comes from a stream.
type held struct{ bytes []byte }

func (h *held) read(_ string, buf *bytes.Buffer) error {
	_, err := buf.Write(h.bytes)
	return err
}

// section is content that lies in a file as it is.
type section struct {
	file         string
	open         opener
	offset, size int64
}

func (s *section) read(name string, buf *bytes.Buffer) error {
	f, err := s.open(s.file)
	if err != nil {
		return fault.Dataf("opening a picture: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() < s.offset+s.size {
		return fault.Dataf("%s: %w", name, errors.Join(fmt.Errorf("its %d bytes are not all in the file: it is cut off", s.size), err))
	}
	return readClaimed(name, io.NewSectionReader(f, s.offset, s.size), s.size, maxFileBytes, buf)
}
