// A program outside the module: it builds everything that the packages take. See outside_test.go.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/release"
	"github.com/segmetry/segmetry/pipeline/slicing"
	"github.com/segmetry/segmetry/report"
)

func main() {
	err := score()
	if err == nil {
		err = compare(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// twice is a loss of this program: twice the cross-entropy.
type twice struct{}

func (twice) Values(dst, nll, _ []float32) {
	for i := range dst {
		dst[i] = 2 * nll[i]
	}
}

func (twice) Slopes(dst, _, _ []float32) {
	for i := range dst {
		dst[i] = 2
	}
}

func init() {
	losses.Register(losses.Definition{Name: "twice_ce", Title: "Twice the cross-entropy", Family: "pixel", Options: func() any { return &struct{}{} },
		New: func(_ any, s losses.Shape) (losses.Compound, error) {
			var l losses.Loss = &losses.Pixel{Shape: s, Curve: twice{}, Denominator: losses.DenominatorValid}
			return losses.Compound{Parts: []losses.Part{{Weight: 1, Loss: l}}}, nil
		}})
}

// score scores logits and labels that exist.
func score() error {
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"sky", "ground"}, Losses: []losses.Spec{{Name: "ce"}, {Name: "twice_ce"}},
		Metrics: []metrics.Spec{{Name: "mIoU"}}, Bootstrap: &pipeline.Bootstrap{Options: pipeline.Resampling{Resamples: 100}}})
	if err != nil {
		return err
	}
	truth := &dataset.Labels{Width: 3, Height: 1, Class: []int16{0, 1, dataset.Ignored}}
	if err := s.AddLogits("a.png", []float32{0, 0, 0, 0, 0, 0}, nil, truth); err != nil {
		return err
	}
	summary, err := s.Summary()
	if err != nil {
		return err
	}
	fmt.Printf("%s %.4f %s %.4f\n", summary.Losses[0].Name, summary.Losses[0].Value.Value, summary.Losses[1].Name, summary.Losses[1].Value.Value)
	overlap, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"car", "red"}, Overlap: true, Metrics: []metrics.Spec{{Name: "IoU"}}})
	if err != nil {
		return err
	}
	return overlap.AddPlanes("a.png", []float32{9, -9}, nil, &pipeline.PlaneTruth{Width: 1, Height: 1, Planes: []int16{1, 0}})
}

// bright takes pixels for a nucleus whose red value is above a bound.
type bright float32

func (b bright) predict(_ context.Context, in model.Tensor) (model.Prediction, error) {
	p := model.Prediction{Kind: model.KindLabels, Channels: 1, Height: int(in.Shape[2]), Width: int(in.Shape[3])}
	p.Labels = make([]int16, p.Height*p.Width)
	for i, red := range in.Data[:len(p.Labels)] {
		if red > float32(b) {
			p.Labels[i] = 1
		}
	}
	return p, nil
}

// evaluate runs a model over a folder and leaves a run folder.
func evaluate(data, out string, b bright) (side release.Side, err error) {
	d := dataset.DefaultOptions()
	d.Images, d.Masks, d.Classes, d.Limit = data+"/images", data+"/masks", []string{"background", "interior", "border"}, 12
	source, err := dataset.Open(d)
	if err != nil {
		return side, err
	}
	session := model.FromFunc(model.Signature{Channels: 3, Kind: model.KindLabels}, b.predict)
	e, err := pipeline.New(pipeline.Options{Source: source, Session: session, Dataset: d, Preprocess: dataset.DefaultPreprocess(), Metrics: []metrics.Spec{{Name: "aAcc"}},
		Gallery: pipeline.Gallery{Worst: 1}})
	if err != nil {
		return side, err
	}
	var rows pipeline.RowList
	e.KeepRows(&rows)
	folder, err := report.Create(report.Options{Out: out, Worst: 1}, e.Columns(), false)
	if err != nil {
		return side, err
	}
	for r, err := range e.Run(context.Background()) {
		if err == nil {
			err = folder.Add(r)
		}
		if err != nil {
			folder.Abort()
			return side, err
		}
	}
	m := &report.Manifest{Schema: 1, Stages: e.Stages(), Placement: session.Placement()}
	return release.Side{RunSide: release.RunSide{Dir: out, Model: pipeline.Model{Name: fmt.Sprint(b)}}, Evaluator: e, Rows: rows.All()}, folder.Finish(e.Summary(), m, nil, e.Thumbnails())
}

// compare compares two models, with a gate for each slice.
func compare(data, out string) error {
	base, err := evaluate(data, out+"/base", 0.5)
	if err != nil {
		return err
	}
	next, err := evaluate(data, out+"/new", 0.4)
	if err != nil {
		return err
	}
	ways, err := slicing.Compile([]slicing.Spec{{Name: "path:(?P<kind>^[a-z]+)"}}, slicing.Data{})
	if err != nil {
		return err
	}
	gate, err := release.ParseGate("aAcc in kind=*: max drop 1pt")
	if err != nil {
		return err
	}
	gates, err := release.Expand([]release.Gate{gate}, next.Evaluator, ways)
	if err != nil {
		return err
	}
	r, err := release.Compare(base, next, gates, release.Options{Options: pipeline.Resampling{Resamples: 100}, Slices: ways,
		Differences: []release.RunDifference{{What: "model", Base: "0.5", New: "0.4", Allowance: "model"}}, Allow: []string{"model"},
		Pictures: func(images []*release.ImageChange) (string, error) { return fmt.Sprint(len(images), " without"), nil },
		Flips: func(images []string) (*release.Flips, string, error) {
			return &release.Flips{Images: len(images)}, "", nil
		}})
	if err != nil {
		return err
	}
	say(r)
	return report.Compare(out+"/compare", r, false)
}

func say(r *release.Release) {
	for _, g := range r.Gates {
		fmt.Println(g.Gate, g.Slice, g.Verdict == release.Passed)
	}
}
