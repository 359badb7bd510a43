package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/record"
)

// ReleaseJSON writes compare.json.
func ReleaseJSON(w io.Writer, r *record.Release) error {
	differences := r.Differences
	if differences == nil {
		differences = []record.RunDifference{}
	}
	o := ordered{{"schema", 1}, {"verdict", r.Verdict}, {"comparable", r.Comparable}, {"differences", differences},
		{"base", sideJSON(r.Base)}, {"new", sideJSON(r.New)},
		{"images", ordered{{"paired", r.Paired}, {"only_base", r.OnlyBase}, {"only_new", r.OnlyNew}}},
		{"gates", gatesJSON(r)}, {"metrics", changesJSON(r)}, {"per_class", classChangesJSON(r)}}
	if r.Flips == nil {
		o = append(o, pair{"flips", nil}, pair{"flips_why", r.FlipsWhy})
	} else {
		o = append(o, pair{"flips", ordered{{"right_to_wrong", r.Flips.RightToWrong}, {"wrong_to_right", r.Flips.WrongToRight}}}, pair{"flips_by_class", flipsJSON(r)})
	}
	o = append(o, pair{"effect", ordered{{"metric", r.Effect.Metric}, {"better", r.Effect.Better}, {"same", r.Effect.Same}, {"worse", r.Effect.Worse}}},
		pair{"worst", imagesJSON(r.Worst)}, pair{"best", imagesJSON(r.Best)}, pair{"correlations", correlationsJSON(r)}, pair{"slices", sliceChangesJSON(r)},
		pair{"bootstrap", r.Bootstrap}, pair{"correction", r.Correction}, pair{"alpha", r.Alpha})
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(o)
}

func sideJSON(s record.RunSide) ordered {
	return ordered{{"folder", s.Dir}, {"model", s.Model}, {"dataset", s.Dataset}}
}

func gatesJSON(r *record.Release) []ordered {
	list := []ordered{}
	for _, g := range r.Gates {
		o := ordered{{"gate", g.Gate.Name()}, {"metric", g.Name}, {"class", g.Class}, {"base", number(g.Base)}, {"new", number(g.New)}, {"difference", number(g.Difference)},
			{"ci_low", number(g.CI.Low)}, {"ci_high", number(g.CI.High)}, {"margin", g.Gate.Value}, {"relative", g.Gate.Relative}, {"verdict", g.Verdict}, {"why", g.Why}}
		if g.Gate.Statistical() {
			o = append(o, pair{"confidence", g.Gate.Confidence})
		}
		if g.Slice != "" {
			o = append(o, pair{"slice", g.Slice})
		}
		if g.Noise > 0 {
			o = append(o, pair{"noise", g.Noise})
		}
		if g.Needed > 0 {
			o = append(o, pair{"images_needed", g.Needed})
		}
		list = append(list, append(o, pair{"images", g.Images}, pair{"inconclusive", g.Gate.Inconclusive}))
	}
	return list
}

func changeJSON(c record.Change) ordered {
	return ordered{{"base", number(c.Base)}, {"new", number(c.New)}, {"difference", number(c.Difference)}, {"ci_low", number(c.CI.Low)}, {"ci_high", number(c.CI.High)},
		{"p", number(c.P)}, {"p_adjusted", number(c.Adjusted)}}
}

func changesJSON(r *record.Release) ordered {
	o := ordered{}
	for _, c := range r.Changes {
		if c.Class == "" {
			o = append(o, pair{c.Name, changeJSON(c)})
		}
	}
	return o
}

func classChangesJSON(r *record.Release) ordered {
	o := ordered{}
	for _, c := range r.Changes {
		if c.Class == "" {
			continue
		}
		if len(o) == 0 || o[len(o)-1].key != c.Name {
			o = append(o, pair{c.Name, ordered{}})
		}
		last := &o[len(o)-1]
		last.value = append(last.value.(ordered), pair{c.Class, changeJSON(c)})
	}
	return o
}

func flipsJSON(r *record.Release) []ordered {
	list := []ordered{}
	for _, p := range r.Flips.Pairs {
		list = append(list, ordered{{"truth", r.Classes[p.Truth]}, {"base", r.Classes[p.From]}, {"new", r.Classes[p.To]}, {"pixels", p.Pixels}})
	}
	return list
}

