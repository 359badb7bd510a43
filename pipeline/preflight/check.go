package preflight

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/raster"
)

// Check is one thing that the items of a dataset are looked at for.
type Check struct {
	Name string
	Doc  string
	New  func(s *Setup) Checker
}

// Checker sees items one by one, in order.
type Checker interface {
	Look(v *View)
	Findings(seen Seen) []Finding
}

// Setup is what checks know before they see an item.
type Setup struct {
	Classes    []string
	Preprocess dataset.Preprocess
	LabelOf    func(value int) (class int16, known bool) // see [dataset.Looker]
	Sets       *raster.LabelSets                         // where labels may overlap; otherwise nil
	Expected   string                                    // what masks may hold, in words
}

// View is one item as it was found. Facts of a file with an error are not there.
type View struct {
	Item       dataset.Item
	Picture    dataset.PictureFacts
	PictureErr error
	Mask       *dataset.MaskFacts // nil with MaskErr
	MaskErr    error
}

// Seen says how much of a dataset was looked at.
type Seen struct {
	Items  int   `json:"items"` // looked at
	Of     int   `json:"of"`    // the dataset's items
	Sample bool  `json:"sample"`
	Bytes  int64 `json:"bytes"` // of the files that were looked at
	Quick  bool  `json:"-"`     // a run's first look, which is too small for what is rare
}

func (s Seen) String() string {
	if s.Sample {
		return fmt.Sprintf("%d of %d masks that were looked at", s.Items, s.Of)
	}
	return fmt.Sprintf("%d masks", s.Items)
}

var checks []Check

// Register adds a check.
func Register(c Check) { checks = append(checks, c) }

// Checks are the registered checks by name.
func Checks() []Check {
	return slices.SortedFunc(slices.Values(checks), func(a, b Check) int { return strings.Compare(a.Name, b.Name) })
}

// Plan says how much is looked at.
type Plan struct {
	Total  int           // the dataset's items, as a listing counted them
	Sample int           // items to look at, spread evenly; 0: all of them
	Decode bool          // decode pictures; otherwise their headers are read alone
	Limit  time.Duration // stop looking after it; 0: never
	Skip   func(name string) bool
}

// Survey looks at items, and returns what the checks find, the worst first.
func Survey(ctx context.Context, source dataset.Source, o dataset.Options, p dataset.Preprocess, plan Plan) (Seen, []Finding, error) {
	looker, err := dataset.NewLooker(o, p)
	if err != nil {
		return Seen{}, nil, err
	}
	setup := &Setup{Classes: source.Classes(), Preprocess: p, LabelOf: looker.LabelOf, Expected: looker.Expected()}
	if o.Overlap() {
		setup.Sets = o.LabelSets()
	}
	var all []Checker
	for _, c := range Checks() {
		all = append(all, c.New(setup))
	}
	seen, err := look(ctx, source, looker, plan, all)
	if err != nil {
		return seen, nil, err
	}
	var found []Finding
	for _, c := range all {
		found = append(found, c.Findings(seen)...)
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Level, b.Level) }) // error < warning
	return seen, found, nil
}

// look shows the checks every stride-th item that is a pair.
func look(ctx context.Context, source dataset.Source, looker *dataset.Looker, plan Plan, all []Checker) (Seen, error) {
	seen, stride := Seen{Of: plan.Total, Quick: plan.Limit > 0}, 1
	if plan.Sample > 0 {
		stride = max(1, (plan.Total+plan.Sample-1)/plan.Sample)
	}
	begin := time.Now()
	for item, err := range source.Items() {
		if ctx.Err() != nil {
			return seen, ctx.Err()
		}
		if err != nil && item.Name == "" {
			return seen, err
		}
		if plan.Limit > 0 && time.Since(begin) > plan.Limit {
			break
		}
		if err != nil || item.Index%stride != 0 || plan.Skip != nil && plan.Skip(item.Name) {
			continue
		}
		v := View{Item: item}
		v.Picture, v.PictureErr = looker.Picture(item.Image, plan.Decode)
		v.Mask, v.MaskErr = looker.Mask(item.Mask, v.Picture.Width, v.Picture.Height)
		for _, c := range all {
			c.Look(&v)
		}
		seen.Items++
		seen.Bytes += int64(v.Picture.Bytes)
		if v.Mask != nil {
			seen.Bytes += int64(v.Mask.Bytes)
		}
	}
	seen.Sample = seen.Items < seen.Of
	return seen, nil
}

// tallied counts the files that have something, and remembers the first.
type tallied struct {
	count int
	first string
}

func (t *tallied) add(file string) bool {
	if t.count++; t.count == 1 {
		t.first = file
		return true
	}
	return false
}

// reasons groups errors by what they say apart from the file's name.
type reasons struct {
	order []string
	by    map[string]*reason
}

type reason struct {
	tallied
	text string
}

// add notes an error; those of more than maxFindings kinds are counted with the last.
func (r *reasons) add(file string, err error) {
	key := strings.ReplaceAll(err.Error(), file, "")
	if r.by == nil {
		r.by = map[string]*reason{}
	}
	if r.by[key] == nil {
		if len(r.order) == maxFindings {
			key = r.order[maxFindings-1]
		} else {
			r.order = append(r.order, key)
			r.by[key] = &reason{text: err.Error()}
		}
	}
	r.by[key].add(file)
}

// findings are one a reason.
func (r *reasons) findings(f Finding) (list []Finding) {
	for _, key := range r.order {
		one := r.by[key]
		f.File, f.Count, f.Found = one.first, one.count, one.text
		list = append(list, f)
	}
	return list
}
