package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestRunOverABucket: a run over s3:// writes the figures of the run over the same files on the disk, says once that it asks, and
// can be begun anew from its own config.yaml; --offline refuses.
func TestRunOverABucket(t *testing.T) {
	nuclei := filepath.Join(repository, "..", "shared", "material", "nuclei")
	if _, err := os.Stat(nuclei); err != nil {
		t.Skip("skipped: the shared material is not here")
	}
	endpoint := serveNuclei(t, nuclei)
	model, err := filepath.Abs(models + "nuclei3_dyn_logits.onnx")
	if err != nil {
		t.Fatal(err)
	}
	run := func(images, masks string, more ...string) (stderr string, csv []byte, folder string) {
		t.Helper()
		folder = filepath.Join(t.TempDir(), "run")
		args := append([]string{"run", "--model", model, "--images", images, "--masks", masks, "--classes", "background,interior,border",
			"--set", "dataset.cache.folder=" + t.TempDir(), "--losses", "ce", "--limit", "5", "--out", folder}, more...)
		code, _, stderr := command(t, args...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		csv, err := os.ReadFile(filepath.Join(folder, "images.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return stderr, csv, folder
	}
	_, want, _ := run(filepath.Join(nuclei, "images"), filepath.Join(nuclei, "masks"))
	stderr, got, folder := run("s3://data/nuclei/images?endpoint="+endpoint, "s3://data/nuclei/masks?endpoint="+endpoint)
	if !bytes.Equal(got, want) {
		t.Errorf("images.csv over the bucket:\n%s\nover the disk:\n%s", got, want)
	}
	if n := strings.Count(stderr, "reading s3://data from "+endpoint); n != 1 {
		t.Errorf("announced %d times: %s", n, stderr)
	}
	_, _, sliced := run(filepath.Join(nuclei, "images"), filepath.Join(nuclei, "masks"), "--slices", "column:ward", "--set", "dataset.metadata=s3://data/wards.csv?endpoint="+endpoint)
	if text, err := os.ReadFile(filepath.Join(sliced, "slices.csv")); err != nil || !bytes.Contains(text, []byte("ward,3,")) {
		t.Errorf("slices of metadata in the bucket: %v: %s", err, text)
	}
	config := filepath.Join(folder, "config.yaml")
	code, _, stderr := command(t, "run", config, "--out", filepath.Join(t.TempDir(), "again"), "--set", "dataset.cache.folder="+t.TempDir())
	if code != 0 {
		t.Errorf("from its own config.yaml: exit %d: %s", code, stderr)
	}
	code, _, stderr = command(t, "run", config, "--offline", "--out", filepath.Join(t.TempDir(), "offline"))
	if code != exitUsage || !strings.Contains(stderr, "--offline forbids") || strings.Contains(stderr, "reading s3://") {
		t.Errorf("--offline: exit %d: %s", code, stderr)
	}
}

// serveNuclei starts an S3 server with the pictures of a folder and metadata of the first, and returns its URL.
func serveNuclei(t *testing.T, folder string) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("data"); err != nil {
		t.Fatal(err)
	}
	put := func(key string, content []byte) {
		t.Helper()
		if _, err := backend.PutObject("data", key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, bytes.NewReader(content), int64(len(content)), nil); err != nil {
			t.Fatal(err)
		}
	}
	put("wards.csv", []byte("image,ward\nn00.png,3\n"))
	files, _ := filepath.Glob(filepath.Join(folder, "*s", "*.png"))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		put("nuclei/"+filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), content)
	}
	s := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(s.Close)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	return s.URL
}
