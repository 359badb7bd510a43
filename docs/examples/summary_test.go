package examples_test

import (
	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// summaryOf scores a prediction of four pixels that exists by a measure or a group of them.
func summaryOf(measure string) (*pipeline.Summary, error) {
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"sky", "ground"}, Labels: true, Metrics: []metrics.Spec{{Name: measure}}})
	if err != nil {
		return nil, err
	}
	predicted := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 0}}
	truth := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 1}}
	if err := s.AddLabels("row.png", predicted, truth); err != nil {
		return nil, err
	}
	return s.Summary()
}
