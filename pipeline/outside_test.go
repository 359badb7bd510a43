package pipeline_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutside builds a program in a module of its own, which cannot import internal packages, and runs it: everything that
// the packages take can be built outside, and a loss can be added.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped in short mode: it links a program")
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir, out := t.TempDir(), t.TempDir()
	program, err := os.ReadFile(filepath.Join("testdata", "outside", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(repository, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// With our requirements as its own, the module needs nothing that a build of ours has not fetched.
	module := strings.Replace(string(ours), "module github.com/segmetry/segmetry", "module example.com/outside", 1) +
		"\nrequire github.com/segmetry/segmetry v0.0.0\n\nreplace github.com/segmetry/segmetry => " + filepath.ToSlash(repository) + "\n"
	for name, text := range map[string][]byte{"main.go": program, "go.sum": sums, "go.mod": []byte(module)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "go", "run", ".", filepath.Join(repository, "testdata", "quickstart"), out)
	c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	// ln 2, as two classes are as likely, and its double; the new model is better (docs/examples/compare_test.go).
	if want := "ce 0.6931 twice_ce 1.3863\naAcc in kind=*: max drop 1pt kind=cell true\n"; string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	for _, name := range []string{"new/report.html", "new/summary.json", "compare/compare.html", "compare/compare.json"} {
		if page, err := os.ReadFile(filepath.Join(out, name)); err != nil || !strings.Contains(string(page), "aAcc") {
			t.Errorf("%s: %v, without aAcc", name, err)
		}
	}
}
