package browser

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestReport opens the report that SEGMETRY_REPORT names: no console error, no request, and it fits a phone.
func TestReport(t *testing.T) {
	file := os.Getenv("SEGMETRY_REPORT")
	if file == "" {
		t.Skip("skipped: SEGMETRY_REPORT names no report; .ci/run sets it")
	}
	for _, view := range []struct {
		name, scheme string
		width        int
	}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"narrow", "light", 360}} {
		t.Run(view.name, func(t *testing.T) {
			p, err := Open(t.Context(), file, view.width, view.scheme)
			if errors.Is(err, ErrNoBrowser) {
				t.Skipf("skipped: %v", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			checkReport(t, p, view.width)
			png, err := p.Screenshot()
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("SEGMETRY_SCREENSHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, view.name+".png"), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkReport uses the page as a reader would.
func checkReport(t *testing.T, p *Page, width int) {
	t.Helper()
	rows := eval[int](t, p, `document.querySelectorAll("#images tbody tr").length`)
	wide := eval[int](t, p, `document.documentElement.scrollWidth`)
	if rows == 0 || wide > width {
		t.Errorf("%d rows of images; the page is %d wide in a window of %d", rows, wide, width)
	}
	if found := eval[int](t, p, `(() => {const s = document.getElementById("search"); s.value = "no such image"; s.dispatchEvent(new Event("input"));
		const n = document.querySelectorAll("#images tbody tr").length; s.value = ""; s.dispatchEvent(new Event("input")); return n})()`); found != 0 {
		t.Errorf("a search for nothing finds %d rows", found)
	}
	if sorted := eval[string](t, p, `(() => {document.querySelector("#classes thead button").click(); document.querySelector("#images thead button").click();
		document.getElementById("toggle").click(); return document.querySelector("#classes th[aria-sort]").getAttribute("aria-sort")})()`); sorted != "ascending" {
		t.Errorf("sorting says %q", sorted)
	}
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
}

func eval[T any](t *testing.T, p *Page, script string) T {
	t.Helper()
	v, err := Eval[T](p, script)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
