package release_test

import (
	"fmt"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/release"
)

// Predictions that exist are judged by gates that need no baseline.
func ExampleJudgeRun() {
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"sky", "ground"}, Labels: true, Metrics: []metrics.Spec{{Name: "IoU"}, {Name: "aAcc"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	predicted := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 0}}
	truth := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 1}}
	if err := s.AddLabels("row.png", predicted, truth); err != nil {
		fmt.Println(err)
		return
	}
	summary, err := s.Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	var gates []release.Gate
	for _, text := range []string{"aAcc: min 0.7", "IoU[ground]: min 0.6"} {
		g, err := release.ParseGate(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		gates = append(gates, g)
	}
	list := release.JudgeRun(gates, summary, nil)
	for _, g := range list {
		fmt.Printf("%s: %s, %.2f\n", g.Gate, g.Verdict, g.New)
	}
	fmt.Println("together:", release.Overall(list))
	// Output:
	// aAcc: min 0.7: pass, 0.75
	// IoU[ground]: min 0.6: fail, 0.50
	// together: fail
}
