package nearest

import "testing"

func TestOf(t *testing.T) {
	for name, want := range map[string]string{"fokal": "focal", "cd": "ce", "": "ce"} {
		if got := Of(name, []string{"focal", "ce", "bce"}); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
	if got := Of("x", nil); got != "" {
		t.Errorf("nothing known gives %q", got)
	}
}
