package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/history"
)

// defaultHistory is the file that the commands of a history take where none is named.
const defaultHistory = "runs/history.db"

// historyOptions are the flags of history.
type historyOptions struct {
	metrics           []string
	model, tag, since string
	limit             int
	json, check       bool
	csv, trend        string
}

func (a *app) historyCommand() *cobra.Command {
	var o historyOptions
	c := &cobra.Command{
		Use: "history [DB]", Short: "List, export and draw past runs", Args: cobra.MaximumNArgs(1),
		Long: `List the runs that segmetry run --history FILE.db has kept, the newest first; write them as CSV or JSON; draw the trends of their
figures with confidence intervals, the noise from run to run, and changes of level. DB is ` + defaultHistory + ` where it is not given.`,
		Example: `  segmetry run my.yaml --history runs/history.db --tag nightly
  segmetry history runs/history.db --metric mIoU --metric 'IoU[*]' --since 30d
  segmetry history runs/history.db --trend trend.html
  segmetry history tag runs/history.db last --release v1.2
  segmetry history runs/history.db --check`,
		RunE: func(c *cobra.Command, args []string) error {
			path := defaultHistory
			if len(args) == 1 {
				path = args[0]
			}
			return a.history(c.Context(), path, o)
		},
	}
	c.Flags().StringArrayVar(&o.metrics, "metric", nil, "show this `figure`, such as mIoU, IoU[border] or loss.*; may be given again")
	c.Flags().StringVar(&o.model, "model", "", "runs of models with this `text` in the file's name, or at the beginning of its SHA-256")
	c.Flags().StringVar(&o.tag, "tag", "", "runs with this `tag`, or of the release of that name")
	c.Flags().StringVar(&o.since, "since", "", "runs since a `time`: 2026-11-25, or 30d, 4w, 12h ago")
	c.Flags().IntVar(&o.limit, "limit", 0, "the newest `N` of them")
	c.Flags().BoolVar(&o.json, "json", false, "print the runs as JSON")
	c.Flags().StringVar(&o.csv, "csv", "", "write a row a run and figure into this `FILE`")
	c.Flags().StringVar(&o.trend, "trend", "", "draw the figures over the runs into this HTML `FILE`")
	c.Flags().BoolVar(&o.check, "check", false, "check that the file is whole, and that the run folders still hold their runs")
	c.AddCommand(a.historyAddCommand(), a.historyTagCommand())
	return c
}

// one refuses flags of which only one can be done.
func (o *historyOptions) one() error {
	var asked []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"--check", o.check}, {"--trend", o.trend != ""}, {"--csv", o.csv != ""}, {"--json", o.json}} {
		if f.set {
			asked = append(asked, f.name)
		}
	}
	if len(asked) > 1 {
		return fault.Usagef("history: expected one of --check, --trend, --csv and --json, found %s: run it once for each", strings.Join(asked, " and "))
	}
	return nil
}

// history does what the flags ask for.
func (a *app) history(ctx context.Context, path string, o historyOptions) error {
	since, err := sinceOf(o.since, time.Now())
	if err != nil {
		return err
	}
	if err := o.one(); err != nil {
		return err
	}
	if o.limit < 0 {
		return fault.Usagef("--limit: expected a number from 1 on, found %d", o.limit)
	}
	db, err := history.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	if o.check {
		return a.checkHistory(ctx, db, path)
	}
	names, err := db.Names(ctx)
	if err != nil {
		return err
	}
	if err := known(o.metrics, names); err != nil {
		return err
	}
	f := history.Filter{Metrics: o.metrics, Model: o.model, Tag: o.tag, Since: since, Limit: o.limit}
	switch {
	case o.trend != "":
		return a.drawTrends(ctx, db, f, names, o.trend)
	case o.csv != "":
		return a.historyCSV(ctx, db, f, o.csv)
	case o.json:
		return a.historyJSON(ctx, db, f)
	}
	if len(f.Metrics) == 0 {
		f.Metrics = headline(names)
	}
	runs, err := db.List(ctx, f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, historyTable(runs, f.Metrics, names))
	return err
}

