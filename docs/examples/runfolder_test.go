package examples_test

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/report"
)

// An evaluation leaves a run folder. The model is one whose logits are the picture's channels: pictures
// are grey, so that every class is as likely and the cross-entropy is ln 3.
func Example_runFolder() {
	evaluate := func(out string) error {
		session := model.FromFunc(model.Signature{Channels: 3, Classes: 3, Kind: model.KindLogits, Activation: model.Softmax},
			func(_ context.Context, in model.Tensor) (model.Prediction, error) {
				return model.Prediction{Kind: model.KindLogits, Logits: slices.Clone(in.Data), Channels: 3, Height: int(in.Shape[2]), Width: int(in.Shape[3])}, nil
			})
		d := dataset.DefaultOptions()
		d.Images, d.Masks, d.Classes = "../../testdata/quickstart/images", "../../testdata/quickstart/masks", []string{"background", "interior", "border"}
		source, err := dataset.Open(d)
		if err != nil {
			return err
		}
		o := report.Options{Out: out, Worst: 3}
		e, err := pipeline.New(pipeline.Options{Source: source, Session: session, Dataset: d, Preprocess: dataset.DefaultPreprocess(), Gallery: o.Gallery(),
			Losses: []losses.Spec{{Name: "ce"}}, Metrics: []metrics.Spec{{Name: "standard"}}})
		if err != nil {
			return err
		}
		folder, err := report.Create(o, e.Columns(), false)
		if err != nil {
			return err
		}
		for r, err := range e.Run(context.Background()) {
			if err == nil {
				err = folder.Add(r)
			}
			if err != nil {
				folder.Abort()
				return err
			}
		}
		m := &report.Manifest{Schema: 1, Stages: e.Stages(), Latency: e.Latency(), Placement: session.Placement()}
		return folder.Finish(e.Summary(), m, nil, e.Thumbnails())
	}
	out, err := os.MkdirTemp("", "run")
	if err == nil {
		defer os.RemoveAll(out)
		err = evaluate(out)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := report.OpenRun(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	first, err := run.Next()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Counts.OK, "images of", run.Classes)
	fmt.Printf("%s: %s %.4f\n", first.Name, run.Names()[0], first.Figures[0])
	// Output:
	// 24 images of [background interior border]
	// cell-01.png: loss.ce 1.0986
}
