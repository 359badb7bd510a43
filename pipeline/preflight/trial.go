package preflight

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Trial is how the figures of some pictures change under other preprocessing.
type Trial struct {
	Images       int           `json:"images"`
	Configured   Score         `json:"configured"`
	Alternatives []Alternative `json:"alternatives"` // in the order of their mIoU, the best first
}

// Score are two figures over the trial's pictures; NaN is written as 0.
type Score struct {
	MIoU float64 `json:"mIoU"`
	AAcc float64 `json:"aAcc"` // 0 where labels may overlap
}

// Alternative is another preprocessing.
type Alternative struct {
	What string `json:"what"` // in words
	Set  string `json:"set"`  // the keys that make it so
	Score
	Better int     `json:"better"` // pictures whose mIoU is higher with it
	Worse  int     `json:"worse"`
	Gain   float64 `json:"gain"` // the mean over pictures of what their mIoU gains
}

// Margin is by how much another preprocessing's mIoU must be higher to be a finding, in addition to a mean
// over pictures that is higher too, so that one picture decides nothing. Under right settings no alternative came near 0 on what was tried, and reversing ImageNet's
// means, which changes least, costs 0.03.
const Margin = 0.02

// variant is what a trial changes.
type variant struct {
	what, set string
	apply     func(p *dataset.Preprocess)
}

// some is a source of few items.
type some struct {
	items   []dataset.Item
	classes []string
}

func (s some) Classes() []string { return s.classes }

func (s some) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for i, item := range s.items {
			item.Index = i
			if !yield(item, nil) {
				return
			}
		}
	}
}

// Try evaluates up to images pictures, spread over the dataset, with the configured preprocessing and with others. It
// returns nil where none of them can be evaluated.
func Try(ctx context.Context, o pipeline.Options, l *Listing, images int) (*Trial, error) {
	o.Losses, o.Metrics, o.Gradients, o.Reference, o.Gallery, o.OnError = nil, []metrics.Spec{{Name: "standard"}}, false, nil, record.Gallery{}, pipeline.OnErrorSkip
	items, err := pick(ctx, o.Source, l, images)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	o.Source = some{items, o.Source.Classes()}
	configured, each, err := score(ctx, o)
	if err != nil || each == nil {
		return nil, err
	}
	t := &Trial{Images: len(each), Configured: configured}
	integer := o.Session.Signature().IntegerInput
	for _, v := range variants(o.Preprocess, o.Session.Signature().Channels, integer) {
		other := o
		v.apply(&other.Preprocess)
		a := Alternative{What: v.what, Set: v.set}
		var theirs map[string]float64
		if a.Score, theirs, err = score(ctx, other); err != nil {
			return nil, err
		}
		for name, ours := range each {
			a.Better += btoi(theirs[name] > ours)
			a.Worse += btoi(theirs[name] < ours)
		}
		a.Gain = gain(each, theirs)
		t.Alternatives = append(t.Alternatives, a)
	}
	slices.SortStableFunc(t.Alternatives, func(a, b Alternative) int { return cmp.Compare(b.MIoU, a.MIoU) })
	return t, nil
}

// gain is the mean over pictures of the difference of their mIoU, summed by name; pictures without one are left out.
func gain(from, to map[string]float64) float64 {
	sum, n := 0.0, 0
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if d := to[name] - from[name]; !math.IsNaN(d) {
			sum += d
			n++
		}
	}
	return sum / float64(max(1, n))
}

// pick takes items that are pairs, evenly.
func pick(ctx context.Context, source dataset.Source, l *Listing, images int) (items []dataset.Item, err error) {
	stride := max(1, (l.Items+images-1)/images)
	for item, err := range source.Items() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && item.Name == "" {
			return nil, err
		}
		if err == nil && item.Index%stride == 0 && !l.Unreadable(item.Name) {
			items = append(items, item)
		}
	}
	return items, nil
}

// score evaluates the pictures. It returns the mIoU of each that could be evaluated, by name, and nil where none could.
func score(ctx context.Context, o pipeline.Options) (s Score, each map[string]float64, err error) {
	e, err := pipeline.New(o)
	if err != nil {
		return s, nil, err
	}
	column := slices.Index(e.Columns().Means, "mIoU")
	for r, err := range e.Run(ctx) {
		if err != nil {
			return s, nil, err
		}
		if r.Status != record.OK || column < 0 {
			continue
		}
		if each == nil {
			each = map[string]float64{}
		}
		each[r.Image] = r.Means[column]
	}
	for _, m := range e.Summary().Metrics {
		switch {
		case math.IsNaN(m.Value.Value):
		case m.Name == "mIoU":
			s.MIoU = m.Value.Value
		case m.Name == "aAcc":
			s.AAcc = m.Value.Value
		}
	}
	return s, each, nil
}

