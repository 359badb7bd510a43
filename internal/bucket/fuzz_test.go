package bucket

import (
	"path"
	"strings"
	"testing"
)

// FuzzParse: a URL that is taken has a bucket and a plain key, and means the same after it was written and read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"s3://bucket/a/b?endpoint=http://localhost:9000&anonymous=true", "gs://b", "azblob://c/../../x", "s3://user:secret@b/x", "s3:///x", "s3://b//a/./b/", "s3://b/%2e%2e?region=%zz", "s3://b/a?x=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !Is(name) {
			return
		}
		var o Options
		plain, err := o.Take(name)
		if err != nil {
			return
		}
		_ = o.Validate("dataset.bucket")
		u, err := Parse(plain)
		if err != nil {
			return
		}
		if u.Bucket == "" || strings.Contains(u.Bucket, "/") || path.Clean(u.Key) != u.Key || u.Key == ".." || strings.HasPrefix(u.Key, "../") || strings.HasPrefix(u.Key, "/") {
			t.Errorf("%q becomes %+v", name, u)
		}
		if again, err := Parse(u.String()); err != nil || again != u {
			t.Errorf("%q is written as %q and read as %+v, not %+v: %v", name, u, again, u, err)
		}
	})
}
