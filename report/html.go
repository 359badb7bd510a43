package report

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/record"
)

var (
	//go:embed report.html.tmpl
	pageText string
	//go:embed report.css
	pageStyle string
	//go:embed report.js
	pageScript string
	//go:embed sort.js
	sortScript string
	//go:embed matrix.html.tmpl
	matrixText string
	//go:embed placement.html.tmpl
	placementText string
	//go:embed parity.html.tmpl
	parityText string
	//go:embed gallery.html.tmpl
	galleryText string
	//go:embed gallery.js
	galleryScript string
	//go:embed paritypage.html.tmpl
	parityPageText string
)

// page is what the template shows. html/template escapes every name for the place it stands in.
type page struct {
	Title, ModelKind string
	Summary          *record.Summary
	Manifest         *record.Manifest
	Style            template.CSS
	Script           template.JS
	Cards            []card
	ClassColumns     []column
	Classes          []classRow
	Confusion        matrix
	LabelMatrices    []labelMatrix // where labels may overlap, in the place of Confusion
	MoreLabels       int
	Histograms       []histogram
	ChartWidth       float64
	ChartHeight      float64
	Gradients        []gradientRow
	Parity           *parityPage
	Slices           *slicesPage
	Gallery          *galleryPage
	Failures         []failure
	MoreFailures     int
	Providers        []provider
	Placement        placementPage
	Stages           []stage
	Table            table
	Config           string
	Definitions      []definition
	Intervals        string // what the intervals are; "" without
	Compat           []compatPage
}

type card struct{ Name, Value, Interval, Note, Doc string }
type column struct{ Name, Doc string }
type classRow struct {
	Name  string
	Color string
	Cells []cell
}
type cell struct {
	Text  string
	CI    string // interval; "" where there is none
	Sort  string
	Width float64 // of the bar, percent; negative: none
}
type stage struct {
	Name string
	record.Stage
}
type definition struct{ Name, Doc string }

// table is the per-image table as the page's script reads it: one JSON value.
type table struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

var pageTemplate, parityTemplate = parsed(pageText), parsed(parityPageText)

// parsed is a page's template, with those that pages share.
func parsed(text string) *template.Template {
	functions := template.FuncMap{"inc": func(i int) int { return i + 1 }, "short": short, "mib": func(bytes int64) int64 { return bytes >> 20 }}
	t := template.New("page").Funcs(functions)
	for _, shared := range []string{matrixText, parityText, placementText, galleryText, slicesText, compatText} {
		template.Must(t.Parse(shared))
	}
	return template.Must(t.Parse(text))
}

