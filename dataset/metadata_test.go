package dataset

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMetadataColumn(t *testing.T) {
	for _, c := range []struct {
		name, text, column string
		want               map[string]string
		problem            string
	}{
		{"two columns", "image,patient\na.png,1\nb.png,2\n", "patient", map[string]string{"a.png": "1", "b.png": "2"}, ""},
		{"byte order mark, spaces, quotes, CRLF", "\ufeffsite, image ,patient\r\nx,\"a,b.png\", 7 \r\n", "patient", map[string]string{"a,b.png": "7"}, ""},
		{"no rows", "image,patient\n", "patient", map[string]string{}, ""},
		{"empty", "", "patient", nil, "expected a header"},
		{"no image", "file,patient\na,1\n", "patient", nil, `no column "image"`},
		{"no such column", "image,patient\na,1\n", "patent", nil, `did you mean "patient"`},
		{"twice", "image,patient\na,1\na,2\n", "patient", nil, ":3: image \"a\" stands twice"},
		{"short row", "image,patient\na\n", "patient", nil, "wrong number of fields"},
		{"open quote", "image,patient\n\"a,1\n", "patient", nil, "line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.csv")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := MetadataColumn(path, c.column)
			if c.problem == "" && (err != nil || !maps.Equal(got, c.want)) {
				t.Errorf("%v, %v: want %v", got, err, c.want)
			}
			if c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("%v: want an error with %q", err, c.problem)
			}
		})
	}
	if _, err := MetadataColumn(t.TempDir(), "patient"); err == nil {
		t.Error("a folder is taken")
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add("image,patient\na,1\n", "patient")
	f.Add("\ufeffimage\n\"a\nb\"\n", "image")
	f.Fuzz(func(t *testing.T, text, column string) {
		values, err := readColumn("m.csv", bufio.NewReader(strings.NewReader(text)), column)
		if (values == nil) != (err != nil) {
			t.Errorf("%v, %v", values, err)
		}
	})
}
