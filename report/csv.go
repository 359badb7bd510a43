package report

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"

	"github.com/segmetry/segmetry/internal/record"
)

// format writes a figure as the shortest text that reads back to the same float64; undefined values are blank.
func format(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// rowWriter writes images.csv. Rows are flushed to the file's buffer as they come.
type rowWriter struct {
	csv     *csv.Writer
	columns record.Columns
	row     []string
}

func newRowWriter(w io.Writer, c record.Columns) *rowWriter {
	return &rowWriter{csv: csv.NewWriter(w), columns: c}
}

func (w *rowWriter) header() error {
	row := []string{"image", "status", "error", "width", "height", "valid_pixels"}
	for _, name := range w.columns.Losses {
		row = append(row, "loss."+name)
	}
	row = append(row, w.columns.Means...)
	for _, name := range w.columns.PerClass {
		for _, class := range w.columns.Classes {
			row = append(row, name+"["+class+"]")
		}
	}
	row = append(row, w.columns.Gradients...)
	if w.columns.Parity {
		row = append(row, parityColumns...)
	}
	return w.flush(row)
}

func (w *rowWriter) write(r *record.Record) error {
	row := append(w.row[:0], r.Image, string(r.Status), r.Error, "", "", "")
	if r.Width > 0 {
		row[3], row[4] = strconv.Itoa(r.Width), strconv.Itoa(r.Height)
	}
	if r.Status == record.OK {
		row[5] = strconv.FormatInt(r.ValidPixels, 10)
	}
	row = appendValues(row, r.Losses, len(w.columns.Losses))
	row = appendValues(row, r.Means, len(w.columns.Means))
	for k := range w.columns.PerClass {
		var values []float64
		if k < len(r.PerClass) {
			values = r.PerClass[k]
		}
		row = appendValues(row, values, len(w.columns.Classes))
	}
	row = appendValues(row, r.Gradients, len(w.columns.Gradients))
	if w.columns.Parity {
		row = appendParity(row, r.Parity)
	}
	w.row = row
	return w.flush(row)
}

// appendValues writes n cells, blank where there is no value.
func appendValues(row []string, values []float64, n int) []string {
	for i := range n {
		cell := ""
		if i < len(values) {
			cell = format(values[i])
		}
		row = append(row, cell)
	}
	return row
}

func (w *rowWriter) flush(row []string) error {
	if err := w.csv.Write(row); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// summaryCSV writes one row a metric and class; class is blank for a mean.
func summaryCSV(w io.Writer, s *record.Summary) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"metric", "class", "value", "ci_low", "ci_high", "n_valid", "status"}) // Error() below
	eachRow(s, func(row []string) { _ = out.Write(row) })                                         // Error() below
	compatCSV(out, s)
	if p := s.Parity; p != nil {
		v := record.Value{Value: p.Valid.Share, NValid: p.Images}
		if math.IsNaN(v.Value) {
			v.Status = "undefined"
		}
		_ = out.Write(valueRow("parity.share", "", v)) // Error() below
	}
	out.Flush()
	return out.Error()
}

// eachRow makes the rows of a summary's figures. Lists such as curves have none: they stand in summary.json.
func eachRow(s *record.Summary, write func(row []string)) {
	row := func(metric, class string, v record.Value) {
		if v.Values == nil {
			write(valueRow(metric, class, v))
		}
	}
	for _, m := range s.Metrics {
		row(m.Name, "", m.Value)
	}
	for _, m := range s.PerClass {
		for c, v := range m.Values {
			row(m.Name, s.Classes[c], v)
		}
	}
	for _, l := range s.Losses {
		row("loss."+l.Name, "", l.Value)
		pooled := record.Value{Value: l.Pooled, NValid: s.Counts.OK, CI: l.PooledCI}
		if math.IsNaN(l.Pooled) {
			pooled = record.Value{Value: l.Pooled, Status: "undefined"}
		}
		row("loss."+l.Name+".pooled", "", pooled)
	}
	for _, g := range s.Gradients {
		row(g.Name, "", g.Value)
	}
}

// valueRow is a figure's row.
func valueRow(metric, class string, v record.Value) []string {
	status := v.Status
	if status == "" {
		status = "ok"
	}
	low, high := "", ""
	if v.CI != nil {
		low, high = format(v.CI.Low), format(v.CI.High)
	}
	return []string{metric, class, format(v.Value), low, high, strconv.Itoa(v.NValid), status}
}
