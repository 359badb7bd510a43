package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
)

// summary completes the evaluator's figures with what was evaluated.
func (j job) summary(partial bool) *pipeline.Summary {
	s := j.evaluator.Summary()
	s.Partial = partial
	s.Model = j.opened.modelOf(j.cfg.Model)
	j.opened.reference.describe(s)
	s.Dataset.Name, s.Dataset.Format = datasetName(j.cfg.Dataset), j.cfg.Dataset.Format
	return s
}

// datasetName is the dataset's root, the folder above images/, or the list file.
func datasetName(o dataset.Options) string {
	images := o.Images
	switch {
	case o.Path != "":
		return filepath.Base(o.Path)
	case images == "":
		return filepath.Base(o.Split)
	}
	if base := filepath.Base(images); base != "images" {
		return base
	}
	if abs, err := filepath.Abs(images); err == nil {
		return filepath.Base(filepath.Dir(abs))
	}
	return "images"
}

// fileDigest is a file's SHA-256, "" when it cannot be read any more.
func fileDigest(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// decoders says what decoded which kind of picture where there is a choice.
func decoders(mode string) map[string]string {
	sequential, progressive := dataset.JPEGDecoders(mode)
	return map[string]string{"jpeg": sequential, "jpeg_progressive": progressive}
}

// placementOf says where a model ran. Whoever interrupts a run does not wait for a profile.
func placementOf(s model.Session, interrupted bool) record.Placement {
	if known, ok := s.(model.Attested); ok && interrupted {
		return known.KnownPlacement("no profile is taken of a run that was interrupted")
	}
	return s.Placement()
}

// manifest is everything that may differ between two equal runs.
func (a *app) manifest(j job, s *pipeline.Summary) *record.Manifest {
	wall := time.Since(j.started).Seconds()
	a.closeOpened(j.opened) // the session that is profiled need not stand beside it
	placement := placementOf(j.opened.session, s.Partial)
	m := &record.Manifest{Schema: 1, Partial: s.Partial, Started: j.started.UTC(), WallS: wall, ImagesPerS: float64(s.Counts.Images-j.resumed) / wall, Images: s.Counts.Images, Resumed: j.resumed, Shard: j.cfg.Run.Shard,
		PeakRSSBytes: rss.Peak(), Stages: j.evaluator.Stages(), Workers: j.evaluator.Workers(), Threads: max(1, j.cfg.Model.Threads),
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Versions: versions(), Library: j.opened.library.Path,
		SessionS: j.opened.loading.Seconds(), WarmUp: j.evaluator.WarmUp(), Latency: j.evaluator.Latency(),
		Placement: placement, Providers: placement.Nodes, Reference: j.opened.reference.manifest(j.evaluator, s.Partial), Device: j.cfg.Model.Device, RuntimeLog: model.RuntimeLog(), Command: a.args,
		Decoders: decoders(j.cfg.Preprocess.Decode), Oriented: j.evaluator.Oriented(),
		Digests: map[string]string{"model": s.Model.SHA256, "dataset": s.Dataset.Digest, "library": j.opened.library.SHA256}}
	m.Versions["onnxruntime"] = j.opened.library.Version
	m.Host, _ = os.Hostname() // a host without a name is no reason to fail
	m.InferenceShare = inferenceShare(m.Stages)
	return m
}

// inferenceShare is the share of inference in the stages' time.
func inferenceShare(stages map[string]record.Stage) float64 {
	total := 0.0
	for _, stage := range stages {
		total += stage.TotalS
	}
	if total == 0 {
		return 0
	}
	return stages["inference"].TotalS / total
}

// pastManifest is that of a summary which was formed of statistics, without a model.
func (a *app) pastManifest(s *pipeline.Summary, started time.Time) *record.Manifest {
	wall := time.Since(started).Seconds()
	m := &record.Manifest{Schema: 1, Started: started.UTC(), WallS: wall, ImagesPerS: float64(s.Counts.Images) / wall, PeakRSSBytes: rss.Peak(),
		Stages: map[string]record.Stage{}, Latency: []record.Latency{}, OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Versions: versions(), Command: a.args,
		Digests: map[string]string{"model": s.Model.SHA256, "dataset": s.Dataset.Digest}}
	m.Host, _ = os.Hostname() // a host without a name is no reason to fail
	return m
}

// readManifest reads a run folder's manifest.json.
func readManifest(dir string) (*record.Manifest, error) {
	path := filepath.Join(dir, "manifest.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("%w: expected the folder of a run that was finished", err)
	}
	m := &record.Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fault.Dataf("%s: %w", path, err)
	}
	return m, nil
}
