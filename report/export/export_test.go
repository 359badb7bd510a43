package export

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/figure"
)

var update = flag.Bool("update", false, "write the expected files anew")

// hostileNames are what a class, a model or a dataset may be called.
var hostileNames = []string{"sky", `a|b\c_d % & # $ {x} ~^`, "<script>alert(\"1\")</script>", "[0] *bold* `code`", "line\nbreak\t\u202eתמונה🔬", "", "..", "Sky"}

func content() *Content {
	undefined := record.Value{Value: math.NaN(), Status: "undefined", CI: &record.Interval{Low: math.NaN(), High: math.NaN()}}
	s := &record.Summary{Counts: record.Counts{Images: 5, OK: 3, Failed: 1, Skipped: 1, ValidPixels: 640}, Classes: hostileNames,
		Confusion: make([]int64, len(hostileNames)*len(hostileNames)),
		Model:     record.Model{Name: "net_v2|final.onnx", SHA256: "ab12"}, Dataset: record.Dataset{Name: "50% <data>", Digest: "cd34"},
		Bootstrap: &record.Bootstrap{Resamples: 2000, Seed: 1, Confidence: 0.95, Method: "bca", Units: 3},
		Losses:    []record.LossValue{{Name: "ce", Value: record.Value{Value: 0.25, NValid: 3, CI: &record.Interval{Low: 0.125, High: 0.5}}, Pooled: math.NaN()}}}
	s.Metrics = []record.MetricValue{{Name: "mIoU", Value: record.Value{Value: 0.75, NValid: 4, CI: &record.Interval{Low: 0.5, High: 0.875}}},
		{Name: "hd95", Value: record.Value{Value: 3.25, NValid: 4}, Plain: true}, {Name: "mDice", Value: undefined},
		{Name: "mIoU_img", Value: record.Value{Value: 0.5, NValid: 3}}, {Name: "curve", Value: record.Value{Value: math.NaN(), Values: []float64{1, 2}}}}
	iou, distance := record.ClassMetric{Name: "IoU"}, record.ClassMetric{Name: "hd95", Plain: true}
	for c := range hostileNames {
		iou.Values = append(iou.Values, record.Value{Value: float64(c) / 8, NValid: 3, CI: &record.Interval{Low: float64(c) / 16, High: float64(c+1) / 9}})
		distance.Values = append(distance.Values, undefined)
		s.Confusion[c*len(hostileNames)+c] = int64(10 * c)
		s.Confusion[c*len(hostileNames)] += 3
	}
	s.PerClass = []record.ClassMetric{iou, distance}
	return &Content{Summary: s, Manifest: &record.Manifest{Started: time.UnixMilli(1_700_000_000_123), WallS: 2.5},
		Config:        []byte("model:\n  path: a b.onnx\nscore:\n  losses: [ce, {name: tversky, weight_fp: 0.3}]\n"),
		Distributions: []figure.Distribution{{Name: "loss.ce", Values: []float32{0.1, 0.2, 0.4, float32(math.NaN())}}, {Name: "mIoU", Values: []float32{0.5, 0.75, 0.8, 0.1}}}}
}

