package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// docsAddress is where the documentation lies. The page loads nothing from there: a reader may follow a link.
const docsAddress = "https://github.com/segmetry/segmetry/blob/main/docs/"

// anchor is the fragment that GitHub gives a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// tip is the definition of a figure, as the page shows it where the figure stands. The zero tip is none.
type tip struct{ ID, Name, Doc, Link string }

// tips are the definitions of everything that is named on the page.
func (f *Folder) tips() []tip {
	var list []tip
	for name, doc := range f.definitions {
		list = append(list, tip{Name: name, Doc: doc, Link: f.links[name]})
	}
	return numbered(list)
}

// numbered adds what the page says beside figures, and gives every definition its id.
func numbered(list []tip) []tip {
	for _, t := range terms {
		list = append(list, tip{Name: t.name, Doc: t.doc, Link: docsAddress + t.link})
	}
	slices.SortFunc(list, func(a, b tip) int { return strings.Compare(a.Name, b.Name) })
	for i := range list {
		list[i].ID = fmt.Sprintf("d%d", i)
	}
	return list
}

// finder finds the tip of a name.
func finder(list []tip) func(name string) tip {
	byName := make(map[string]tip, len(list))
	for _, t := range list {
		byName[t.Name] = t
	}
	return func(name string) tip {
		if t, ok := byName[name]; ok {
			return t
		}
		return byName[term(name)]
	}
}

// term is what a figure of a loss is an instance of: pooled of loss.ce.pooled, gradient.l1 of gradient.ce.l1.
func term(name string) string {
	last := name[strings.LastIndex(name, ".")+1:]
	switch {
	case strings.HasPrefix(name, "gradient."):
		return "gradient." + last
	case strings.HasPrefix(name, "loss.") && last == "pooled":
		return last
	}
	return ""
}

// terms are what the page says beside measures and losses.
var terms = []struct{ name, doc, link string }{
	{"pooled", "The loss of the dataset as one batch: sums over all pixels of all images, where the loss's family allows it. The value without it is the mean over the images.", "losses.md"},
	{"gradient.l1", "L1 norm of the loss's gradient with respect to the logits: the sum of its absolute values over pixels and classes, the mean over the images.", "report.md#gradients"},
	{"gradient.l2", "L2 norm of the loss's gradient with respect to the logits, the mean over the images.", "report.md#gradients"},
	{"gradient.foreground", "Share of the gradient's L1 norm that is on pixels of true classes above the first.", "report.md#gradients"},
	{"gradient.boundary", "Share of the gradient's L1 norm that is on pixels less than 3 px from one that has a neighbour of another true class.", "report.md#gradients"},
	{"gradient.hardest", "Share of the gradient's L1 norm that is on the tenth of the pixels with the largest cross-entropy.", "report.md#gradients"},
	{"interval", "How far the figure would move with other images of the same kind, by bootstrap over the images or groups of them.", "statistics.md"},
	{"interval of a change", "How far the difference of both runs would move with other images of the same kind, by bootstrap over pairs of images or groups of them. The bar is the same, 0 at the dashed line; it is cut where it is much wider than the others'.", "statistics.md#tests-of-a-difference"},
	{"p", "How often chance alone makes a difference as large, of either sign: the share of exchanges of the runs, image by image, that do. Corrected for the number of classes, or of slices.", "statistics.md#tests-of-a-difference"},
	{"decode", "Reading the image and its mask from their files, into pixels.", "report.md#stages-and-latency"},
	{"preprocess", "Resizing, cropping and normalising: from pixels to the model's input.", "report.md#stages-and-latency"},
	{"inference", "The model's run in ONNX Runtime, alone.", "report.md#stages-and-latency"},
	{"scoring", "Bringing scores to the label's size, losses, metrics.", "report.md#stages-and-latency"},
	{"valid_pixels", "Pixels of the image's truth that are not ignored: what its figures are of.", "report.md#all-images"},
	{"reliability diagram", "Pixels are sorted into bins by a probability; each bin shows how often that probability is right.", "report.md#reliability"},
	{"slice", "A part of the images with figures of its own, which are those of a run over its images alone.", "slices.md"},
	{"difference to all images", "The slice's figure less that of all images; its interval is the jackknife's. An interval that holds 0 (=) says that chance alone does as much.", "slices.md#what-is-written"},
	{"other systems", "What another system reports of the same predictions, and by how much each of its conventions moves our figure, one after another.", "compat.md"},
	{"thresholds", "Each class against the rest, at every threshold of its probability: precision and recall, true and false positive rate.", "report.md#thresholds"},
	{"provider", "What of ONNX Runtime ran each operator of the model, by its own profile of a run, and how long that took.", "devices.md#attestation"},
	{"latency", "Time of one inference in ONNX Runtime; p95 is what 95% of the images stay below. Each worker's first inference is left out.", "report.md#stages-and-latency"},
	{"confusion matrix", "Valid pixels by true class (rows) and predicted class (columns), summed over all images.", "report.md#confusion-matrix"},
	{"quantiles", "Of the images' values, by linear interpolation: a quarter of the images is below the 25% quantile.", "report.md#distributions"},
}