// Findings are the best of the alternatives that are much better.
func (t *Trial) Findings() []Finding {
	if t == nil {
		return nil
	}
	var better []Alternative
	for _, a := range t.Alternatives {
		if a.MIoU >= t.Configured.MIoU+Margin && a.Gain > 0 {
			better = append(better, a)
		}
	}
	if len(better) == 0 {
		return nil
	}
	best := better[0]
	found := fmt.Sprintf("with %s mIoU is %.4f instead of %.4f, aAcc %.4f instead of %.4f, on %d pictures, of which %d are better and %d worse, by %.4f in the mean",
		best.What, best.MIoU, t.Configured.MIoU, best.AAcc, t.Configured.AAcc, t.Images, best.Better, best.Worse, best.Gain)
	for _, a := range better[1:] {
		found += fmt.Sprintf("; with %s %.4f", a.What, a.MIoU)
	}
	return []Finding{{Level: Warning, Check: "normalisation", Count: t.Images, Found: found,
		Expected: "the preprocessing of the model's training to score best", Do: "look into the training code, and set " + best.Set + " if it agrees"}}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ImageNet's statistics, of RGB in 0 to 1.
var (
	imagenetMean = []float64{0.485, 0.456, 0.406}
	imagenetStd  = []float64{0.229, 0.224, 0.225}
)

// variants are the preprocessings that are tried: colours swapped, statistics reversed, another scale, and what models are
// most often trained with. Those that equal what is configured are left out.
func variants(p dataset.Preprocess, channels int, integer bool) (list []variant) {
	colour := channels == 3 && p.Color != dataset.ColorGray
	swapped := map[string]string{dataset.ColorRGB: dataset.ColorBGR, dataset.ColorBGR: dataset.ColorRGB}[p.Color]
	swap := func(p *dataset.Preprocess) { p.Color = swapped }
	reverse := func(p *dataset.Preprocess) { p.Mean, p.Std = reversed(p.Mean), reversed(p.Std) }
	lopsided := !slices.Equal(p.Mean, reversed(p.Mean)) || !slices.Equal(p.Std, reversed(p.Std))
	if colour {
		list = append(list, variant{"channels swapped", "preprocess.color: " + swapped, swap})
	}
	if colour && lopsided {
		set := fmt.Sprintf("preprocess.mean: %s and preprocess.std: %s", numbers(reversed(p.Mean)), numbers(reversed(p.Std)))
		list = append(list, variant{"mean and std reversed", set, reverse},
			variant{"channels swapped, and mean and std reversed", "preprocess.color: " + swapped + ", " + set, func(p *dataset.Preprocess) { swap(p); reverse(p) }})
	}
	if integer {
		return append(list, plainBytes(p)...)
	}
	return append(list, scales(p, colour)...)
}

// plainBytes is the variant for a model that takes bytes, where they are scaled or shifted.
func plainBytes(p dataset.Preprocess) []variant {
	if (p.Scale == nil || p.Scale.Value == 1) && len(p.Mean) == 0 && len(p.Std) == 0 && p.Normalize != dataset.NormalizeImage {
		return nil
	}
	return []variant{{"bytes as they are", "preprocess.scale: 1, preprocess.mean: null and preprocess.std: null", func(p *dataset.Preprocess) {
		one, _ := dataset.ParseRatio("1") // it is one
		p.Scale, p.Mean, p.Std, p.Normalize = &one, nil, nil, dataset.NormalizeFixed
	}}}
}

// scales are the variants of scale, mean and std.
func scales(p dataset.Preprocess, colour bool) (list []variant) {
	scale := 1.0 / 255
	if p.Scale != nil {
		scale = p.Scale.Value
	}
	add := func(what, text string, mean, std []float64) {
		ratio, _ := dataset.ParseRatio(text) // written below
		if ratio.Value == scale && slices.Equal(mean, p.Mean) && slices.Equal(std, p.Std) && p.Normalize != dataset.NormalizeImage {
			return
		}
		list = append(list, variant{what, fmt.Sprintf("preprocess.scale: %s, preprocess.mean: %s and preprocess.std: %s", text, numbers(mean), numbers(std)), func(p *dataset.Preprocess) {
			p.Scale, p.Mean, p.Std, p.Normalize = &ratio, mean, std, dataset.NormalizeFixed
		}})
	}
	add("values from 0 to 1 and no mean", "1/255", nil, nil)
	add("values from 0 to 255 and no mean", "1", nil, nil)
	add("values from -1 to 1", "1/255", []float64{0.5}, []float64{0.5})
	if len(p.Mean) > 0 || len(p.Std) > 0 {
		add("the same mean and std, and values from 0 to 1", "1/255", p.Mean, p.Std)
		add("the same mean and std, and values from 0 to 255", "1", p.Mean, p.Std)
	}
	if colour {
		mean, std := imagenetMean, imagenetStd
		if p.Color == dataset.ColorBGR {
			mean, std = reversed(mean), reversed(std)
		}
		add("ImageNet's mean and std", "1/255", mean, std)
	}
	return list
}

func reversed(list []float64) []float64 {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// numbers writes a list as YAML.
func numbers(list []float64) string {
	if len(list) == 0 {
		return "null"
	}
	return strings.ReplaceAll(fmt.Sprint(list), " ", ", ")
}
