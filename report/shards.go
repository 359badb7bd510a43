package report

import "github.com/segmetry/segmetry/internal/record"

// shardRow is one of the shards that were merged.
type shardRow struct {
	*record.Manifest
	Ran []provider // on what; empty where the model did not run
}

// shownShards bounds the list of shards on the page; manifest.json has all.
const shownShards = 200

// shardRows lists what each shard took and where it ran, and how many shards are not shown.
func shardRows(m *record.Manifest) (rows []shardRow, more int) {
	for _, part := range m.Shards[:min(len(m.Shards), shownShards)] {
		row := shardRow{Manifest: part}
		if part.ModelRan() {
			row.Ran = providerList(part.Placement)
		}
		rows = append(rows, row)
	}
	return rows, len(m.Shards) - len(rows)
}
