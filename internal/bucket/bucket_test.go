package bucket

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

func sortedOnce(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

var few = map[string]string{"images/a.png": "aaaa", "images/sub/b.png": "bb", "masks/a.png": "m", "images/": "", "images//c.png": "c"}

// TestFileSystem holds a bucket against the standard library's test of file systems.
func TestFileSystem(t *testing.T) {
	s := startServer(t, few)
	f, _ := s.client(t, Options{}, 1<<20).at(t, "s3://data")
	if err := fstest.TestFS(f, "images/a.png", "images/sub/b.png", "masks/a.png"); err != nil {
		t.Fatal(err)
	}
	entries, err := fs.ReadDir(f, "images")
	if err != nil || len(entries) != 2 {
		t.Errorf("images/ has %v, %v: expected a.png and sub, no placeholder and no name with an empty part", entries, err)
	}
}

// TestCopies: what was fetched once is not fetched again, by this process or another; a new version is.
func TestCopies(t *testing.T) {
	s := startServer(t, few)
	c := s.client(t, Options{}, 1<<20)
	f, _ := c.at(t, "s3://data/images")
	for range 3 {
		if got := content(t, f, "images/a.png"); got != "aaaa" {
			t.Fatal(got)
		}
	}
	if n := s.count("GET /data/images/a.png"); n != 1 {
		t.Errorf("%d requests for one object: expected 1", n)
	}
	again := func() *FS { // as another process
		other := s.client(t, Options{}, 1<<20)
		other.cache.folder = c.cache.folder
		f, _ := other.at(t, "s3://data")
		return f
	}
	content(t, again(), "images/a.png")
	if n := s.count("GET /data/images/a.png"); n != 0 {
		t.Errorf("%d requests for an object that is in the cache: expected none", n)
	}
	s.put(t, "images/a.png", "AAAA") // of the same size
	if got := content(t, again(), "images/a.png"); got != "AAAA" {
		t.Errorf("after a change: %q", got)
	}
	copies, err := c.cache.copies()
	if err != nil || len(copies) != 2 {
		t.Fatal(copies, err)
	}
	for _, f := range copies { // as a machine that stopped may leave them
		if err := os.Truncate(f.at, 2); err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, again(), "images/a.png"); got != "AAAA" {
		t.Errorf("a copy that is cut off was read: %q", got)
	}
}

// TestCacheIsBounded: what was not used for longest goes; an object larger than the whole is refused before it is fetched.
func TestCacheIsBounded(t *testing.T) {
	objects := map[string]string{}
	for i := range 40 {
		objects[fmt.Sprintf("%02d", i)] = strings.Repeat("x", 100)
	}
	objects["huge"] = strings.Repeat("x", 1001)
	s := startServer(t, objects)
	c := s.client(t, Options{}, 1000)
	f, _ := c.at(t, "s3://data")
	for i := range 40 {
		first, err := os.Stat(c.cache.path(c.cache.id(f.endpoint, f.root, "00"), 100, versionOfText(s, objects["00"])))
		if err == nil { // in use all the time
			later := first.ModTime().Add(time.Hour)
			os.Chtimes(c.cache.path(c.cache.id(f.endpoint, f.root, "00"), 100, versionOfText(s, objects["00"])), later, later)
		}
		content(t, f, fmt.Sprintf("%02d", i))
		copies, err := c.cache.copies()
		total := int64(0)
		for _, f := range copies {
			total += f.size
		}
		if err != nil || total > 1000 {
			t.Fatalf("after %d objects the cache has %d bytes, %v", i+1, total, err)
		}
	}
	s.count("")
	content(t, f, "39")
	content(t, f, "00")
	if n := s.count("GET"); n != 0 {
		t.Errorf("%d requests for what was used last", n)
	}
	if _, err := f.Open("huge"); err == nil || !strings.Contains(err.Error(), "raise dataset.cache.size") || !strings.Contains(err.Error(), "s3://data/huge") {
		t.Errorf("an object larger than the cache: %v", err)
	}
}

func versionOfText(s *server, text string) uint64 {
	o, err := s.backend.HeadObject("data", "00")
	if err != nil {
		panic(err)
	}
	return versionOf(fmt.Sprintf("%x", o.Hash))
}

// TestSharedCache: clients that share a small cache, as processes do, read the right bytes while each takes copies away.
func TestSharedCache(t *testing.T) {
	objects := map[string]string{}
	for i := range 30 {
		objects[fmt.Sprintf("%02d", i)] = strings.Repeat(string(rune('a'+i)), 200)
	}
	s := startServer(t, objects)
	folder := t.TempDir()
	var wait sync.WaitGroup
	for range 3 {
		c := s.client(t, Options{}, 4000) // twenty of the thirty, and room for the nine that are read at once
		c.cache.folder = folder
		f, _ := c.at(t, "s3://data")
		for worker := range 3 {
			wait.Go(func() {
				for i := range 30 {
					key := fmt.Sprintf("%02d", (i*7+worker*11)%30)
					file, err := f.Open(key)
					if err != nil {
						t.Error(err)
						return
					}
					text, err := io.ReadAll(file)
					file.Close()
					if err != nil || string(text) != objects[key] {
						t.Errorf("%s: %q, %v", key, text, err)
					}
				}
			})
		}
	}
	wait.Wait()
}

// TestLargeFolders: a folder of several pages is listed whole where it is walked, and asked singly where one name is looked for.
func TestLargeFolders(t *testing.T) {
	s := startServer(t, nil)
	for i := range 2500 {
		s.put(t, fmt.Sprintf("images/%05d.png", i), "x")
	}
	s.put(t, "images/zz/a.png", "x")
	f, _ := s.client(t, Options{}, 1<<20).at(t, "s3://data")
	if _, err := f.Stat("images/02400.png"); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat("images/02400.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a name that is not there: %v", err)
	}
	if info, err := f.Stat("images/zz"); err != nil || !info.IsDir() {
		t.Errorf("a folder: %v, %v", info, err)
	}
	if n := s.count("list-type=2"); n > 6 {
		t.Errorf("%d requests for lists to look for three names", n)
	}
	for i := range 200 {
		f.Stat(fmt.Sprintf("images/%05d.gif", i))
	}
	if n := s.count(""); n > 80 {
		t.Errorf("%d requests to look for 200 names: expected the folder to be listed after %d", n, singly)
	}
	entries, err := fs.ReadDir(f, "images")
	if err != nil || len(entries) != 2501 {
		t.Errorf("%d entries, %v: expected 2501", len(entries), err)
	}
	f.kept = keptNames // no room: listed as a stream
	f.dirs = map[string]*directory{}
	file, err := f.Open("images")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		list, err := file.(fs.ReadDirFile).ReadDir(700)
		n += len(list)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != 2501 {
		t.Errorf("%d entries of a folder that is not kept: expected 2501", n)
	}
}

