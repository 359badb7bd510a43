package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
)

// maxFile bounds a configuration's size.
const maxFile = 4 << 20

// Override is a value from the command line; it wins over the file.
type Override struct {
	Key   string // a.b
	Value string // YAML
	Flag  string // what the user typed, for messages: --images
	Text  bool   // Value is text, not YAML
}

// pathKeys are the keys whose relative paths are relative to the configuration file.
var pathKeys = []string{"model.path", "model.reference", "dataset.images", "dataset.masks", "dataset.split", "dataset.metadata", "report.out", "run.runtime", "run.history", "run.baseline", "dataset.path", "dataset.cache.folder"}

// Load reads a configuration file, lays the overrides over it and checks the whole. path may be "". Where the dataset lies in a
// bucket this asks it, on the terms of a network, if one is given. Errors are of kind fault.Usage, or fault.Data where nothing
// is wrong but the dataset's files.
func Load(path string, overrides []Override, network ...bucket.Network) (*Config, error) {
	return load(path, overrides, true, network)
}

// LoadData is Load where no model need be named, for what looks at the dataset alone.
func LoadData(path string, overrides []Override, network ...bucket.Network) (*Config, error) {
	return load(path, overrides, false, network)
}

func load(path string, overrides []Override, model bool, network []bucket.Network) (*Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = readFile(path); err != nil {
			return nil, err
		}
	}
	return assemble(path, text, overrides, model, network)
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Usagef("reading the configuration: %w: expected a YAML file, such as segmetry inspect MODEL.onnx --write %s makes", err, path)
	}
	if info.IsDir() {
		return nil, fault.Usagef("reading the configuration: %s is a folder: expected a YAML file", path)
	}
	if info.Size() > maxFile {
		return nil, fault.Usagef("reading the configuration: %s has %d bytes: expected at most %d", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("reading the configuration: %w", err)
	}
	return text, nil
}

func parse(path string, text []byte, overrides []Override) (*Config, error) {
	return assemble(path, text, overrides, true, nil)
}

// assemble checks the whole; without needModel a model need not be named.
func assemble(path string, text []byte, overrides []Override, needModel bool, network []bucket.Network) (*Config, error) {
	return parseChecked(path, text, overrides, func(c *Config) []error {
		if len(network) > 0 {
			c.Dataset.Network = network[0]
		}
		c.Dataset.Network.Offline = c.Dataset.Network.Offline || c.Run.Offline
		var wrong error
		if needModel || c.Model.Path != "" {
			wrong = c.Model.Validate()
		}
		return []error{wrong, resolve(&c.Dataset), c.Preprocess.Validate(), c.Inference.Validate(), c.Score.Bootstrap.Validate(), c.validateGroup(), c.Report.Plots.Validate(), c.Run.Validate()}
	})
}

// resolve fills in what comes with the dataset's format, and checks the whole.
func resolve(o *dataset.Options) error {
	if err := o.Resolve(); err != nil {
		return err
	}
	return o.Validate()
}

// LoadPreprocess reads the preprocess section of a file, which may have nothing else, under the overrides.
func LoadPreprocess(path string, overrides []Override) (dataset.Preprocess, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = readFile(path); err != nil {
			return dataset.Preprocess{}, err
		}
	}
	c, err := parseChecked(path, text, overrides, func(c *Config) []error { return []error{c.Preprocess.Validate()} })
	if err != nil {
		return dataset.Preprocess{}, err
	}
	return c.Preprocess, nil
}

func parseChecked(path string, text []byte, overrides []Override, validate func(*Config) []error) (*Config, error) {
	d := &document{file: path, flags: map[*yaml.Node]string{}}
	return d.parse(text, overrides, (*document).resolvePaths, validate)
}

// parse reads a text, whose paths are made what they mean by settle, lays the overrides over it and checks the whole.
func (d *document) parse(text []byte, overrides []Override, settle func(*document), validate func(*Config) []error) (*Config, error) {
	if err := d.read(text); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	settle(d)
	for _, o := range overrides {
		if err := d.override(o); err != nil {
			return nil, fault.Usagef("%w", err)
		}
	}
	problems := d.check()
	if len(problems) == 0 {
		problems = d.checkGates()
	}
	c := Default()
	if n := d.find([]string{"preprocess", "preset"}); n != nil { // under the keys that are set
		if p, known := dataset.PreprocessPreset(n.Value); known {
			c.Preprocess = p
		}
	}
	if len(problems) == 0 {
		if err := d.root.Decode(c); err != nil {
			problems = append(problems, d.decodeErrors(err)...)
		}
	}
	if len(problems) == 0 {
		c.nameEntries(d)
		problems = d.unsupported()
		for _, err := range validate(c) {
			problems = append(problems, d.locateAll(err)...)
		}
	}
	if len(problems) > 0 {
		return nil, &fault.Error{Kind: kindOf(problems), Err: errors.Join(problems...)}
	}
	return c, nil
}

