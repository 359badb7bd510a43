package report

import (
	"math"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// TestCompatSteps: what each convention moves stands apart from its name, which may end in a number; what rounding leaves of sums in
// another order moves nothing, and infinite figures stay.
func TestCompatSteps(t *testing.T) {
	s := measured()
	s.Compat = []record.CompatProfile{{Name: "monai", Library: "monai", Figures: []record.CompatFigure{
		{Name: "Dice", Ours: "mDice", Value: 0.75, OursValue: 0.5, Steps: []record.CompatStep{{Convention: "per image", By: 0.25, Value: 0.75}, {Convention: "nothing is 0", By: 1.1e-16, Value: 0.75}}},
		{Name: "SurfaceDice", Ours: "nsd", Value: 0.5, OursValue: 0.5 + 1.1e-16, Steps: []record.CompatStep{{Convention: "per image", By: -1.1e-16, Value: 0.5}}},
		{Name: "SurfaceDistance", Ours: "assd", Plain: true, Value: math.Inf(1), OursValue: 2, Steps: []record.CompatStep{{Convention: "infinitely far", By: math.Inf(1), Value: math.Inf(1)}}}}}}
	_, page := rendered(t, s, 2)
	for _, text := range []string{"per image: &#43;25.00; nothing is 0: 0<", `data-label="difference" role="cell">0</td>`, "nothing here (per image)<", "infinite</td>"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	if strings.Contains(page, "nothing here (infinitely far)") || strings.Contains(page, "e-1") && strings.Contains(page, "per image: −") {
		t.Error("an infinite step moves nothing, or rounding moves something")
	}
}
