package report

import "github.com/segmetry/segmetry/internal/record"

// Manifest is everything that may differ between two equal runs: the content of manifest.json.
type Manifest = record.Manifest
