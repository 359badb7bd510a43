package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
)

// rescorable are the keys, and sections, that statistics allow to change.
// Which classes pixels are of is looked at more closely: [rescoring.remapped].
var rescorable = []string{"score.losses", "score.metrics", "score.bootstrap", "score.classes", "score.compat", "score.slices", "score.on_error",
	"dataset.filter", "dataset.limit", "dataset.metadata", "dataset.classes", "dataset.palette",
	"report.worst", "report.best", "report.median", "report.exports", "report.plots", "gates"}

// relabelling are the keys that say which mask values and which channels are which class.
var relabelling = []string{"dataset.label_map", "dataset.ignore_index", "dataset.ignore_values", "dataset.reduce_zero_label", "dataset.instance_divisor", "model.class_map"}

// checkChanges refuses what the statistics say nothing of.
func (r *rescoring) checkChanges() error {
	var problems []error
	if r.base.Model.Reference != "" && r.config.Model.Reference != "" {
		problems = append(problems, fault.Usagef("%s has a reference (model.reference), and what two models differ in is not in the statistics: leave it out with --set model.reference=\"\", or run again", r.dir))
	}
	for _, c := range r.changes {
		if why := r.refusal(c); why != "" {
			problems = append(problems, fault.Usagef("%s: %s; run again with it: segmetry run", c, why))
		}
	}
	return errors.Join(problems...)
}

// refusal says why a change is more than statistics know; "" where it is not.
func (r *rescoring) refusal(c config.Difference) string {
	under := func(section string) bool { return c.Key == section || strings.HasPrefix(c.Key, section+".") }
	switch {
	case slices.ContainsFunc(rescorable, under):
		return ""
	case slices.ContainsFunc(relabelling, under) && !r.base.Dataset.Overlap() && !r.config.Dataset.Overlap():
		return ""
	case under("model.reference") && r.config.Model.Reference == "":
		return ""
	case c.Key == "report.gradients" && !r.config.Report.Gradients:
		return ""
	case c.Key == "report.gradients":
		return "the statistics have no gradients"
	case c.Key == "report.predictions" && !r.config.Report.Predictions:
		return ""
	case c.Key == "report.predictions":
		return "label maps are not in the statistics"
	case under("dataset"):
		return "which pixels that would change is not in the statistics"
	}
	return "what the model would say then is not in the statistics"
}

// choose chooses the images that a run would list.
func (r *rescoring) choose() error {
	items, err := itemsOf(r.Store)
	if err != nil {
		return err
	}
	was, is := r.base.Dataset, r.config.Dataset
	if was.Filter != "" && was.Filter != is.Filter {
		return fault.Usagef("dataset.filter was %q and is %q: %s has the images of the first alone; run again with the second: segmetry run", was.Filter, is.Filter, r.dir)
	}
	r.chosen.of = len(items)
	whole := was.Limit == 0 || len(items) < was.Limit // the listing came to its end
	r.chosen.index = make([]int, len(items))
	for i, item := range items {
		r.chosen.index[i] = -1
		if !is.Matches(item.Name) || is.Limit > 0 && len(r.chosen.items) == is.Limit {
			continue
		}
		r.chosen.index[i] = len(r.chosen.items)
		item.Index = len(r.chosen.items)
		r.chosen.items = append(r.chosen.items, item)
	}
	n := len(r.chosen.items)
	switch {
	case n == 0:
		return fault.Dataf("no image of %s matches dataset.filter %q", filepath.Join(r.dir, "images.csv"), is.Filter)
	case !whole && (is.Limit == 0 || n < is.Limit):
		return fault.Usagef("%s ended after %d images (dataset.limit), of which %d are asked for, and its dataset may have more of them: take these with --limit %d, or run again", r.dir, was.Limit, n, n)
	}
	return nil
}
