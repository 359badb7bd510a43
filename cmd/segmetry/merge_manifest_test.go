package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// TestMergedManifest: the merged folder says where the model ran and what the shards took, also where they ran differently.
func TestMergedManifest(t *testing.T) {
	dir := t.TempDir()
	var parts []string
	for i := range 8 { // the last one has no image
		out := filepath.Join(dir, fmt.Sprintf("part-%d", i+1))
		parts = append(parts, out)
		if code, _, stderr := command(t, "run", repository+"/configs/quickstart.yaml", "--quiet", "--limit", "7", "--shard", fmt.Sprintf("%d/8", i+1), "--out", out); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
	}
	merge := func(name string) (*record.Manifest, string) {
		t.Helper()
		out := filepath.Join(dir, name)
		if code, _, stderr := command(t, append([]string{"merge", "--quiet", "--out", out}, parts...)...); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		m, err := readManifest(out)
		if err != nil {
			t.Fatal(err)
		}
		page, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		return m, string(page)
	}
	m, page := merge("alike")
	first := m.Shards[0]
	var wall, inference float64
	var most int64
	for _, part := range m.Shards {
		wall, inference, most = wall+part.WallS, inference+part.Stages["inference"].TotalS, max(most, part.PeakRSSBytes)
	}
	counted := 0
	for _, n := range m.Stages["inference"].Histogram {
		counted += n
	}
	if nodes := m.Providers["CPUExecutionProvider"]; nodes == 0 || nodes != first.Providers["CPUExecutionProvider"] || m.Placement.Source != "profile" || m.Placement.NodeShare["CPUExecutionProvider"] != 1 ||
		m.Placement.TimeShare["CPUExecutionProvider"] != 1 || len(m.Placement.Node) != len(first.Placement.Node) || m.Placement.Parts != nil {
		t.Errorf("all shards ran alike, and the whole has %v, %+v", m.Providers, m.Placement)
	}
	if m.Images != 7 || counted != 7 || m.WarmUp.Images != 7 || m.WallS != wall || math.Abs(m.ImagesPerS-7/wall) > 1e-12 || m.PeakRSSBytes != most || m.Stages["inference"].P95MS <= 0 ||
		math.Abs(m.Stages["inference"].TotalS-inference) > 1e-12 || m.InferenceShare <= 0 || m.SessionS <= 0 || m.Workers == 0 || m.Host != first.Host || m.Started.After(first.Started) ||
		m.Versions["onnxruntime"] != first.Versions["onnxruntime"] || m.Library != first.Library || m.Decoders["jpeg"] != first.Decoders["jpeg"] || m.Merge == nil || m.Merge.WallS <= 0 {
		t.Errorf("what the shards took is %+v", m)
	}
	for _, want := range []string{"ran on CPUExecutionProvider (", "100.00% of them, 100.00% of the time).", "All shards ran so", `<th scope="row">8/8</th><td class="num">0</td>`, "<td>nothing</td>", "Merged "} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	if r, _ := compared(t, 1, parts[0], filepath.Join(dir, "alike"), "--allow", "images", "--gate", "latency.p95_ms: max 0.000001", "--gate", "wall_s: max 0.000001", "--gate", "session_s: max 0.000001"); r.Gates[0].Verdict != "fail" || r.Gates[1].Verdict != "fail" || r.Gates[2].Verdict != "fail" {
		t.Errorf("gates on what the shards took: %+v", r.Gates)
	}

	last := m.Shards[6] // as where its image cannot be read, or where a run before has done all
	last.Stages, last.Placement = nil, record.Placement{Source: "assumed", Why: "nothing was run", Nodes: map[string]int{"CPUExecutionProvider": 34}}
	writeManifest(t, parts[6], last)
	if m, page = merge("nothing was run in one"); m.Placement.Source != "profile" || m.Placement.Parts != nil || strings.Count(page, "<td>nothing</td>") != 2 {
		t.Errorf("all shards in which the model ran were alike, and the whole has %+v", m.Placement)
	}

	first.Placement = record.Placement{Source: "profile", Nodes: map[string]int{"CUDAExecutionProvider": 3, "CPUExecutionProvider": 1}, NodeShare: map[string]float64{"CUDAExecutionProvider": 0.75, "CPUExecutionProvider": 0.25},
		TimeShare: map[string]float64{"CUDAExecutionProvider": 0.9, "CPUExecutionProvider": 0.1}, FellBack: "1 of 4 nodes ran on CPUExecutionProvider"}
	first.Host, first.RuntimeLog = "elsewhere", []record.RuntimeMessage{{Severity: "warning", Count: 2, Place: "x.cc:1", First: "slow"}}
	writeManifest(t, parts[0], first)
	m, page = merge("differently")
	if p := m.Placement; p.Source != "shards" || len(p.Parts) != 2 || strings.Join(p.Parts[0].Shards, " ") != "1/8" || len(p.Parts[1].Shards) != 5 || p.Parts[0].Placement.TimeShare["CUDAExecutionProvider"] != 0.9 ||
		m.Providers["CUDAExecutionProvider"] != 3 || m.Providers["CPUExecutionProvider"] < 2 {
		t.Errorf("shards ran differently, and the whole has %v, %+v", m.Providers, p)
	}
	if !strings.HasPrefix(m.Host, "elsewhere, ") || len(m.RuntimeLog) == 0 || m.RuntimeLog[0].Count != 2 {
		t.Errorf("host %q, ONNX Runtime logged %+v", m.Host, m.RuntimeLog)
	}
	for _, want := range []string{"CUDAExecutionProvider (3 operators, 75.00% of them, 90.00% of the time) in shard 1/8, CPUExecutionProvider (", "in shards 2/8, 3/8, 4/8, 5/8 and 6/8.",
		"In shard 1/8: 1 of 4 nodes ran on CPUExecutionProvider.", "<h3>In shards 2/8,", "2 × warning (x.cc:1), first: slow"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// writeManifest puts a manifest into a run folder.
func writeManifest(t *testing.T, dir string, m *record.Manifest) {
	t.Helper()
	text, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
