package report

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// number is a figure in JSON: null where it is undefined.
type number float64

// MarshalJSON writes the shortest text that reads back, or null.
func (n number) MarshalJSON() ([]byte, error) {
	if text := format(float64(n)); text != "" {
		return []byte(text), nil
	}
	return []byte("null"), nil
}

func numbers(values []float64) []number {
	list := make([]number, len(values))
	for i, x := range values {
		list[i] = number(x)
	}
	return list
}

// ordered is a JSON object whose keys keep their order.
type ordered []pair

type pair struct {
	key   string
	value any
}

// MarshalJSON writes the pairs in order.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(p.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func valueOf(v record.Value) ordered {
	o := ordered{{"value", number(v.Value)}, {"n_valid", v.NValid}}
	if v.Values != nil && !defined(v.Value) {
		o[0] = pair{"values", numbers(v.Values)}
	}
	o = append(o, ends("ci", v.CI)...)
	if v.NUndefined > 0 {
		o = append(o, pair{"n_undefined", v.NUndefined})
	}
	if v.Status != "" {
		o = append(o, pair{"status", v.Status})
	}
	return o
}

// ends are an interval's; nothing where none was asked for.
func ends(name string, ci *record.Interval) ordered {
	if ci == nil {
		return nil
	}
	return ordered{{name + "_low", number(ci.Low)}, {name + "_high", number(ci.High)}}
}

// SummaryJSON writes summary.json. Its keys have a fixed order, and NaN never appears.
func SummaryJSON(w io.Writer, s *record.Summary) error {
	doc := ordered{{"schema", 1}}
	if s.Partial {
		doc = append(doc, pair{"partial", true})
	}
	doc = append(doc, ordered{{"counts", s.Counts}, {"classes", s.Classes}, {"confusion", matrixOf(s.Confusion, len(s.Classes))}}...)
	if len(s.Over) > 0 {
		doc = append(doc, pair{"means_over", s.Over})
	}
	if len(s.LabelCounts) > 0 {
		doc = append(doc, pair{"confusion_per_label", labelCounts(s.LabelCounts)})
	}
	doc = append(doc, append(figuresOf(s), ordered{{"model", s.Model}, {"dataset", s.Dataset}}...)...)
	if s.Bootstrap != nil {
		doc = append(doc, pair{"bootstrap", s.Bootstrap})
	}
	if len(s.Compat) > 0 {
		doc = append(doc, pair{"compat", compatJSON(s.Classes, s.Compat)})
	}
	if len(s.Gradients) > 0 {
		doc = append(doc, pair{"gradients", gradientsOf(s)})
	}
	if len(s.Slices) > 0 {
		doc = append(doc, pair{"slices", slicesJSON(s)})
	}
	if s.Parity != nil {
		doc = append(doc, pair{"parity", parityOf(s.Classes, s.Parity)})
	}
	text, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// figuresOf are the metrics, per class too, and the losses.
func figuresOf(s *record.Summary) ordered {
	var metrics, perClass, losses ordered
	for _, m := range s.Metrics {
		metrics = append(metrics, pair{m.Name, valueOf(m.Value)})
	}
	for _, m := range s.PerClass {
		var classes ordered
		for c, v := range m.Values {
			classes = append(classes, pair{s.Classes[c], valueOf(v)})
		}
		perClass = append(perClass, pair{m.Name, classes})
	}
	for _, l := range s.Losses {
		o := append(valueOf(l.Value), pair{"pooled", number(l.Pooled)})
		o = append(o, ends("pooled_ci", l.PooledCI)...)
		losses = append(losses, pair{l.Name, o})
	}
	return ordered{{"metrics", metrics}, {"per_class", perClass}, {"losses", losses}}
}

func defined(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// gradientsOf are the gradients' figures by loss: gradient.ce.l1 becomes ce: {l1: …}.
func gradientsOf(s *record.Summary) ordered {
	var list ordered
	last := ""
	for _, g := range s.Gradients {
		name, figure := splitGradient(g.Name)
		if name != last {
			list, last = append(list, pair{name, ordered{}}), name
		}
		list[len(list)-1].value = append(list[len(list)-1].value.(ordered), pair{figure, valueOf(g.Value)})
	}
	return list
}

// splitGradient splits gradient.LOSS.FIGURE.
func splitGradient(name string) (loss, figure string) {
	name = strings.TrimPrefix(name, "gradient.")
	dot := strings.LastIndexByte(name, '.')
	return name[:dot], name[dot+1:]
}
