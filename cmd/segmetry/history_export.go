package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/history"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/report"
)

// unknownFigure names the nearest figure of the history.
func unknownFigure(name string, names []string) error {
	if len(names) == 0 {
		return fault.Usagef("--metric %s: the history has no runs yet", name)
	}
	return fault.Usagef("--metric %s: no run has it%s Figures are those of summary.csv, such as %s", name, nearest.Sentence(name, names), strings.Join(headline(names), ", "))
}

// writeFile writes a file that appears whole or not at all.
func writeFile(flag, path string, write func(io.Writer) error) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return fault.Usagef("%s: %w", flag, err)
	}
	defer f.Abort()
	if err := errors.Join(write(f), f.Commit()); err != nil {
		return fault.Usagef("%s: %w", flag, err)
	}
	return nil
}

// historyCSV writes a row a run and figure.
func (a *app) historyCSV(ctx context.Context, db *history.DB, f history.Filter, path string) error {
	runs, err := db.List(ctx, f)
	if err != nil {
		return err
	}
	rows := 0
	err = writeFile("--csv", path, func(w io.Writer) error {
		out := csv.NewWriter(w)
		_ = out.Write([]string{"run", "started", "folder", "model", "model_sha256", "dataset", "dataset_digest", "config_sha256", "images", "scored",
			"version", "revision", "modified", "verdict", "tags", "releases", "metric", "class", "value", "ci_low", "ci_high"}) // Error() below
		for _, r := range runs {
			head := []string{strconv.FormatInt(r.ID, 10), r.Started.Format(time.RFC3339Nano), r.Folder, r.Model, r.ModelSHA256, r.Dataset, r.DatasetDigest, r.ConfigSHA256,
				strconv.Itoa(r.Images), strconv.Itoa(r.Scored), r.Version, r.Revision, strconv.FormatBool(r.Modified), r.Verdict, strings.Join(r.Tags, " "), strings.Join(r.Releases, " ")}
			for _, figure := range r.Figures {
				_ = out.Write(append(slices.Clip(head), figure.Metric, figure.Class, cell(figure.Value), cell(figure.Low), cell(figure.High))) // Error() below
				rows++
			}
		}
		out.Flush()
		return out.Error()
	})
	if err == nil && !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "%s of %s written into %s\n", english.Plural(rows, "row", ""), english.Plural(len(runs), "run", ""), path)
	}
	return err
}

