//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programArgs has the command line where the test binary is to be the program itself.
const programArgs = "SEGMETRY_TEST_PROGRAM"

// TestProgram is the program, for tests that kill it.
func TestProgram(t *testing.T) {
	args := os.Getenv(programArgs)
	if args == "" {
		t.Skip("skipped: it is for other tests to call")
	}
	os.Exit(Main(strings.Split(args, "\n"), strings.NewReader(""), os.Stdout, os.Stderr, os.Environ()))
}

// program is the command of the program; wrap is a shell's text before it, such as a limit.
func program(wrap string, args ...string) *exec.Cmd {
	c := exec.Command("sh", "-c", wrap+` exec "$0" -test.run '^TestProgram$'`, os.Args[0])
	c.Env = append(os.Environ(), programArgs+"="+strings.Join(args, "\n"))
	return c
}

// deterministic are the files of a run folder whose bytes follow from the inputs.
var deterministic = []string{"images.csv", "summary.csv", "summary.json", "config.yaml", "statistics/statistics.db"}

// sameFolder compares them.
func sameFolder(t *testing.T, want, got string) {
	t.Helper()
	for _, name := range deterministic {
		a, err1 := os.ReadFile(filepath.Join(want, name))
		b, err2 := os.ReadFile(filepath.Join(got, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s has other bytes (%d and %d): %v %v", name, len(a), len(b), err1, err2)
		}
	}
	for _, folder := range []string{"predictions", "statistics/margins", "statistics/ignored"} {
		sameTree(t, filepath.Join(want, folder), filepath.Join(got, folder))
	}
	for _, pattern := range []string{".*", "statistics/.*"} {
		if left, _ := filepath.Glob(filepath.Join(got, pattern)); len(left) > 0 {
			t.Errorf("files under temporary names stay: %v", left)
		}
	}
}

// sameTree compares all files of two folders, which may both be missing.
func sameTree(t *testing.T, want, got string) {
	t.Helper()
	var files [2]map[string]string
	for i, root := range []string{want, got} {
		files[i] = map[string]string{}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files[i][path[len(root):]] = string(b)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if !maps.Equal(files[0], files[1]) {
		t.Errorf("%s has other files or bytes: %v, want %v", got, slices.Sorted(maps.Keys(files[1])), slices.Sorted(maps.Keys(files[0])))
	}
}

// copies is the quickstart's dataset n times over, and the flags to evaluate it.
func copies(t *testing.T, n int) []string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"images", "masks"} {
		files, err := filepath.Glob(data + folder + "/*.png")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		if err := os.Mkdir(filepath.Join(dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
		for k := range n {
			for _, file := range files {
				b, err := os.ReadFile(file)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, folder, fmt.Sprintf("%d-%s", k, filepath.Base(file))), b, 0o666)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return []string{"run", repository + "/configs/quickstart.yaml", "--images", filepath.Join(dir, "images"), "--masks", filepath.Join(dir, "masks"), "--quiet", "--workers", "2"}
}

// TestKilledRunsAreResumed kills runs at random moments, every second one as Ctrl-C and schedulers do, every third one once
// more while it is resumed: in the end every folder has the bytes of a run that nobody disturbed.
// SEGMETRY_KILLS=200 kills as many.
func TestKilledRunsAreResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a minute")
	}
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("SEGMETRY_KILLS")); err == nil {
		kills = n
	}
	args, whole := append(copies(t, 4), "--predictions", "--ignore-index", "2"), filepath.Join(t.TempDir(), "whole")
	begin := time.Now()
	if text, err := program("", append(args, "--out", whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	wall := time.Since(begin)
	random := rand.New(rand.NewPCG(5, 8))
	stopped, resumed := 0, 0
	for k := range kills {
		out := filepath.Join(t.TempDir(), "run")
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[k%2]
		killAfter := func(flags ...string) {
			c := program("", append(append(args, "--out", out), flags...)...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(random.Float64() * float64(wall)))
			_ = c.Process.Signal(signal) // it may be over
			if c.Wait() != nil {
				stopped++
			}
		}
		killAfter()
		if k%3 == 0 {
			killAfter("--resume")
		}
		if _, err := os.Stat(filepath.Join(out, "statistics", ".journal.db")); err == nil {
			resumed++
		}
		if text, err := program("", append(args, "--out", out, "--resume")...).CombinedOutput(); err != nil {
			t.Fatalf("kill %d: %v: %s", k, err, text)
		}
		sameFolder(t, whole, out)
		if t.Failed() {
			t.Fatalf("kill %d of %d (%v)", k+1, kills, signal)
		}
	}
	t.Logf("%d of %d folders have the bytes of the undisturbed run, which took %v: %d processes were stopped, %d folders had a journal", kills, kills, wall, stopped, resumed)
}

// TestFullDisk: files cannot grow beyond some size; the run says so, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	args, dir := copies(t, 3), t.TempDir()
	whole, out := filepath.Join(dir, "whole"), filepath.Join(dir, "run")
	if text, err := program("", append(args, "--out", whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	text, err := program("ulimit -f 300;", append(args, "--out", out)...).CombinedOutput() // 150 KiB, or 300 in some shells
	if err == nil || !bytes.Contains(text, []byte("is the disk full?")) || bytes.Contains(text, []byte("goroutine")) {
		t.Fatalf("%v: %s", err, text)
	}
	if _, err := os.Stat(filepath.Join(out, "summary.json")); err == nil {
		t.Error("the folder looks complete")
	}
	if text, err := program("", append(args, "--out", out, "--resume")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	sameFolder(t, whole, out)
}

// TestResumeRefuses: another run than the one in the folder, and what resuming cannot do; a complete folder is left alone.
func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "run")
	args := append(copies(t, 1), "--out", out)
	if code, _, stderr := command(t, args...); code != 0 {
		t.Fatal(stderr)
	}
	before, err := os.Stat(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := command(t, append(args[:len(args):len(args)], "--resume", "--quiet=false")...)
	if after, err := os.Stat(filepath.Join(out, "manifest.json")); code != 0 || !strings.Contains(stdout, "nothing to resume") || err != nil || after.ModTime() != before.ModTime() {
		t.Errorf("exit %d: %s %s %v", code, stdout, stderr, err)
	}
	for _, c := range []struct {
		say   string
		flags []string
	}{
		{"score.losses was", []string{"--losses", "ce"}},
		{"run.shard was the whole dataset and is 1/2", []string{"--shard", "1/2"}},
		{"model.reference", []string{"--reference", "cpu"}},
		{"report.predictions was false and is true", []string{"--predictions"}},
		{"I/N with I from 1 to N", []string{"--shard", "3/2"}},
	} {
		if code, _, stderr := command(t, append(append(args[:len(args):len(args)], "--resume"), c.flags...)...); code != exitUsage || !strings.Contains(stderr, c.say) {
			t.Errorf("%v: exit %d: %s", c.flags, code, stderr)
		}
	}
	if err := os.Remove(filepath.Join(out, "statistics", "statistics.db")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, append(args, "--resume")...); code != exitUsage || !strings.Contains(stderr, "earlier version") {
		t.Errorf("a folder of an earlier version: exit %d: %s", code, stderr)
	}
}

// TestUnfinishedRunIsKept: without --resume a run does not throw away what another has begun; a changed file is noticed, and
// a damaged journal is named.
func TestUnfinishedRunIsKept(t *testing.T) {
	args, out := append(copies(t, 3), "--metrics", "all", "--set", "run.overwrite=false"), filepath.Join(t.TempDir(), "run")
	args = append(args, "--out", out)
	journal := filepath.Join(out, "statistics", ".journal.db")
	c := program("", args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2000 { // until the first transaction with rows is being written
		if info, err := os.Stat(journal + "-wal"); err == nil && info.Size() > 100<<10 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // until it has ended
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	_, err := os.Stat(journal)
	for _, flag := range []string{"--resume", "--overwrite"} {
		if code, _, stderr := command(t, append(args[:len(args):len(args)], flag)...); err == nil && (code != exitUsage || !strings.Contains(stderr, "another process")) {
			t.Errorf("%s while another process writes the folder: exit %d: %s", flag, code, stderr)
		}
	}
	_ = c.Process.Kill() // it may be over
	if c.Wait() == nil || err != nil {
		t.Skip("skipped: the run was over before it could be stopped")
	}
	refused := func(say string, flags ...string) {
		t.Helper()
		if code, _, stderr := command(t, append(args[:len(args):len(args)], flags...)...); code == 0 || !strings.Contains(stderr, say) {
			t.Errorf("%v: exit %d: %s", flags, code, stderr)
		}
	}
	refused("--resume")
	first := filepath.Join(args[3], "0-cell-01.png")
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first, append(content, 0), 0o666); err != nil {
		t.Fatal(err)
	}
	refused("another file than it was", "--resume")
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	refused("the dataset is not that of the run", "--resume")
	if err := os.WriteFile(first, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journal, bytes.Repeat([]byte("no database "), 1000), 0o666); err != nil {
		t.Fatal(err)
	}
	os.Remove(journal + "-wal")
	refused("damaged", "--resume")
	if code, _, stderr := command(t, append(args, "--overwrite")...); code != 0 {
		t.Errorf("--overwrite: %s", stderr)
	}
}

// TestResumedPredictions: whatever became of the predictions of a run that was stopped, in the end they are those of one that nobody
// disturbed. What the folder has at every step of giving them their names is among it.
func TestResumedPredictions(t *testing.T) {
	args, dir := append(copies(t, 2), "--predictions", "--ignore-index", "2"), t.TempDir()
	whole := filepath.Join(dir, "whole")
	if code, _, stderr := command(t, append(args, "--out", whole)...); code != 0 {
		t.Fatal(stderr)
	}
	stopped := filepath.Join(dir, "stopped")
	c := program("", append(args, "--out", stopped)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	staged := filepath.Join(stopped, ".predictions", "predictions")
	for range 5000 { // until some images have their rows in the journal
		if info, err := os.Stat(filepath.Join(stopped, "statistics", ".journal.db-wal")); err == nil && info.Size() > 100<<10 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = c.Process.Kill() // it may be over
	if c.Wait() == nil || absent(staged) {
		t.Skip("skipped: the run was over before it could be stopped")
	}
	cut := func(t *testing.T, path string) {
		t.Helper()
		if err := os.Truncate(path, 50); err != nil {
			t.Fatal(err)
		}
	}
	move := func(t *testing.T, from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for name, harm := range map[string]func(t *testing.T, out, hidden string){
		"nothing":           func(*testing.T, string, string) {},
		"a file is cut off": func(t *testing.T, _, hidden string) { cut(t, filepath.Join(hidden, "predictions", "0-cell-03.png")) },
		"margins are gone": func(t *testing.T, _, hidden string) {
			move(t, filepath.Join(hidden, "statistics", "margins", "0-cell-02.png"), filepath.Join(hidden, "x.png.part"))
		},
		"all are gone":       func(t *testing.T, out, hidden string) { move(t, hidden, filepath.Join(out, ".predictions.123")) },
		"it was moving them": func(t *testing.T, out, hidden string) { move(t, hidden, filepath.Join(out, ".predictions.moving")) },
		"some were moved": func(t *testing.T, out, hidden string) {
			move(t, hidden, filepath.Join(out, ".predictions.moving"))
			move(t, filepath.Join(out, ".predictions.moving", "predictions"), filepath.Join(out, "predictions"))
		},
		"all were moved": func(t *testing.T, out, hidden string) {
			for _, folder := range []string{"predictions", "statistics/margins", "statistics/ignored"} {
				move(t, filepath.Join(hidden, folder), filepath.Join(out, folder))
			}
			move(t, hidden, filepath.Join(out, ".predictions.moving"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, name)
			if err := os.CopyFS(out, os.DirFS(stopped)); err != nil {
				t.Fatal(err)
			}
			harm(t, out, filepath.Join(out, ".predictions"))
			if code, _, stderr := command(t, append(args[:len(args):len(args)], "--out", out, "--resume")...); code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			sameFolder(t, whole, out)
		})
	}
}
