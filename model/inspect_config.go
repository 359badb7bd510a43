package model

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// WriteConfig writes a starting configuration for `segmetry run`: what is known as keys, what is not as questions in
// comments. The model's path is absolute, so that the file works wherever it is put.
func (i *Inspection) WriteConfig(w io.Writer) error {
	path, err := filepath.Abs(i.File)
	if err != nil {
		path = i.File
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# A starting configuration for %s. What it rests on:\n", filepath.Base(path))
	for _, line := range i.Evidence {
		fmt.Fprintf(&b, "#   %s\n", strings.Join(strings.Fields(line), " "))
	}
	i.writeModel(&b, path)
	i.writeDataset(&b)
	i.writePreprocess(&b)
	b.WriteString("score:\n  losses: [document]\n  metrics: [standard]\nreport:\n  out: runs/" + quoteless(path) + "\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// writeModel writes the model section.
func (i *Inspection) writeModel(b *strings.Builder, path string) {
	fmt.Fprintf(b, "model:\n  path: %s\n", quoted(path))
	for _, k := range []struct {
		key, choices string
		value        *string
	}{
		{"input", "one of " + portNames(i.Inputs), i.Input}, {"output", "one of " + portNames(i.Outputs), i.Output},
		{"kind", "logits, probabilities or labels", i.Kind}, {"activation", "softmax or sigmoid", i.Activation},
		{"layout", "nchw or nhwc", i.Layout},
	} {
		switch {
		case k.value != nil:
			fmt.Fprintf(b, "  %s: %s%s\n", k.key, quoted(*k.value), i.question(k.key))
		case k.key == "activation" && i.Kind != nil && *i.Kind == KindLabels:
		default:
			fmt.Fprintf(b, "  # %s: ?   # %s\n", k.key, oneLine(k.choices))
		}
	}
	i.writeInputs(b)
}

// writeInputs writes what the inputs beside the image are given.
func (i *Inspection) writeInputs(b *strings.Builder) {
	for n, p := range i.Inputs {
		if i.Input == nil || p.Name == *i.Input {
			continue
		}
		if !strings.Contains(b.String(), "\n  inputs:\n") && len(i.Feeds) > 0 {
			b.WriteString("  inputs:\n")
		}
		f, known := i.Feeds[p.Name]
		switch value, err := json.Marshal(f); {
		case known && err == nil:
			fmt.Fprintf(b, "    %s: %s%s\n", quoted(p.Name), value, i.question(aboutSide(p.Name)))
		case len(i.Feeds) == 0:
			fmt.Fprintf(b, "  # inputs: {%s: ?}%s\n", quoted(i.Inputs[n].Name), i.question(aboutSide(p.Name)))
		default:
			fmt.Fprintf(b, "    # %s: ?%s\n", quoted(p.Name), i.question(aboutSide(p.Name)))
		}
	}
}

// question is what is asked about a conclusion, as a comment; "" where nothing is.
func (i *Inspection) question(about string) string {
	for _, c := range i.Conclusions {
		if c.About == about && c.Question != "" {
			return "   # " + oneLine(c.Question)
		}
	}
	return ""
}

// writeDataset writes the dataset section, with numbered classes to be renamed.
func (i *Inspection) writeDataset(b *strings.Builder) {
	b.WriteString("dataset:\n  format: folder\n  images: images/\n  masks: masks/\n")
	if i.Classes == nil {
		b.WriteString("  # classes: [?]   # their names, in the order of the mask values\n")
		return
	}
	n := *i.Classes
	names := make([]string, 0, min(n, 1024))
	if n == 1 {
		names = append(names, "background", "foreground")
	}
	several := n > 1 && i.Activation != nil && *i.Activation == Sigmoid
	for c := 0; n > 1 && c < min(n, 1024); c++ {
		names = append(names, fmt.Sprintf("%s_%d", map[bool]string{true: "label", false: "class"}[several], c))
	}
	if several {
		b.WriteString("  # Each channel is a label of its own, and labels may overlap. Channel c is mask value c, unless you name the mask\n" +
			"  # values of each label, in the place of classes:\n")
		fmt.Fprintf(b, "  # regions: {%s: [1, 2], %s: [2]}\n", names[0], names[1])
		b.WriteString("  # or, where bit c of a mask's value is label c, add\n  # bits: true\n")
	}
	fmt.Fprintf(b, "  classes: [%s]   # rename them\n  ignore_index: 255\n", strings.Join(names, ", "))
}

// writePreprocess writes the preprocess section. How the model was trained is not in the file: the usual keys are comments.
func (i *Inspection) writePreprocess(b *strings.Builder) {
	b.WriteString("preprocess:   # must be what the model was trained with; the file does not say\n  # preset: torchvision   # or mmseg, timm, smp, nnunet, keras: gives the keys that are not set\n  interpolation: pil_bilinear\n")
	if i.Size != nil {
		fmt.Fprintf(b, "  size: [%d, %d]\n", i.Size[0], i.Size[1])
	}
	if i.SizeMultiple != nil && *i.SizeMultiple > 1 {
		fmt.Fprintf(b, "  pad: {multiple: %d, mode: edge}\n", *i.SizeMultiple)
	}
	if i.Channels != nil && *i.Channels == 1 {
		b.WriteString("  color: gray\n")
	} else {
		b.WriteString("  color: rgb   # or bgr\n  # mean: [0.485, 0.456, 0.406]   # ImageNet's, if it was trained so\n  # std: [0.229, 0.224, 0.225]\n")
	}
}

// quoted is a YAML double-quoted string: JSON's strings are a subset of them.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(data)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// quoteless is a file's base name without its extension, reduced to letters, digits, dot, dash and underscore.
func quoteless(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, name)
}
