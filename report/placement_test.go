package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// TestPlacementOnThePage writes a run whose profile has nodes on CUDA and on the CPU.
func TestPlacementOnThePage(t *testing.T) {
	m := &record.Manifest{Providers: map[string]int{"CUDAExecutionProvider": 3, "CPUExecutionProvider": 1}, Stages: map[string]record.Stage{},
		Placement: record.Placement{Source: "profile", Nodes: map[string]int{"CUDAExecutionProvider": 3, "CPUExecutionProvider": 1},
			NodeShare: map[string]float64{"CUDAExecutionProvider": 0.75, "CPUExecutionProvider": 0.25},
			TimeShare: map[string]float64{"CUDAExecutionProvider": 0.9, "CPUExecutionProvider": 0.1},
			FellBack:  "1 of 4 nodes ran on CPUExecutionProvider, not on CUDAExecutionProvider (10.0% of the time): 1 Gather",
			Tried:     []record.Attempt{{Provider: "TensorrtExecutionProvider", Why: "no libnvinfer.so.10."}},
			Node: []record.Node{{Name: "c1", Operator: "Conv", Provider: "CUDAExecutionProvider", MS: 3}, {Name: "c2", Operator: "Conv", Provider: "CUDAExecutionProvider", MS: 4},
				{Name: hostile, Operator: "Relu", Provider: "CUDAExecutionProvider", MS: 2}, {Name: "g", Operator: "Gather", Provider: "CPUExecutionProvider", MS: 1}}}}
	dir := filepath.Join(t.TempDir(), "run")
	f, err := Create(Options{Out: dir}, columns(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(summary(), m, nil, nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	html := string(b)
	for _, want := range []string{
		"CUDAExecutionProvider (3 operators, 75.00% of them, 90.00% of the time)", "By ONNX Runtime&#39;s own profile",
		"<th scope=\"row\">Conv</th><td>CUDAExecutionProvider</td><td class=\"num\">2</td><td class=\"num\">7</td>",
		"<th scope=\"row\">g</th><td>Gather</td><td>CPUExecutionProvider</td><td class=\"num\">1</td>",
		"TensorrtExecutionProvider was tried and does not work: no libnvinfer.so.10.", m.Placement.FellBack,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "<script>alert") {
		t.Error("a node's name is not escaped")
	}
	if p := newPlacementPage(record.Placement{Source: "assumed", Why: "nothing was run"}, "cpu"); p.Source != "Assumed: the provider that was asked for (nothing was run)." || p.Operators != nil {
		t.Errorf("%+v", p)
	}
	missing := record.Placement{Source: "profile", Tried: m.Placement.Tried}
	if p := newPlacementPage(missing, "cuda"); len(p.Banners) != 1 || len(p.Notes) != 0 {
		t.Errorf("asked for: %+v", p)
	}
	if p := newPlacementPage(missing, "auto"); len(p.Banners) != 0 || len(p.Notes) != 1 {
		t.Errorf("not asked for: %+v", p)
	}
	many := record.Placement{Source: "profile", Node: make([]record.Node, shownNodes+5)}
	if p := newPlacementPage(many, "cuda"); len(p.Nodes) != shownNodes || p.More != 5 {
		t.Errorf("%d shown, %d more", len(p.Nodes), p.More)
	}
}
