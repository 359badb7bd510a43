package report

import (
	_ "embed"
	"html/template"

	"github.com/segmetry/segmetry/internal/record"
)

var (
	//go:embed charts.css
	chartStyle string
	//go:embed tips.html.tmpl
	tipsText string
	//go:embed tips.js
	tipsScript string
	//go:embed unitplot.html.tmpl
	unitplotText string
	//go:embed more.html.tmpl
	moreText string
	//go:embed stages.html.tmpl
	stagesText string
)

// sections are the parts of the page that are drawn of a summary: nil where the run did not measure what they show.
type sections struct {
	Verdict       verdictPage
	Confused      []confused
	Distributions *distributionsPage
	Errors        *decompositionPage
	Reliability   *reliabilityPage
	Thresholds    *thresholdsPage
	Tips          []tip
	Contents      []link
	More          []hint
	StageParts    []stagePart
}

// link is a line of the page's contents.
type link struct{ ID, Name string }

// hint says how a part of the page is turned on that this run leaves out.
type hint struct {
	What, How string
	Link      string
}

func (f *Folder) sections(s *record.Summary, m *record.Manifest) sections {
	verdict := verdictPage{Configured: f.options.Gates}
	if f.verdict != nil {
		verdict = newVerdictPage(f.verdict)
	}
	figures := record.Figures{Summary: s, Of: f.measures}
	return sections{Verdict: verdict, Confused: confusedPairs(s), Distributions: f.charts.newDistributionsPage(s.Classes),
		Errors: newDecompositionPage(figures), Reliability: newReliabilityPage(figures), Thresholds: newThresholdsPage(figures), Tips: f.tips(), StageParts: stageParts(m)}
}

// contents lists the sections that the page has.
func (p *page) contents() {
	for _, l := range []struct {
		there bool
		link
	}{{true, link{"by-class", "Classes"}}, {true, link{"confusion", "Confusion"}}, {p.Sections.Distributions != nil, link{"distributions", "Distributions"}},
		{p.Sections.Errors != nil, link{"errors", "Errors"}}, {p.Sections.Reliability != nil, link{"reliability", "Reliability"}}, {p.Sections.Thresholds != nil, link{"thresholds", "Thresholds"}},
		{p.Gradients != nil, link{"gradients", "Gradients"}}, {p.Slices != nil, link{"slices", "Slices"}}, {p.Compat != nil, link{"compat", "Other systems"}}, {p.Parity != nil, link{"parity", "Parity"}},
		{p.Gallery != nil, link{"gallery", "Images to look at"}}, {true, link{"samples", "All images"}}, {p.Failures != nil, link{"failures", "Failures"}},
		{true, link{"placement", "Where it ran"}}, {true, link{"made", "Configuration"}}, {true, link{"stages", "Stages"}}} {
		if l.there {
			p.Sections.Contents = append(p.Sections.Contents, l.link)
		}
	}
}

// more says how to get what the page leaves out. What the model cannot have is not among it.
func (p *page) more() {
	labels := p.Summary.Model.Kind == "labels"
	for _, h := range []struct {
		missing bool
		hint
	}{
		{p.Sections.Errors == nil, hint{"What the errors are: boundary, class confusion, missed and invented objects", "--metrics standard,errors", "metrics.md#error-decomposition"}},
		{p.Sections.Reliability == nil && !labels, hint{"Reliability diagrams and calibration errors", "--metrics standard,calibration", "metrics.md#calibration"}},
		{p.Sections.Thresholds == nil && !labels, hint{"Precision-recall and ROC curves with the best threshold", "--metrics standard,thresholds", "metrics.md#thresholds"}},
		{p.Summary.Bootstrap == nil, hint{"Intervals of every figure", "--set score.bootstrap.resamples=2000", "statistics.md"}},
		{p.Slices == nil, hint{"The same figures for parts of the images, the worst first", "--slices size,brightness,class", "slices.md"}},
		{p.Compat == nil, hint{"The same predictions as other systems count them", "--compat mmseg,torchmetrics", "compat.md"}},
		{p.Gradients == nil && !labels && len(p.Summary.Losses) > 0, hint{"How large the losses' gradients are, and where they pull", "--set report.gradients=true", "losses.md"}},
		{p.Parity == nil, hint{"Where the labels differ from those of another file of the model", "--reference MODEL.onnx", "parity-of-models.md"}},
		{p.Gallery == nil, hint{"The worst, best and median images, with layers", "--set report.worst=20", "report.md#images-to-look-at"}},
	} {
		if h.missing {
			h.Link = docsAddress + h.Link
			p.Sections.More = append(p.Sections.More, h.hint)
		}
	}
}

// stagePart is a stage's stretch of the bar of all stages' time, in percent.
type stagePart struct {
	Name     string
	X, Width float64
	Share    string
}

func stageParts(m *record.Manifest) []stagePart {
	total, x := 0.0, 0.0
	for _, name := range record.StageNames {
		total += m.Stages[name].TotalS
	}
	if !(total > 0) {
		return nil
	}
	var parts []stagePart
	for _, name := range record.StageNames {
		width := 100 * m.Stages[name].TotalS / total
		parts = append(parts, stagePart{name, x, width, percent(width / 100)})
		x += width
	}
	return parts
}

// withTips is a page's template whose figures have their definitions.
func withTips(t *template.Template, list []tip) (*template.Template, error) {
	clone, err := t.Clone()
	if err != nil {
		return nil, err
	}
	return clone.Funcs(template.FuncMap{"tip": finder(list)}), nil
}
