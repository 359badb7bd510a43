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

// with asks for a measure with options set by the program.
func with[T any](name string, set func(*T)) Spec {
	return Spec{Name: name, Decode: func(options any) error {
		set(options.(*T))
		return nil
	}}
}

// GroupNames lists the groups' names.
func GroupNames() []string { return slices.Sorted(maps.Keys(groups)) }

// expand replaces groups by their members, which are left out where they do not fit.
func expand(specs []Spec) (list []Spec, problems []error) {
	for _, s := range specs {
		members, ok := groups[s.Name]
		if !ok {
			list = append(list, s)
			continue
		}
		if s.Label != "" || s.Decode != nil {
			problems = append(problems, fault.Usagef("metric %s: a group has no options and no label: ask for its measures one by one", s.Name))
		}
		for _, m := range members {
			m.IfFits, m.Spacing = true, s.Spacing
			list = append(list, m)
		}
	}
	return list, problems
}
