package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// readProfiles counts the nodes in ONNX Runtime's profile files of a folder by the execution provider that ran them. A
// profile is a JSON array of trace events; those of category Node whose name ends in _kernel_time carry args.provider.
func readProfiles(dir string) (map[string]int, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("ONNX Runtime wrote no profile into %q", dir)
	}
	count := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := countProviders(data, count); err != nil {
			return nil, fmt.Errorf("reading ONNX Runtime's profile: %w", err)
		}
	}
	return count, nil
}

// countProviders adds one profile's nodes to count; a node that ran several times counts once.
func countProviders(data []byte, count map[string]int) error {
	var events []struct {
		Category string `json:"cat"`
		Name     string `json:"name"`
		Args     struct {
			Provider string `json:"provider"`
		} `json:"args"`
	}
	if err := json.Unmarshal(data, &events); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, e := range events {
		if e.Category == "Node" && e.Args.Provider != "" && !seen[e.Name] {
			seen[e.Name] = true
			count[e.Args.Provider]++
		}
	}
	return nil
}