// sinceOf reads a date, a time, or how long ago it was.
func sinceOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	number, unit := text[:len(text)-1], text[len(text)-1]
	n, err := strconv.ParseFloat(number, 64)
	hours, known := map[byte]float64{'h': 1, 'd': 24, 'w': 7 * 24}[unit]
	if err != nil || !known || !(n >= 0 && n*hours < 24*366*200) {
		return time.Time{}, fault.Usagef("--since %s: expected a date such as 2026-11-25, a time such as 2026-11-25T08:00, or an age such as 12h, 30d or 4w", text)
	}
	return now.Add(-time.Duration(n * hours * float64(time.Hour))), nil
}

// known refuses patterns that match no figure.
func known(patterns, names []string) error {
	for _, p := range patterns {
		matched := false
		for _, name := range names {
			matched = matched || history.Matches(name, []string{p})
		}
		if !matched {
			return unknownFigure(p, names)
		}
	}
	return nil
}

// headline are the figures of the list where none is asked for.
func headline(names []string) (list []string) {
	loss := false
	for _, name := range names {
		isLoss := strings.HasPrefix(name, "loss.")
		if name == "mIoU" || isLoss && !loss {
			list = append(list, name)
		}
		loss = loss || isLoss
	}
	if len(list) == 0 && len(names) > 0 {
		list = names[:1]
	}
	return list
}

// historyTable is the list for a terminal.
func historyTable(runs []*history.Run, patterns, names []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	header := []string{"RUN", "STARTED", "MODEL", "DATASET", "IMAGES"}
	var columns []string
	for _, name := range names {
		if history.Matches(name, patterns) {
			columns, header = append(columns, name), append(header, name)
		}
	}
	fmt.Fprintln(w, strings.Join(append(header, "VERDICT", "NAMES", "FOLDER"), "\t"))
	plainly := map[string]bool{}
	for _, name := range columns {
		plainly[name] = isPlainFigure(name)
	}
	for _, r := range runs {
		row := []string{strconv.FormatInt(r.ID, 10), localTime(r.Started), r.Model, r.Dataset, imagesOf(r)}
		for _, name := range columns {
			cell := "n/a"
			if f, ok := r.Find(name); ok {
				cell = shown(f.Value, plainly[name])
			}
			row = append(row, cell)
		}
		fmt.Fprintln(w, strings.Join(append(row, dash(r.Verdict), dash(namesOf(r)), r.Folder), "\t"))
	}
	_ = w.Flush() // into memory
	if len(runs) == 0 {
		b.WriteString("no run was chosen\n")
	}
	return b.String()
}

func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// imagesOf says how many images were scored, and of how many where some were not.
func imagesOf(r *history.Run) string {
	if r.Scored == r.Images {
		return strconv.Itoa(r.Images)
	}
	return fmt.Sprintf("%d of %d", r.Scored, r.Images)
}

// namesOf are a run's releases and tags.
func namesOf(r *history.Run) string {
	var list []string
	for _, name := range r.Releases {
		list = append(list, "release "+name)
	}
	return strings.Join(append(list, r.Tags...), ", ")
}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// isPlainFigure says whether a figure such as IoU[border] is no share.
func isPlainFigure(name string) bool {
	metric, _, _ := strings.Cut(name, "[")
	return isPlain(metric, 2)
}

// checkHistory reports on the file; damage is an error.
func (a *app) checkHistory(ctx context.Context, db *history.DB, path string) error {
	h, err := db.Check(ctx)
	if err != nil {
		return err
	}
	if len(h.Problems) > 0 {
		return fault.Dataf("the history %s is damaged: %s: put a copy in its place, or move it away and add the run folders to a new one with segmetry history add", path, strings.Join(h.Problems, "; "))
	}
	for _, gone := range h.Gone {
		a.log.Warn(gone)
	}
	_, err = fmt.Fprintf(a.stdout, "%s is whole: schema %d, %d runs, %d figures; the folders of %d runs are gone\n", path, h.Schema, h.Runs, h.Figures, len(h.Gone))
	return err
}