// TestErrors: each names the URL, what was found and what to do, and no secret.
func TestErrors(t *testing.T) {
	denied := func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
		return true
	}
	gets := func(do func(w http.ResponseWriter, r *http.Request)) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, ".png") {
				return false
			}
			do(w, r)
			return true
		}
	}
	for name, c := range map[string]struct {
		url    string
		before func(w http.ResponseWriter, r *http.Request) bool
		kind   fault.Kind
		want   []string
	}{
		"no bucket":     {"s3://nothing/images/a.png", nil, fault.Usage, []string{"there is no bucket s3://nothing", "endpoint"}},
		"denied":        {"s3://data/images/a.png", denied, fault.Usage, []string{"s3://data", "access denied", "credentials"}},
		"no answer":     {"s3://data/images/a.png", func(http.ResponseWriter, *http.Request) bool { time.Sleep(300 * time.Millisecond); return true }, fault.Data, []string{"s3://data/images", "no answer from http://127.0.0.1", "2 tries", "timeout"}},
		"broken server": {"s3://data/images/a.png", func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }, fault.Data, []string{"no answer", "2 tries"}},
		"vanished": {"s3://data/images/a.png", gets(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>")
		}), fault.Data, []string{"s3://data/images/a.png", "has vanished since it was listed"}},
		"cut off": {"s3://data/images/a.png", gets(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.Header().Set("ETag", `"a"`)
			fmt.Fprint(w, "aa")
		}), fault.Data, []string{"s3://data/images/a.png", "2 tries", "unexpected EOF"}},
		"stands still": {"s3://data/images/a.png", gets(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.Header().Set("ETag", `"a"`)
			fmt.Fprint(w, "aa")
			http.NewResponseController(w).Flush()
			time.Sleep(time.Second)
		}), fault.Data, []string{"s3://data/images/a.png", "2 tries", "stopped in the middle"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, few)
			s.answer(c.before)
			f, u := s.client(t, Options{}, 1<<20).at(t, c.url)
			begin := time.Now()
			_, err := f.Open(u.Key)
			if err == nil || fault.KindOf(err) != c.kind || strings.Contains(err.Error(), secret) {
				t.Fatalf("%v (kind %v)", err, fault.KindOf(err))
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q has no %q", err, want)
				}
			}
			if d := time.Since(begin); d > 10*time.Second {
				t.Errorf("it took %v", d)
			}
			if left, _ := filepath.Glob(filepath.Join(f.cache.folder, "*", "*")); len(left) > 0 {
				t.Errorf("left in the cache: %v", left)
			}
		})
	}
}

