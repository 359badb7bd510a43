package history

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// maxFile bounds each file of a run folder that is read: a matrix of 1000 classes has some ten megabytes.
const maxFile = 256 << 20

// FromFolder reads what a history keeps of a run folder. Runs that were interrupted, and shards, are refused.
func FromFolder(dir string) (*Run, error) {
	var s struct {
		Schema  int
		Partial bool
		Counts  record.Counts
		Model   record.Model
		Dataset record.Dataset
	}
	var m record.Manifest
	r := &Run{}
	var err error
	if r.Folder, err = filepath.Abs(dir); err != nil {
		return nil, fault.Usagef("%s: %w", dir, err)
	}
	if r.SummarySHA256, err = readJSON(dir, "summary.json", &s); err != nil {
		return nil, err
	}
	switch {
	case s.Schema != 1:
		return nil, fault.Dataf("%s: schema %d: expected schema 1, as this version writes it", filepath.Join(dir, "summary.json"), s.Schema)
	case s.Partial:
		return nil, fault.Usagef("%s is of a run that was interrupted: finish it first", dir)
	}
	if _, err = readJSON(dir, "manifest.json", &m); err != nil {
		return nil, err
	}
	if m.Shard != "" {
		return nil, fault.Usagef("%s is shard %s of a dataset, and a history has whole runs: join the shards with segmetry merge, and add the whole", dir, m.Shard)
	}
	if m.Started.IsZero() {
		return nil, fault.Dataf("%s: started is missing: expected the time at which the run began", filepath.Join(dir, "manifest.json"))
	}
	config, err := readFile(dir, "config.yaml")
	if err != nil {
		return nil, err
	}
	r.ConfigSHA256 = digest(config)
	r.Started, r.Version = m.Started.UTC(), m.Versions["segmetry"]
	r.Model, r.ModelSHA256, r.Dataset, r.DatasetDigest = s.Model.Name, s.Model.SHA256, s.Dataset.Name, s.Dataset.Digest
	r.Images, r.Scored = s.Counts.Images, s.Counts.OK
	if r.Figures, err = readFigures(dir); err != nil {
		return nil, err
	}
	r.Figures = append(r.Figures, costs(&m)...)
	return r, nil
}

// costs are the manifest's figures that a trend is drawn of.
func costs(m *record.Manifest) []Figure {
	list := []Figure{cost("images_per_s", m.ImagesPerS), cost("peak_rss_bytes", float64(m.PeakRSSBytes))}
	if s, ok := m.Stages[record.StageNames[record.Inference]]; ok {
		list = append(list, cost("latency.p50_ms", s.P50MS), cost("latency.p95_ms", s.P95MS), cost("latency.p99_ms", s.P99MS))
	}
	return list
}

func cost(name string, value float64) Figure {
	return Figure{Metric: name, Value: value, Low: math.NaN(), High: math.NaN()}
}

// readFile reads a file of the folder, within bounds.
func readFile(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Usagef("%s is no complete run folder: %w", dir, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fault.Dataf("reading %s: %w", path, err)
	case len(text) > maxFile:
		return nil, fault.Dataf("%s has more than %d bytes: expected a file of a run folder", path, maxFile)
	}
	return text, nil
}

func readJSON(dir, name string, into any) (sha string, err error) {
	text, err := readFile(dir, name)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return "", fault.Dataf("%s: %w", filepath.Join(dir, name), err)
	}
	return digest(text), nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// readFigures reads summary.csv.
func readFigures(dir string) ([]Figure, error) {
	path := filepath.Join(dir, "summary.csv")
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Usagef("%s is no complete run folder: %w", dir, err)
	}
	defer f.Close()
	rows := csv.NewReader(io.LimitReader(f, maxFile))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && (len(header) < 5 || header[0] != "metric" || header[1] != "class" || header[2] != "value" || header[3] != "ci_low" || header[4] != "ci_high") {
		err = errors.New("expected the columns metric,class,value,ci_low,ci_high,…")
	}
	var list []Figure
	for err == nil {
		var row []string
		if row, err = rows.Read(); err != nil {
			break
		}
		figure := Figure{Metric: string([]byte(row[0])), Class: string([]byte(row[1]))}
		for i, to := range []*float64{&figure.Value, &figure.Low, &figure.High} {
			if *to, err = parse(row[2+i]); err != nil {
				break
			}
		}
		list = append(list, figure)
	}
	if !errors.Is(err, io.EOF) {
		return nil, fault.Dataf("%s: %w", path, err)
	}
	return list, nil
}

// parse reads a cell; a blank one is undefined.
func parse(cell string) (float64, error) {
	if cell == "" {
		return math.NaN(), nil
	}
	return strconv.ParseFloat(cell, 64)
}
