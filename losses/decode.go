package losses

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/option"
)

// decodeStrictly decodes a map into options; an unknown key is an error that names the nearest.
func decodeStrictly(n *yaml.Node, options any) error {
	var known []string
	for _, o := range option.List(options) {
		known = append(known, o.Name)
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.Contains(known, key.Value) {
			continue
		}
		if len(known) == 0 {
			return fmt.Errorf("line %d: unknown option %q: the loss has none", key.Line, key.Value)
		}
		return fmt.Errorf("line %d: unknown option %q%s It has: %s", key.Line, key.Value, nearest.Sentence(key.Value, known), strings.Join(known, ", "))
	}
	return n.Decode(options)
}
