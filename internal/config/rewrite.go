package config

import (
	"bytes"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
)

// Rewrite returns a configuration file's text with the overrides in it, comments kept and paths made absolute, so that it
// works wherever it is put.
func Rewrite(path string, overrides []Override) ([]byte, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	d := &document{file: path, flags: map[*yaml.Node]string{}}
	if err := d.read(text); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	d.resolvePaths()
	for _, o := range overrides {
		if err := d.override(o); err != nil {
			return nil, fault.Usagef("%w", err)
		}
	}
	for _, key := range pathKeys {
		n := d.find(strings.Split(key, "."))
		if !d.isPath(key, n) {
			continue
		}
		if n.Value, err = filepath.Abs(n.Value); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(d.root); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
