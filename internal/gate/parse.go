package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/nearest"
)

// Parse reads a gate from a line of text: "mIoU: min 0.69", "IoU[*]: max drop 2%", "mIoU: non-inferior by 0.5pt at 95%",
// "mIoU: superior", "mIoU in size=*: no worse by 1pt".
func Parse(text string) (Gate, error) {
	metric, condition, ok := strings.Cut(text, ": ")
	words := strings.Fields(condition)
	if !ok || len(words) == 0 {
		return Gate{}, fmt.Errorf("gate %q: expected METRIC: CONDITION, such as %q or %q", text, "mIoU: min 0.69", "mIoU: non-inferior by 0.5pt at 95%")
	}
	metric, parts, sliced := strings.Cut(metric, " in ")
	if parts = strings.TrimSpace(parts); sliced && parts == "" {
		return Gate{}, fmt.Errorf("gate %q: expected slices after \"in\", such as %q", text, "mIoU in size=*: min 0.6")
	}
	g := Gate{Metric: strings.TrimSpace(metric), Slices: parts, Confidence: DefaultConfidence, Inconclusive: Fail}
	name := words[0]
	words = words[1:]
	if len(words) > 0 && slices.Contains(kinds, Kind(name+"_"+words[0])) { // max drop
		name += "_" + words[0]
		words = words[1:]
	}
	g.Kind = Kind(strings.ReplaceAll(name, "-", "_"))
	if !slices.Contains(kinds, g.Kind) {
		return Gate{}, fmt.Errorf("gate %q: unknown condition %q%s Conditions: min, max, max drop, max increase, no worse by, non-inferior by, superior by", text, name, conditionHint(name))
	}
	valued, sure := false, false
	for i := 0; i < len(words); i++ {
		var err error
		switch {
		case (words[i] == "by" || words[i] == "at") && i+1 == len(words):
			return Gate{}, fmt.Errorf("gate %q: expected a number after %q", text, words[i])
		case words[i] == "at":
			i++
			sure = true
			g.Confidence, err = confidence(words[i])
		case words[i] == "by":
			i++
			valued, err = true, g.setValue(words[i])
		case !valued:
			valued, err = true, g.setValue(words[i])
		default:
			err = fmt.Errorf("%q is one word too many", words[i])
		}
		if err != nil {
			return Gate{}, fmt.Errorf("gate %q: %w", text, err)
		}
	}
	if !valued && g.Kind != Superior {
		return Gate{}, fmt.Errorf("gate %q: expected a number after %q", text, name)
	}
	if !valued {
		g.Written = "0"
	}
	if err := g.validate(sure); err != nil {
		return Gate{}, fmt.Errorf("gate %q: %w", text, err)
	}
	return g, nil
}

// conditionHint names the condition that was probably meant.
func conditionHint(name string) string {
	switch name {
	case ">", ">=":
		name = string(Min)
	case "<", "<=":
		name = string(Max)
	}
	return nearest.Sentence(strings.ReplaceAll(name, "-", "_"), kindNames())
}

func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return names
}

// setValue reads 0.02, 0.5pt (points: hundredths) or a percentage: of a margin 2% is that of the baseline's figure, of a bound 69%
// is 0.69. The kind is known by then.
func (g *Gate) setValue(text string) error {
	scale, number := 1.0, text
	if n, ok := strings.CutSuffix(text, "%"); ok {
		scale, number, g.Relative = 0.01, n, g.NeedsBase()
	} else if n, ok := strings.CutSuffix(text, "pt"); ok {
		scale, number = 0.01, n
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("expected a number such as %s, found %q", g.examples(), text)
	}
	if g.Value, g.Written = x, text; scale != 1 {
		g.Value = round(x * scale)
	}
	return nil
}

// examples are values that the gate's condition takes.
func (g Gate) examples() string {
	if g.NeedsBase() {
		return "0.005, 0.5pt (points) or 2% (of the baseline)"
	}
	return "0.69, or 69% of a figure that is a share"
}

func confidence(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	x, err := strconv.ParseFloat(number, 64)
	if percent {
		x = round(x / 100)
	}
	if err != nil || !(x > 0 && x < 1) {
		return 0, fmt.Errorf("expected a confidence such as 0.95 or 95%%, found %q", text)
	}
	return x, nil
}

