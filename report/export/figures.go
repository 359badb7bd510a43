package export

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/segmetry/segmetry/internal/record"
)

func defined(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// percent writes a share times 100; undefined is what missing says.
func percent(x float64, missing string) string {
	if !defined(x) {
		return missing
	}
	return strconv.FormatFloat(100*x, 'f', 2, 64)
}

// short writes a figure that is no share.
func short(x float64, missing string) string {
	if !defined(x) {
		return missing
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// show writes a figure as it is shown: a share times 100.
func show(x float64, plain bool, missing string) string {
	if plain {
		return short(x, missing)
	}
	return percent(x, missing)
}

// interval writes both ends with between in the middle; "" where there is none.
func interval(ci *record.Interval, plain bool, between string) string {
	if ci == nil || !defined(ci.Low) || !defined(ci.High) {
		return ""
	}
	return show(ci.Low, plain, "") + between + show(ci.High, plain, "")
}

// headline are the dataset's scalar figures, without means over images and lists.
func headline(s *record.Summary) []record.MetricValue {
	var list []record.MetricValue
	for _, m := range s.Metrics {
		if !strings.HasSuffix(m.Name, "_img") && m.Value.Values == nil {
			list = append(list, m)
		}
	}
	return list
}

// classColumns are the dataset's figures of classes, without means over images and lists.
func classColumns(s *record.Summary) []record.ClassMetric {
	var list []record.ClassMetric
	for _, m := range s.PerClass {
		if !strings.HasSuffix(m.Name, "_img") && len(m.Values) > 0 && m.Values[0].Values == nil {
			list = append(list, m)
		}
	}
	return list
}

// line is a name on one line: white space becomes a blank, and what cannot be printed the replacement character. Marks
// that change the direction of what follows them are left out: they would reorder the rest of the line.
func line(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, name)
}

// confidence is the intervals' level in percent; "" where there are none.
func confidence(s *record.Summary) string {
	if s.Bootstrap == nil {
		return ""
	}
	return strconv.FormatFloat(100*s.Bootstrap.Confidence, 'g', 6, 64)
}
