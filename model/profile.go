package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// readProfiles reads ONNX Runtime's profile files of a folder. A profile is a JSON array of trace events; those of category
// Node that have a provider in their arguments are nodes' executions, with their time in microseconds. A node that ran
// several times counts once, with all of its time.
func readProfiles(dir string) ([]record.Node, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("ONNX Runtime wrote no profile into %q", dir)
	}
	nodes := map[string]*record.Node{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := readProfile(data, nodes); err != nil {
			return nil, fmt.Errorf("reading ONNX Runtime's profile: %w", err)
		}
	}
	var list []record.Node
	for _, n := range nodes {
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b record.Node) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// readProfile adds one profile's nodes.
func readProfile(data []byte, nodes map[string]*record.Node) error {
	var events []struct {
		Category string  `json:"cat"`
		Name     string  `json:"name"`
		Duration float64 `json:"dur"`
		Args     struct {
			Provider string `json:"provider"`
			Operator string `json:"op_name"`
		} `json:"args"`
	}
	if err := json.Unmarshal(data, &events); err != nil {
		return err
	}
	for _, e := range events {
		if e.Category != "Node" || e.Args.Provider == "" {
			continue
		}
		n := nodes[e.Name]
		if n == nil {
			n = &record.Node{Name: strings.TrimSuffix(e.Name, "_kernel_time"), Operator: e.Args.Operator, Provider: e.Args.Provider}
			nodes[e.Name] = n
		}
		n.MS += e.Duration / 1000
	}
	return nil
}

// placement sums nodes up by provider.
func placement(nodes []record.Node) record.Placement {
	p := record.Placement{Source: "profile", Nodes: map[string]int{}, NodeShare: map[string]float64{}, TimeShare: map[string]float64{}, Node: nodes}
	total := 0.0
	for _, n := range nodes {
		p.Nodes[n.Provider]++
		p.TimeShare[n.Provider] += n.MS
		total += n.MS
	}
	for provider := range p.TimeShare {
		p.NodeShare[provider] = float64(p.Nodes[provider]) / float64(len(nodes))
		if total > 0 {
			p.TimeShare[provider] /= total
		}
	}
	return p
}