// TestOneFailureIsTriedAgain: an answer that ends in the middle once is fetched again.
func TestOneFailureIsTriedAgain(t *testing.T) {
	s := startServer(t, few)
	var once sync.Once
	s.answer(func(w http.ResponseWriter, r *http.Request) (done bool) {
		if strings.HasSuffix(r.URL.Path, ".png") && r.Method == http.MethodGet {
			once.Do(func() {
				w.Header().Set("Content-Length", "4")
				w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
				fmt.Fprint(w, "aa")
				done = true
			})
		}
		return done
	})
	f, _ := s.client(t, Options{}, 1<<20).at(t, "s3://data")
	if got := content(t, f, "images/a.png"); got != "aaaa" {
		t.Error(got)
	}
}

func TestOfflineRefuses(t *testing.T) {
	c, err := NewClient(Options{}, Network{Offline: true, Announce: func(string) { t.Error("announced") }}, t.TempDir(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Open("dataset.images", URL{"s3", "data", "images"})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(fmt.Sprint(err), "dataset.images: s3://data/images lies on the network, which --offline forbids") {
		t.Error(err)
	}
}

func TestAnnouncement(t *testing.T) {
	s := startServer(t, few)
	c := s.client(t, Options{}, 1<<20)
	var said []string
	c.network.Announce = func(text string) { said = append(said, text) }
	c.at(t, "s3://data/images")
	c.at(t, "s3://data/masks")
	if len(said) != 1 || !strings.Contains(said[0], "reading s3://data from "+s.URL) || !strings.Contains(said[0], "1.0 MiB") || strings.Contains(said[0], secret) {
		t.Errorf("announced: %q", said)
	}
}

func TestURLs(t *testing.T) {
	for name, c := range map[string]struct{ in, out, say string }{
		"plain":       {"s3://b/a/c.png", "s3://b/a/c.png", ""},
		"slashes":     {"gs://b//a/./c/", "gs://b/a/c", ""},
		"root":        {"azblob://b/", "azblob://b", ""},
		"above":       {"s3://b/../../c", "s3://b/c", ""},
		"query":       {"s3://b/a?endpoint=http://x:1&region=r&anonymous=true", "s3://b/a", ""},
		"unknown":     {"s3://b/a?X-Amz-Signature=" + secret, "", "X-Amz-Signature"},
		"conflict":    {"s3://b/a?region=r&profile=other", "", "two values of profile"},
		"credentials": {"s3://key:" + secret + "@b/a", "", "leave them out"},
		"no bucket":   {"s3:///a", "", "names no bucket"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Profile: "mine"}
			plain, err := o.Take(c.in)
			var u URL
			if err == nil {
				u, err = Parse(plain)
			}
			if c.say != "" {
				if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), secret) {
					t.Fatal(err)
				}
				return
			}
			if err != nil || u.String() != c.out {
				t.Fatalf("%v, %v", u, err)
			}
			if name == "query" && o != (Options{Endpoint: "http://x:1", Region: "r", Profile: "mine", Anonymous: true}) {
				t.Errorf("%+v", o)
			}
		})
	}
	if err := (Options{Endpoint: "https://a:" + secret + "@x"}).Validate("dataset.bucket"); err == nil || strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
}

