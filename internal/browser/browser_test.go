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
		return document.querySelector("#classes th[aria-sort]").getAttribute("aria-sort")})()`); sorted != "ascending" {
		t.Errorf("sorting says %q", sorted)
	}
	checkGallery(t, p)
	for _, problem := range p.Problems() {
		t.Error(problem)
	}
}

// checkGallery switches layers and lists, and opens a thumbnail by the keyboard.
func checkGallery(t *testing.T, p *Page) {
	t.Helper()
	if shown := eval[string](t, p, `(() => {document.querySelector("input[name=layer][value=loss]").click();
		return getComputedStyle(document.querySelector("#shots figure:not([hidden]) .loss")).visibility + getComputedStyle(document.querySelector("#shots .predicted")).visibility})()`); shown != "visiblehidden" {
		t.Errorf("the layers of loss and prediction are %s", shown)
	}
	if n := eval[int](t, p, `(() => {const l = document.getElementById("gallery-list"); l.value = "best"; l.dispatchEvent(new Event("change"));
		return document.querySelectorAll("#shots figure:not([hidden])[data-best]").length - document.querySelectorAll("#shots figure:not([hidden])").length})()`); n != 0 {
		t.Errorf("the list of the best shows %d others", -n)
	}
	if said := eval[string](t, p, `(() => {const b = document.querySelector("#shots figure:not([hidden]) button"), z = document.getElementById("zoom"); b.focus(); b.click();
		const first = document.getElementById("zoom-name").textContent;
		for (const key of ["ArrowRight", "ArrowDown"]) z.dispatchEvent(new KeyboardEvent("keydown", {key}));
		const said = [z.open, first !== document.getElementById("zoom-name").textContent, document.getElementById("zoom-layer").value].join(" ");
		z.close(); return said})()`); said != "true true confidence" {
		t.Errorf("the dialog says %q", said)
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
