package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/record"
)

// parityColumns are what images.csv has more of where there is a reference.
var parityColumns = []string{"parity.differ", "parity.share", "parity.differ_all", "parity.share_all", "parity.margin_median", "parity.differ_margin_median",
	"parity.differ_margin_max", "parity.logits_max", "parity.logits_mean", "parity.probabilities_max", "parity.probabilities_mean"}

// appendParity writes the cells of parityColumns, blank where there is nothing to say.
func appendParity(row []string, p *record.Parity) []string {
	if p == nil {
		return append(row, make([]string, len(parityColumns))...)
	}
	row = append(row, strconv.FormatInt(p.Valid.Differ, 10), format(p.Valid.Share), strconv.FormatInt(p.All.Differ, 10), format(p.All.Share))
	return appendValues(row, parityFigures(p), len(parityColumns)-4)
}

// parityFigures are the figures from margin_median on.
func parityFigures(p *record.Parity) []float64 {
	return []float64{p.MarginMedian, p.FlipMarginMedian, p.FlipMarginMax, p.Logits.Max, p.Logits.Mean, p.Probabilities.Max, p.Probabilities.Mean}
}

// parityWriter writes parity.csv: a row an image, with the losses and metrics of both models.
type parityWriter struct {
	csv   *csv.Writer
	names []string
	row   []string
}

// newParityWriter writes the header. names are the figures that both models have an image.
func newParityWriter(w io.Writer, names []string) (*parityWriter, error) {
	p := &parityWriter{csv: csv.NewWriter(w), names: names}
	row := []string{"image", "status", "pixels", "differ", "share", "valid_pixels", "valid_differ", "valid_share"}
	for _, name := range parityColumns[4:] {
		row = append(row, name[len("parity."):])
	}
	for _, name := range names {
		row = append(row, name, name+".reference", name+".difference")
	}
	return p, p.flush(row)
}

// write writes an image; figures and reference are the values of the writer's names.
func (w *parityWriter) write(image string, status record.Status, p *record.Parity, figures, reference []float64) error {
	row := append(w.row[:0], image, string(status))
	if p == nil {
		row = append(row, "", "", "", "", "", "")
		row = appendValues(row, nil, len(parityColumns)-4)
	} else {
		for _, s := range []record.Share{p.All, p.Valid} {
			row = append(row, strconv.FormatInt(s.Pixels, 10), strconv.FormatInt(s.Differ, 10), format(s.Share))
		}
		row = appendValues(row, parityFigures(p), len(parityColumns)-4)
	}
	for i := range w.names {
		a, b := valueAt(figures, i), valueAt(reference, i)
		row = append(row, format(a), format(b), format(a-b))
	}
	w.row = row
	return w.flush(row)
}

func valueAt(values []float64, i int) float64 {
	if i >= len(values) {
		return math.NaN()
	}
	return values[i]
}

func (w *parityWriter) flush(row []string) error {
	if err := w.csv.Write(row); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// ParityJSON writes parity.json.
func ParityJSON(w io.Writer, classes []string, p *record.ParitySummary) error {
	doc := ordered{{"schema", 1}, {"classes", classes}, {"model", p.Model}}
	text, err := json.MarshalIndent(append(doc, parityOf(classes, p)...), "", " ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// parityOf is the object "parity" of summary.json, and what parity.json has beside classes and model.
func parityOf(classes []string, p *record.ParitySummary) ordered {
	doc := ordered{{"reference", p.Reference}}
	if p.Device != "" {
		doc = append(doc, pair{"device", p.Device})
	}
	doc = append(doc, pair{"images", p.Images}, pair{"all", shareOf(p.All)}, pair{"valid", shareOf(p.Valid)}, pair{"pairs", matrixOf(p.Pairs, len(classes))})
	if p.MarginOf != "" {
		bins := []ordered{}
		for _, b := range p.Histogram {
			bins = append(bins, ordered{{"from", number(b.From)}, {"to", number(b.To)}, {"pixels", b.Pixels}, {"differ", b.Differ}})
		}
		doc = append(doc, pair{"margin", ordered{{"of", p.MarginOf}, {"median", number(p.MarginMedian)}, {"differ_median", number(p.FlipMarginMedian)},
			{"differ_max", number(p.FlipMarginMax)}, {"undefined", p.Undefined}, {"histogram", bins}}})
	}
	for _, d := range []struct {
		name string
		of   record.Difference
	}{{"logits", p.Logits}, {"probabilities", p.Probabilities}} {
		if defined(d.of.Max) || d.of.NonFinite > 0 {
			doc = append(doc, pair{d.name, ordered{{"max", number(d.of.Max)}, {"mean", number(d.of.Mean)}, {"non_finite", d.of.NonFinite}}})
		}
	}
	metrics := []ordered{}
	for _, c := range p.Comparisons {
		metrics = append(metrics, ordered{{"metric", c.Name}, {"class", c.Class}, {"model", number(c.Model)}, {"reference", number(c.Reference)}, {"difference", number(c.Model - c.Reference)}})
	}
	most := []ordered{}
	for _, m := range p.Most {
		most = append(most, append(ordered{{"image", m.Image}}, shareOf(m.Share)...))
	}
	return append(doc, pair{"metrics", metrics}, pair{"most", most})
}

func shareOf(s record.Share) ordered {
	return ordered{{"pixels", s.Pixels}, {"differ", s.Differ}, {"share", number(s.Share)}}
}

// matrixOf splits counts into n rows; null where nothing could be counted.
func matrixOf(counts []int64, n int) (rows [][]int64) {
	for c := 0; c < n && len(counts) > 0; c++ {
		rows = append(rows, counts[c*n:][:n])
	}
	return rows
}

// openParity begins parity.csv where there is a reference.
func (f *Folder) openParity() error {
	if !f.columns.Parity {
		return nil
	}
	file, err := f.create("parity.csv")
	if err != nil {
		return err
	}
	names := make([]string, 0, len(f.columns.Losses)+len(f.columns.Means))
	for _, name := range f.columns.Losses {
		names = append(names, "loss."+name)
	}
	f.parity, err = newParityWriter(file, append(names, f.columns.Means...))
	return err
}

// addParity writes an image's row of parity.csv.
func (f *Folder) addParity(r *record.Record) error {
	if f.parity == nil {
		return nil
	}
	var reference []float64
	if r.Parity != nil {
		reference = padded(r.Parity.ReferenceLosses, len(f.columns.Losses), r.Parity.ReferenceMeans)
	}
	return f.parity.write(r.Image, r.Status, r.Parity, padded(r.Losses, len(f.columns.Losses), r.Means), reference)
}

// padded is n losses, NaN where there are none, and then the means.
func padded(losses []float64, n int, means []float64) []float64 {
	list := make([]float64, n, n+len(means))
	for i := range list {
		list[i] = valueAt(losses, i)
	}
	return append(list, means...)
}

// finishParity writes parity.json. Without a reference it removes what a run that is replaced left of one.
func (f *Folder) finishParity(s *record.Summary, write func(string, func(*atomicfile.File) error) error) error {
	if s.Parity == nil {
		if !f.replaces {
			return nil
		}
		for _, name := range []string{"parity.csv", "parity.json"} {
			_ = os.Remove(filepath.Join(f.options.Out, name)) // it need not be there
		}
		return nil
	}
	return write("parity.json", func(w *atomicfile.File) error { return ParityJSON(w, s.Classes, s.Parity) })
}
