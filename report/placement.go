package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// provider is what one execution provider ran.
type provider struct {
	Name  string
	Nodes int
	Share string // of the nodes and of their time; "" where it is not known
	Of    string // the shards whose it is; "" where all ran alike
}

// providerList lists the providers by name, of one part after another where shards ran differently.
func providerList(p record.Placement) []provider {
	var list []provider
	for _, part := range p.Parts {
		for _, one := range providerList(part.Placement) {
			one.Of = shardNames(part.Shards)
			list = append(list, one)
		}
	}
	if len(p.Parts) > 0 {
		return list
	}
	for name, nodes := range p.Nodes {
		share := ""
		if part, ok := p.TimeShare[name]; ok {
			share = percent(part) + "% of the time"
			if of, ok := p.NodeShare[name]; ok {
				share = percent(of) + "% of them, " + share
			}
		}
		list = append(list, provider{Name: name, Nodes: nodes, Share: share})
	}
	slices.SortFunc(list, func(a, b provider) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// shardNames names shards in a sentence: "shards 1/3 and 3/3".
func shardNames(names []string) string {
	const named = 8
	if len(names) > named {
		return fmt.Sprintf("shards %s and %d more", strings.Join(names[:named], ", "), len(names)-named)
	}
	if len(names) == 1 {
		return "shard " + names[0]
	}
	last := len(names) - 1
	return "shards " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// placementPage is where the model ran, or where it did in some of the shards that were merged.
type placementPage struct {
	Of        string   // the shards whose it is; "" where there is one page alone
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

// newPlacementPages says where the model ran: once, or once for the shards that ran alike.
func newPlacementPages(m *record.Manifest) []placementPage {
	if len(m.Placement.Parts) == 0 {
		page := newPlacementPage(m.Placement, m.Device)
		if len(m.Shards) > 1 {
			page.Notes = append([]string{"All shards ran so; times of nodes are of one of them"}, page.Notes...)
		}
		return []placementPage{page}
	}
	var list []placementPage
	for _, part := range m.Placement.Parts {
		page := newPlacementPage(part.Placement, m.Device)
		page.Of = shardNames(part.Shards)
		for i, text := range page.Banners {
			page.Banners[i] = "In " + page.Of + ": " + text
		}
		list = append(list, page)
	}
	return list
}

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
	for _, name := range slices.Sorted(maps.Keys(p.Rewritten)) {
		page.Notes = append(page.Notes, fmt.Sprintf("%d %s of the file ran as other operators that give the same numbers faster (model.rewrite)", p.Rewritten[name], name))
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
