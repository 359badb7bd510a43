package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// regrouping is what --merge and --ignore ask for.
type regrouping struct{ merge, ignore []string }

// apply writes it into a configuration: as names of classes, their colours, dataset.label_map and model.class_map.
func (g regrouping) apply(c *config.Config, m modelClasses) error {
	if len(g.merge)+len(g.ignore) == 0 {
		return nil
	}
	if c.Dataset.Overlap() {
		return fault.Usagef("--merge, --ignore: labels may overlap here, and what several of them are together is not in the statistics: run again with other dataset.regions")
	}
	to, names, err := g.classes(c.Dataset.Classes)
	if err != nil {
		return err
	}
	truth := slices.Clone(to)
	for _, name := range g.ignore {
		at := slices.Index(c.Dataset.Classes, name)
		if at < 0 {
			return unknownClass("--ignore", name, c.Dataset.Classes)
		}
		truth[at] = raster.Ignored
	}
	palette := c.Dataset.Regroup(to, names).Palette // an ignored class keeps its colour: it may be predicted
	c.Dataset = c.Dataset.Regroup(truth, names)
	c.Dataset.Palette = palette
	if len(g.merge) == 0 || m.sigmoid {
		return nil
	}
	channels, err := m.channels(c)
	if err != nil {
		return err
	}
	c.Model.ClassMap = model.ClassMap{Classes: map[int]int{}}
	for channel, class := range channels {
		c.Model.ClassMap.Classes[channel] = int(to[class])
	}
	return nil
}

// classes says what each class becomes, and what the new ones are called. A group stands where its first member did.
func (g regrouping) classes(old []string) (to []int16, names []string, err error) {
	called := slices.Clone(old)
	taken := make([]string, len(old)) // by which group
	for _, text := range g.merge {
		name, members, err := dataset.ParseGroup(text)
		if err != nil {
			return nil, nil, fault.Usagef("--merge %w", err)
		}
		for _, member := range members {
			at := slices.Index(old, member)
			switch {
			case at < 0:
				return nil, nil, unknownClass("--merge", member, old)
			case taken[at] != "":
				return nil, nil, fault.Usagef("--merge: %q becomes %q and %q: give one of them", member, taken[at], name)
			}
			called[at], taken[at] = name, name
		}
		for at, other := range old {
			if taken[at] == "" && other == name {
				return nil, nil, fault.Usagef("--merge: %q is a class already: name it among those that become it, or call the new one otherwise", name)
			}
		}
	}
	for _, name := range called {
		at := slices.Index(names, name)
		if at < 0 {
			at, names = len(names), append(names, name)
		}
		to = append(to, int16(at))
	}
	return to, names, nil
}

func unknownClass(flag, name string, known []string) error {
	return fault.Usagef("%s: unknown class %q%s The run has %s", flag, name, nearest.Sentence(name, known), strings.Join(known, ", "))
}

// modelClasses is what the statistics say of a model's classes.
type modelClasses struct {
	count   int // channels; 0: not known
	sigmoid bool
}

func (r *rescoring) modelClasses() modelClasses {
	return modelClasses{r.Header.Model.Channels, r.Header.Model.Activation == model.Sigmoid}
}

// channels are the classes that the model's channels stand for.
func (m modelClasses) channels(c *config.Config) ([]int16, error) {
	if m.count > 0 {
		return c.Model.ClassMap.Table(m.count)
	}
	return nil, fault.Usagef("model.class_map: how many classes the model has is not in its file: run again with dataset.label_map and model.class_map")
}

// remapped says what the classes of the run become; nil where they stay what they are.
func (r *rescoring) remapped() (*metrics.Remap, error) {
	was, is := r.base.Dataset, r.config.Dataset
	if was.Overlap() || is.Overlap() {
		return nil, nil // checkChanges allows no change of their labels
	}
	truth, accepts, err := dataset.Relabel(was, is)
	if err != nil {
		return nil, fault.Usagef("%w: run again (segmetry run)", err)
	}
	if accepts && r.failed() {
		return nil, fault.Usagef("mask values are classes, or ignored, that were no class before, and %s has images that could not be scored: perhaps they could be now. Run again (segmetry run), or leave them out with dataset.filter", r.dir)
	}
	m := &metrics.Remap{Classes: len(is.Classes), Truth: truth, Predicted: make([]int16, len(was.Classes))}
	same := m.Classes == len(was.Classes)
	for c := range m.Predicted {
		m.Predicted[c] = int16(c)
		same = same && truth[c] == int16(c)
	}
	if moved, err := r.moved(m.Predicted); err != nil || same && !moved {
		return nil, err
	}
	return m, nil
}

