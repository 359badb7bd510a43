package bucket

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// server is an S3 server whose answers a test may change.
type server struct {
	*httptest.Server
	backend gofakes3.Backend
	mutex   sync.Mutex
	seen    []string                                                 // method, path and query of each request
	before  func(w http.ResponseWriter, r *http.Request) (done bool) // nil: the server answers
}

func startServer(t *testing.T, objects map[string]string) *server {
	t.Helper()
	s := &server{backend: s3mem.New()}
	if err := s.backend.CreateBucket("data"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(s.backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mutex.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
		before := s.before
		s.mutex.Unlock()
		if before == nil || !before(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	for key, content := range objects {
		s.put(t, key, content)
	}
	return s
}

func (s *server) put(t *testing.T, key, content string) {
	t.Helper()
	if _, err := s.backend.PutObject("data", key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, strings.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

func (s *server) answer(before func(w http.ResponseWriter, r *http.Request) bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.before = before
}

// count is how many requests had this in them since the last count.
func (s *server) count(part string) (n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, r := range s.seen {
		if strings.Contains(r, part) {
			n++
		}
	}
	s.seen = nil
	return n
}

// secret stands in no message.
const secret = "wJalrXUtnFEMI-K7MDENG"

func noCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CONNECTION_STRING", "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
}

// client is one whose waiting is short.
func (s *server) client(t *testing.T, o Options, size int64) *Client {
	t.Helper()
	noCredentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	o.Endpoint = s.URL
	c, err := NewClient(o, Network{Context: t.Context()}, t.TempDir(), size)
	if err != nil {
		t.Fatal(err)
	}
	c.limits = limits{dial: time.Second, header: 200 * time.Millisecond, stall: 200 * time.Millisecond, tries: 2}
	return c
}

func (c *Client) at(t *testing.T, name string) (*FS, URL) {
	t.Helper()
	u, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Open("dataset.images", u)
	if err != nil {
		t.Fatal(err)
	}
	return f, u
}

func content(t *testing.T, f *FS, key string) string {
	t.Helper()
	file, err := f.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// azureServer answers the three requests of Azure's protocol that are made, as its documentation has them.
func azureServer(t *testing.T, objects map[string]string, check func(*http.Request) bool) *httptest.Server {
	t.Helper()
	etag := func(text string) string { return fmt.Sprintf("0x%x", versionOf(text)) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-ms-version", r.Header.Get("x-ms-version"))
		fail := func(status int, code string) {
			w.Header().Set("x-ms-error-code", code)
			w.WriteHeader(status)
			fmt.Fprintf(w, "<Error><Code>%s</Code></Error>", code)
		}
		rest, ok := strings.CutPrefix(r.URL.Path, "/account/data")
		switch {
		case !check(r):
			fail(http.StatusForbidden, "AuthorizationFailure")
		case !ok:
			fail(http.StatusNotFound, "ContainerNotFound")
		case r.URL.Query().Get("comp") == "list":
			listAzure(w, r, objects, etag)
		default:
			text, ok := objects[strings.TrimPrefix(rest, "/")]
			if !ok {
				fail(http.StatusNotFound, "BlobNotFound")
				return
			}
			w.Header().Set("ETag", `"`+etag(text)+`"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			io.WriteString(w, text)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// listAzure answers with one name a page.
func listAzure(w http.ResponseWriter, r *http.Request, objects map[string]string, etag func(string) string) {
	type blob struct {
		Name string
		Size int    `xml:"Properties>Content-Length"`
		ETag string `xml:"Properties>Etag"`
	}
	var page struct {
		XMLName  xml.Name `xml:"EnumerationResults"`
		Blobs    []blob   `xml:"Blobs>Blob"`
		Prefixes []string `xml:"Blobs>BlobPrefix>Name"`
		Next     string   `xml:"NextMarker"`
	}
	prefix := r.URL.Query().Get("prefix")
	var names []string
	for key := range objects {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			first, _, folder := strings.Cut(rest, "/")
			if folder {
				first += "/"
			}
			names = append(names, prefix+first)
		}
	}
	names = sortedOnce(names)
	at := 0
	fmt.Sscan(r.URL.Query().Get("marker"), &at)
	if at < len(names) {
		if name := names[at]; strings.HasSuffix(name, "/") {
			page.Prefixes = append(page.Prefixes, name)
		} else {
			page.Blobs = append(page.Blobs, blob{name, len(objects[name]), etag(objects[name])})
		}
		if at+1 < len(names) {
			page.Next = fmt.Sprint(at + 1)
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	xml.NewEncoder(w).Encode(page)
}
