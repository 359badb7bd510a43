package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMerge: shards give the bytes of the unsharded run, in any order and number, also where some have no image.
func TestMerge(t *testing.T) {
	dir := t.TempDir()
	base := []string{"run", repository + "/configs/quickstart.yaml", "--quiet", "--limit", "7", "--metrics", "all", "--compat", "all", "--slices", "size,brightness", "--set", "report.gradients=true", "--predictions", "--ignore-index", "2"}
	run := func(name string, flags ...string) string {
		t.Helper()
		out := filepath.Join(dir, name)
		if code, _, stderr := command(t, append(append(base[:len(base):len(base)], "--out", out), flags...)...); code != 0 {
			t.Fatalf("%s: exit %d: %s", name, code, stderr)
		}
		return out
	}
	whole := run("whole")
	parts := map[int][]string{}
	for _, n := range []int{1, 3, 9} {
		for i := range n {
			parts[n] = append([]string{run(fmt.Sprintf("part-%d-%d", n, i), "--shard", fmt.Sprintf("%d/%d", i+1, n))}, parts[n]...)
		}
		out := filepath.Join(dir, fmt.Sprintf("merged-%d", n))
		if code, _, stderr := command(t, append([]string{"merge", "--quiet", "--out", out}, parts[n]...)...); code != 0 {
			t.Fatalf("%d shards: exit %d: %s", n, code, stderr)
		}
		sameFolder(t, whole, out)
	}
	if absent(filepath.Join(whole, "statistics", "ignored")) {
		t.Error("no image has ignored pixels: the test is to have some")
	}
	other := run("other", "--shard", "3/3", "--set", "preprocess.interpolation=cv_area")
	p := parts[3]
	for _, c := range []struct {
		name, say string
		folders   []string
	}{
		{"one is missing", "3/3", p[1:]},
		{"two are missing", "1/3, 2/3", p[:1]},
		{"one is there twice", "shard 1/3 is there twice", append([]string{p[2]}, p...)},
		{"another division", "one division", []string{p[0], parts[9][0]}},
		{"no shard", "is no shard", []string{whole}},
		{"another configuration", "preprocess.interpolation", []string{other, p[1], p[2]}},
		{"no run", "expected the folder of a run", []string{dir}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := command(t, append([]string{"merge", "--out", filepath.Join(dir, "x")}, c.folders...)...)
			if code != exitUsage || !strings.Contains(stderr, c.say) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
	if code, _, stderr := command(t, append([]string{"merge", "--overwrite", "--out", p[1] + "/."}, p...)...); code != exitUsage || !strings.Contains(stderr, "is shard 2/3, which is read") {
		t.Errorf("over a shard: exit %d: %s", code, stderr)
	}
	if code, _, stderr := command(t, append([]string{"merge", "--out", whole}, p...)...); code != exitUsage || !strings.Contains(stderr, "--overwrite") {
		t.Errorf("into a run's folder: exit %d: %s", code, stderr)
	}
}

// TestMergeOfDamagedShards: a shard whose files are not all there, or that is being run again, is named, and nothing stays of what was begun.
func TestMergeOfDamagedShards(t *testing.T) {
	dir := t.TempDir()
	var parts []string
	for i := range 2 {
		out := filepath.Join(dir, fmt.Sprint(i))
		parts = append(parts, out)
		if code, _, stderr := command(t, "run", repository+"/configs/quickstart.yaml", "--limit", "4", "--shard", fmt.Sprintf("%d/2", i+1), "--out", out, "--predictions", "-q"); code != 0 {
			t.Fatal(stderr)
		}
	}
	for _, c := range []struct {
		name, say string
		code      int
		harm      func(shard string) error
	}{
		{"a prediction is gone", "the prediction of cell-02.png is missing", exitData, func(s string) error { return os.Remove(filepath.Join(s, "predictions", "cell-02.png")) }},
		{"a prediction is cut off", "cell-02.png is damaged: it is cut off", exitData, func(s string) error { return os.Truncate(filepath.Join(s, "predictions", "cell-02.png"), 50) }},
		{"the manifest is gone", "manifest.json", exitUsage, func(s string) error { return os.Remove(filepath.Join(s, "manifest.json")) }},
		{"it is being run again", "shard 2/2, is being run again", exitUsage, func(s string) error { return os.WriteFile(filepath.Join(s, "statistics", ".journal.db"), nil, 0o600) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			harmed, out := filepath.Join(dir, c.name), filepath.Join(dir, c.name+", merged")
			if err := os.CopyFS(harmed, os.DirFS(parts[1])); err != nil {
				t.Fatal(err)
			}
			if err := c.harm(harmed); err != nil {
				t.Fatal(err)
			}
			if code, _, stderr := command(t, "merge", parts[0], harmed, "--out", out); code != c.code || !strings.Contains(stderr, c.say) {
				t.Errorf("exit %d: %s", code, stderr)
			}
			if !absent(out) {
				t.Errorf("%s, which was begun, stays", out)
			}
			if code, _, stderr := command(t, "merge", "-q", parts[0], parts[1], "--out", out); code != 0 {
				t.Errorf("afterwards: exit %d: %s", code, stderr)
			}
		})
	}
}

// TestMergeJudgesGates: gates of the configuration wait for the whole, those on latency, too.
func TestMergeJudgesGates(t *testing.T) {
	dir := t.TempDir()
	args := []string{"merge", "--out", filepath.Join(dir, "whole")}
	for i := range 2 {
		out := filepath.Join(dir, fmt.Sprint(i))
		args = append(args, out)
		code, stdout, stderr := command(t, "run", repository+"/configs/quickstart.yaml", "--limit", "4", "--shard", fmt.Sprintf("%d/2", i+1), "--out", out, "--set", "gates=[{metric: mIoU, min: 0.1}, {metric: latency.p95_ms, max: 0.000001}]")
		if code != 0 || !strings.Contains(stdout, "2 gates were not judged") {
			t.Fatalf("a shard: exit %d: %s%s", code, stdout, stderr)
		}
	}
	if code, stdout, stderr := command(t, args...); code != exitGate || !strings.Contains(stdout, "gate mIoU: min 0.1: pass") || !strings.Contains(stdout, "gate latency.p95_ms: max 0.000001: fail") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestHistoryHasNoShards: a shard's figures are of a part, and would be a break in every trend; the whole is kept.
func TestHistoryHasNoShards(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "history.db")
	args := []string{"merge", "-q", "--out", filepath.Join(dir, "whole")}
	for i := range 2 {
		out := filepath.Join(dir, fmt.Sprint(i))
		args = append(args, out)
		code, _, stderr := command(t, "run", repository+"/configs/quickstart.yaml", "--limit", "4", "--shard", fmt.Sprintf("%d/2", i+1), "--out", out, "--history", db)
		if code != 0 || !strings.Contains(stderr, "is not kept") {
			t.Fatalf("a shard: exit %d: %s", code, stderr)
		}
		if code, _, stderr := command(t, "history", "add", db, out); code != exitUsage || !strings.Contains(stderr, "segmetry merge") {
			t.Errorf("a shard is added: exit %d: %s", code, stderr)
		}
	}
	if code, _, stderr := command(t, args...); code != 0 {
		t.Fatal(stderr)
	}
	for range 2 { // merging again gives the same run
		if code, stdout, stderr := command(t, "history", "add", db, filepath.Join(dir, "whole")); code != 0 || !strings.Contains(stdout, "is run 1") {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
		if code, _, stderr := command(t, append(args, "--overwrite")...); code != 0 {
			t.Fatal(stderr)
		}
	}
}
