package bucket

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/segmetry/segmetry/internal/fault"
)

// cache keeps copies of objects on the disk, a file each. Its name says which object, how many bytes and which version: a copy of
// another version is another file, and one that is not whole is none. Several processes may use one folder: files appear by a
// rename, and one process at a time takes files away.
type cache struct {
	folder string
	limit  int64

	mutex  sync.Mutex
	total  int64 // as of the last look, and what came since
	coming int64 // bytes that are being written
	since  int64 // bytes that came since the last look
	seen   bool
}

const (
	partPrefix = ".part-" // of files that are being written
	partAge    = 24 * time.Hour
	lockName   = ".lock"
	// looks is the part of the limit after which a process looks again at what others have added.
	looks = 50
	// touchAfter is how old a copy's time of use may be before it is set anew.
	touchAfter = time.Minute
)

// newCache takes a folder, "" for the user's.
func newCache(folder string, limit int64) (*cache, error) {
	if folder == "" {
		root := os.Getenv("XDG_CACHE_HOME")
		if !filepath.IsAbs(root) {
			var err error
			if root, err = os.UserCacheDir(); err != nil {
				return nil, fault.Usagef("dataset.cache.folder: the user's cache folder is not known: %w; name a folder", err)
			}
		}
		folder = filepath.Join(root, "segmetry", "buckets")
	}
	return &cache{folder: folder, limit: limit}, nil
}

// id stands for an object in files' names.
func (c *cache) id(endpoint, root, key string) string {
	sum := sha256.Sum256([]byte(endpoint + "\x00" + root + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

func (c *cache) path(id string, size int64, version uint64) string {
	return filepath.Join(c.folder, id[:2], fmt.Sprintf("%s-%d-%016x", id[2:], size, version))
}

// open opens a copy that is whole, and notes that it was used.
func (c *cache) open(at string) (*os.File, error) {
	f, err := os.Open(at)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.Size() != sizeOf(at) {
		f.Close()
		os.Remove(at)
		return nil, fs.ErrNotExist
	}
	if now := time.Now(); now.Sub(info.ModTime()) > touchAfter {
		_ = os.Chtimes(at, now, now) // a folder that cannot be written to still serves
	}
	return f, nil
}

// sizeOf is the size that a copy's name states, -1 where it is no copy's name.
func sizeOf(at string) int64 {
	var size int64
	var version uint64
	_, rest, _ := strings.Cut(filepath.Base(at), "-")
	if n, err := fmt.Sscanf(rest, "%d-%x", &size, &version); n != 2 || err != nil {
		return -1
	}
	return size
}

// add writes a copy.
func (c *cache) add(id string, o object, write func(io.Writer) error) (at string, err error) {
	at = c.path(id, o.size, o.version)
	unwritable := func(err error) error {
		return fault.Usagef("dataset.cache.folder: %w; name a folder that can be written to", err)
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return "", unwritable(err)
	}
	if err := c.reserve(o.size); err != nil {
		return "", unwritable(err)
	}
	defer func() { c.settle(o.size, err == nil) }()
	part, err := os.CreateTemp(filepath.Dir(at), partPrefix+"*")
	if err != nil {
		return "", unwritable(err)
	}
	defer os.Remove(part.Name())
	err = write(part)
	if closed := part.Close(); err == nil && closed != nil {
		err = fault.Dataf("writing a copy: %w; dataset.cache.folder names another place", closed)
	}
	if err != nil {
		return "", err
	}
	if err := os.Rename(part.Name(), at); err != nil && sizeOnDisk(at) != o.size { // on some systems not over a file that is open
		return "", unwritable(err)
	}
	return at, nil
}

func sizeOnDisk(at string) int64 {
	info, err := os.Stat(at)
	if err != nil {
		return -1
	}
	return info.Size()
}

// settle ends a reservation.
func (c *cache) settle(size int64, written bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.coming -= size; !written {
		c.total -= size
	}
}

// reserve makes room for so many bytes.
func (c *cache) reserve(size int64) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.seen || c.total+size > c.limit || c.since > c.limit/looks {
		if err := c.shrink(size); err != nil {
			return err
		}
	}
	c.total, c.since, c.coming = c.total+size, c.since+size, c.coming+size
	return nil
}

// copied is a copy on the disk.
type copied struct {
	at   string
	size int64
	used time.Time
}

// shrink looks at what there is, and takes away what was not used for longest until there is room.
func (c *cache) shrink(size int64) error {
	lock := flock.New(filepath.Join(c.folder, lockName))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close()
	copies, err := c.copies()
	if err != nil {
		return err
	}
	c.total, c.since, c.seen = c.coming, 0, true
	for _, f := range copies {
		c.total += f.size
	}
	if c.total+size <= c.limit {
		return nil
	}
	slices.SortFunc(copies, func(a, b copied) int {
		return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.at, b.at))
	})
	for _, f := range copies {
		if c.total+size <= c.limit-c.limit/10 {
			break
		}
		if os.Remove(f.at) == nil { // one that is open stays on some systems
			c.total -= f.size
		}
	}
	return nil
}

// copies lists the copies, and removes what a process that was killed has left.
func (c *cache) copies() (list []copied, err error) {
	err = filepath.WalkDir(c.folder, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone
		}
		switch {
		case strings.HasPrefix(d.Name(), partPrefix):
			if time.Since(info.ModTime()) > partAge {
				os.Remove(at)
			}
		case sizeOf(at) >= 0:
			list = append(list, copied{at, info.Size(), info.ModTime()})
		}
		return nil
	})
	return list, err
}
