package bucket

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// FS is a bucket as a file system. What it has listed it takes as it was: each of a run's passes sees the same dataset.
type FS struct {
	root, endpoint string
	store          store
	context        context.Context
	cache          *cache
	limits         limits
	fetches        singleflight.Group

	mutex sync.Mutex
	dirs  map[string]*directory
	kept  int // names in dirs
	err   error
}

// directory is what was listed of a folder.
type directory struct {
	once     sync.Once
	entries  []entry // by name
	complete bool
	asked    int // names that its first page could not answer for
	err      error
}

// entry is a name in a folder; some tens of bytes.
type entry struct {
	name    string
	size    int64 // folder: -1
	version uint64
}

const (
	pageNames  = 1000    // a provider's page: of a folder with more, only these are listed when a name in it is asked for
	singly     = 32      // names asked for one at a time before such a folder is listed as a whole
	keptNames  = 1 << 20 // names that are kept; folders beyond are listed anew each time
	folderSize = -1
)

// Err is the first error that was no missing object: what a look at a dataset could not see.
func (f *FS) Err() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.err
}

func (f *FS) note(key string, err error) error {
	err = f.explain(key, err)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.err == nil && reasonOf(err) != missing {
		f.err = err
	}
	return err
}

// names yields what a folder has.
func (f *FS) names(dir string) iter.Seq2[entry, error] {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	return func(yield func(entry, error) bool) {
		for o, err := range f.store.list(f.context, prefix) {
			if err != nil {
				yield(entry{}, f.note(dir, err))
				return
			}
			name, below := strings.CutPrefix(o.key, prefix)
			e := entry{name, o.size, o.version}
			if o.folder {
				e.size, e.version = folderSize, 0
			}
			if !below || strings.Contains(name, "/") || !fs.ValidPath(name) { // a placeholder of the folder itself, or no name of a file
				continue
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// read lists a folder up to a number of names.
func (f *FS) read(dir string, most int) (entries []entry, complete bool, err error) {
	for e, err := range f.names(dir) {
		if err != nil {
			return nil, false, err
		}
		if len(entries) == most {
			return entries, false, nil
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.size, b.size)) })
	entries = slices.CompactFunc(entries, func(a, b entry) bool { return a.name == b.name }) // of a folder and an object the folder
	return entries, true, nil
}

// directory is a folder, of which the first page was listed.
func (f *FS) directory(dir string) (*directory, error) {
	f.mutex.Lock()
	d := f.dirs[dir]
	if d == nil {
		d = &directory{}
		f.dirs[dir] = d
	}
	f.mutex.Unlock()
	d.once.Do(func() {
		d.entries, d.complete, d.err = f.read(dir, pageNames)
		f.mutex.Lock()
		f.kept += len(d.entries)
		f.mutex.Unlock()
	})
	return d, d.err
}

// whole lists a folder as a whole, and keeps that where there is room; complete is false where there is none.
func (f *FS) whole(dir string) (entries []entry, complete bool, err error) {
	d, err := f.directory(dir)
	if err != nil {
		return nil, false, err
	}
	f.mutex.Lock()
	entries, complete = d.entries, d.complete
	room := keptNames - f.kept
	f.mutex.Unlock()
	if complete || room <= pageNames {
		return entries, complete, nil
	}
	if entries, complete, err = f.read(dir, room); err != nil || !complete {
		return nil, false, err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if !d.complete {
		f.kept += len(entries) - len(d.entries)
		d.entries, d.complete = entries, true
	}
	return d.entries, true, nil
}

// look finds a name.
func (f *FS) look(name string) (entry, error) {
	if !fs.ValidPath(name) {
		return entry{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		_, err := f.directory(".") // is there such a bucket?
		return entry{name, folderSize, 0}, err
	}
	dir, base := path.Dir(name), path.Base(name)
	d, err := f.directory(dir)
	if err != nil {
		return entry{}, err
	}
	f.mutex.Lock()
	entries, complete := d.entries, d.complete
	if !complete {
		d.asked++
	}
	many := d.asked > singly
	f.mutex.Unlock()
	if !complete && many {
		if all, whole, err := f.whole(dir); err != nil || whole {
			entries, complete = all, whole
			if err != nil {
				return entry{}, err
			}
		}
	}
	if complete {
		if i, ok := slices.BinarySearchFunc(entries, base, func(e entry, name string) int { return strings.Compare(e.name, name) }); ok {
			return entries[i], nil
		}
		return entry{}, &fs.PathError{Op: "open", Path: URLOf(f.root, name), Err: fs.ErrNotExist}
	}
	return f.ask(name)
}

// ask asks for one name: an object, or a folder that has something in it.
func (f *FS) ask(name string) (entry, error) {
	o, err := f.store.head(f.context, name)
	if err == nil {
		return entry{path.Base(name), o.size, o.version}, nil
	}
	if reasonOf(err) != missing {
		return entry{}, f.note(name, err)
	}
	d, err := f.directory(name)
	if err == nil && len(d.entries) == 0 {
		err = &fs.PathError{Op: "open", Path: URLOf(f.root, name), Err: fs.ErrNotExist}
	}
	return entry{path.Base(name), folderSize, 0}, err
}

// Stat looks at a name. Nothing is fetched.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	e, err := f.look(name)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Open opens an object, or lists a folder.
func (f *FS) Open(name string) (fs.File, error) {
	e, err := f.look(name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return f.openDir(name)
	}
	file, err := f.file(name, e)
	if err != nil {
		return nil, err
	}
	return &opened{file, e}, nil
}

// opened is an open object.
type opened struct {
	*os.File
	entry entry
}

func (o *opened) Stat() (fs.FileInfo, error) { return o.entry, nil }

// OpenFile opens an object as the file of the cache that it lies in: it may be sought in, and stays readable while it is open.
func (f *FS) OpenFile(name string) (*os.File, error) {
	e, err := f.look(name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: URLOf(f.root, name), Err: fs.ErrInvalid}
	}
	return f.file(name, e)
}

// The entry is fs.FileInfo and fs.DirEntry. When an object was changed is not kept.
func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return max(0, e.size) }
func (e entry) IsDir() bool                { return e.size == folderSize }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// listing is an open folder.
type listing struct {
	name string
	next func() (entry, error, bool)
	stop func()
}

// openDir lists from memory, or page by page where the folder has more names than are kept.
func (f *FS) openDir(name string) (fs.File, error) {
	entries, complete, err := f.whole(name)
	if err != nil {
		return nil, err
	}
	names := f.names(name)
	if complete {
		names = func(yield func(entry, error) bool) {
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	next, stop := iter.Pull2(names)
	return &listing{path.Base(name), next, stop}, nil
}

func (l *listing) Stat() (fs.FileInfo, error) { return entry{l.name, folderSize, 0}, nil }
func (l *listing) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }
func (l *listing) Close() error               { l.stop(); return nil }

// ReadDir returns the next n entries, all for n ≤ 0.
func (l *listing) ReadDir(n int) (list []fs.DirEntry, err error) {
	for n <= 0 || len(list) < n {
		e, err, ok := l.next()
		if !ok && n > 0 && len(list) == 0 {
			return nil, io.EOF
		}
		if !ok || err != nil {
			return list, err
		}
		list = append(list, e)
	}
	return list, nil
}