// cell is the shortest text that reads back, blank where it is undefined.
func cell(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// historyJSON prints the runs.
func (a *app) historyJSON(ctx context.Context, db *history.DB, f history.Filter) error {
	runs, err := db.List(ctx, f)
	if err != nil {
		return err
	}
	type named struct {
		Name   string `json:"name"`
		SHA256 string `json:"sha256,omitempty"`
		Digest string `json:"digest,omitempty"`
	}
	type figure struct {
		Metric string   `json:"metric"`
		Class  string   `json:"class"`
		Value  *float64 `json:"value"`
		Low    *float64 `json:"ci_low"`
		High   *float64 `json:"ci_high"`
	}
	type run struct {
		ID       int64     `json:"run"`
		Started  time.Time `json:"started"`
		Folder   string    `json:"folder"`
		Model    named     `json:"model"`
		Dataset  named     `json:"dataset"`
		Config   string    `json:"config_sha256"`
		Images   int       `json:"images"`
		Scored   int       `json:"scored"`
		Version  string    `json:"version"`
		Revision string    `json:"revision"`
		Modified bool      `json:"modified"`
		Verdict  string    `json:"verdict"`
		Tags     []string  `json:"tags"`
		Releases []string  `json:"releases"`
		Figures  []figure  `json:"figures"`
	}
	doc := struct {
		Schema int   `json:"schema"`
		Runs   []run `json:"runs"`
	}{1, []run{}}
	for _, r := range runs {
		entry := run{r.ID, r.Started, r.Folder, named{Name: r.Model, SHA256: r.ModelSHA256}, named{Name: r.Dataset, Digest: r.DatasetDigest}, r.ConfigSHA256,
			r.Images, r.Scored, r.Version, r.Revision, r.Modified, r.Verdict, append([]string{}, r.Tags...), append([]string{}, r.Releases...), []figure{}}
		for _, f := range r.Figures {
			entry.Figures = append(entry.Figures, figure{f.Metric, f.Class, orNull(f.Value), orNull(f.Low), orNull(f.High)})
		}
		doc.Runs = append(doc.Runs, entry)
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", " ")
	return e.Encode(doc)
}

func orNull(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// maxTrend is how many runs are drawn where no limit is asked for.
const maxTrend = 500

// drawTrends writes the page of trends.
func (a *app) drawTrends(ctx context.Context, db *history.DB, f history.Filter, names []string, path string) error {
	if len(f.Metrics) == 0 {
		f.Metrics = append(headline(names), "IoU[*]", "images_per_s", "latency.p95_ms")
	}
	if f.Limit == 0 {
		f.Limit = maxTrend
	}
	runs, err := db.List(ctx, f)
	if err != nil {
		return err
	}
	slices.Reverse(runs)
	var figures []string
	for _, name := range names {
		if history.Matches(name, f.Metrics) {
			figures = append(figures, name)
		}
	}
	trends := trendsOf(runs, figures)
	if err := writeFile("--trend", path, func(w io.Writer) error { return report.Trends(w, trendNote(runs, f), trends) }); err != nil {
		return err
	}
	if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "%s of %s drawn into %s\n", english.Plural(len(figures), "figure", ""), english.Plural(len(runs), "run", ""), path)
	}
	return err
}

func trendNote(runs []*history.Run, f history.Filter) string {
	text := english.Plural(len(runs), "run", "")
	if len(runs) == f.Limit {
		text = fmt.Sprintf("The newest %d runs", len(runs))
	}
	if f.Model != "" {
		text += ", of models with " + f.Model
	}
	if f.Tag != "" {
		text += ", with the tag or release " + f.Tag
	}
	if len(runs) > 0 {
		text += fmt.Sprintf("; from %s to %s", localTime(runs[0].Started), localTime(runs[len(runs)-1].Started))
	}
	return text + "."
}

// trendsOf puts the runs of one dataset together: those on other contents are not comparable.
func trendsOf(runs []*history.Run, figures []string) (list []report.Trend) {
	groups := map[string][]*history.Run{}
	var order []string
	for _, r := range runs {
		key := r.DatasetDigest + " " + r.Dataset
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	slices.Reverse(order) // the dataset that came last first
	for _, key := range order {
		group := groups[key]
		t := report.Trend{Dataset: group[0].Dataset, Digest: fmt.Sprintf("%.12s", group[0].DatasetDigest)}
		for _, r := range group {
			t.Runs = append(t.Runs, report.TrendRun{ID: r.ID, When: localTime(r.Started), Model: r.Model, Verdict: r.Verdict, Names: namesOf(r),
				Revision: revisionText(r), Release: len(r.Releases) > 0})
		}
		for _, name := range figures {
			if s, ok := seriesOf(group, name); ok {
				t.Series = append(t.Series, s)
			}
		}
		list = append(list, t)
	}
	return list
}

func revisionText(r *history.Run) string {
	text := fmt.Sprintf("%.12s", r.Revision)
	if r.Modified {
		text += " with changes"
	}
	return text
}

// seriesOf is one figure over the runs, with the changes of its level; not ok where no run has it.
func seriesOf(runs []*history.Run, name string) (s report.TrendSeries, ok bool) {
	s = report.TrendSeries{Name: name, Plain: isPlainFigure(name)}
	var values []float64
	var at []int // the runs that have it
	for i, r := range runs {
		f, found := r.Find(name)
		if !found {
			f = history.Figure{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
		}
		s.Points = append(s.Points, report.TrendPoint{Value: f.Value, Low: f.Low, High: f.High})
		if !math.IsNaN(f.Value) && !math.IsInf(f.Value, 0) {
			values, at = append(values, f.Value), append(at, i)
		}
	}
	var segments []history.Segment
	segments, s.Noise = history.Segments(values)
	for i, g := range segments {
		to := len(runs)
		if i+1 < len(segments) {
			to = at[g.To]
		}
		from := 0
		if i > 0 {
			from = at[g.From]
		}
		s.Segments = append(s.Segments, report.TrendSegment{From: from, To: to, Level: g.Level})
	}
	return s, len(values) > 0
}
