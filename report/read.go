package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// Run is a run folder that is read.
type Run struct {
	Dir     string
	Classes []string
	Partial bool
	Counts  record.Counts
	Model   record.Model
	Dataset record.Dataset
	file    *os.File
	rows    *csv.Reader
	header  []string
	figures []int // columns of the losses and of the scalar metrics
}

// RunImage is a row of images.csv.
type RunImage struct {
	Name          string
	Status        record.Status
	Width, Height int
	ValidPixels   int64
	Figures       []float64 // as Names names them; valid until the next row
}

// maxSummary bounds summary.json: a matrix of 1000 classes has some ten megabytes.
const maxSummary = 256 << 20

// OpenRun opens a run folder. Close it.
func OpenRun(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	if err := r.readSummary(); err != nil {
		return nil, err
	}
	var err error
	if r.file, err = os.Open(filepath.Join(dir, "images.csv")); err != nil {
		return nil, fault.Usagef("%s is no complete run folder: %w", dir, err)
	}
	r.rows = csv.NewReader(bufio.NewReaderSize(r.file, 1<<16))
	r.rows.ReuseRecord = true
	header, err := r.rows.Read()
	if err == nil && (len(header) < 6 || header[0] != "image" || header[5] != "valid_pixels") {
		err = errors.New("expected the columns image,status,error,width,height,valid_pixels,…")
	}
	if err != nil {
		r.Close()
		return nil, fault.Dataf("%s: %w", r.file.Name(), err)
	}
	for i, name := range header {
		r.header = append(r.header, strings.Clone(name))
		if i >= 6 && !strings.Contains(name, "[") && !strings.HasPrefix(name, "gradient.") && !strings.HasPrefix(name, "parity.") {
			r.figures = append(r.figures, i)
		}
	}
	return r, nil
}

func (r *Run) readSummary() error {
	path := filepath.Join(r.Dir, "summary.json")
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Usagef("%s has no summary.json: expected the folder of a run (segmetry run --out %s)", r.Dir, r.Dir)
	case err != nil:
		return fault.Usagef("%w", err)
	case info.Size() > maxSummary:
		return fault.Dataf("%s has %d bytes: expected at most %d", path, info.Size(), maxSummary)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fault.Usagef("%w", err)
	}
	var s struct {
		Schema    int
		Partial   bool
		Counts    record.Counts
		Classes   []string
		Confusion [][]int64
		Labels    json.RawMessage `json:"confusion_per_label"`
		Model     record.Model
		Dataset   record.Dataset
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	if s.Schema != 1 || len(s.Classes) == 0 {
		return fault.Dataf("%s: schema %d with %d classes: expected schema 1, as this version writes it", path, s.Schema, len(s.Classes))
	}
	if s.Labels != nil {
		return fault.Usagef("%s is of labels that may overlap, and label maps of exclusive classes are compared", path)
	}
	n := len(s.Classes) // the matrix bounds it: memory for as many pairs is taken
	whole := n <= raster.MaxClasses && (len(s.Confusion) == n || s.Confusion == nil && s.Counts.OK == 0 && n <= 1000)
	if !whole || slices.ContainsFunc(s.Confusion, func(row []int64) bool { return len(row) != n }) {
		return fault.Dataf("%s: confusion is no matrix of %d classes", path, n)
	}
	r.Partial, r.Counts, r.Classes, r.Model, r.Dataset = s.Partial, s.Counts, s.Classes, s.Model, s.Dataset
	return nil
}

// Names are the losses and scalar metrics that images have, as images.csv names them.
func (r *Run) Names() []string {
	var names []string
	for _, i := range r.figures {
		names = append(names, r.header[i])
	}
	return names
}

// Next returns the next image, in input order; nil after the last one.
func (r *Run) Next() (*RunImage, error) {
	row, err := r.rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Dataf("%s: %w", r.file.Name(), err)
	}
	i := &RunImage{Name: strings.Clone(row[0]), Status: record.Status(strings.Clone(row[1]))}
	if i.Status != record.OK {
		return i, nil
	}
	var err1, err2, err3 error
	i.Width, err1 = strconv.Atoi(row[3])
	i.Height, err2 = strconv.Atoi(row[4])
	i.ValidPixels, err3 = strconv.ParseInt(row[5], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil || i.Width < 1 || i.Height < 1 || i.ValidPixels < 0 {
		return nil, fault.Dataf("%s: image %s: width, height and valid_pixels are %q, %q and %q: expected whole numbers", r.file.Name(), i.Name, row[3], row[4], row[5])
	}
	for _, k := range r.figures {
		x, err := strconv.ParseFloat(row[k], 64)
		if err != nil && row[k] != "" {
			return nil, fault.Dataf("%s: image %s: %s is %q: expected a number", r.file.Name(), i.Name, r.header[k], row[k])
		}
		if row[k] == "" {
			x = math.NaN()
		}
		i.Figures = append(i.Figures, x)
	}
	return i, nil
}

// Figure is a row of summary.csv.
type Figure struct {
	Name, Class string
	Value       float64 // NaN where it is undefined
}

// Figures reads summary.csv.
func (r *Run) Figures() ([]Figure, error) {
	path := filepath.Join(r.Dir, "summary.csv")
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Usagef("%s is no complete run folder: %w", r.Dir, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fault.Dataf("%s: %w", path, err)
	}
	var list []Figure
	for i, row := range rows {
		if len(row) < 3 || i == 0 {
			continue
		}
		x := math.NaN()
		if row[2] != "" {
			if x, err = strconv.ParseFloat(row[2], 64); err != nil {
				return nil, fault.Dataf("%s: line %d: the value is %q: expected a number", path, i+1, row[2])
			}
		}
		list = append(list, Figure{row[0], row[1], x})
	}
	return list, nil
}

// PredictionFiles are the files of an image's stored prediction, which need not be there.
func (r *Run) PredictionFiles(image string) (labels, margins, ignored string) {
	file := filepath.FromSlash(PredictionFile(image))
	return filepath.Join(r.Dir, predictionFolders[0], file), filepath.Join(r.Dir, predictionFolders[1], file), filepath.Join(r.Dir, predictionFolders[2], file)
}

// HasPredictions says whether predictions were stored at all.
func (r *Run) HasPredictions() bool {
	_, err := os.Stat(filepath.Join(r.Dir, predictionFolders[0]))
	return err == nil
}

// Close closes the folder's files, which were only read.
func (r *Run) Close() { _ = r.file.Close() }
