package figure

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/segmetry/segmetry/internal/record"
)

// named is a name as a figure shows it: on one line, at most so many letters, without marks that reverse what follows. Long names
// lose their middle, as many begin alike.
// XML has no way to write what cannot be printed: the replacement character stands for it.
func named(name string, letters int) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f:
			return -1
		case unicode.IsControl(r) || r&0xfffe == 0xfffe:
			return unicode.ReplacementChar
		}
		return r
	}, name)
	if text = strings.TrimSpace(text); text == "" {
		return `""`
	}
	if runes := []rune(text); len(runes) > letters {
		tail := letters / 3
		return string(runes[:letters-1-tail]) + "…" + string(runes[len(runes)-tail:])
	}
	return text
}

func defined(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// percent writes a share times 100.
func percent(x float64) string {
	if !defined(x) {
		return "n/a"
	}
	return strconv.FormatFloat(100*x, 'f', 1, 64)
}

// withInterval writes a share times 100, and its interval where it has one.
func withInterval(v record.Value) string {
	if v.CI == nil || !defined(v.CI.Low) || !defined(v.CI.High) {
		return percent(v.Value) + "%"
	}
	return percent(v.Value) + "% [" + percent(v.CI.Low) + ", " + percent(v.CI.High) + "]"
}
