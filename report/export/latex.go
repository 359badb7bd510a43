package export

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/record"
)

func init() {
	Register(Export{Name: "latex", Path: "table.tex", About: "the table of classes for a paper, in booktabs rules: \\input{table.tex}",
		Write: func(c *Content, put Put) error {
			var b bytes.Buffer
			latex(&b, c.Summary)
			return put("table.tex", b.Bytes())
		}})
}

var latexEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "%", `\%`, "$", `\$`, "#", `\#`, "&", `\&`, "_", `\_`,
	"~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`, `"`, `\symbol{34}`, "`", `\symbol{96}`)

// latexText makes a name stand for itself.
func latexText(name string) string { return latexEscapes.Replace(line(name)) }

// paper are the columns of a paper's table, as far as the run has them, with the mean that stands below each.
var paper = [][2]string{{"IoU", "mIoU"}, {"Dice", "mDice"}, {"Acc", "mAcc"}, {"Precision", "mPrecision"}, {"Recall", "mRecall"}, {"hd95", ""}, {"assd", ""}, {"nsd", ""}}

// widest is how many columns a table has where the run has none of paper's.
const widest = 6

// latexColumns chooses the columns, with the dataset's mean of each, which may be missing.
func latexColumns(s *record.Summary) (columns []record.ClassMetric, means []*record.MetricValue) {
	mean := func(name string) *record.MetricValue {
		at := slices.IndexFunc(s.Metrics, func(m record.MetricValue) bool { return m.Name == name && m.Value.Values == nil })
		if at < 0 {
			return nil
		}
		return &s.Metrics[at]
	}
	all := classColumns(s)
	for _, p := range paper {
		if at := slices.IndexFunc(all, func(m record.ClassMetric) bool { return m.Name == p[0] }); at >= 0 {
			name := p[1]
			if name == "" {
				name = p[0] // the mean over classes of a measure of surfaces has its own name
			}
			columns, means = append(columns, all[at]), append(means, mean(name))
		}
	}
	if len(columns) > 0 {
		return columns, means
	}
	for _, m := range all[:min(len(all), widest)] {
		columns, means = append(columns, m), append(means, mean(m.Name))
	}
	return columns, means
}

func latex(w *bytes.Buffer, s *record.Summary) {
	columns, means := latexColumns(s)
	fmt.Fprintf(w, "%% %s on %s, written by Segmetry. Needs \\usepackage{booktabs} and, for names that are not ASCII, LuaLaTeX or XeLaTeX.\n", latexText(s.Model.Name), latexText(s.Dataset.Name))
	fmt.Fprintf(w, "\\begin{table}\n\\centering\n\\caption{%s on %s: %s", latexText(s.Model.Name), latexText(s.Dataset.Name), english.Plural(s.Counts.OK, "image", ""))
	if s.Partial {
		fmt.Fprintf(w, " of an interrupted run")
	}
	if level := confidence(s); level != "" {
		fmt.Fprintf(w, "; %s\\,\\%% intervals by bootstrap over images", level)
	}
	if len(s.Over) > 0 {
		fmt.Fprintf(w, "; means over %s", latexText(strings.Join(s.Over, ", ")))
	}
	fmt.Fprintf(w, ". Shares are in percent.}\n\\begin{tabular}{l%s}\n\\toprule\nClass", strings.Repeat("r", len(columns)))
	for _, m := range columns {
		fmt.Fprintf(w, " & %s", latexText(m.Name))
	}
	fmt.Fprintf(w, " \\\\\n\\midrule\n")
	for c, name := range s.Classes {
		fmt.Fprintf(w, "%s", latexRow(name))
		for _, m := range columns {
			latexCell(w, m.Values[c], m.Plain)
		}
		fmt.Fprintf(w, " \\\\\n")
	}
	if slices.ContainsFunc(means, func(m *record.MetricValue) bool { return m != nil }) {
		fmt.Fprintf(w, "\\midrule\nMean")
		for _, m := range means {
			if m == nil {
				fmt.Fprintf(w, " &")
			} else {
				latexCell(w, m.Value, m.Plain)
			}
		}
		fmt.Fprintf(w, " \\\\\n")
	}
	fmt.Fprintf(w, "\\bottomrule\n\\end{tabular}\n\\end{table}\n")
}

// latexRow is the first cell of a row. One that begins with a bracket would be read as an option of the row before.
func latexRow(name string) string {
	text := latexText(name)
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "*") {
		return "{}" + text
	}
	return text
}

func latexCell(w *bytes.Buffer, v record.Value, plain bool) {
	fmt.Fprintf(w, " & %s", show(v.Value, plain, "--"))
	if ci := interval(v.CI, plain, ", "); ci != "" {
		fmt.Fprintf(w, " {\\scriptsize [%s]}", ci)
	}
}
