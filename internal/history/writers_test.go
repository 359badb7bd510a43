package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// The test's binary is also a writer: SEGMETRY_TEST_WRITER names the folder and the number of runs.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SEGMETRY_TEST_WRITER"); dir != "" {
		if err := writeRuns(dir, os.Getenv("SEGMETRY_TEST_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writersRuns is how many runs each writer adds.
const writersRuns = 25

// writeRuns opens the history anew for every run, as the program does.
func writeRuns(dir, name string) error {
	for i := range writersRuns {
		db, err := Create(context.Background(), filepath.Join(dir, "h.db"))
		if err != nil {
			return err
		}
		r := &Run{Started: time.Unix(int64(i), 0), Folder: dir, SummarySHA256: name, Tags: []string{name, "all"}}
		for k := range 50 {
			r.Figures = append(r.Figures, Figure{Metric: "m" + strconv.Itoa(k), Value: float64(k)})
		}
		if _, err := db.Add(context.Background(), r); err != nil {
			return err
		}
		db.Close()
	}
	return nil
}

func writer(t *testing.T, dir, name string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "SEGMETRY_TEST_WRITER="+dir, "SEGMETRY_TEST_NAME="+name)
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWriters lets processes write one file at once, which the first of them makes; none may lose a run.
func TestWriters(t *testing.T) {
	dir := t.TempDir()
	const processes = 4
	var running []*exec.Cmd
	for i := range processes {
		running = append(running, writer(t, dir, fmt.Sprint("w", i)))
	}
	for _, c := range running {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	expectRuns(t, dir, processes*writersRuns, processes*writersRuns)
}

// TestKilledWriters: after a kill at any moment the file is whole, and every run in it has all its figures and tags.
func TestKilledWriters(t *testing.T) {
	dir := t.TempDir()
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	for i := range rounds {
		c, other := writer(t, dir, fmt.Sprint("k", i)), writer(t, dir, fmt.Sprint("o", i))
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		_ = c.Process.Kill() // it may be done
		_ = c.Wait()
		if err := other.Wait(); err != nil {
			t.Fatal(err)
		}
		expectRuns(t, dir, (i+1)*writersRuns, 2*(i+1)*writersRuns)
	}
}

func expectRuns(t *testing.T, dir string, least, most int) {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(dir, "h.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h, err := db.Check(t.Context())
	if err != nil || len(h.Problems) > 0 || h.Runs < least || h.Runs > most || h.Figures != 50*h.Runs {
		t.Fatalf("%d runs with %d figures, want %d to %d with 50 each; %v, %v", h.Runs, h.Figures, least, most, h.Problems, err)
	}
	list, err := db.List(t.Context(), Filter{Tag: "all", Metrics: []string{"m7"}})
	if err != nil || len(list) != h.Runs {
		t.Fatalf("%d of %d runs have their tags: %v", len(list), h.Runs, err)
	}
}
