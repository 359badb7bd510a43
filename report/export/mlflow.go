package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/record"
)

func init() {
	Register(Export{Name: "mlflow", Path: "mlflow/", About: "an MLflow file store of one experiment with one run: its metrics, the configuration as parameters, and tags",
		Write: func(c *Content, put Put) error {
			s := &mlflowStore{put: put, run: mlflowRun(c)}
			s.store(c)
			return s.err
		}})
}

// mlflowExperiment is the experiment's number. MLflow's default experiment is 0; a number of our own can be copied beside it.
const mlflowExperiment = "730000000000000001"

// mlflowRun is the run's identifier: 32 hexadecimal digits of what was evaluated, so that equal runs have the same.
func mlflowRun(c *Content) string {
	h := sha256.New()
	for _, text := range []string{c.Summary.Model.SHA256, c.Summary.Dataset.Digest, string(c.Config)} {
		_, _ = io.WriteString(h, text+"\x00") // a hash's Write never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// mlflowStore writes the layout that mlflow.store.tracking.file_store reads: EXPERIMENT/meta.yaml, and
// EXPERIMENT/RUN/{meta.yaml,metrics,params,tags,artifacts}, a file each metric, parameter and tag. Without a folder of artifacts
// MLflow lists a run and does not open it.
type mlflowStore struct {
	put   Put
	run   string
	taken map[string]bool // of the metrics' names, in lower case
	err   error
}

// file writes one file of the run.
func (s *mlflowStore) file(name, text string) {
	if s.err != nil {
		return
	}
	s.err = s.put(path.Join("mlflow", mlflowExperiment, name), []byte(text))
}

func (s *mlflowStore) meta(name string, fields any) {
	text, err := yaml.Marshal(fields)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.file(name, string(text))
}

func (s *mlflowStore) store(c *Content) {
	start := c.Manifest.Started.UnixMilli()
	end := start + int64(1000*c.Manifest.WallS)
	title := line(c.Summary.Model.Name + " on " + c.Summary.Dataset.Name)
	s.meta("meta.yaml", map[string]any{"artifact_location": "", "creation_time": start, "last_update_time": start,
		"experiment_id": mlflowExperiment, "lifecycle_stage": "active", "name": "segmetry"})
	s.meta(path.Join(s.run, "meta.yaml"), map[string]any{"artifact_uri": "", "run_id": s.run, "run_uuid": s.run, "experiment_id": mlflowExperiment,
		"run_name": title, "start_time": start, "end_time": end, "lifecycle_stage": "active", "status": mlflowStatus(c.Summary), "user_id": "",
		"source_name": "", "source_type": 4, "source_version": "", "entry_point_name": "", "tags": []string{}, "deleted_time": nil})
	for _, tag := range [][2]string{{"mlflow.runName", title}, {"mlflow.source.name", "segmetry"}, {"mlflow.source.type", "LOCAL"}} {
		s.file(path.Join(s.run, "tags", tag[0]), tag[1])
	}
	for _, p := range mlflowParameters(c) {
		s.file(path.Join(s.run, "params", p[0]), p[1])
	}
	s.file(path.Join(s.run, "artifacts", "config.yaml"), string(c.Config))
	s.taken = map[string]bool{}
	mlflowMetrics(c.Summary, func(name string, x float64) {
		if defined(x) {
			s.file(path.Join(s.run, "metrics", s.unique(name)), fmt.Sprintf("%d %s 0\n", end, strconv.FormatFloat(x, 'g', -1, 64)))
		}
	})
}

// mlflowStatus is FINISHED or KILLED, as MLflow counts them.
func mlflowStatus(s *record.Summary) int {
	if s.Partial {
		return 5
	}
	return 3
}

// mlflowMetrics names every figure: mIoU, mIoU.ci_low, per_class/IoU/person, loss.ce, loss.ce.pooled. A figure
// of classes has a folder of its own, as a file and a folder cannot have one name.
func mlflowMetrics(s *record.Summary, add func(name string, x float64)) {
	value := func(name string, v record.Value) {
		add(name, v.Value)
		if v.CI != nil {
			add(name+".ci_low", v.CI.Low)
			add(name+".ci_high", v.CI.High)
		}
	}
	for _, m := range s.Metrics {
		value(m.Name, m.Value)
	}
	for _, m := range s.PerClass {
		for c, v := range m.Values {
			value("per_class/"+m.Name+"/"+mlflowElement(s.Classes[c]), v)
		}
	}
	for _, l := range s.Losses {
		value("loss."+l.Name, l.Value)
		add("loss."+l.Name+".pooled", l.Pooled)
	}
	for _, g := range s.Gradients {
		value(g.Name, g.Value)
	}
	for _, p := range s.Compat {
		for _, f := range p.Figures {
			add("compat/"+p.Name+"/"+f.Name, f.Value)
		}
	}
	add("images.ok", float64(s.Counts.OK))
	add("images.failed", float64(s.Counts.Failed))
	add("images.skipped", float64(s.Counts.Skipped))
	add("valid_pixels", float64(s.Counts.ValidPixels))
}

// mlflowElement is a class's name as a part of a metric's: MLflow allows letters, digits and _-. blank and slash.
func mlflowElement(name string) string {
	text := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-. ", r)) {
			return r
		}
		return '_'
	}, name)
	text = strings.Trim(text, " .") // no name is a folder's, and none ends in what Windows drops
	return text[:min(len(text), 120)]
}

// unique is the metric's name, with a number where another has it: also where case alone tells them apart.
func (s *mlflowStore) unique(name string) string {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		if elements[i] = mlflowElement(e); elements[i] == "" {
			elements[i] = "_"
		}
	}
	name = strings.Join(elements, "/")
	free := name
	for i := 2; s.taken[strings.ToLower(free)]; i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	s.taken[strings.ToLower(free)] = true
	return free
}

// mlflowParameters are the configuration's keys, dotted, and what was evaluated. MLflow takes 6000 characters a value.
func mlflowParameters(c *Content) [][2]string {
	list := [][2]string{{"model.sha256", c.Summary.Model.SHA256}, {"dataset.digest", c.Summary.Dataset.Digest}}
	var doc yaml.Node
	if yaml.Unmarshal(c.Config, &doc) == nil && len(doc.Content) == 1 {
		list = flatten(list, "", doc.Content[0])
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return slices.CompactFunc(list, func(a, b [2]string) bool { return strings.EqualFold(a[0], b[0]) })
}

// flatten lists the keys of a section; what is no section is written as it stands in the file.
func flatten(list [][2]string, prefix string, n *yaml.Node) [][2]string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := mlflowElement(n.Content[i].Value), n.Content[i+1]
		if key == "" {
			continue
		}
		if value.Kind == yaml.MappingNode {
			list = flatten(list, prefix+key+".", value)
			continue
		}
		text := value.Value
		if value.Kind != yaml.ScalarNode {
			flow := *value
			flow.Style = yaml.FlowStyle
			b, err := yaml.Marshal(&flow)
			if err != nil {
				continue
			}
			text = strings.TrimSpace(string(b))
		}
		if name := prefix + key; len(name) <= 250 {
			list = append(list, [2]string{name, strings.ToValidUTF8(text[:min(len(text), 6000)], "")})
		}
	}
	return list
}
