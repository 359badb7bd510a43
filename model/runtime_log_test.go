//go:build cgo

package model

import (
	"strings"
	"testing"
)

// TestRuntimeLog: the warnings of a model that ONNX Runtime 1.27 writes 379 lines about (counted with its Python package,
// severity 2) are counted as one kind.
func TestRuntimeLog(t *testing.T) {
	path := material(t, "models/SINet__SINet.onnx")
	counted := func() (n int64) {
		for _, m := range RuntimeLog() {
			if m.Severity == "warning" && strings.HasPrefix(m.Place, "graph.cc") && strings.HasPrefix(m.First, "Initializer ") {
				n += m.Count
			}
		}
		return n
	}
	runtimeLibrary(t)
	before := counted()
	runnerOf(t, path)
	if n := counted() - before; n != 379 {
		t.Errorf("%d messages, want 379; the log is %+v", n, RuntimeLog())
	}
}
