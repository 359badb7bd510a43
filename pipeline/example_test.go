package pipeline_test

import (
	"context"
	"fmt"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Logits that were computed elsewhere are scored without a model: two classes, a picture of one row of four pixels. The
// classes' logits differ by nothing at the last pixel, where class 0 is predicted and class 1 is true.
func ExampleNewOffline() {
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"sky", "ground"},
		Losses: []losses.Spec{{Name: "ce"}}, Metrics: []metrics.Spec{{Name: "mIoU"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	logits := []float32{9, 9, -9, 0 /* sky */, -9, -9, 9, 0 /* ground */}
	truth := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 1}}
	if err := s.AddLogits("row.png", logits, nil, truth); err != nil {
		fmt.Println(err)
		return
	}
	summary, err := s.Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mIoU %.4f\n", summary.Metrics[0].Value.Value) // (2/3 + 1/2) / 2
	fmt.Printf("ce %.4f\n", summary.Losses[0].Value.Value)    // ln 2 / 4
	// Output:
	// mIoU 0.5833
	// ce 0.1733
}

// A model is evaluated on a folder of pictures. It has no output here, since it needs the ONNX Runtime library.
func ExampleEvaluate() {
	evaluate := func() error {
		ctx := context.Background()
		library, err := model.FindLibrary(ctx, model.LibraryOptions{})
		if err != nil {
			return err
		}
		o := model.DefaultOptions()
		o.Path = "model.onnx"
		session, err := model.Open(ctx, library, o)
		if err != nil {
			return err
		}
		defer session.Close()
		d := dataset.DefaultOptions()
		d.Images, d.Masks, d.Classes = "images", "masks", []string{"background", "cell"}
		source, err := dataset.Open(d)
		if err != nil {
			return err
		}
		summary, err := pipeline.Evaluate(ctx, pipeline.Options{Source: source, Session: session, Dataset: d, Preprocess: dataset.DefaultPreprocess(),
			Losses: []losses.Spec{{Name: "ce"}}, Metrics: []metrics.Spec{{Name: "standard"}}})
		if err != nil {
			return err
		}
		fmt.Println(summary.Metrics[0].Name, summary.Metrics[0].Value.Value)
		return nil
	}
	if err := evaluate(); err != nil {
		fmt.Println(err)
	}
}
