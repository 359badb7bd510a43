package model

import (
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// FuzzProfile: what ONNX Runtime writes into its profile is read without trust.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(`[{"cat": "Node", "name": "a_kernel_time", "dur": 3, "args": {"provider": "CPUExecutionProvider", "op_name": "Conv"}}]`))
	f.Add([]byte(`[{"cat": "Session"}, {"cat": "Node", "dur": -1e308, "args": {"provider": "x"}}]`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		nodes := map[string]*record.Node{}
		if err := readProfile(text, nodes); err != nil {
			return
		}
		var list []record.Node
		for _, n := range nodes {
			list = append(list, *n)
		}
		if p := placement(list); len(p.Nodes) > len(list) {
			t.Errorf("%d providers of %d nodes", len(p.Nodes), len(list))
		}
	})
}

// FuzzLdconfig: the folders are clean paths.
func FuzzLdconfig(f *testing.F) {
	f.Add([]byte("\tlibonnxruntime.so.1 (libc6,x86-64) => /usr/lib/libonnxruntime.so.1\n"))
	f.Add([]byte("libonnxruntime.so => \n=>"))
	f.Fuzz(func(t *testing.T, out []byte) {
		for _, dir := range parseLdconfig(out) {
			if filepath.Clean(dir) != dir {
				t.Errorf("%q", dir)
			}
		}
	})
}