func imagesJSON(images []record.ImageChange) []ordered {
	list := []ordered{}
	for _, i := range images {
		list = append(list, ordered{{"image", i.Image}, {"base", number(i.Base)}, {"new", number(i.New)}, {"difference", number(i.Difference)}, {"valid_pixels", i.Pixels}})
	}
	return list
}

func correlationsJSON(r *record.Release) []ordered {
	list := []ordered{}
	for _, c := range r.Correlations {
		list = append(list, ordered{{"with", c.With}, {"spearman", number(c.Rho)}, {"p", number(c.P)}, {"images", c.N}})
	}
	return list
}

func sliceChangesJSON(r *record.Release) []ordered {
	list := []ordered{}
	for _, s := range r.Slices {
		list = append(list, append(ordered{{"by", s.By}, {"slice", s.Name}, {"images", s.Images}, {"telling", s.Telling}, {"metric", s.Change.Name}}, changeJSON(s.Change)...))
	}
	return list
}

// gateName is a gate as people read it, with the slice that it was judged by.
func gateName(g record.GateResult) string {
	name := g.Gate.String()
	if g.Slice != "" && g.Slice != g.Gate.Slices {
		name += " (" + g.Slice + ")"
	}
	return name
}

// ReleaseCSV writes compare.csv: a row a figure.
func ReleaseCSV(w io.Writer, r *record.Release) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"metric", "class", "base", "new", "difference", "ci_low", "ci_high", "p", "p_adjusted"}); err != nil {
		return err
	}
	for _, c := range r.Changes {
		row := []string{c.Name, c.Class}
		for _, x := range []float64{c.Base, c.New, c.Difference, c.CI.Low, c.CI.High, c.P, c.Adjusted} {
			row = append(row, format(x))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// figureText is a figure of a change for people, in percent where it is a share.
func figureText(x float64, plain bool) string {
	if plain {
		return short(x)
	}
	return percent(x)
}

// differenceText is a change for people: its size, and its interval or ~ where it may be chance.
func differenceText(c record.Change, alpha float64) string {
	text := SignedDifference(record.Comparison{Model: c.Difference, Plain: c.Plain})
	if defined(c.Adjusted) && c.Adjusted > alpha {
		return "~ " + text
	}
	return text
}

// intervalText is an interval for people.
func intervalText(ci record.Interval, plain bool) string {
	if !defined(ci.Low) || !defined(ci.High) {
		return "n/a"
	}
	end := func(x float64) string { return SignedDifference(record.Comparison{Model: x, Plain: plain}) }
	return end(ci.Low) + " to " + end(ci.High)
}

// figureName is a figure's name as gates write it.
func figureName(name, class string) string {
	if class == "" {
		return name
	}
	return name + "[" + class + "]"
}

// effectText says how many images changed.
func effectText(r *record.Release) string {
	if r.Effect.Metric == "" {
		return english.Plural(r.Paired, "image", "")
	}
	return fmt.Sprintf("%s by %s: %d better, %d the same, %d worse", english.Plural(r.Paired, "image", ""), r.Effect.Metric, r.Effect.Better, r.Effect.Same, r.Effect.Worse)
}

// flipsText says how many pixels changed.
func flipsText(r *record.Release) string {
	if r.Flips == nil {
		return "right or wrong labels: not known, as " + r.FlipsWhy
	}
	return fmt.Sprintf("%d pixels went from right to wrong, %d from wrong to right", r.Flips.RightToWrong, r.Flips.WrongToRight)
}

// headline are the changes that a summary shows: the first figures of all classes, and losses' means.
func headline(r *record.Release, most int) []record.Change {
	var list []record.Change
	for _, c := range r.Changes {
		if c.Class == "" && !strings.HasSuffix(c.Name, "_img") && !strings.HasSuffix(c.Name, ".pooled") && !strings.HasPrefix(c.Name, "gradient.") {
			list = append(list, c)
		}
	}
	return list[:min(most, len(list))]
}
