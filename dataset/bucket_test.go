package dataset

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// bucketOfDatasets starts an S3 server that has the rendered datasets in s3://data/sets, and returns its URL.
func bucketOfDatasets(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("data"); err != nil {
		t.Fatal(err)
	}
	root := at("")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		key := "sets/" + filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		_, err = backend.PutObject("data", key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, bytes.NewReader(content), int64(len(content)), nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(s.Close)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	return s.URL
}

// TestRenderedDatasetsInBuckets: every format, and every way of naming it, reads from a bucket what it reads from the disk, also
// where the cache has room for a few files alone.
func TestRenderedDatasetsInBuckets(t *testing.T) {
	want := readRendered(t)
	endpoint := bucketOfDatasets(t)
	for name, c := range formatCases {
		t.Run(name, func(t *testing.T) {
			if c.dataset == "" {
				c.dataset = name
			}
			o := c.options
			o.Cache = Cache{Folder: t.TempDir(), Size: "200kB"}
			for _, p := range []*string{&o.Path, &o.Images, &o.Masks} {
				if *p != "" {
					*p = strings.Replace(filepath.ToSlash(*p), "../testdata/datasets", "s3://data/sets", 1) + "?endpoint=" + endpoint
				}
			}
			if name == "half zipped" {
				o.Masks = c.options.Masks
			}
			if err := o.Resolve(); err != nil {
				t.Fatal(err)
			}
			if o.Format != c.format || o.Bucket.Endpoint != endpoint || strings.Contains(o.Path+o.Images+o.Masks, "?") {
				t.Fatalf("resolved to %+v", o)
			}
			checkRendered(t, o, want[c.dataset])
		})
	}
}

// TestBucketLists: a list file in a bucket, of stems and of names; one on the disk over pictures in a bucket.
func TestBucketLists(t *testing.T) {
	endpoint := bucketOfDatasets(t)
	local := filepath.Join(t.TempDir(), "val.txt")
	if err := os.WriteFile(local, []byte("2007_000033\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, split := range map[string]string{"in the bucket": "s3://data/sets/voc/VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt", "on the disk": local} {
		t.Run(name, func(t *testing.T) {
			o := Options{Format: "voc", Split: split, Images: "s3://data/sets/voc/VOCdevkit/VOC2012/JPEGImages", Masks: "s3://data/sets/voc/VOCdevkit/VOC2012/SegmentationClass", Cache: Cache{Folder: t.TempDir()}, Bucket: bucket.Options{Endpoint: endpoint}}
			source, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for item, err := range source.Items() {
				if n++; err != nil || !strings.HasPrefix(item.Image.Name, "s3://data/sets/voc") || !strings.HasPrefix(item.Mask.Name, "s3://data/sets/voc") {
					t.Errorf("%+v: %v", item, err)
				}
			}
			if n == 0 {
				t.Error("no items")
			}
		})
	}
}

func TestBucketMistakes(t *testing.T) {
	endpoint := bucketOfDatasets(t)
	for name, c := range map[string]struct {
		o    Options
		kind fault.Kind
		say  []string
	}{
		"no folder":        {Options{Images: "s3://data/images", Masks: "s3://data/masks", Classes: threeClasses}, fault.Usage, []string{"dataset.images", "s3://data", "images"}},
		"no format":        {Options{Path: "s3://data/sets/voc/VOCdevkit/VOC2012/JPEGImages"}, fault.Usage, []string{"looks like none of the formats"}},
		"no bucket":        {Options{Path: "s3://nothing/sets"}, fault.Usage, []string{"there is no bucket s3://nothing", endpoint}},
		"a picture":        {Options{Path: "s3://data/sets/voc/VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt"}, fault.Usage, []string{"is an object: expected a folder or a zip file"}},
		"offline":          {Options{Path: "s3://data/sets/voc", Network: bucket.Network{Offline: true}}, fault.Usage, []string{"dataset.path", "--offline forbids"}},
		"another protocol": {Options{Path: "ftp://data/sets/voc"}, fault.Usage, []string{"dataset.path", "ftp://", "expected s3://"}},
		"unknown option":   {Options{Path: "s3://data/sets?secret=hidden"}, fault.Usage, []string{"dataset.path", `"secret"`}},
		"bad size":         {Options{Path: "s3://data/sets", Cache: Cache{Size: "much"}}, fault.Usage, []string{"dataset.cache.size", `"much"`}},
		"unreachable":      {Options{Path: "s3://data/sets", Bucket: bucket.Options{Endpoint: "http://127.0.0.1:1"}}, fault.Data, []string{"no answer from http://127.0.0.1:1", "refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.o.Cache.Folder = t.TempDir(); c.o.Bucket.Endpoint == "" {
				c.o.Bucket.Endpoint = endpoint
			}
			_, err := Open(c.o)
			if err == nil || fault.KindOf(err) != c.kind || strings.Contains(err.Error(), "hidden") {
				t.Fatalf("%v", err)
			}
			for _, want := range c.say {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q has no %q", err, want)
				}
			}
		})
	}
}

func TestFileURLs(t *testing.T) {
	absolute, err := filepath.Abs(at("folder"))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Path: "file://" + filepath.ToSlash(absolute), Split: "val", Classes: threeClasses, IgnoreIndex: ignore(255)}
	checkRendered(t, o, readRendered(t)["folder"])
	for _, bad := range []string{"file://host/data", "file:", "file:///data?x=1"} {
		if err := (&Options{Path: bad}).Resolve(); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "expected file:///absolute/path") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
