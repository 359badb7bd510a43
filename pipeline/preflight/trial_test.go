package preflight

import (
	"strings"
	"testing"

	"github.com/segmetry/segmetry/dataset"
)

func TestVariantsDifferFromWhatIsConfigured(t *testing.T) {
	imagenet := dataset.Preprocess{Color: "rgb", Mean: imagenetMean, Std: imagenetStd}
	bgr := dataset.Preprocess{Color: "bgr", Mean: reversed(imagenetMean), Std: reversed(imagenetStd)}
	for name, c := range map[string]struct {
		p        dataset.Preprocess
		channels int
		integer  bool
		want     int
	}{
		"ImageNet": {imagenet, 3, false, 7}, "the same in BGR": {bgr, 3, false, 7}, "no mean": {dataset.Preprocess{Color: "rgb"}, 3, false, 4},
		"one channel": {dataset.Preprocess{Color: "gray"}, 1, false, 2}, "integers": {imagenet, 3, true, 4}, "integers as they are": {dataset.Preprocess{Color: "rgb"}, 3, true, 1}, "integers of one channel": {dataset.Preprocess{}, 1, true, 0},
	} {
		list := variants(c.p, c.channels, c.integer)
		if len(list) != c.want {
			t.Errorf("%s: %d variants, want %d: %+v", name, len(list), c.want, list)
		}
		for _, v := range list {
			p := c.p
			p.Decode, p.Fit, p.Interpolation, p.Orientation, p.Convert, p.Pad.Mode = "auto", "stretch", "pil_bilinear", "ignore", "pil", "edge"
			if v.apply(&p); p.Validate() != nil {
				t.Errorf("%s: %s: %v", name, v.what, p.Validate())
			}
		}
	}
}

func TestTrialFindsWhatIsMuchBetter(t *testing.T) {
	trial := &Trial{Images: 8, Configured: Score{0.7, 0.9}, Alternatives: []Alternative{
		{What: "a", Set: "x: 1", Score: Score{0.73, 0.9}, Better: 5, Worse: 3, Gain: 0.01}, {What: "b", Score: Score{0.725, 0.9}, Better: 3, Worse: 5, Gain: -0.01}}}
	f := trial.Findings()
	if len(f) != 1 || !strings.Contains(f[0].Found, "with a mIoU is 0.7300 instead of 0.7000") || strings.Contains(f[0].Found, "with b") || !strings.Contains(f[0].Do, "x: 1") {
		t.Errorf("%+v", f)
	}
	trial.Configured.MIoU = 0.715
	if f := trial.Findings(); f != nil {
		t.Errorf("within the margin: %+v", f)
	}
	if f := (*Trial)(nil).Findings(); f != nil {
		t.Errorf("no trial: %+v", f)
	}
}