// TestGoogle: requests carry the token that a service account's key is exchanged for, and ask for objects as they are stored.
func TestGoogle(t *testing.T) {
	s := startServer(t, few)
	var tokens, stored int
	s.answer(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "expires_in": 3600}`, secret)
			return true
		}
		if r.Header.Get("Authorization") == "Bearer "+secret {
			tokens++
		}
		if r.Header.Get("Accept-Encoding") == "gzip" {
			stored++
		}
		return false
	})
	c := s.client(t, Options{}, 1<<20)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", serviceAccount(t, s.URL+"/token"))
	f, _ := c.at(t, "gs://data")
	if got := content(t, f, "images/a.png"); got != "aaaa" {
		t.Error(got)
	}
	if tokens < 2 || stored != tokens {
		t.Errorf("%d requests with the token, %d as stored", tokens, stored)
	}
}

func serviceAccount(t *testing.T, tokens string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "a@example.com", "token_uri": tokens, "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestAzure: a listing of several pages, blobs, and errors that say nothing of a signature.
func TestAzure(t *testing.T) {
	objects := map[string]string{"images/a.png": "aaaa", "images/b.png": "bb", "images/sub/c.png": "c"}
	open := func(t *testing.T, url string, check func(*http.Request) bool) (*FS, URL) {
		s := azureServer(t, objects, check)
		c, err := NewClient(Options{Endpoint: s.URL + "/account"}, Network{}, t.TempDir(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		c.limits = limits{dial: time.Second, header: time.Second, stall: time.Second, tries: 2}
		return c.at(t, url)
	}
	t.Run("shared access signature", func(t *testing.T) {
		noCredentials(t)
		t.Setenv("AZURE_STORAGE_SAS_TOKEN", "?sv=2024&sig="+secret)
		f, _ := open(t, "azblob://data", func(r *http.Request) bool { return r.URL.Query().Get("sig") == secret })
		if err := fstest.TestFS(f, "images/a.png", "images/sub/c.png"); err != nil {
			t.Error(err)
		}
	})
	t.Run("key", func(t *testing.T) {
		noCredentials(t)
		t.Setenv("AZURE_STORAGE_ACCOUNT", "account")
		t.Setenv("AZURE_STORAGE_KEY", "c2VjcmV0")
		f, _ := open(t, "azblob://data", func(r *http.Request) bool {
			return strings.HasPrefix(r.Header.Get("Authorization"), "SharedKey account:")
		})
		if got := content(t, f, "images/b.png"); got != "bb" {
			t.Error(got)
		}
	})
	for name, c := range map[string]struct {
		url, say string
		check    func(*http.Request) bool
	}{
		"denied":       {"azblob://data/images/a.png", "access denied", func(*http.Request) bool { return false }},
		"no container": {"azblob://nothing/images/a.png", "there is no bucket azblob://nothing", func(*http.Request) bool { return true }},
		"no answer":    {"azblob://data/images/a.png", "no answer", func(*http.Request) bool { panic(http.ErrAbortHandler) }},
	} {
		t.Run(name, func(t *testing.T) {
			noCredentials(t)
			t.Setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024&sig="+secret)
			f, u := open(t, c.url, c.check)
			_, err := f.Open(u.Key)
			if err == nil || !strings.Contains(err.Error(), c.say) || strings.Contains(err.Error(), secret) {
				t.Error(err)
			}
		})
	}
}
