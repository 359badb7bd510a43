package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

var (
	//go:embed report.html.tmpl
	pageText string
	//go:embed report.css
	pageStyle string
	//go:embed sort.js
	sortScript string
	//go:embed layout.js
	layoutScript string
	//go:embed matrix.html.tmpl
	matrixText string
	//go:embed classes.html.tmpl
	classesText string
	//go:embed samples.html.tmpl
	samplesText string
	//go:embed chooser.js
	chooserScript string
	//go:embed classes.js
	classesScript string
	//go:embed samples.js
	samplesScript string
	//go:embed tables.css
	tableStyle string
	//go:embed placement.html.tmpl
	placementText string
	//go:embed parity.html.tmpl
	parityText string
	//go:embed gallery.html.tmpl
	galleryText string
	//go:embed gallery.js
	galleryScript string
	//go:embed shards.html.tmpl
	shardsText string
	//go:embed rescored.html.tmpl
	rescoredText string
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
	Samples          *samplesPage
	Confusion        matrix
	LabelMatrices    []labelMatrix // where labels may overlap, in the place of Confusion
	MoreLabels       int
	Sections         sections
	Aggregates       []aggregateRow
	Gradients        []gradientRow
	Parity           *parityPage
	Slices           *slicesPage
	Gallery          *galleryPage
	Failures         []failure
	MoreFailures     int
	Providers        []provider
	Placements       []placementPage
	Shards           []shardRow
	MoreShards       int
	Stages           []stage
	Config           string
	Intervals        string // what the intervals are; "" without
	Compat           []compatPage
	Over             string // classes that means over classes are of; "": all
}

type card struct{ Name, Value, Interval, Note, Term, NoteTerm string }
type stage struct {
	Name string
	record.Stage
}

var pageTemplate, parityTemplate = parsed(pageText), parsed(parityPageText)

// parsed is a page's template, with those that pages share.
func parsed(text string) *template.Template {
	functions := template.FuncMap{"inc": func(i int) int { return i + 1 }, "short": short, "unitTicks": unitTicks, "gradientColumns": func() any { return gradientColumns }, "tip": func(string) tip { return tip{} }, "mib": func(bytes int64) int64 { return bytes >> 20 }}
	t := template.New("page").Funcs(functions)
	for _, shared := range []string{matrixText, parityText, placementText, galleryText, slicesText, compatText, classesText, samplesText,
		tipsText, aggregatesText, gradientsText, unitplotText, verdictTemplateText, distributionsText, decompositionText, reliabilityText, thresholdsText, moreText, stagesText, shardsText} {
		template.Must(t.Parse(shared))
	}
	template.Must(t.Parse(rescoredText))
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
	samples, iou, err := f.samples(s, kept)
	if err != nil {
		return err
	}
	p := page{Title: s.Model.Name + " on " + s.Dataset.Name, ModelKind: strings.TrimSpace(s.Model.Activation + " " + s.Model.Kind), Summary: s, Manifest: m,
		Style: template.CSS(pageStyle + tableStyle + chartStyle), Script: template.JS(sortScript + layoutScript + chooserScript + classesScript + samplesScript + galleryScript + tipsScript), Cards: f.cards(s), //nolint:gosec // files of this program
		Sections: f.sections(s, m),
		Failures: f.failures, MoreFailures: f.failed - len(f.failures), Samples: samples, Config: string(config), Over: strings.Join(s.Over, ", "), Intervals: intervalNote(s.Bootstrap)}
	if p.LabelMatrices, p.MoreLabels = labelMatrices(s); p.LabelMatrices == nil {
		p.Confusion = newMatrix(s)
	}
	p.ClassColumns, p.Classes = f.classTable(s)
	p.Aggregates = aggregateRows(s)
	p.Gradients = gradientRows(s)
	p.Compat = compatPages(s.Compat)
	p.Parity = newParityPage(s.Classes, s.Parity)
	p.Slices = newSlicesPage(s)
	if p.Gallery = newGallery(kept, f.options, f.charts.medianOf(kept), iou); p.Gallery != nil {
		p.Gallery.Classes, p.Gallery.Colors, p.Gallery.Mixed = s.Classes, p.Classes, p.LabelMatrices != nil
	}
	samples.link(p.Gallery)
	samples.define(p.Sections.Tips)
	p.Providers, p.Placements = providerList(m.Placement), newPlacementPages(m)
	p.Shards, p.MoreShards = shardRows(m)
	for _, name := range record.StageNames {
		p.Stages = append(p.Stages, stage{name, m.Stages[name]})
	}
	p.contents()
	p.more()
	t, err := withTips(pageTemplate, p.Sections.Tips)
	if err != nil {
		return err
	}
	return t.Execute(w, &p)
}

// headlines are the measures that have a card.
var headlines = []string{"mIoU", "mDice", "aAcc", "mAcc", "fwIoU", "exactMatch"}

// cards are the headline figures.
func (f *Folder) cards(s *record.Summary) []card {
	var list []card
	figures := record.Figures{Summary: s, Of: f.measures}
	for _, m := range s.Metrics {
		if slices.ContainsFunc(headlines, func(measure string) bool { return figures.Is(m.Name, measure) }) {
			list = append(list, card{m.Name, percent(m.Value.Value), span(m.Value.CI, percent), "%, of the dataset", m.Name, ""})
		}
	}
	for _, l := range s.Losses {
		list = append(list, card{l.Name, short(l.Value.Value), span(l.Value.CI, short), "pooled " + short(l.Pooled), "loss." + l.Name, "pooled"})
	}
	return list
}
