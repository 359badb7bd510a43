package metrics

import (
	"maps"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
)

// standard are the measures of group standard, in the order in which they are written; exactMatch where labels overlap.
var standard = []string{"aAcc", "mAcc", "mIoU", "fwIoU", "mDice", "mFscore", "mPrecision", "mRecall", "exactMatch", "IoU", "Acc", "Dice", "Fscore", "Precision", "Recall"}

// groups are names that stand for several measures. A family's file adds its own.
var groups = map[string][]Spec{
	"none":      nil,
	"standard":  named(standard...),
	"quantiles": named("mIoU_p1", "mIoU_p5", "mIoU_p10"),
}

func named(names ...string) []Spec {
	list := make([]Spec, len(names))
	for i, name := range names {
		list[i] = Spec{Name: name}
	}
	return list
}

// with asks for a measure with options set by the program; what tells them apart from others.
func with[T any](name, what string, set func(*T)) Spec {
	return Spec{Name: name, fixed: what, Decode: func(options any) error {
		set(options.(*T))
		return nil
	}}
}

// GroupNames lists the groups' names.
func GroupNames() []string { return append([]string{"all"}, slices.Sorted(maps.Keys(groups))...) }

// members are the measures of a group; those of all are every other group's, standard's first.
func members(group string) (list []Spec, ok bool) {
	if group != "all" {
		list, ok = groups[group]
		return list, ok
	}
	list = slices.Clone(groups["standard"])
	for _, name := range GroupNames()[1:] {
		if name != "standard" {
			list = append(list, groups[name]...)
		}
	}
	return list, true
}

// expand replaces groups by their members, which are left out where they do not fit.
func expand(specs []Spec) (list []Spec, problems []error) {
	for _, s := range specs {
		group, ok := members(s.Name)
		if !ok {
			list = append(list, s)
			continue
		}
		if s.Label != "" || s.Decode != nil {
			problems = append(problems, fault.Usagef("metric %s: a group has no options and no label: ask for its measures one by one", s.Name))
		}
		for _, m := range group {
			m.IfFits, m.Spacing = true, s.Spacing
			list = append(list, m)
		}
	}
	return list, problems
}
