package slicing

import (
	"cmp"
	"path"
	"regexp"

	"github.com/segmetry/segmetry/internal/fault"
)

// noMatch names the slice of images that no pattern fits.
const noMatch = "(no match)"

// pathOptions say which part of a name makes slices.
type pathOptions struct {
	Pattern string   `yaml:"pattern" doc:"regular expression (RE2) with one named group, whose text is the slice: ^(?P<city>[^/]+)/"`
	Globs   []string `yaml:"globs" doc:"in place of it: globs on the whole name or its last part; an image belongs to the first that fits"`
}

func init() {
	Register(Definition{
		Name: "path", Doc: "By the image's name: the text of a regular expression's named group, or the first glob that fits.",
		Options: func() any { return &pathOptions{} },
		Short:   func(options any, text string) { options.(*pathOptions).Pattern = text },
		New: func(options any, d Data) (Slicing, error) {
			by, value, err := options.(*pathOptions).value()
			if err != nil {
				return Slicing{}, err
			}
			what := "the path's " + by
			return Slicing{by, func() Splitter { return newGroups(what, func(i *Image) string { return value(i.Name) }) }}, check(d, what, value)
		},
	})
}

// value returns what is sliced by, and each name's value.
func (o *pathOptions) value() (by string, value func(name string) string, err error) {
	switch {
	case (o.Pattern == "") == (len(o.Globs) == 0):
		return "", nil, fault.Usagef("expected either pattern or globs, such as {name: path, pattern: '^(?P<city>[^/]+)/'}")
	case o.Pattern == "":
		return "path", o.glob, o.checkGlobs()
	}
	r, err := regexp.Compile(o.Pattern)
	if err != nil {
		return "", nil, fault.Usagef("pattern: %w", err)
	}
	group := -1
	for i, name := range r.SubexpNames() {
		if name != "" && group >= 0 {
			return "", nil, fault.Usagef("pattern: %q has several named groups: expected one; ask for the others with entries of their own", o.Pattern)
		}
		if name != "" {
			group = i
		}
	}
	if group < 0 {
		return "", nil, fault.Usagef("pattern: %q has no named group, whose text would be the slice: write one such as (?P<city>[^/]+)", o.Pattern)
	}
	return r.SubexpNames()[group], func(name string) string {
		m := r.FindStringSubmatchIndex(name)
		if m == nil || m[2*group] < 0 {
			return noMatch
		}
		return cmp.Or(name[m[2*group]:m[2*group+1]], noMatch)
	}, nil
}

func (o *pathOptions) checkGlobs() error {
	if len(o.Globs) >= MaxSlices {
		return fault.Usagef("%d globs: expected at most %d", len(o.Globs), MaxSlices-1)
	}
	for _, g := range o.Globs {
		if _, err := path.Match(g, ""); err != nil || g == "" {
			return fault.Usagef("globs: %q is not a glob pattern such as val/*.png", g)
		}
	}
	return nil
}

func (o *pathOptions) glob(name string) string {
	for _, g := range o.Globs {
		whole, _ := path.Match(g, name) // the pattern was checked
		base, _ := path.Match(g, path.Base(name))
		if whole || base {
			return g
		}
	}
	return noMatch
}
