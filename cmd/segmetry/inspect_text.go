package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/segmetry/segmetry/model"
)

// printInspection writes what a model is: its file, its tensors, what was concluded, each with its evidence, and what is
// asked.
func (a *app) printInspection(i *model.Inspection) error {
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	line := func(key string, cells ...string) { fmt.Fprintf(w, "%s\t%s\n", key, strings.Join(cells, "\t")) }
	line("file", fmt.Sprintf("%s, %s", i.File, size(i.Bytes)))
	line("made by", made(i))
	line("weights", fmt.Sprintf("%d parameters, %s, %s", i.Parameters, size(i.WeightBytes), strings.Join(i.Precision, ", ")))
	if len(i.ExternalData) > 0 {
		line("external data", strings.Join(i.ExternalData, ", "))
	}
	line("operators", operators(i.Operators))
	for _, key := range slices.Sorted(maps.Keys(i.Metadata)) {
		line("metadata", fmt.Sprintf("%s: %.200s", key, strings.Join(strings.Fields(i.Metadata[key]), " ")))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	for _, list := range []struct {
		what  string
		ports []model.Port
	}{{"input", i.Inputs}, {"output", i.Outputs}} {
		for _, p := range list.ports {
			line(list.what, p.Name, p.Type, axes(p), p.Role)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	a.printConclusions(w, i)
	return w.Flush()
}

// printConclusions writes what was concluded, a conclusion a line with its evidence behind it, then the questions.
func (a *app) printConclusions(w *tabwriter.Writer, i *model.Inspection) {
	line := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	var questions []string
	for _, c := range i.Conclusions {
		value, sure := c.Value, "sure"
		if value == "" {
			value = "–"
		}
		if !c.Sure {
			sure = "not sure"
		}
		evidence := slices.DeleteFunc(slices.Clone(c.Evidence), func(text string) bool { return text == c.Question })
		if c.About == "trial" && c.Value != "fails" {
			sure = ""
		} else if c.Question != "" {
			questions = append(questions, c.Question)
		}
		line(strings.ReplaceAll(c.About, "_", " "), value, sure, strings.Join(evidence, "; "))
	}
	if i.Classes != nil && *i.Classes > 1 && i.Activation != nil && *i.Activation == model.Sigmoid {
		line("labels", "", "", "each channel is a label of its own; they may overlap")
	}
	line("size", sizes(i), "", "")
	if i.OutputStride != nil && *i.OutputStride > 1 {
		line("output size", fmt.Sprintf("1/%d", *i.OutputStride), "", "of the input's")
	}
	for _, q := range questions {
		line("?", q)
	}
}

func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// made is the producer with the versions of the format and of the operators' domains.
func made(i *model.Inspection) string {
	parts := []string{}
	if i.Producer != "" {
		parts = append(parts, i.Producer)
	}
	parts = append(parts, fmt.Sprintf("IR version %d", i.IRVersion), fmt.Sprintf("opset %d", i.Opset))
	for _, domain := range slices.Sorted(maps.Keys(i.Opsets)) {
		if domain != "" {
			parts = append(parts, fmt.Sprintf("%s %d", domain, i.Opsets[domain]))
		}
	}
	return strings.Join(parts, ", ")
}

// operators lists the commonest operators, twelve at most.
func operators(count map[string]int) string {
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for k, name := range names {
		if k == 12 {
			parts = append(parts, fmt.Sprintf("and %d more kinds", len(names)-k))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d", name, count[name]))
	}
	return strings.Join(parts, ", ")
}

// axes is a port's shape, dynamic axes by their names.
func axes(p model.Port) string {
	if p.Shape == nil {
		return "[no shape]"
	}
	parts := make([]string, len(p.Shape))
	for k, n := range p.Shape {
		parts[k] = fmt.Sprint(n)
		if n < 0 {
			parts[k] = "?"
			if p.Axes != nil && p.Axes[k] != "" {
				parts[k] = p.Axes[k]
			}
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// sizes says what heights and widths the model takes.
func sizes(i *model.Inspection) string {
	switch {
	case i.Size != nil:
		return fmt.Sprintf("%d×%d (height × width)", i.Size[0], i.Size[1])
	case i.SizeMultiple != nil && *i.SizeMultiple > 1:
		return fmt.Sprintf("any multiple of %d", *i.SizeMultiple)
	case i.SizeMultiple != nil:
		return "any"
	case i.Dynamic:
		return "dynamic, not tried"
	}
	return "–"
}
