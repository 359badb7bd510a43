package nearest

import (
	"strings"
	"testing"
)

func TestNear(t *testing.T) {
	known := []string{"bce", "ce", "dice_ce", "ece", "focal", "fwIoU", "hd", "hd95", "latency.p50_ms", "latency.p95_ms", "log_cosh_dice", "mIoU", "soft_dice", "soft_iou", "wasserstein_dice"}
	for name, want := range map[string]string{
		"foo": "", "x": "", "": "", // nothing is near
		"fokal": "focal", "mIuO": "mIoU", "cd": "ce hd",
		"mIou": "mIoU", "MIOU": "mIoU", "CE": "ce", // but for its case
		"latency": "latency.p50_ms latency.p95_ms", "topk": "", // a word
		"dise": "dice_ce soft_dice log_cosh_dice", "hd59": "hd hd95", // several
		"sof_dice": "soft_dice",
	} {
		if got := strings.Join(Near(name, known), " "); got != want {
			t.Errorf("Near(%q) = %q, want %q", name, got, want)
		}
	}
	if got := Hint("hd59", known); got != `; did you mean "hd" or "hd95"?` {
		t.Error(got)
	}
	if got, none := Sentence("hd59", known), Sentence("foo", known); got != Hint("hd59", known) || none != "." || Hint("foo", known) != "" || Near("x", nil) != nil {
		t.Errorf("%s %s", got, none)
	}
}
