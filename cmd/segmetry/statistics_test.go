package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/report"
)

// replayed is summary.json as the statistics of a folder give it.
func replayed(t *testing.T, folder string) []byte {
	t.Helper()
	p, err := openPast(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out := t.TempDir()
	f, err := report.Create(report.Options{Out: out}, p.evaluator.Columns(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	for r, err := range p.evaluator.Replay(p.Rows()) {
		if err == nil {
			err = f.Add(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := p.evaluator.Summary()
	s.Model, s.Dataset.Name, s.Dataset.Format, s.Bootstrap = p.Header.Model, p.Header.Dataset.Name, p.Header.Dataset.Format, nil
	var b bytes.Buffer
	if err := report.SummaryJSON(&b, s); err != nil {
		t.Fatal(err)
	}
	if worst := p.evaluator.Thumbnails(); s.Counts.OK > 0 && len(worst) == 0 {
		t.Error("thumbnails are lost")
	}
	return b.Bytes()
}

// TestReplay: the statistics of a run give its summary again, to the last bit, without model and dataset, for every
// measure and loss, kind of output and status of images.
func TestReplay(t *testing.T) {
	damaged := t.TempDir()
	if err := os.CopyFS(damaged, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(damaged, "images", "cell-02.png"), 99); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"all losses and metrics, gradients", []string{repository + "/configs/quickstart.yaml", "--losses", "all", "--metrics", "all,mIoU_p10", "--set", "report.gradients=true"}},
		{"labels that may overlap", []string{regionsConfig, "--metrics", "all"}},
		{"images that cannot be scored", []string{repository + "/configs/quickstart.yaml", "--on-error", "skip", "--images", filepath.Join(damaged, "images"), "--masks", filepath.Join(damaged, "masks")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "run")
			code, _, stderr := command(t, append([]string{"run", "--out", folder, "--quiet", "--set", "score.bootstrap.resamples=0", "--limit", "8"}, c.args...)...)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			want, err := os.ReadFile(filepath.Join(folder, "summary.json"))
			if err != nil {
				t.Fatal(err)
			}
			if got := replayed(t, folder); !bytes.Equal(got, want) {
				t.Errorf("the statistics give another summary:\n%s\nwant\n%s", got, want)
			}
		})
	}
}
