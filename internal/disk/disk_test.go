package disk

import (
	"path/filepath"
	"runtime"
	"testing"
)

// TestFree: what does not exist yet has the room of the folder that it will lie in.
func TestFree(t *testing.T) {
	here := t.TempDir()
	n, ok := Free(here)
	if !ok && runtime.GOOS != "linux" && runtime.GOOS != "darwin" && runtime.GOOS != "windows" {
		t.Skip("skipped: not known on this system")
	}
	if !ok || n < 0 {
		t.Fatalf("%d, %v", n, ok)
	}
	m, ok := Free(filepath.Join(here, "runs", "first"))
	if d := n - m; !ok || d < -1<<30 || d > 1<<30 { // others write in the meantime
		t.Errorf("%d below it, %v; %d in the folder", m, ok, n)
	}
}
