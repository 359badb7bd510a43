package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// mergedManifest is that of the evaluation which shards are parts of: what they took together and where they ran. docs/statistics-store.md
// says of each figure how it follows from the shards'. It has their manifests, too, and what the merging itself took.
func (a *app) mergedManifest(s shards, summary *pipeline.Summary, started time.Time) (*record.Manifest, error) {
	m := a.pastManifest(summary, started)
	m.Merge = &record.Merge{Started: m.Started, WallS: m.WallS, PeakRSSBytes: m.PeakRSSBytes, Host: m.Host}
	for _, one := range s {
		part, err := readManifest(one.dir)
		if err != nil {
			return nil, err
		}
		items, err := itemsOf(one.Store)
		if err != nil {
			return nil, err
		}
		part.Shard, part.Images = one.Header.Shard, len(items)
		m.Shards = append(m.Shards, part)
	}
	m.Placement = mergedPlacement(m.Shards)
	m.Providers = m.Placement.Nodes
	mergeCosts(m)
	mergePlaces(m)
	return m, nil
}

// mergeCosts says what the shards took: times add up, and of memory and of making a session the shard that needed most counts.
func mergeCosts(m *record.Manifest) {
	stages, latencies, warmUps := map[string][]record.Stage{}, [][]record.Latency{}, []record.Stage{}
	m.Started, m.WallS, m.PeakRSSBytes = m.Shards[0].Started, 0, 0
	for _, part := range m.Shards {
		if part.Started.Before(m.Started) {
			m.Started = part.Started
		}
		m.WallS += part.WallS
		m.Images += part.Images
		m.Resumed += part.Resumed
		m.Oriented += part.Oriented
		m.WarmUp.Images += part.WarmUp.Images
		m.PeakRSSBytes, m.SessionS = max(m.PeakRSSBytes, part.PeakRSSBytes), max(m.SessionS, part.SessionS)
		m.Workers, m.Threads, m.CPUs = max(m.Workers, part.Workers), max(m.Threads, part.Threads), max(m.CPUs, part.CPUs)
		for name, stage := range part.Stages {
			stages[name] = append(stages[name], stage)
		}
		latencies, warmUps = append(latencies, part.Latency), append(warmUps, part.WarmUp.Stage)
		m.RuntimeLog = addMessages(m.RuntimeLog, part.RuntimeLog)
	}
	for name, list := range stages {
		m.Stages[name] = pipeline.MergeStages(list...)
	}
	m.Latency, m.WarmUp.Stage = pipeline.MergeLatencies(latencies...), pipeline.MergeStages(warmUps...)
	m.InferenceShare = inferenceShare(m.Stages)
	if m.WallS > 0 {
		m.ImagesPerS = float64(m.Images-m.Resumed) / m.WallS
	}
}

// mergePlaces says on what the shards ran: what all have, or all that there is.
func mergePlaces(m *record.Manifest) {
	of := func(what func(*record.Manifest) string) string {
		var list []string
		for _, part := range m.Shards {
			if text := what(part); text != "" && !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
		return strings.Join(list, ", ")
	}
	m.Host, m.OS, m.Arch = of(func(p *record.Manifest) string { return p.Host }), of(func(p *record.Manifest) string { return p.OS }), of(func(p *record.Manifest) string { return p.Arch })
	m.Device, m.Library = of(func(p *record.Manifest) string { return p.Device }), of(func(p *record.Manifest) string { return p.Library })
	m.Versions["onnxruntime"] = of(func(p *record.Manifest) string { return p.Versions["onnxruntime"] })
	m.Digests["library"] = of(func(p *record.Manifest) string { return p.Digests["library"] })
	m.Decoders = map[string]string{}
	for _, part := range m.Shards {
		for kind := range part.Decoders {
			m.Decoders[kind] = of(func(p *record.Manifest) string { return p.Decoders[kind] })
		}
	}
}

// addMessages adds what ONNX Runtime logged in a shard: the first message of each kind, and how many there were.
func addMessages(list, more []record.RuntimeMessage) []record.RuntimeMessage {
	for _, message := range more {
		i := slices.IndexFunc(list, func(m record.RuntimeMessage) bool { return m.Severity == message.Severity && m.Place == message.Place })
		if i < 0 {
			list = append(list, message)
			continue
		}
		list[i].Count += message.Count
	}
	return list
}

// mergedPlacement says where shards ran: as one of them did where all ran alike, and otherwise in parts. Those in
// which the model did not run count nowhere.
func mergedPlacement(list []*record.Manifest) record.Placement {
	var parts []record.PlacementPart
	for _, m := range list {
		if !m.ModelRan() {
			continue
		}
		i := slices.IndexFunc(parts, func(p record.PlacementPart) bool { return ranAlike(p.Placement, m.Placement) })
		if i < 0 {
			i = len(parts)
			parts = append(parts, record.PlacementPart{Placement: m.Placement})
		}
		parts[i].Shards = append(parts[i].Shards, m.Shard)
	}
	switch len(parts) {
	case 0:
		return list[0].Placement
	case 1:
		return parts[0].Placement
	}
	all := record.Placement{Source: "shards", Why: "the shards did not all run alike", Nodes: map[string]int{}, Parts: parts}
	for _, p := range parts {
		for provider, nodes := range p.Placement.Nodes {
			all.Nodes[provider] = max(all.Nodes[provider], nodes)
		}
	}
	return all
}

// ranAlike says whether the same nodes ran on the same providers, known the same way. How long they took may differ.
func ranAlike(a, b record.Placement) bool {
	return a.Source == b.Source && a.Why == b.Why && maps.Equal(a.Nodes, b.Nodes) && maps.Equal(a.Rewritten, b.Rewritten) && slices.Equal(a.Tried, b.Tried) && (a.FellBack == "") == (b.FellBack == "") &&
		slices.EqualFunc(byName(a.Node), byName(b.Node), func(x, y record.Node) bool {
			return x.Name == y.Name && x.Operator == y.Operator && x.Provider == y.Provider
		})
}

// byName is a profile's nodes in an order that times have no part in.
func byName(nodes []record.Node) []record.Node {
	return slices.SortedFunc(slices.Values(nodes), func(a, b record.Node) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Operator, b.Operator), strings.Compare(a.Provider, b.Provider))
	})
}
