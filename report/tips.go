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
	return func(name string) tip { return byName[name] }
}

// terms are what the page says beside measures and losses.
var terms = []struct{ name, doc, link string }{
	{"pooled", "The loss of the dataset as one batch: sums over all pixels of all images, where the loss's family allows it. The value above it is the mean over the images.", "losses.md"},
	{"interval", "How far the figure would move with other images of the same kind, by bootstrap over the images or groups of them.", "statistics.md"},
	{"interval of a change", "How far the difference of both runs would move with other images of the same kind, by bootstrap over pairs of images or groups of them. The bar is the same, 0 at the dashed line; it is cut where it is much wider than the others'.", "statistics.md#tests-of-a-difference"},
	{"p", "How often chance alone makes a difference as large, of either sign: the share of exchanges of the runs, image by image, that do. Corrected for the number of classes, or of slices.", "statistics.md#tests-of-a-difference"},
	{"decode", "Reading the image and its mask from their files, into pixels.", "report.md#stages-and-latency"},
	{"preprocess", "Resizing, cropping and normalising: from pixels to the model's input.", "report.md#stages-and-latency"},
	{"inference", "The model's run in ONNX Runtime, alone.", "report.md#stages-and-latency"},
	{"scoring", "Bringing scores to the label's size, losses, metrics.", "report.md#stages-and-latency"},
	{"valid_pixels", "Pixels of the image's truth that are not ignored: what its figures are of.", "report.md#all-images"},
	{"reliability diagram", "Pixels are sorted into bins by a probability; each bin shows how often that probability is right.", "report.md#reliability"},
	{"confusion matrix", "Valid pixels by true class (rows) and predicted class (columns), summed over all images.", "report.md#confusion-matrix"},
	{"quantiles", "Of the images' values, by linear interpolation: a quarter of the images is below the 25% quantile.", "report.md#distributions"},
}