// moved writes what the predicted classes become by model.class_map.
func (r *rescoring) moved(predicted []int16) (moved bool, err error) {
	m := r.modelClasses()
	if m.sigmoid || r.base.Model.ClassMap.IsZero() && r.config.Model.ClassMap.IsZero() {
		return false, nil
	}
	before, err1 := m.channels(r.base)
	after, err2 := m.channels(r.config)
	if err := errors.Join(err1, err2); err != nil {
		return false, err
	}
	from := make([]int, len(predicted)) // channel + 1 that a class was seen of
	for channel, class := range before {
		switch to := after[channel]; {
		case from[class] > 0 && predicted[class] != to:
			return false, fault.Usagef("class %q would be divided: the model's channel %d becomes class %d and %d becomes class %d, and the statistics do not tell the two apart: run again (segmetry run)", r.base.Dataset.Classes[class], from[class]-1, predicted[class], channel, to)
		case int(to) >= len(r.config.Dataset.Classes):
			return false, fault.Usagef("model.class_map sends channel %d to class %d: there are classes 0 to %d", channel, to, len(r.config.Dataset.Classes)-1)
		default:
			predicted[class], from[class] = to, channel+1
			moved = moved || to != class
		}
	}
	for class := range predicted { // never predicted
		if from[class] == 0 {
			predicted[class] = 0
		}
	}
	return moved, nil
}

// failed says whether an image that takes part could not be scored.
func (r *rescoring) failed() bool {
	for row, err := range r.Rows() {
		if err == nil && row.Index < len(r.chosen.index) && r.chosen.index[row.Index] >= 0 && row.Digests == [2][32]byte{} {
			return true
		}
	}
	return false
}

// drop leaves out the metrics and losses that do not follow under other classes, unless they were asked for.
func (r *rescoring) drop() error {
	if r.remap == nil {
		return nil
	}
	if labels := r.from.Columns().Losses; len(labels) > 0 && !r.names("score.losses") {
		r.config.Score.Losses = []config.Entry{{Name: "none"}}
		r.leave = append(r.leave, fmt.Sprintf("the losses are left out: they see the sums of the probabilities of classes that become one, which are not in the statistics (%s)", strings.Join(labels, ", ")))
	}
	if !r.names("score.metrics") {
		if err := r.dropMetrics(); err != nil {
			return err
		}
	}
	if r.config.Report.Gallery().Worst+r.config.Report.Best+r.config.Report.Median > 0 {
		r.leave = append(r.leave, "thumbnails are left out: they show the classes as they were")
	}
	return r.settle()
}

// dropMetrics keeps what follows: an entry as it stands, or of a group the members that do.
func (r *rescoring) dropMetrics() error {
	var kept []config.Entry
	var gone []string
	for _, e := range r.config.Score.Metrics {
		alone := *r.config
		alone.Score = config.Score{Losses: []config.Entry{{Name: "none"}}, Metrics: []config.Entry{e}}
		one, err := evaluatorOf(&alone, r.Header.Model, namedItems{r.config.Dataset.Classes, nil})
		if err != nil {
			return err
		}
		names := one.Measures().Names()
		_, missing := one.Measures().Convert(r.from.Measures(), r.remap)
		if len(missing) == 0 {
			kept = append(kept, e)
			continue
		}
		gone = append(gone, missing...)
		for _, name := range names {
			if !slices.Contains(missing, name) {
				kept = append(kept, config.Entry{Name: name})
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if len(kept) == 0 {
		kept = []config.Entry{{Name: "none"}}
	}
	r.config.Score.Metrics = kept
	r.leave = append(r.leave, "metrics are left out that follow from more than the confusion matrix, and for which the statistics do not suffice under other classes: "+strings.Join(gone, ", "))
	return nil
}