// round takes off what the conversion of decimal fractions left behind: 0.5pt is 0.005.
func round(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// validate says what is wrong with a gate; sure says that a confidence was asked for.
func (g Gate) validate(sure bool) error {
	switch {
	case g.Metric == "":
		return fmt.Errorf("expected a metric such as mIoU, IoU[*] or loss.ce")
	case g.NeedsBase() && g.Value < 0:
		return fmt.Errorf("%s: expected a margin of 0 or more, found %s", g.Kind, g.Written)
	case sure && !g.Statistical():
		return fmt.Errorf("%s holds figures against a number, and not their interval: it takes no confidence; non-inferior and superior do", g.Kind)
	case !(g.Confidence > 0 && g.Confidence < 1):
		return fmt.Errorf("confidence: expected a number between 0 and 1, found %v", g.Confidence)
	case g.Inconclusive != Fail && g.Inconclusive != Warn && g.Inconclusive != Pass:
		return fmt.Errorf("inconclusive: expected fail, warn or pass, found %q", g.Inconclusive)
	}
	return nil
}

// NodeError is what is wrong with a part of a gate in YAML.
type NodeError struct {
	Node *yaml.Node
	Err  error
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("line %d, column %d: gates: %v", e.Node.Line, e.Node.Column, e.Err)
}

// Unwrap returns the error without its place.
func (e *NodeError) Unwrap() error { return e.Err }

// UnmarshalYAML reads a gate from a mapping: {metric: mIoU, non_inferior: 0.005, confidence: 0.95, inconclusive: warn}; or
// from a line as [Parse] takes it.
//
// Errors are of the type [NodeError].
func (g *Gate) UnmarshalYAML(n *yaml.Node) error {
	at := func(n *yaml.Node, err error) error { return &NodeError{n, err} }
	if n.Kind == yaml.ScalarNode {
		var err error
		if *g, err = Parse(n.Value); err != nil {
			return at(n, err)
		}
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return at(n, fmt.Errorf("expected {metric: mIoU, min: 0.69} or a line such as %q", "mIoU: min 0.69"))
	}
	*g = Gate{Confidence: DefaultConfidence, Inconclusive: Fail}
	class, sure := "", false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if value.Kind != yaml.ScalarNode {
			return at(value, fmt.Errorf("%s: expected a single value", key))
		}
		var err error
		switch key {
		case "metric":
			g.Metric = value.Value
		case "class":
			class = value.Value
		case "slices":
			g.Slices = value.Value
		case "confidence":
			sure = true
			g.Confidence, err = confidence(value.Value)
		case "inconclusive":
			g.Inconclusive = value.Value
		default:
			err = g.setKind(key, value.Value)
		}
		if err != nil {
			return at(n.Content[i], err)
		}
	}
	if class != "" {
		g.Metric += "[" + class + "]"
	}
	if g.Kind == "" {
		return at(n, fmt.Errorf("%s has no condition: expected one of %s", g.Metric, strings.Join(kindNames(), ", ")))
	}
	if err := g.validate(sure); err != nil {
		return at(n, err)
	}
	return nil
}

func (g *Gate) setKind(key, value string) error {
	if !slices.Contains(kinds, Kind(key)) {
		known := append([]string{"metric", "class", "slices", "confidence", "inconclusive"}, kindNames()...)
		return fmt.Errorf("unknown key %q%s Known: %s", key, nearest.Sentence(key, known), strings.Join(known, ", "))
	}
	if g.Kind != "" {
		return fmt.Errorf("%s and %s stand in one gate: expected one condition a gate", g.Kind, key)
	}
	g.Kind = Kind(key)
	return g.setValue(value)
}

// MarshalYAML writes the gate as a mapping.
func (g Gate) MarshalYAML() (any, error) {
	value := &yaml.Node{Kind: yaml.ScalarNode, Value: cmp.Or(g.Written, g.number())}
	m := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key string, value any) error {
		var v yaml.Node
		if err := v.Encode(value); err != nil {
			return err
		}
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &v)
		return nil
	}
	err := add("metric", g.Metric)
	if err == nil && g.Slices != "" {
		err = add("slices", g.Slices)
	}
	if err == nil {
		err = add(string(g.Kind), value)
	}
	if err == nil && g.Statistical() {
		err = add("confidence", g.Confidence)
	}
	if err == nil {
		err = add("inconclusive", g.Inconclusive)
	}
	return m, err
}
