package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
)

// signs of the verdicts, beside which the word always stands.
var verdictSigns = map[gate.Verdict]string{gate.Passed: "✔", gate.Failed: "✘", gate.Inconclusive: "?"}

// ReleaseText writes the comparison for a terminal, at most 20 lines.
func ReleaseText(w io.Writer, r *record.Release) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s against %s: %s\n", r.New.Model.Name, r.Base.Model.Name, verdictText(r))
	const lines = 20
	gates := r.Gates
	if len(gates) > 8 {
		gates = worstGates(gates)[:8]
	}
	for _, g := range gates {
		fmt.Fprintf(&b, "  %s %s: %s; %s\n", verdictSigns[g.Verdict], gateName(g), g.Verdict, g.Why)
	}
	if n := len(r.Gates) - len(gates); n > 0 {
		fmt.Fprintf(&b, "  … and %d more %s\n", n, english.PluralWord(n, "gate", ""))
	}
	fmt.Fprintf(&b, "  %-18s %12s %12s  %s\n", "figure", "base", "new", "difference (interval)")
	left := lines - 6 - strings.Count(b.String(), "\n")
	for _, c := range headline(r, max(3, left)) {
		fmt.Fprintf(&b, "  %-18s %12s %12s  %s (%s)\n", c.Name, figureText(c.Base, c.Plain), figureText(c.New, c.Plain), differenceText(c, r.Alpha), intervalText(c.CI, c.Plain))
	}
	fmt.Fprintf(&b, "  %s; %s\n", effectText(r), flipsText(r))
	_, err := io.WriteString(w, b.String())
	return err
}

// worstGates puts failed gates first, then inconclusive ones.
func worstGates(list []record.GateResult) []record.GateResult {
	var sorted []record.GateResult
	for _, v := range []gate.Verdict{gate.Failed, gate.Inconclusive, gate.Passed} {
		for _, g := range list {
			if g.Verdict == v {
				sorted = append(sorted, g)
			}
		}
	}
	return sorted
}

// verdictText is the verdict in words.
func verdictText(r *record.Release) string {
	counts := map[gate.Verdict]int{}
	for _, g := range r.Gates {
		counts[g.Verdict]++
	}
	if len(r.Gates) == 0 {
		return "no gates were asked for"
	}
	return fmt.Sprintf("%s (%s: %d passed, %d failed, %d inconclusive)", r.Verdict, english.Plural(len(r.Gates), "gate", ""), counts[gate.Passed], counts[gate.Failed], counts[gate.Inconclusive])
}

// ReleaseMarkdown writes summary.md, for a pull request.
func ReleaseMarkdown(w io.Writer, r *record.Release) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s\n\n%s against the baseline %s, on %s. %s.\n\n", verdictSigns[r.Verdict], verdictText(r), cellText(r.New.Model.Name), cellText(r.Base.Model.Name), effectText(r), upperFirst(flipsText(r)))
	if len(r.Gates) > 0 {
		b.WriteString("| gate | verdict | base | new | why |\n|---|---|---|---|---|\n")
		for _, g := range r.Gates {
			fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s |\n", cellText(gateName(g)), verdictSigns[g.Verdict], g.Verdict, figureText(g.Base, g.Plain), figureText(g.New, g.Plain), cellText(g.Why))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "| figure | base | new | difference | %v%% interval | p |\n|---|---|---|---|---|---|\n", 100*r.Bootstrap.Confidence)
	for _, c := range headline(r, 20) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cellText(c.Name), figureText(c.Base, c.Plain), figureText(c.New, c.Plain), differenceText(c, r.Alpha), intervalText(c.CI, c.Plain), short(c.P))
	}
	fmt.Fprintf(&b, "\n`~`: the difference may be chance (p above %v).\n", r.Alpha)
	writeDifferences(&b, r)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeDifferences(b *strings.Builder, r *record.Release) {
	if len(r.Differences) == 0 {
		return
	}
	b.WriteString("\n| differs beside the figures | base | new |\n|---|---|---|\n")
	for _, d := range r.Differences {
		fmt.Fprintf(b, "| %s | %s | %s |\n", cellText(d.What), cellText(d.Base), cellText(d.New))
	}
}

// cellText makes a text safe for a cell of a Markdown table.
func cellText(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]").Replace(s)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// ReleaseAnnotations writes the gates that did not pass as GitHub's workflow commands, which show them at the job.
func ReleaseAnnotations(w io.Writer, r *record.Release) error {
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, g := range r.Gates {
		level := map[gate.Verdict]string{gate.Failed: "error", gate.Inconclusive: "warning"}[g.Verdict]
		if level == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "::%s title=segmetry gate::%s: %s; %s\n", level, escape.Replace(gateName(g)), g.Verdict, escape.Replace(g.Why)); err != nil {
			return err
		}
	}
	return nil
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// ReleaseJUnit writes junit.xml: a test case a gate. An inconclusive gate is a failure where it counts as one, else it is
// skipped with its reason.
func ReleaseJUnit(w io.Writer, r *record.Release) error {
	s := junitSuite{Name: "segmetry compare", Tests: len(r.Gates)}
	for _, g := range r.Gates {
		c := junitCase{Name: gateName(g), Class: "segmetry." + strings.ReplaceAll(g.Name, ".", "_"), Output: g.Why}
		evidence := fmt.Sprintf("%s: base %s, new %s, %s", figureName(g.Name, g.Class), figureText(g.Base, g.Plain), figureText(g.New, g.Plain), g.Why)
		switch {
		case g.Verdict == gate.Failed, g.Verdict == gate.Inconclusive && g.Gate.Inconclusive == gate.Fail:
			c.Failure = &junitMessage{string(g.Verdict) + ": " + g.Why, evidence}
			s.Failures++
		case g.Verdict == gate.Inconclusive && g.Gate.Inconclusive == gate.Warn:
			c.Skipped = &junitMessage{string(g.Verdict) + ": " + g.Why, evidence}
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
