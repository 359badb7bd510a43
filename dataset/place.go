package dataset

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// place is a folder: one of the disk, or one within a zip file. All formats list places, so that each of them may lie in a
// zip file.
type place struct {
	name string // for messages; the path where it lies on the disk
	fsys fs.FS  // nil: the disk
	dir  string // within fsys
}

// openPlace opens the folder that a key names: a folder, a zip file, or a folder in a zip file (data.zip/images).
func (o *Options) openPlace(key, name string) (place, error) {
	if bucket.Is(name) {
		return o.openBucket(key, name)
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		return place{name: name}, nil
	}
	archive, inside := zipPart(name)
	if archive == "" {
		if err != nil {
			return place{}, fault.Usagef("%s: %w: expected a folder or a zip file", key, err)
		}
		return place{}, fault.Usagef("%s: %s is a file: expected a folder or a zip file", key, name)
	}
	file, err := os.Open(archive)
	if err != nil {
		return place{}, fault.Dataf("opening a zip file: %w", err)
	}
	return openZipIn(key, archive, file, inside)
}

// openZipIn opens a folder within a zip file.
func openZipIn(key, name string, file *os.File, inside string) (place, error) {
	p, err := openZip(name, file)
	if err != nil {
		return place{}, err
	}
	p = p.at(inside)
	if info, err := p.stat("."); err != nil || !info.IsDir() {
		return place{}, fault.Usagef("%s: there is no folder %s in %s", key, inside, name)
	}
	return p, nil
}

// zipPart cuts a path after the zip file in it; archive is "" where none is there.
func zipPart(name string) (archive, inside string) {
	for at := name; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil {
			if !info.Mode().IsRegular() || !strings.EqualFold(filepath.Ext(at), ".zip") {
				return "", ""
			}
			return at, path.Join(".", filepath.ToSlash(name[len(at):]))
		}
		if at == filepath.Dir(at) {
			return "", ""
		}
	}
}

// zips are the zip files that are open. They stay open, and what they list is kept once, as their items are read as long as
// the program runs.
var zips struct {
	sync.Mutex
	open map[zipKey]*zip.Reader
}

// zipKey tells a zip file from what may lie there later.
type zipKey struct {
	name     string
	size     int64
	modified time.Time
}

// openZip opens a zip file by an open file, which it keeps or closes. Names that lead out of it are refused.
func openZip(name string, f *os.File) (place, error) {
	info, err := f.Stat()
	var absolute string
	if err == nil {
		absolute, err = filepath.Abs(f.Name())
	}
	if err != nil {
		f.Close()
		return place{}, fault.Dataf("opening a zip file: %w", err)
	}
	key := zipKey{absolute, info.Size(), info.ModTime()}
	if bucket.Is(name) {
		key.modified = time.Time{} // the name of its copy says which version it is
	}
	zips.Lock()
	defer zips.Unlock()
	if r := zips.open[key]; r != nil {
		f.Close()
		return place{name: name, fsys: r, dir: "."}, nil
	}
	r, err := readZip(name, f, info.Size())
	if err != nil {
		return place{}, err
	}
	if zips.open == nil {
		zips.open = map[zipKey]*zip.Reader{}
	}
	zips.open[key] = r
	return place{name: name, fsys: r, dir: "."}, nil
}

func readZip(name string, f *os.File, size int64) (*zip.Reader, error) {
	if size == 0 {
		f.Close()
		return nil, fault.Dataf("%s is empty: it has 0 bytes", name)
	}
	r, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // our own words for that one
		f.Close()
		return nil, fault.Dataf("%s: not a zip file, or one that is cut off (%w): copy it again, or pack it anew", name, err)
	}
	for _, member := range r.File {
		if err := checkMember(name, member.Name); err != nil {
			f.Close()
			return nil, err
		}
	}
	return r, nil
}

