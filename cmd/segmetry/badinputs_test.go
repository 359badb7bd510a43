package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/pipeline/preflight"
)

// The limits that every bad input must keep.
const (
	badTime   = time.Minute
	badMemory = 512 << 20 // resident, of the process that goes through all of them
)

const badFolder = repository + "/testdata/bad"

// badInput is what is wrong in a way, and what must be said of it.
type badInput struct {
	name string
	// read goes the way that a command goes; it returns the first error. dir is for what is made when the test runs.
	read func(dir string) error
	want []string // parts of the error; the first is the name of the file, the line or the key
	exit int      // the command's exit code; 0: that of data or usage
}

// badInputs are those of every room.
func badInputs() []badInput {
	return slices.Concat(badPictures(), badMasks(), badContainers(), badTextFiles(), badFolders())
}

// badResult is what came of an input.
type badResult struct {
	Name      string
	Error     string
	Kind      fault.Kind
	Seconds   float64
	Allocated uint64
	Peak      int64
}

// badChild says to TestBadInputs that it is the process which reads them, and where to put what it finds.
const badChild = "SEGMETRY_TEST_BAD_INPUTS"

// TestEveryBadInputIsRead: a file of the folders that no case names would go unread.
func TestEveryBadInputIsRead(t *testing.T) {
	for folder, cases := range map[string]int{badFolder + "/pictures/*": len(pictureErrors), badFolder + "/masks/*": len(maskErrors), "testdata/bad/zip/*": len(zipErrors),
		"testdata/bad/tar/*": len(tarErrors), "testdata/bad/tar-gzip/*": len(gzipErrors), "testdata/bad/parquet/*": len(parquetErrors), "testdata/bad/coco/*.json": len(cocoErrors),
		"testdata/bad/lists/*.txt": len(listErrors), "testdata/bad/npy/*.npy": len(npyErrors), "testdata/bad/metadata/*": len(metadataErrors), "testdata/bad/configs/*": len(configErrors)} {
		files, err := filepath.Glob(folder)
		if err != nil || len(files) != cases {
			t.Errorf("%s: %d files, %d cases, %v", folder, len(files), cases, err)
		}
	}
}

// TestBadInputs reads all of the repository's testdata/bad and of this folder's in a process of its own: each input gives one error that names it and says what is
// wrong, within ten seconds; the process never panics, and never takes 512 MiB.
func TestBadInputs(t *testing.T) {
	inputs := badInputs()
	if file := os.Getenv(badChild); file != "" {
		readBadInputs(t, inputs, file)
		return
	}
	file := filepath.Join(t.TempDir(), "results")
	child := exec.Command(os.Args[0], "-test.run=^TestBadInputs$")
	child.Env = append(os.Environ(), badChild+"="+file)
	output, err := child.CombinedOutput()
	if err != nil {
		t.Errorf("the process that reads them: %v\n%s", err, output)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]badResult{}
	var peak int64
	for line := range bytes.Lines(text) {
		var r badResult
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		results[r.Name] = r
		peak = max(peak, r.Peak)
	}
	for _, in := range inputs {
		t.Run(in.name, func(t *testing.T) { in.check(t, results) })
	}
	if peak > badMemory {
		t.Errorf("the process took %d MiB, at most %d are allowed", peak>>20, badMemory>>20)
	}
	t.Logf("%d bad inputs, %d MiB at most", len(inputs), peak>>20)
}

// check holds what was found against what must be said.
func (in badInput) check(t *testing.T, results map[string]badResult) {
	r, read := results[in.name]
	switch {
	case !read:
		t.Fatal("it was not read: the process ended before")
	case r.Error == "":
		t.Fatal("no error")
	case strings.Contains(r.Error, "goroutine "):
		t.Errorf("a panic: %s", r.Error)
	case r.Kind != fault.Data && r.Kind != fault.Usage:
		t.Errorf("neither an error of data nor of usage: %s", r.Error)
	}
	if want := map[fault.Kind]int{fault.Usage: 2, fault.Data: 3}[r.Kind]; in.exit != 0 && in.exit != want {
		t.Errorf("exit code %d, want %d: %s", want, in.exit, r.Error)
	}
	for _, want := range in.want {
		if !strings.Contains(r.Error, want) {
			t.Errorf("does not say %q: %s", want, r.Error)
		}
	}
	if r.Seconds > badTime.Seconds() {
		t.Errorf("took %.1f s", r.Seconds)
	}
}

// readBadInputs writes a line for each input.
func readBadInputs(t *testing.T, inputs []badInput, file string) {
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, in := range inputs {
		r := badResult{Name: in.name}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := time.Now()
		done := make(chan error, 1)
		dir := t.TempDir()
		go func() { done <- in.read(dir) }()
		select {
		case err = <-done:
		case <-time.After(badTime):
			err = fmt.Errorf("still at it after %v", badTime)
		}
		r.Seconds = time.Since(started).Seconds()
		runtime.ReadMemStats(&after)
		r.Allocated, r.Peak = after.TotalAlloc-before.TotalAlloc, rss.Peak()
		if err != nil {
			r.Error, r.Kind = err.Error(), fault.KindOf(err)
		}
		if err := json.NewEncoder(out).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
}

// readDataset goes through a dataset as run does, up to the first error, and as check does, which must not find less.
func readDataset(o dataset.Options) error {
	err := evaluateDataset(o)
	if looked := lookAtDataset(o); err != nil && looked != nil {
		return fmt.Errorf("run says %w, and check nothing: %w", err, looked)
	}
	return err
}

func evaluateDataset(o dataset.Options) error {
	if err := o.Resolve(); err != nil {
		return err
	}
	source, err := dataset.Open(o)
	if err != nil {
		return err
	}
	loader, err := dataset.NewLoader(o, dataset.DefaultPreprocess(), dataset.Input{Channels: 3})
	if err != nil {
		return err
	}
	for item, err := range source.Items() {
		if err != nil {
			return err
		}
		picture, err := loader.ImageOf(item.Image)
		if err != nil {
			return err
		}
		if _, err := loader.MaskOf(item.Mask, picture.Width, picture.Height); err != nil {
			return err
		}
	}
	return nil
}

// lookAtDataset is nil where preflight finds something, too.
func lookAtDataset(o dataset.Options) error {
	ctx, stop := context.WithTimeout(context.Background(), badTime)
	defer stop()
	if err := o.Resolve(); err != nil {
		return nil
	}
	source, err := dataset.Open(o)
	if err != nil {
		return nil
	}
	listing, err := preflight.List(ctx, source, 0)
	if err != nil {
		return nil
	}
	_, found, err := preflight.Survey(ctx, source, o, dataset.DefaultPreprocess(), preflight.Plan{Total: listing.Items, Decode: true, Skip: listing.Unreadable})
	if err == nil && len(listing.Findings)+len(found) == 0 {
		return fmt.Errorf("%d items", listing.Items)
	}
	return nil
}
