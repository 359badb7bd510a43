package nearest

import "testing"

func TestOf(t *testing.T) {
	for name, want := range map[string]string{"fokal": "focal", "cd": "ce", "": "ce"} {
		if got := Of(name, []string{"focal", "ce", "bce"}); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"dise": "soft_dice", "dice": "soft_dice", "topk": "topk_ce", "bse": "bce", "sof_dice": "soft_dice"} {
		if got := Of(name, []string{"bce", "ce", "log_cosh_dice", "soft_dice", "soft_iou", "topk_ce"}); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
	if got := Of("x", nil); got != "" {
		t.Errorf("nothing known gives %q", got)
	}
}
