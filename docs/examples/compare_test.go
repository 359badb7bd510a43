package examples_test

import (
	"context"
	"fmt"
	"os"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/release"
	"github.com/segmetry/segmetry/report"
)

// brightness is a model that takes pixels for a nucleus whose red value is above a bound.
func brightness(bound float32) model.Session {
	return model.FromFunc(model.Signature{Channels: 3, Kind: model.KindLabels}, func(_ context.Context, in model.Tensor) (model.Prediction, error) {
		p := model.Prediction{Kind: model.KindLabels, Channels: 1, Height: int(in.Shape[2]), Width: int(in.Shape[3])}
		for _, red := range in.Data[:p.Height*p.Width] {
			class := int16(0)
			if red > bound {
				class = 1
			}
			p.Labels = append(p.Labels, class)
		}
		return p, nil
	})
}

// evaluate runs a model and returns its side of a comparison.
func evaluate(name string, m model.Session) (side release.Side, err error) {
	d := dataset.DefaultOptions()
	d.Images, d.Masks, d.Classes = "../../testdata/quickstart/images", "../../testdata/quickstart/masks", []string{"background", "interior", "border"}
	source, err := dataset.Open(d)
	if err != nil {
		return side, err
	}
	e, err := pipeline.New(pipeline.Options{Source: source, Session: m, Dataset: d, Preprocess: dataset.DefaultPreprocess(), Metrics: []metrics.Spec{{Name: "mIoU"}, {Name: "aAcc"}}})
	if err != nil {
		return side, err
	}
	var rows pipeline.RowList
	e.KeepRows(&rows)
	for _, err := range e.Run(context.Background()) {
		if err != nil {
			return side, err
		}
	}
	return release.Side{RunSide: release.RunSide{Dir: name}, Evaluator: e, Rows: rows.All()}, e.Err()
}

// Two models are evaluated on the same images and compared, with a gate; the comparison's folder is written.
func Example_compare() {
	compare := func() error {
		base, err := evaluate("released", brightness(0.5))
		if err != nil {
			return err
		}
		next, err := evaluate("candidate", brightness(0.4))
		if err != nil {
			return err
		}
		gate, err := release.ParseGate("aAcc: non-inferior by 0.5pt at 95%")
		if err != nil {
			return err
		}
		gates, err := release.Expand([]release.Gate{gate}, next.Evaluator, nil)
		if err != nil {
			return err
		}
		r, err := release.Compare(base, next, gates, release.Options{Options: pipeline.Resampling{Resamples: 500, Seed: 1}})
		if err != nil {
			return err
		}
		for _, c := range r.Changes {
			if c.Name == "mIoU" || c.Name == "aAcc" {
				fmt.Printf("%s %.4f → %.4f, difference from %.4f to %.4f\n", c.Name, c.Base, c.New, c.CI.Low, c.CI.High)
			}
		}
		fmt.Println(r.Verdict, "of", r.Paired, "images:", r.Gates[0].Why)
		out, err := os.MkdirTemp("", "compare")
		if err != nil {
			return err
		}
		defer os.RemoveAll(out)
		if err := report.Compare(out, r, true); err != nil {
			return err
		}
		files, err := os.ReadDir(out)
		for _, f := range files {
			fmt.Println(f.Name())
		}
		return err
	}
	if err := compare(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// mIoU 0.3987 → 0.4574, difference from 0.0390 to 0.0902
	// aAcc 0.9712 → 0.9755, difference from 0.0028 to 0.0069
	// pass of 24 images: the interval of the improvement is 0.002775 to 0.006904, which excludes worse by 0.005
	// compare.csv
	// compare.html
	// compare.json
	// junit.xml
	// summary.md
}