// checkMember refuses names in containers that lead out of them.
func checkMember(container, member string) error {
	clean := strings.TrimSuffix(strings.TrimPrefix(member, "./"), "/")
	if clean != "" && (!fs.ValidPath(clean) || strings.Contains(clean, `\`)) {
		return fault.Dataf("%s: refused: its member %q has a name that is not a plain path within it", container, member)
	}
	return nil
}

// hasFiles says that the place's files can be opened as files of the disk: not those in a zip file.
func (p place) hasFiles() bool {
	_, bucket := p.fsys.(*bucket.FS)
	return p.fsys == nil || bucket
}

// openFile opens a file of a place that has files.
func (p place) openFile(name string) (*os.File, error) {
	at := p.at(name)
	if f, ok := p.fsys.(*bucket.FS); ok {
		return f.OpenFile(at.dir)
	}
	return openRegular(at.name)
}

// String is for messages.
func (p place) String() string { return p.name }

// at is a folder within this one.
func (p place) at(sub string) place {
	if sub == "" || sub == "." {
		return p
	}
	p.name = joinName(p.name, sub)
	if p.fsys != nil {
		p.dir = path.Join(p.dir, sub)
	}
	return p
}

// ref is a file of the folder, or of one within it.
func (p place) ref(name string) Ref {
	at := p.at(name)
	if p.fsys == nil {
		return File(at.name)
	}
	return Ref{Name: at.name, content: &member{p.fsys, at.dir}}
}

// stat looks at a name within the folder. Links are followed.
func (p place) stat(name string) (fs.FileInfo, error) {
	at := p.at(name)
	if p.fsys == nil {
		return os.Stat(at.name)
	}
	return fs.Stat(p.fsys, at.dir)
}

func (p place) isDir(name string) bool {
	info, err := p.stat(name)
	return err == nil && info.IsDir()
}

func (p place) isFile(name string) bool {
	info, err := p.stat(name)
	return err == nil && !info.IsDir()
}

// open opens a file within the folder.
func (p place) open(name string) (io.ReadCloser, error) {
	at := p.at(name)
	if p.fsys != nil {
		return p.fsys.Open(at.dir)
	}
	if info, err := os.Stat(at.name); err == nil && info.IsDir() {
		return os.Open(at.name)
	}
	return openRegular(at.name)
}

// entries are the names in a folder, in byte order, without hidden ones. They take some tens of bytes a name, as a folder
// may hold millions.
type entries struct {
	files   []string
	folders []string
	broken  string // a link that leads nowhere and whose name is no picture's; "" without one
}

// list reads the folder, a thousand names at a time.
func (p place) list() (e entries, err error) {
	f, err := p.open(".")
	if err != nil {
		return e, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return e, fmt.Errorf("%s is a file: expected a folder", p)
	}
	for {
		batch, err := dir.ReadDir(1024)
		for _, d := range batch {
			switch name := d.Name(); {
			case strings.HasPrefix(name, "."):
			case d.IsDir() || d.Type()&fs.ModeSymlink != 0 && p.isDir(name):
				e.folders = append(e.folders, name)
			default:
				e.files = append(e.files, name)
				if d.Type()&fs.ModeSymlink != 0 && e.broken == "" && !isPicture(name) && !p.exists(name) {
					e.broken = name
				}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			if _, zipped := p.fsys.(*zip.Reader); zipped { // a name that stands twice
				err = fmt.Errorf("%w: pack it anew", err)
			}
			return e, fmt.Errorf("%s: %w", p, err)
		}
	}
	slices.Sort(e.files)
	slices.Sort(e.folders)
	return e, nil
}

// exists says whether a name, or what it links to, is there.
func (p place) exists(name string) bool {
	_, err := p.stat(name)
	return err == nil
}

// sameAs says that both are one folder.
func (p place) sameAs(o place) bool {
	if p.fsys != nil || o.fsys != nil {
		return p.fsys == o.fsys && p.dir == o.dir || p.name == o.name
	}
	a, err1 := os.Stat(p.name)
	b, err2 := os.Stat(o.name)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// member is a file of a file system that is not the disk.
type member struct {
	fsys fs.FS
	path string
}

func (m *member) read(name string, buf *bytes.Buffer) error {
	if b, ok := m.fsys.(*bucket.FS); ok { // nothing too large is fetched
		if info, err := b.Stat(m.path); err == nil && info.Size() > maxFileBytes {
			return fault.Dataf("%s has %d bytes: expected at most %d", name, info.Size(), maxFileBytes)
		}
	}
	f, err := m.fsys.Open(m.path)
	if err != nil {
		return fault.Dataf("opening a picture: %s: %w", name, m.explain(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.Dataf("opening a picture: %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return fault.Dataf("%s is not a file: it is a %s; put the file itself there", name, kindOf(info.Mode()))
	}
	limit := int64(maxFileBytes)
	if h, ok := info.Sys().(*zip.FileHeader); ok {
		const encrypted = 1
		if h.Flags&encrypted != 0 {
			return fault.Dataf("%s is encrypted: unpack the zip file with its password, and pack it anew without one", name)
		}
		if h.Method != zip.Store {
			limit = maxPacked
		}
	}
	if err := readClaimed(name, f, info.Size(), limit, buf); err != nil {
		return fault.Dataf("%w", m.explain(err))
	}
	return nil
}

// explain says in words what a zip file's reader means.
func (m *member) explain(err error) error {
	if _, ok := m.fsys.(*zip.Reader); !ok {
		return err
	}
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		return fmt.Errorf("compressed in a way that is not supported (%w): pack it anew with deflate, or without compression", err)
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), mentions(err, "negative offset", "flate: "):
		return fmt.Errorf("%w: the zip file is damaged; copy it again, or pack it anew", err)
	}
	return err
}