// kindOf is fault.Usage, unless nothing is wrong but the data: an archive that is damaged, a bucket that does not answer.
func kindOf(problems []error) fault.Kind {
	for _, err := range problems {
		if e, classified := errors.AsType[*fault.Error](err); !classified || e.Kind != fault.Data {
			return fault.Usage
		}
	}
	return fault.Data
}

// read parses the file's YAML into nodes and refuses what no configuration needs: several documents, aliases, repeated
// keys.
func (d *document) read(text []byte) error {
	var top, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(text))
	if err := documents.Decode(&top); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: not YAML: %s", d.name(), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := documents.Decode(&more); err == nil {
		return fmt.Errorf("%s: several documents, separated by ---: expected one; put them into files of their own", d.at(&more))
	}
	d.root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if len(top.Content) == 0 || top.Content[0].Tag == "!!null" {
		return nil
	}
	d.root = top.Content[0]
	if d.root.Kind != yaml.MappingNode {
		return fmt.Errorf("%s: expected sections such as model: and dataset:, found %s", d.at(d.root), describe(d.root))
	}
	return errors.Join(d.refuse(d.root)...)
}

func (d *document) refuse(n *yaml.Node) (problems []error) {
	if n.Kind == yaml.AliasNode {
		if d.aliased { // one of them says it
			return nil
		}
		d.aliased = true
		return []error{fmt.Errorf("%s: aliases are not supported: write the value out", d.at(n))}
	}
	seen := map[string]bool{}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[child.Value] {
				problems = append(problems, fmt.Errorf("%s: key %q stands twice", d.at(child), child.Value))
			}
			seen[child.Value] = true
			continue
		}
		problems = append(problems, d.refuse(child)...)
	}
	return problems
}

// resolvePaths makes the file's relative paths relative to the working directory.
func (d *document) resolvePaths() {
	for _, key := range pathKeys {
		n := d.find(strings.Split(key, "."))
		if d.isPath(key, n) && !filepath.IsAbs(n.Value) {
			n.Value = filepath.Join(filepath.Dir(d.file), n.Value)
			if key == "model.reference" && n.Value == model.ReferenceCPU { // a file of that name
				n.Value = "." + string(filepath.Separator) + n.Value
			}
		}
	}
	if list := d.find([]string{"run", "noise"}); list != nil && list.Kind == yaml.SequenceNode {
		for _, n := range list.Content {
			if d.isPath("run.baseline", n) && !filepath.IsAbs(n.Value) {
				n.Value = filepath.Join(filepath.Dir(d.file), n.Value)
			}
		}
	}
}

// isPath says whether a path key's value is one.
func (d *document) isPath(key string, n *yaml.Node) bool {
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" || strings.Contains(n.Value, "://") { // a URL is absolute
		return false
	}
	switch key {
	case "model.reference":
		return n.Value != model.ReferenceCPU
	case "run.baseline": // a name of the history is none
		return !strings.HasPrefix(n.Value, "db:")
	case "dataset.split": // the name of a part of a dataset, unless it is a file
		format := d.find([]string{"dataset", "format"})
		return dataset.IsListFile(n.Value) || format != nil && format.Value == "list"
	}
	return true
}

var keyPattern = regexp.MustCompile(`^[a-z_]+(\.[A-Za-z0-9_]+)*$`)

// override sets a key.
func (d *document) override(o Override) error {
	if !keyPattern.MatchString(o.Key) {
		return fmt.Errorf("%s: %q is not a key: expected one such as dataset.images", o.Flag, o.Key)
	}
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: o.Value}
	if !o.Text {
		var top yaml.Node
		if err := yaml.Unmarshal([]byte(o.Value), &top); err != nil {
			return fmt.Errorf("%s: %q is not YAML: %w", o.Flag, o.Value, err)
		}
		if len(top.Content) == 1 {
			value = top.Content[0]
		}
	}
	d.fromFlag(value, o.Flag)
	n := d.root
	keys := strings.Split(o.Key, ".")
	if entry, ok := strings.CutPrefix(o.Key, "model.session_options."); ok { // its keys have dots of their own
		keys = []string{"model", "session_options", entry}
	}
	for _, key := range keys[:len(keys)-1] {
		child := lookup(n, key)
		if child == nil || child.Kind != yaml.MappingNode {
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			d.flags[child] = o.Flag
			set(n, key, child)
		}
		n = child
	}
	set(n, keys[len(keys)-1], value)
	return nil
}

// fromFlag notes that a value, and all that it holds, was given on the command line.
func (d *document) fromFlag(n *yaml.Node, flag string) {
	d.flags[n] = flag
	for _, child := range n.Content {
		d.fromFlag(child, flag)
	}
}
