package dataset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

func pixel(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pack writes a tar file of names with contents; a content of nil is a claim of that many bytes in sizes.
func pack(t testing.TB, file string, fill func(w *tar.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	fill(w)
	_ = w.Flush() // a member may be missing its content
	content := b.Bytes()
	if strings.HasSuffix(file, ".gz") {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		g.Write(content)
		g.Close()
		content = z.Bytes()
	}
	file = filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func addMember(w *tar.Writer, name string, content []byte) {
	w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Format: tar.FormatUSTAR})
	w.Write(content)
}

// TestBadTar: what is wrong with a sample concerns it alone, what is wrong with a file ends the listing.
func TestBadTar(t *testing.T) {
	good := pixel(t)
	sample := func(w *tar.Writer, key string) {
		addMember(w, key+".png", good)
		addMember(w, key+".seg.png", good)
	}
	for name, c := range map[string]struct {
		fill func(w *tar.Writer)
		want []string // an item, or "!" and what its error says
	}{
		"traversal": {func(w *tar.Writer) { sample(w, "a"); addMember(w, "../b.png", good) }, []string{"!refused", "!refused"}},
		"absolute":  {func(w *tar.Writer) { sample(w, "/etc/a") }, []string{"!refused"}},
		"backslash": {func(w *tar.Writer) { sample(w, `..\a`) }, []string{"!refused"}},
		"no mask":   {func(w *tar.Writer) { addMember(w, "a.png", good); addMember(w, "a.json", nil); sample(w, "b") }, []string{"!sample a has no mask", "b.png"}},
		"no image":  {func(w *tar.Writer) { addMember(w, "a.seg.png", good); sample(w, "b") }, []string{"!sample a has no image", "b.png"}},
		"neither":   {func(w *tar.Writer) { addMember(w, "a.txt", good); sample(w, "b") }, []string{"!found none of them", "b.png"}},
		"twice":     {func(w *tar.Writer) { sample(w, "a"); addMember(w, "a.png", good); sample(w, "b") }, []string{"!stands twice", "b.png"}},
		"a link": {func(w *tar.Writer) {
			w.WriteHeader(&tar.Header{Name: "a.png", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
			addMember(w, "a.seg.png", good)
		}, []string{"!is a link"}},
		"huge": {func(w *tar.Writer) {
			w.WriteHeader(&tar.Header{Name: "a.png", Size: 3 << 30})
			w.Write(good)
		}, []string{"!cut off"}},
		"nothing": {func(w *tar.Writer) { w.Close() }, []string{"!the dataset is empty"}},
	} {
		for _, file := range []string{"x.tar", "x.tar.gz"} {
			path := pack(t, file, c.fill)
			s, err := Open(Options{Path: path, Classes: threeClasses})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got []string
			for item, err := range s.Items() {
				text := item.Name
				if err != nil {
					text = "!" + err.Error()
					if fault.KindOf(err) != fault.Data {
						t.Errorf("%s: %v is no error of data", name, err)
					}
				}
				got = append(got, text)
			}
			ok := len(got) <= len(c.want) && len(got) > 0
			for i := range got {
				ok = ok && strings.Contains(got[i], strings.TrimPrefix(c.want[i], "!")) && got[i][0] == '!' == (c.want[i][0] == '!')
			}
			if !ok {
				t.Errorf("%s in %s: %q, want %q", name, file, got, c.want)
			}
		}
	}
}

// TestBombs: what claims or unpacks to more than the limit is refused before memory is taken.
func TestBombs(t *testing.T) {
	zeros := func(w io.Writer, n int) {
		block := make([]byte, 1<<20)
		for range n >> 20 {
			w.Write(block)
		}
	}
	const size = 200 << 20
	dir := t.TempDir()
	bomb := filepath.Join(dir, "b.tar.gz")
	f, err := os.Create(bomb)
	if err != nil {
		t.Fatal(err)
	}
	g, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
	w := tar.NewWriter(g)
	w.WriteHeader(&tar.Header{Name: "a.png", Size: size})
	zeros(w, size)
	w.Close()
	g.Close()
	f.Close()

	zipped := filepath.Join(dir, "b.zip")
	if f, err = os.Create(zipped); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range []string{"images/a.png", "masks/a.png"} {
		m, _ := z.Create(name)
		zeros(m, size)
	}
	z.Close()
	f.Close()

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, say := range map[string]string{bomb: "claims to have 209715200 bytes", zipped: "claims to have 209715200 bytes"} {
		if err := firstError(Options{Path: path, Classes: threeClasses}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", path, err)
		}
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 32<<20 {
		t.Errorf("%d bytes were allocated", taken)
	}
}

func TestBadZip(t *testing.T) {
	write := func(names ...string) string {
		file := filepath.Join(t.TempDir(), "x.zip")
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			m, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			m.Write(pixel(t))
		}
		z.Close()
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, name := range []string{"../images/a.png", "/images/a.png", `images\..\..\a.png`, "images/../../a.png"} {
		if err := firstError(Options{Path: write("images/b.png", "masks/b.png", name), Classes: threeClasses}); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := write("images/b.png", "masks/b.png")
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	content[60] ^= 0xff // in the first member's data
	if err := os.WriteFile(whole, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := firstError(Options{Path: whole, Classes: threeClasses}); err == nil || fault.KindOf(err) != fault.Data {
		t.Errorf("damaged: %v", err)
	}
	for n := 0; n < len(content); n += 7 {
		cut := filepath.Join(t.TempDir(), "cut.zip")
		if err := os.WriteFile(cut, content[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := firstError(Options{Path: cut, Classes: threeClasses}); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
}

// TestBadParquet cuts a file and flips its bytes: an error, and never a panic.
func TestBadParquet(t *testing.T) {
	content, err := os.ReadFile(at("parquet/data/validation-00001-of-00002.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.parquet")
	read := func(b []byte) error {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return firstError(Options{Path: file, Classes: threeClasses, IgnoreIndex: ignore(255)})
	}
	if err := read(content); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(content); n += 101 {
		if err := read(content[:n]); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
	for i := 0; i < len(content); i += 23 {
		b := bytes.Clone(content)
		b[i] ^= 0x81
		_ = read(b) // most flips are found, a few change a value alone
	}
	for key, c := range map[string]Options{
		"dataset.image_key: none of the columns is called photo: there are annotation, image, scene": {ImageKey: "photo"},
		"dataset.mask_key: none of the columns":                                                      {MaskKey: "x"},
		"no parquet":                                                                                 {},
	} {
		c.Path, c.Classes = file, threeClasses
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if key == "no parquet" {
			key = "not a parquet file"
			os.WriteFile(file, []byte("PAR1 no table PAR1"), 0o600)
		}
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v, want %q", err, key)
		}
	}
}

func TestBraces(t *testing.T) {
	for pattern, want := range map[string][]string{
		"a":               {"a"},
		"a-{08..11}.tar":  {"a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"},
		"{x,y}-{0..1}.gz": {"x-0.gz", "x-1.gz", "y-0.gz", "y-1.gz"},
	} {
		if got, err := expandBraces(pattern, nil); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
	for _, pattern := range []string{"{5..1}", "{a..b}", "{-1..3}", "{0..99999999}", "{0..999}{0..999}"} {
		if got, err := expandBraces(pattern, nil); err == nil {
			t.Errorf("%s: %d files", pattern, len(got))
		}
	}
	for name, want := range map[string]string{"val-00000-of-00002.parquet": "val", "val-000007.tar.gz": "val", "shard_12.tar": "shard", "0001.tar": "", "train.tar": "train"} {
		if got := shardPart(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestFlatFolderTakesLittle lists 100,000 pairs in one folder.
func TestFlatFolderTakesLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: lists 200,000 names")
	}
	const pairs = 100000
	file := filepath.Join(t.TempDir(), "many.zip") // as names alone, which is quicker than files
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for i := range pairs {
		z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("images/%08d.jpg", i)})
		z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("masks/%08d_mask.png", i)})
	}
	z.Close()
	f.Close()
	p, err := (&Options{}).openPlace("", file)
	if err != nil {
		t.Fatal(err)
	}
	walk := pairing{images: p.at("images"), masks: p.at("masks"), rule: rule{images: []string{""}, masks: []string{"", "_mask"}}}
	n := 0
	var base, m runtime.MemStats
	for range walk.items() { // the zip reader makes its own index at the first listing
		break
	}
	runtime.GC()
	runtime.ReadMemStats(&base)
	most := uint64(0)
	for _, err := range walk.items() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%50000 == 1 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if grown := int64(most) - int64(base.HeapAlloc); n != pairs || grown > 100*2*pairs {
		t.Errorf("%d pairs, %d bytes a name", n, grown/(2*pairs))
	} else {
		t.Logf("%d bytes a name", grown/(2*pairs))
	}
}

func FuzzTar(f *testing.F) {
	for _, name := range []string{"webdataset/val-000000.tar", "webdataset-gzip/val-000001.tar.gz"} {
		content, err := os.ReadFile(at(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) { fuzzed(t, "x.tar", content) })
}
