package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLabelledFigures: what has a label of its own in the configuration is defined in the report, with a link to where the
// documentation explains it, has its card, and is drawn for papers.
func TestLabelledFigures(t *testing.T) {
	out := runFolder(t, append(quickstartAt(t), "--set", "score.metrics=[{name: mIoU, label: overlap}, {name: IoU, label: each_overlap}, {name: mIoU_p5, label: low}]",
		"--set", "score.losses=[{name: tversky, label: mine}]", "--export", "plots")...)
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	const docs = "https://github.com/segmetry/segmetry/blob/main/docs/"
	for figure, link := range map[string]string{"overlap": "metrics.md#miou", "each_overlap": "metrics.md#iou", "low": "metrics.md#miou", "loss.mine": "losses.md#tversky"} {
		tip := regexp.MustCompile(`<div popover class="tip" id="d\d+"><b>` + figure + `</b> .*</div>`).FindString(string(page))
		if !strings.Contains(tip, `data-docs="`+docs+link) || !strings.Contains(string(page), `aria-label="What is `+figure+`?"`) {
			t.Errorf("%s: the definition is %q, of %s", figure, tip, link)
		}
	}
	if !strings.Contains(string(page), `<div class="card"><span class="name">overlap`) {
		t.Error("mIoU under a label has no card")
	}
	if _, err := os.Stat(filepath.Join(out, "plots", "class_IoU.png")); err != nil {
		t.Errorf("IoU under a label is not drawn: %v", err)
	}
}
