package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// Cache is where what is read from buckets is kept.
type Cache struct {
	Folder string `yaml:"folder,omitempty"` // absent: in the user's cache
	Size   string `yaml:"size,omitempty"`   // such as 10GiB, which is the default
}

// usualCache is the cache's size where the configuration names none.
const usualCache = 10 << 30

// Bytes is the size in bytes.
func (c Cache) Bytes() (int64, error) {
	if c.Size == "" {
		return usualCache, nil
	}
	n, err := humanize.ParseBytes(c.Size)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fault.Usagef("dataset.cache.size: expected a size such as 10GiB, found %q", c.Size)
	}
	return int64(n), nil
}

// validateBuckets reports what is wrong with the cache and the way to buckets.
func (o *Options) validateBuckets() error {
	_, err := o.Cache.Bytes()
	if wrong := o.Bucket.Validate("dataset.bucket"); wrong != nil {
		err = errors.Join(err, fault.Usagef("%w", wrong))
	}
	return err
}

// takeURLs makes paths of file:// URLs, and moves the queries of buckets' URLs into the options.
func (o *Options) takeURLs() error {
	used := false
	for _, p := range []struct {
		key  string
		name *string
	}{{"path", &o.Path}, {"images", &o.Images}, {"masks", &o.Masks}, {"split", &o.Split}, {"metadata", &o.Metadata}} {
		var err error
		switch {
		case bucket.Is(*p.name):
			used = true
			if *p.name, err = o.Bucket.Take(*p.name); err == nil {
				_, err = bucket.Parse(*p.name)
			}
		case strings.HasPrefix(*p.name, "file:"):
			*p.name, err = fileOfURL(*p.name)
		case strings.Contains(*p.name, "://"):
			scheme, _, _ := strings.Cut(*p.name, "://")
			err = fmt.Errorf("a %s:// URL: expected s3://, gs://, azblob:// or file://", scheme)
		}
		if err != nil {
			return fault.Usagef("dataset.%s: %w", p.key, err)
		}
	}
	if !used || o.buckets != nil {
		return nil
	}
	if err := o.validateBuckets(); err != nil {
		return err
	}
	size, err := o.Cache.Bytes()
	if err == nil {
		o.buckets, err = bucket.NewClient(o.Bucket, o.Network, o.Cache.Folder, size)
	}
	return err
}

// CachePlace is where copies of a bucket's objects will lie, and how many bytes of them at most; "" where the options, which are
// resolved, name no bucket.
func (o *Options) CachePlace() (folder string, limit int64) {
	if o.buckets == nil {
		return "", 0
	}
	return o.buckets.Cache()
}

// fileOfURL is the path of a file:// URL.
func fileOfURL(name string) (string, error) {
	u, err := url.Parse(name)
	if err != nil || u.Host != "" && u.Host != "localhost" || u.Path == "" || u.RawQuery != "" {
		return "", fmt.Errorf("%s: expected file:///absolute/path", name)
	}
	at := u.Path
	if len(at) > 2 && at[2] == ':' { // /C:/data
		at = at[1:]
	}
	return filepath.FromSlash(at), nil
}

// bucketOf opens the bucket of a URL.
func (o *Options) bucketOf(key, name string) (*bucket.FS, bucket.URL, error) {
	u, err := bucket.Parse(name)
	if err != nil {
		return nil, u, fault.Usagef("%s: %w", key, err)
	}
	if o.buckets == nil {
		return nil, u, fault.Usagef("%s: %s: buckets were not opened: resolve the options first", key, name)
	}
	f, err := o.buckets.Open(key, u)
	return f, u, err
}

// openBucket opens a folder of a bucket, a zip file, or a folder in a zip file.
func (o *Options) openBucket(key, name string) (place, error) {
	f, u, err := o.bucketOf(key, name)
	if err != nil {
		return place{}, err
	}
	info, err := f.Stat(u.Key)
	if err == nil && info.IsDir() {
		return place{name: u.String(), fsys: f, dir: u.Key}, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return place{}, err
	}
	for at, inside := u.Key, "."; at != "."; at, inside = path.Dir(at), path.Join(path.Base(at), inside) {
		if !strings.EqualFold(path.Ext(at), ".zip") {
			continue
		}
		file, err := f.OpenFile(at)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return place{}, err
		}
		u.Key = at
		return openZipIn(key, u.String(), file, inside)
	}
	if err == nil {
		return place{}, fault.Usagef("%s: %s is an object: expected a folder or a zip file", key, u)
	}
	return place{}, fault.Usagef("%s: nothing in %s is called %s: expected a folder or a zip file", key, bucket.URLOf(u.Scheme+"://"+u.Bucket, ""), u.Key)
}

// openFile opens a file of the disk, or the cache's copy of an object; key is for messages.
func (o *Options) openFile(key, name string) (*os.File, error) {
	if !bucket.Is(name) {
		return openRegular(name)
	}
	f, u, err := o.bucketOf(key, name)
	if err != nil {
		return nil, err
	}
	return f.OpenFile(u.Key)
}

// joinName is a name below a path or URL.
func joinName(name, sub string) string {
	if bucket.Is(name) {
		return bucket.Join(name, sub)
	}
	return filepath.Join(name, filepath.FromSlash(sub))
}

// dirName is a path or URL without its last element.
func dirName(name string) string {
	if bucket.Is(name) {
		return bucket.Dir(name)
	}
	return filepath.Dir(name)
}

// unseen is what kept a look at buckets from seeing all of them, nil for nothing: what was not found may then be there.
func (o *Options) unseen() error {
	if o.buckets == nil {
		return nil
	}
	return o.buckets.Err()
}