// written are the files of one export.
func written(t *testing.T, name string, c *Content) map[string]string {
	t.Helper()
	list, err := Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range list {
		if err := e.Write(c, func(file string, data []byte) error {
			if _, twice := files[file]; twice || file != e.Path && !strings.HasPrefix(file, e.Path) || !strings.HasSuffix(e.Path, "/") && file != e.Path {
				t.Errorf("%s wrote %q, which is there already or not under %s", e.Name, file, e.Path)
			}
			files[file] = string(data)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestTexts holds the Markdown and LaTeX of hostile names against files that markdown-it (CommonMark with tables) and, but for
// the name that is not ASCII, pdfLaTeX showed as the names are.
func TestTexts(t *testing.T) {
	for _, name := range []string{"markdown", "latex"} {
		for file, got := range written(t, name, content()) {
			golden := filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%s is another than testdata has: %v\n%s", file, err, got)
			}
		}
	}
}

// TestMarkdownTables: every row of a table has as many cells as its head, whatever the names are.
func TestMarkdownTables(t *testing.T) {
	text := written(t, "markdown", content())["summary.md"]
	if strings.Contains(text, "<script") || strings.Contains(text, "\u202e") {
		t.Error("a name can be read as markup")
	}
	bars := regexp.MustCompile(`(^|[^\\])\|`)
	cells := 0
	for row := range strings.Lines(text) {
		if !strings.HasPrefix(row, "|") {
			cells = 0
			continue
		}
		n := len(bars.FindAllString(row, -1))
		if cells > 0 && n != cells {
			t.Errorf("%d bars, the head has %d: %s", n, cells, row)
		}
		cells = n
	}
}

func TestLatexNeedsNoInterval(t *testing.T) {
	c := content()
	c.Summary.Bootstrap, c.Summary.Partial = nil, true
	for i := range c.Summary.PerClass[0].Values {
		c.Summary.PerClass[0].Values[i].CI = nil
	}
	c.Summary.Metrics[0].Value.CI = nil
	text := written(t, "latex", c)["table.tex"]
	if strings.Contains(text, "scriptsize") || strings.Contains(text, "bootstrap") || !strings.Contains(text, "interrupted") {
		t.Error(text)
	}
	c.Summary.PerClass = nil
	if text := written(t, "latex", c)["table.tex"]; !strings.Contains(text, `\begin{tabular}{l}`) {
		t.Error(text)
	}
}

// TestMlflow: names are what MLflow allows, no two are one where case is not told apart, none leaves the folder, and no
// metric is a folder of others. Undefined figures have no file.
func TestMlflow(t *testing.T) {
	files := written(t, "mlflow", content())
	good := regexp.MustCompile(`^mlflow/730000000000000001/(meta\.yaml|[0-9a-f]{32}/(meta\.yaml|artifacts/config\.yaml|(metrics|params|tags)/[\w\-. /]+))$`)
	var names []string
	for name, text := range files {
		if !good.MatchString(name) || slices.Contains(strings.Split(name, "/"), "..") {
			t.Errorf("name %q", name)
		}
		if strings.Contains(name, "/metrics/") && !regexp.MustCompile(`^1700000002623 [-+.0-9e]+ 0\n$`).MatchString(text) {
			t.Errorf("%s holds %q", name, text)
		}
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	for i := range names[1:] {
		if names[i] == names[i+1] || strings.HasPrefix(names[i+1], names[i]+"/") {
			t.Errorf("%q and %q cannot both be there", names[i], names[i+1])
		}
	}
	run := "mlflow/" + mlflowExperiment + "/" + mlflowRun(content()) + "/"
	for name, want := range map[string]string{"metrics/mIoU": "1700000002623 0.75 0\n", "metrics/per_class/IoU/sky": "1700000002623 0 0\n",
		"metrics/per_class/IoU/Sky-2": "1700000002623 0.875 0\n", "params/model.path": "a b.onnx", "params/score.losses": "[ce, {name: tversky, weight_fp: 0.3}]", "artifacts/config.yaml": string(content().Config)} {
		if files[run+name] != want {
			t.Errorf("%s holds %q, want %q", name, files[run+name], want)
		}
	}
	if _, there := files[run+"metrics/mDice"]; there {
		t.Error("an undefined metric has a value")
	}
}

func TestFind(t *testing.T) {
	if list, err := Find([]string{"latex", "latex"}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := Find([]string{"all"}); err != nil || len(list) != len(Names()) {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Find([]string{"markdwn"}); err == nil || !strings.Contains(err.Error(), `did you mean "markdown"`) {
		t.Error(err)
	}
}

// TestDocs: docs/exports.md has a row an export, as the registry says it.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "exports.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range All() {
		if row := "| `" + e.Name + "` | `" + e.Path + "` | " + e.About + " |\n"; !strings.Contains(string(text), row) {
			t.Errorf("docs/exports.md has no row\n%s", row)
		}
	}
}