// short writes a figure for people.
func short(x float64) string {
	if !defined(x) {
		return "n/a"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

func percent(x float64) string {
	if !defined(x) {
		return "n/a"
	}
	return strconv.FormatFloat(100*x, 'f', 2, 64)
}

// span writes an interval for people; "" where there is none.
func span(ci *record.Interval, write func(float64) string) string {
	if ci == nil || !defined(ci.Low) || !defined(ci.High) {
		return ""
	}
	return write(ci.Low) + " – " + write(ci.High)
}

// intervalNote says what the intervals are; "" where there are none.
func intervalNote(b *record.Bootstrap) string {
	if b == nil {
		return ""
	}
	units, of := "images", ""
	switch {
	case b.Group != "":
		units = "groups of images (" + b.Group + ")"
	case b.Span > 1:
		units = fmt.Sprintf("runs of %d images", b.Span)
	}
	if b.Method == "bca" {
		of = "bias-corrected and accelerated "
	}
	return fmt.Sprintf("Ranges are %s%% intervals: %sbootstrap, %d resamples of %d %s. None is given where too few images have the class.", strconv.FormatFloat(100*b.Confidence, 'g', 6, 64), of, b.Resamples, b.Units, units)
}

// html writes report.html.
func (f *Folder) html(w io.Writer, s *record.Summary, m *record.Manifest, config []byte, kept []record.Thumbnail) error {
	rows, iou, err := f.imageTable(kept)
	if err != nil {
		return err
	}
	p := page{Title: s.Model.Name + " on " + s.Dataset.Name, ModelKind: strings.TrimSpace(s.Model.Activation + " " + s.Model.Kind), Summary: s, Manifest: m,
		Style: template.CSS(pageStyle), Script: template.JS(sortScript + pageScript + galleryScript), Cards: f.cards(s), //nolint:gosec // files of this program
		Histograms: f.charts.histograms(), ChartWidth: chartWidth, ChartHeight: chartHeight,
		Failures: f.failures, MoreFailures: f.failed - len(f.failures), Table: rows, Config: string(config), Intervals: intervalNote(s.Bootstrap)}
	if p.LabelMatrices, p.MoreLabels = labelMatrices(s); p.LabelMatrices == nil {
		p.Confusion = newMatrix(s)
	}
	p.ClassColumns, p.Classes = f.classTable(s)
	p.Gradients = gradientRows(s)
	p.Compat = compatPages(s.Compat)
	p.Parity = newParityPage(s.Classes, s.Parity)
	p.Slices = newSlicesPage(s, f.definitions)
	if p.Gallery = newGallery(kept, f.options, f.charts.medianOf(kept), iou); p.Gallery != nil {
		p.Gallery.Classes, p.Gallery.Colors, p.Gallery.Mixed = s.Classes, p.Classes, p.LabelMatrices != nil
	}
	p.Providers = providerList(m)
	p.Placement = newPlacementPage(m.Placement, m.Device)
	for _, name := range record.StageNames {
		p.Stages = append(p.Stages, stage{name, m.Stages[name]})
	}
	for name, doc := range f.definitions {
		p.Definitions = append(p.Definitions, definition{name, doc})
	}
	slices.SortFunc(p.Definitions, func(a, b definition) int { return strings.Compare(a.Name, b.Name) })
	return pageTemplate.Execute(w, p)
}

// gradientRow is one loss's gradient, as mean over the images.
type gradientRow struct {
	Name                          string
	L1, L2                        string
	Foreground, Boundary, Hardest string // percent
}

// gradientRows lists the losses with a gradient, five figures each.
func gradientRows(s *record.Summary) []gradientRow {
	var rows []gradientRow
	for i := 0; i+5 <= len(s.Gradients); i += 5 {
		name, _ := splitGradient(s.Gradients[i].Name)
		at := func(k int) float64 { return s.Gradients[i+k].Value.Value }
		if defined(at(0)) {
			rows = append(rows, gradientRow{name, short(at(0)), short(at(1)), percent(at(2)), percent(at(3)), percent(at(4))})
		}
	}
	return rows
}

// cards are the headline figures.
func (f *Folder) cards(s *record.Summary) []card {
	var list []card
	for _, m := range s.Metrics {
		switch m.Name {
		case "mIoU", "mDice", "aAcc", "mAcc", "fwIoU", "exactMatch":
			list = append(list, card{m.Name, percent(m.Value.Value), span(m.Value.CI, percent), "of the dataset", f.definitions[m.Name]})
		}
	}
	for _, l := range s.Losses {
		list = append(list, card{l.Name, short(l.Value.Value), span(l.Value.CI, short), "pooled " + short(l.Pooled), f.definitions["loss."+l.Name]})
	}
	return list
}

func (f *Folder) classTable(s *record.Summary) (columns []column, rows []classRow) {
	colors := palette.ClassColors(len(s.Classes), f.options.Palette)
	if len(s.LabelCounts) > 0 {
		colors = palette.LabelColors(len(s.Classes), f.options.Palette)
	}
	for c, name := range s.Classes {
		rows = append(rows, classRow{Name: name, Color: fmt.Sprintf("#%02x%02x%02x", colors[c][0], colors[c][1], colors[c][2])})
	}
	for _, m := range s.PerClass {
		if strings.HasSuffix(m.Name, "_img") || m.Values[0].Values != nil {
			continue
		}
		columns = append(columns, column{m.Name, f.definitions[m.Name]})
		for c, v := range m.Values {
			write := percent
			if m.Plain {
				write = short
			}
			width, text := -1.0, write(v.Value)
			if defined(v.Value) && !m.Plain {
				width = 100 * v.Value
			}
			rows[c].Cells = append(rows[c].Cells, cell{text, span(v.CI, write), format(v.Value), width})
		}
	}
	return columns, rows
}

// tableColumns bounds how many figures an image's row shows; images.csv has them all.
const tableColumns = 12

// imageTable reads the rows back from images.csv, which is complete by now.
// iou is, of the images of thumbnails, the IoU of every class.
func (f *Folder) imageTable(kept []record.Thumbnail) (t table, iou map[int][]string, err error) {
	t.Rows, iou = [][]any{}, map[int][]string{}
	file, err := os.Open(f.images.Temporary())
	if err != nil {
		return t, nil, err
	}
	defer file.Close()
	in := csv.NewReader(file)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return t, nil, err
	}
	pickColumns := []int{0, 1}
	for i := 5; i < len(header) && len(pickColumns) < tableColumns; i++ {
		pickColumns = append(pickColumns, i)
	}
	for _, i := range pickColumns {
		t.Columns = append(t.Columns, strings.Clone(header[i]))
	}
	wanted := map[int]bool{}
	for _, t := range kept {
		wanted[t.Index] = true
	}
	for index := 0; ; index++ {
		row, err := in.Read()
		if err == io.EOF {
			return t, iou, nil
		}
		if err != nil {
			return t, nil, err
		}
		t.Rows = append(t.Rows, tableRow(row, pickColumns))
		if wanted[index] {
			iou[index] = f.classColumns(row, "IoU")
		}
	}
}

// classColumns are a per-class metric's cells of a row of images.csv; nil where images have none.
func (f *Folder) classColumns(row []string, metric string) []string {
	k := slices.Index(f.columns.PerClass, metric)
	if k < 0 {
		return nil
	}
	classes := len(f.columns.Classes)
	at := 6 + len(f.columns.Losses) + len(f.columns.Means) + k*classes
	return slices.Collect(func(yield func(string) bool) {
		for _, cell := range row[at : at+classes] {
			if !yield(strings.Clone(cell)) {
				return
			}
		}
	})
}

func tableRow(row []string, columns []int) []any {
	var out []any
	for k, i := range columns {
		x, err := strconv.ParseFloat(row[i], 64)
		switch {
		case k < 2:
			out = append(out, strings.Clone(row[i]))
		case err != nil:
			out = append(out, nil)
		case math.Abs(x) >= 1000:
			out = append(out, x)
		default:
			out = append(out, json.Number(strconv.FormatFloat(x, 'g', 5, 64)))
		}
	}
	return out
}
