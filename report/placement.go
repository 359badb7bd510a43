package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// provider is what one execution provider ran.
type provider struct {
	Name  string
	Nodes int
	Share string // of the nodes and of their time; "" where it is not known
}

// providerList lists the providers by name.
func providerList(m *record.Manifest) []provider {
	var list []provider
	for name, nodes := range m.Providers {
		share := ""
		if part, ok := m.Placement.TimeShare[name]; ok {
			share = percent(part) + "% of the time"
			if of, ok := m.Placement.NodeShare[name]; ok {
				share = percent(of) + "% of them, " + share
			}
		}
		list = append(list, provider{name, nodes, share})
	}
	slices.SortFunc(list, func(a, b provider) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// placementPage is the section on where the model ran.
type placementPage struct {
	Source    string   // by what it is known, in words
	Banners   []string // what nobody should overlook
	Notes     []string
	Operators []placedOperator
	Nodes     []record.Node
	More      int // nodes that are not shown
}

// placedOperator is what one provider ran of one operator.
type placedOperator struct {
	Operator, Provider string
	Nodes              int
	MS                 float64
}

// shownNodes bounds the list of nodes on the page; manifest.json has all.
const shownNodes = 2000

// newPlacementPage says of every node where it ran. device is what was asked for.
func newPlacementPage(p record.Placement, device string) placementPage {
	page := placementPage{Source: "By ONNX Runtime's own profile of a run on zeros."}
	if p.Source != "profile" {
		page.Source = "Assumed: the provider that was asked for"
		if p.Why != "" {
			page.Source += " (" + strings.TrimSuffix(p.Why, ".") + ")"
		}
		page.Source += "."
	}
	if p.FellBack != "" {
		page.Banners = append(page.Banners, p.FellBack)
	}
	for _, t := range p.Tried {
		note := fmt.Sprintf("%s was tried and does not work: %s", t.Provider, strings.TrimSuffix(t.Why, "."))
		if device == "cuda" || device == "tensorrt" {
			page.Banners = append(page.Banners, note)
		} else {
			page.Notes = append(page.Notes, note)
		}
	}
	at := map[[2]string]int{}
	for _, n := range p.Node {
		key := [2]string{n.Operator, n.Provider}
		i, ok := at[key]
		if !ok {
			i = len(page.Operators)
			at[key] = i
			page.Operators = append(page.Operators, placedOperator{Operator: n.Operator, Provider: n.Provider})
		}
		page.Operators[i].Nodes++
		page.Operators[i].MS += n.MS
	}
	slices.SortFunc(page.Operators, func(a, b placedOperator) int {
		return cmp.Or(cmp.Compare(b.MS, a.MS), strings.Compare(a.Operator, b.Operator), strings.Compare(a.Provider, b.Provider))
	})
	page.Nodes = p.Node[:min(len(p.Node), shownNodes)]
	page.More = len(p.Node) - len(page.Nodes)
	return page
}
